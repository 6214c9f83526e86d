"""
Make a model folder of a published ShuffleNet v1 checkpoint.

CHECKPOINT is one of the authors (Megvii ShuffleNet-Series) or of pytorchcv; groups and width
follow from its tensors. It is read as tensors alone: code in it is never run. --calibration holds
photographs of scenes like those the camera will see: int8 takes its ranges from them, and every
fifth measures how close int8 comes to fp32.
"""

from __future__ import annotations

import argparse
from pathlib import Path
import sys

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import Geometry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('checkpoint', type=Path, metavar='CHECKPOINT',
                        help='file of tensors, such as shufflenet_v1_g3_0.5x.pth.tar')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR',
                        help='model folder to write, such as models/NAME')
    parser.add_argument('--calibration', type=Path, required=True, metavar='DIR',
                        help='folder with at least 20 photographs')
    parser.add_argument('--labels', type=Path, metavar='FILE',
                        help='names of the classes, one a line (default: class_0 and so on)')
    parser.add_argument('--size', type=int, default=224, metavar='PIXELS',
                        help='side of the square input (default: 224)')
    parser.add_argument('--crop', type=float, default=0.875, metavar='FRACTION',
                        help='part of the image that the network sees (default: 0.875)')
    parser.add_argument('--seed', type=int, default=0, metavar='N', help='default: 0')
    parser.add_argument('--licence', default='', metavar='TEXT',
                        help='licence of the checkpoint, for the card')


def run(args: argparse.Namespace) -> int:
    """Load, export, quantize, write."""
    geometry = Geometry(args.size, args.size, args.crop)
    try:
        # Only this verb needs torch here: the others must start without it.
        from shufflenet_ros.training import importing
    except ImportError as error:
        raise ConfigurationError(
            f'importing needs PyTorch and ONNX ({error}): pip install -r '
            'environment/requirements/train.txt') from error
    spec = importing.import_model(importing.Import(
        args.checkpoint, args.out, args.calibration, args.labels, geometry, args.seed,
        args.licence, ['shufflenet_ros', *sys.argv[1:]]), print)
    print(f'{spec.folder}: {spec.card["metrics"]}')
    return 0
