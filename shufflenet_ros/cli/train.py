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
Make a quantized model of your own classes from labelled images.

DATA holds ``train`` and ``val``, each with a folder per class; or one folder per class, of which a
part is set apart as val; or it is a CSV file with the columns path, label and, if wanted, split.
The network is fine-tuned, exported to ONNX, quantized with images of the training split, measured
on the validation split, and written to --out as a model folder that the node loads, with a report.

A run that was cut off goes on when it is started again with the same command, and ends with the
same weights. docs/train.md shows the whole way from a drive to the robot.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import Field, fields, replace
from pathlib import Path
import sys
from typing import Any

from shufflenet_ros.cli.options import add_resize_mode
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import input_geometry
from shufflenet_ros.process.files import shipped_models
from shufflenet_ros.training.recipe import AugmentationSettings, fast, option_name, Settings
from shufflenet_ros.training.request import LOST, TrainingRequest, VAL_SHARE

MAIN = ('epochs', 'seed')
"""Fields of the recipe that are listed with the main options."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('data', type=Path, metavar='DATA',
                        help='folder of train/<class>/ and val/<class>/, folder of <class>/, or '
                        'CSV file')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR',
                        help='model folder to write, such as models/NAME')
    parser.add_argument('--from', '--checkpoint', dest='start', default='surfaces', metavar='WHAT',
                        help='weights to start from: an official ShuffleNet v1 checkpoint, a '
                        'model folder, or a shipped model (default: surfaces)')
    parser.add_argument('--fast', action='store_true',
                        help='learn from small images for most of the time')
    parser.add_argument('--downward', action='store_true',
                        help='for cameras that look down: turn the images by quarters')
    parser.add_argument('--size', type=int, default=160, metavar='PIXELS',
                        help="side of the network's square input (default: 160)")
    parser.add_argument('--crop', type=float, default=0.875, metavar='FRACTION',
                        help='part of the image that the network sees (default: 0.875)')
    add_resize_mode(parser)
    parser.add_argument('--threads', type=int, default=0, metavar='N',
                        help='threads that make images and learn (default: one on each core)')
    parser.add_argument('--device', default='cpu', metavar='NAME',
                        help="what trains: cpu, or PyTorch's name of a GPU, such as cuda, where "
                        'the same seed gives nearly the same weights (default: cpu)')
    _add_fields(parser, Settings, lambda name: name in MAIN)
    _add_data(parser.add_argument_group('data'))
    _add_rejection(parser.add_argument_group('frames unlike anything trained'))
    _add_fields(parser.add_argument_group('recipe'), Settings, lambda name: name not in MAIN)
    _add_fields(parser.add_argument_group('augmentation'), AugmentationSettings, lambda name: True)


def run(args: argparse.Namespace) -> int:
    """Train, export, quantize, measure, report, write."""
    request = _request(args)
    try:
        # Here, so that the help and the other verbs need none of it.
        from shufflenet_ros.training.train_model import train_model
    except ImportError as error:
        raise ConfigurationError(
            f'training needs PyTorch, ONNX and matplotlib ({error}): pip install '
            "'.[train]' in the folder of the source") from error
    from shufflenet_ros.cli.terminal.progress import TerminalProgress
    from shufflenet_ros.terminal.plain_console import PlainConsole

    console = PlainConsole(soft_wrap=True)
    try:
        with TerminalProgress(console) as progress:
            spec = train_model(request, progress)
    except KeyboardInterrupt:
        console.print('Stopped. The same command goes on from the last saved step.')
        raise
    for name, value in spec.card['metrics'].items():
        console.print(f'  {name:<15} {value}')
    console.print(f'{spec.folder}: report.html shows more')
    return 0


def _request(args: argparse.Namespace) -> TrainingRequest:
    if args.threads < 0:
        raise ConfigurationError(
            f'--threads {args.threads}: expected at least 1, or 0 for one on each core')
    if not args.save_every >= 0:  # written this way round, nan is refused as well
        raise ConfigurationError(f'--save-every {args.save_every}: expected seconds, 0 or more')
    for name, value in (('--val', args.val), ('--reject', args.reject)):
        if value is not None and not 0 < value < 1:
            raise ConfigurationError(f'{name} {value}: expected above 0 and below 1')
    if args.strangers and args.reject is None:
        raise ConfigurationError('--strangers: only measures --reject; give both')
    return TrainingRequest(
        data=args.data, out=args.out, start=args.start, geometry=input_geometry(
            args.size, args.size, args.crop, args.resize_mode), settings=_settings(args),
        shipped=shipped_models(), threads=args.threads, device=args.device,
        val_share=args.val, keep_duplicates=args.keep_duplicates, reject=args.reject,
        out_of_distribution=args.strangers, examples=not args.no_examples, origin=args.origin,
        licence=args.licence, command=['shufflenet_ros', *sys.argv[1:]],
        save_every_s=args.save_every)


def _settings(args: argparse.Namespace) -> Settings:
    """Take the defaults, shortened by --fast, and what the user gave over both."""
    settings = fast(Settings()) if args.fast else Settings()
    augmentation = replace(settings.augmentation, quarter_turns=args.downward,
                           **_given(args, AugmentationSettings))
    return replace(settings, augmentation=augmentation, **_given(args, Settings))


def _given(args: argparse.Namespace, kind: type) -> dict[str, Any]:
    values = {one.name: getattr(args, one.name) for one in _options(kind)}
    return {name: value for name, value in values.items() if value is not None}


def _options(kind: type) -> list[Field]:
    return [one for one in fields(kind) if 'help' in one.metadata]


def _add_fields(group: argparse._ActionsContainer, kind: type,
                wanted: Callable[[str], bool]) -> None:
    for one in _options(kind):
        if wanted(one.name):
            _add_field(group, one)


def _add_field(group: argparse._ActionsContainer, one: Field) -> None:
    name, text, default = option_name(one.name), one.metadata['help'], one.default
    if isinstance(default, tuple):
        group.add_argument(name, type=_numbers, metavar='X,X,...',
                           help=f'{text} (default: {",".join(map(str, default))})')
    else:
        group.add_argument(name, type=type(default), help=f'{text} (default: {default})',
                           metavar='N' if isinstance(default, int) else 'X')


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(','))


def _add_data(group: argparse._ActionsContainer) -> None:
    group.add_argument('--val', type=float, default=VAL_SHARE, metavar='SHARE',
                       help=f'part of each class set apart where DATA is not split (default: '
                       f'{VAL_SHARE})')
    group.add_argument('--keep-duplicates', action='store_true',
                       help='keep images of train that are near-duplicates of one of val')
    group.add_argument('--origin', default='', metavar='TEXT',
                       help='where the images come from, for the card')
    group.add_argument('--licence', default='', metavar='TEXT', help='their licence, for the card')
    group.add_argument('--no-examples', action='store_true',
                       help='no images of the data in the report')
    group.add_argument('--save-every', type=float, default=30.0, metavar='SECONDS',
                       help='how much of the training a power cut may cost (default: 30)')


def _add_rejection(group: argparse._ActionsContainer) -> None:
    group.add_argument('--reject', type=float, nargs='?', const=LOST, metavar='SHARE',
                       help='find a threshold for empty results that loses at most this share of '
                       f'the right answers (without a value: {LOST})')
    group.add_argument('--strangers', type=Path, metavar='DIR',
                       help='images of other things, to measure what --reject is worth')
