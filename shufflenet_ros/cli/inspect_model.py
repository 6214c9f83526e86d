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
Show what a model costs, layer by layer, and what the paper says of such networks.

MODEL is a shipped model, a model folder, or a variant of the paper such as "0.5x g=3". The table
has each layer's output, kernel, groups, multiply-adds, parameters and memory. Below it stands what
the paper's analysis says: the cost of a unit of ResNet, ResNeXt and ShuffleNet, and how wide each
may be for the same budget. --paper prints the totals of the paper's tables beside ours instead.
Nothing is run and nothing is needed but the model's card, except with --forms: that loads every
form of a model here, times each, and says which one runs.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass, replace
import json
from pathlib import Path
import re
from typing import Any, TYPE_CHECKING

from shufflenet_ros.architecture.budgets import network_rows, Shape, unit_of_stage3, unit_rows
from shufflenet_ros.architecture.layers import layers_of, totals
from shufflenet_ros.architecture.paper import paper_rows, REASONS
from shufflenet_ros.architecture.variant import Variant
from shufflenet_ros.cli.options import parse_size
from shufflenet_ros.core.errors import ConfigurationError, ModelError
from shufflenet_ros.process.files import prepare_file, shipped_models, write_whole

if TYPE_CHECKING:
    from shufflenet_ros.terminal.plain_console import PlainConsole

WORD = re.compile(r'(?P<width>\d*\.?\d+)x|g=?(?P<groups>\d+)')
UNITS_OF_COUNT = {'': 1, 'k': 10 ** 3, 'M': 10 ** 6, 'G': 10 ** 9}
SMALLEST_SIDE = 32
"""The network halves the image five times."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is inspected: a variant for so many classes, at an input size."""

    name: str
    variant: Variant
    classes: int
    height: int
    width: int
    resize_mode: str = ''
    """Of the model's card; a variant has none."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('model', nargs='*', metavar='MODEL',
                        help='shipped model, model folder, or variant like 0.5x g=3 (default: '
                             'surfaces, or 0.5x g=3 with --groups or --width)')
    parser.add_argument('--groups', type=int, metavar='G', help='1, 2, 3, 4 or 8')
    parser.add_argument('--width', type=float, metavar='X', help='0.25 to 2')
    parser.add_argument('--size', metavar='WxH',
                        help="input size (default: the model's; 224x224 for a variant)")
    parser.add_argument('--classes', type=int, metavar='N',
                        help="outputs (default: the model's; 1000 for a variant)")
    parser.add_argument('--budget', metavar='N',
                        help='multiply-adds like 38M to compare units at (default: what the '
                             'inspected network takes)')
    parser.add_argument('--unit', metavar='CxHxW',
                        help='compare units of C channels on maps of HxW; --budget is then that '
                             'of one unit (default: those of stage 3)')
    parser.add_argument('--paper', action='store_true',
                        help="the totals of the paper's tables beside ours")
    parser.add_argument('--forms', action='store_true',
                        help='load every form of a model, time it on this machine, and say which '
                             'one the node runs')
    parser.add_argument('--json', type=Path, metavar='FILE', help='write all of it to FILE')


def run(args: argparse.Namespace) -> int:
    """Count, print, write."""
    from shufflenet_ros.terminal.plain_console import PlainConsole

    if args.json:
        prepare_file(args.json)
    console = PlainConsole()
    if args.forms:
        found = _time_forms(console, args)
    elif args.paper:
        found = _compare_with_paper(console)
    else:
        found = _inspect(console, _subject(args), args)
    if args.json:
        write_whole(args.json, json.dumps(found, indent=1) + '\n')
    return 0


def _subject(args: argparse.Namespace) -> Subject:
    """Find what the words and options name, at the size and with the classes asked for."""
    words = ' '.join(args.model).replace(',', ' ').split()
    values = _variant_values(words)
    if values is not None and (words or args.groups is not None or args.width is not None):
        groups = int(values.get('groups', 3)) if args.groups is None else args.groups
        width = float(values.get('width', 0.5)) if args.width is None else args.width
        subject = Subject('', _variant(groups, width), 1000, 224, 224)
    elif len(args.model) > 1:
        raise ModelError(f'{" ".join(args.model)!r}: neither one model nor a variant like '
                         '"0.5x g=3"')
    else:
        subject = _model(args.model[0] if args.model else 'surfaces', args)
    height, width = (parse_size(args.size, SMALLEST_SIDE) if args.size else
                     (subject.height, subject.width))
    classes = subject.classes if args.classes is None else args.classes
    if not 1 <= classes <= 10 ** 6:
        raise ConfigurationError(f'--classes {classes}: expected 1 to 1000000')
    return replace(subject, classes=classes, height=height, width=width)


def _variant_values(words: list[str]) -> dict[str, str] | None:
    """Give groups and width in words like "0.5x g=3"; None where a word is another one."""
    values: dict[str, str] = {}
    for word in words:
        match = WORD.fullmatch(word)
        if match is None:
            return None
        values |= {key: value for key, value in match.groupdict().items() if value is not None}
    return values


def _variant(groups: int, width: float) -> Variant:
    try:
        return Variant(groups, width)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error


def _model(name: str, args: argparse.Namespace) -> Subject:
    """Read the card of a model, and nothing else of it."""
    from shufflenet_ros.inference.model_card import CARD, find_model, load_model

    if args.groups is not None or args.width is not None:
        raise ConfigurationError(
            f'--groups and --width describe a variant, but model {name!r} has its own; leave '
            'out either')
    try:
        folder = find_model(name, shipped_models())
    except ModelError as error:
        raise ModelError(f'{error}, nor a variant like "0.5x g=3"') from error
    spec = load_model(folder)
    if spec.architecture != 'shufflenet_v1':
        raise ModelError(f'{folder / CARD}: architecture {spec.architecture!r}; only '
                         'shufflenet_v1 can be inspected')
    try:
        variant = Variant(int(spec.card['groups']), float(spec.card['width']))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f'{folder / CARD}: groups and width: {error}') from error
    return Subject(spec.name, variant, len(spec.labels), spec.geometry.height,
                   spec.geometry.width, spec.geometry.resize_mode)


def _budget(text: str) -> float:
    found = re.fullmatch(r'(\d+\.?\d*)([kMG]?)', text)
    if not found or not float(found[1]):
        raise ConfigurationError(f'--budget {text!r}: expected a number of multiply-adds above '
                                 '0, such as 38M or 1.5G')
    return float(found[1]) * UNITS_OF_COUNT[found[2]]


def _unit(text: str) -> Shape:
    found = re.fullmatch(r'(\d+)x(\d+)x(\d+)', text)
    if not found or not all(int(part) for part in found.groups()):
        raise ConfigurationError(f'--unit {text!r}: expected CHANNELSxHEIGHTxWIDTH above 0, such '
                                 'as 240x14x14')
    return int(found[1]), int(found[2]), int(found[3])


def _compare_with_paper(console: PlainConsole) -> dict[str, Any]:
    from shufflenet_ros.cli.terminal.architecture_tables import show_paper

    rows = list(paper_rows())
    show_paper(console, rows)
    return {'paper': [asdict(row) | {'difference': row.difference, 'remaining': row.remaining}
                      for row in rows], 'reasons': REASONS}


def _time_forms(console: PlainConsole, args: argparse.Namespace) -> dict[str, Any]:
    """Load and time every form of a model as ``precision: auto`` does."""
    from shufflenet_ros.cli.terminal.architecture_tables import show_forms
    from shufflenet_ros.inference.model_card import find_model, load_model
    from shufflenet_ros.inference.precision import select_engine

    if len(args.model) > 1:
        raise ConfigurationError(f'--forms {" ".join(args.model)}: expected one model')
    spec = load_model(find_model(args.model[0] if args.model else 'surfaces', shipped_models()))
    found = select_engine(spec)
    rows = [(name, f'{ms:.2f} ms') for name, ms in found.times_ms.items()]
    show_forms(console, f'{spec.name} on this machine', rows, found.form)
    if found.why_not_native:
        console.print(f'int8_native does not run: {found.why_not_native}', soft_wrap=True)
    return {'model': spec.name, 'times_ms': dict(found.times_ms), 'runs': found.engine.name,
            'form': found.form, 'why_not_native': found.why_not_native}


def _inspect(console: PlainConsole, subject: Subject, args: argparse.Namespace) -> dict[str, Any]:
    from shufflenet_ros.cli.terminal import architecture_tables as tables

    variant, size = subject.variant, (subject.height, subject.width)
    layers = layers_of(variant, subject.classes, *size)
    total = totals(layers)
    shape = _unit(args.unit) if args.unit else unit_of_stage3(layers)
    budget = _budget(args.budget) if args.budget else 0.0
    units = unit_rows(variant.groups, shape, budget if args.unit else 0.0)
    networks = [] if args.unit else network_rows(variant, subject.classes, *size,
                                                 budget or total.multiply_adds)
    title = (f'{subject.name} ShuffleNet v1 {variant}, {subject.classes} classes, '
             f'{subject.width}x{subject.height}'
             f'{", " if subject.resize_mode else ""}{subject.resize_mode}'.strip())
    tables.show_layers(console, title, layers, total)
    tables.show_units(console, shape, units)
    if networks:
        tables.show_networks(console, networks)
    return {
        'model': subject.name, 'groups': variant.groups, 'width': variant.width,
        'classes': subject.classes, 'input': {
            'height': subject.height, 'width': subject.width,
            **({'resize_mode': subject.resize_mode} if subject.resize_mode else {})},
        'layers': [asdict(layer) | {'values': layer.values} for layer in layers],
        'totals': asdict(total), 'unit': dict(zip('chw', shape)),
        'units': [asdict(unit) for unit in units],
        'networks': [asdict(network) for network in networks]}
