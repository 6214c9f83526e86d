"""
Make a quantized model of your own classes from photographs.

DATA holds ``train`` and ``val``, each with a folder per class. The network is fine-tuned from an
ImageNet checkpoint, exported to ONNX, quantized with images of the training split, measured on
the validation split, and written to --out as a model folder that the node loads.
"""

from __future__ import annotations

import argparse
from math import nan
from pathlib import Path
import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import Geometry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('data', type=Path, metavar='DATA',
                        help='folder with train/<class>/ and val/<class>/')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR',
                        help='model folder to write, such as models/NAME')
    parser.add_argument('--checkpoint', type=Path, required=True, metavar='FILE',
                        help='official ShuffleNet v1 checkpoint to start from')
    parser.add_argument('--epochs', type=int, default=28, metavar='N', help='default: 28')
    parser.add_argument('--size', type=int, default=160, metavar='PIXELS',
                        help='side of the network\'s square input (default: 160)')
    parser.add_argument('--crop', type=float, default=0.875, metavar='FRACTION',
                        help='part of the image that the network sees (default: 0.875)')
    parser.add_argument('--seed', type=int, default=0, metavar='N', help='default: 0')
    parser.add_argument('--threads', type=int, default=0, metavar='N',
                        help='threads of PyTorch (default: all cores)')
    parser.add_argument('--origin', default='', metavar='TEXT',
                        help='where the photographs come from, for the card')
    parser.add_argument('--licence', default='', metavar='TEXT',
                        help='their licence, for the card')


def run(args: argparse.Namespace) -> int:
    """Train, export, quantize, measure, write."""
    geometry = Geometry(args.size, args.size, args.crop)
    if args.epochs < 1:
        raise ConfigurationError(f'--epochs {args.epochs}: expected at least 1')
    try:
        # Only this verb needs torch: the others must start without it.
        from shufflenet_ros.training import workflow
    except ImportError as error:
        raise ConfigurationError(
            f'training needs PyTorch and ONNX ({error}): pip install -r '
            'environment/requirements/train.txt') from error
    request = workflow.Request(
        data=args.data, out=args.out, checkpoint=args.checkpoint, geometry=geometry,
        epochs=args.epochs, seed=args.seed, threads=args.threads, origin=args.origin,
        licence=args.licence, command=['shufflenet_ros', *sys.argv[1:]])
    console = Console()
    columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(),
               TextColumn('loss {task.fields[loss]:.3f}'), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        task = bars.add_task('training', total=None, loss=nan)
        spec = workflow.train_model(
            request, lambda step, steps, loss: bars.update(
                task, completed=step, total=steps, loss=loss), console.print)
    console.print(f'{spec.folder}: {spec.card["metrics"]}')
    return 0
