# Copyright 2026 shufflenet_ros maintainers
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""
Make a model folder of a published ShuffleNet v1 checkpoint.

CHECKPOINT is one of the authors (Megvii ShuffleNet-Series) or of pytorchcv: a file, or the name of
one that "shufflenet_ros fetch" got. Groups and width follow from its tensors. It is read as
tensors alone: code in it is never run. --calibration holds images of scenes like those the camera
will see: int8 takes its ranges from them, and every fifth measures how close int8 comes to fp32.
Without it a few unrelated images serve, which costs accuracy.
"""

from __future__ import annotations

import argparse
from pathlib import Path
import sys

from shufflenet_ros.cli.options import add_resize_mode
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import input_geometry
from shufflenet_ros.downloads.catalogue import checkpoint_path
from shufflenet_ros.training.request import ImportRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('checkpoint', metavar='CHECKPOINT',
                        help='file of tensors, or the name of a fetched one, such as '
                        'shufflenet_v1_g3_0.5x')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR',
                        help='model folder to write, such as models/NAME')
    parser.add_argument('--calibration', type=Path, metavar='DIR',
                        help='folder with at least 20 images, better some hundred (default: '
                        'squares cut out of five images of scikit-image)')
    parser.add_argument('--labels', type=Path, metavar='FILE',
                        help='names of the classes, one a line (default: for 1000 classes '
                        'the fetched imagenet_labels, else class_0 and so on)')
    parser.add_argument('--size', type=int, default=224, metavar='PIXELS',
                        help='side of the square input (default: 224)')
    parser.add_argument('--crop', type=float, default=0.875, metavar='FRACTION',
                        help='part of the image that the network sees (default: 0.875)')
    add_resize_mode(parser)
    parser.add_argument('--seed', type=int, default=0, metavar='N', help='default: 0')
    parser.add_argument('--licence', default='', metavar='TEXT',
                        help='licence of the checkpoint, for the card (default: the published '
                        'one, where the checkpoint is known)')


def run(args: argparse.Namespace) -> int:
    """Load, quantize, compare, write."""
    geometry = input_geometry(args.size, args.size, args.crop, args.resize_mode)
    try:
        # Here, so that the help and the other verbs need none of it.
        from shufflenet_ros.training.import_model import import_model
    except ImportError as error:
        raise ConfigurationError(
            f'importing needs PyTorch and ONNX ({error}): pip install '
            "'.[train]' in the folder of the source") from error
    from shufflenet_ros.cli.terminal.progress import TerminalProgress
    from shufflenet_ros.terminal.plain_console import PlainConsole

    console = PlainConsole(soft_wrap=True)
    with TerminalProgress(console) as progress:
        spec = import_model(ImportRequest(
            checkpoint_path(args.checkpoint), args.out, args.calibration, args.labels, geometry,
            args.seed, args.licence, ['shufflenet_ros', *sys.argv[1:]]), progress)
    for name, value in spec.card['metrics'].items():
        console.print(f'  {name:<10} {value}')
    console.print(f'next: ros2 launch shufflenet_ros classifier.launch.py model:={spec.folder}')
    return 0
