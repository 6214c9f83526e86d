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
Measure a model on labelled images: fp32 against int8.

DATA holds a folder for each class, named like the model's labels. The forms of the model run
through onnxruntime behind the same preprocess as on the robot: fp32, the form of int8 that runs
here, and the graph of int8 where that is another one. Where the model's card has a
threshold, it says how many answers become empty by it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from shufflenet_ros.process.files import prepare_file, shipped_models, write_whole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('data', type=Path, metavar='DATA', help='folder with a folder per class')
    parser.add_argument('--model', default='surfaces', metavar='NAME',
                        help='a shipped model or the path of a model folder (default: surfaces)')
    parser.add_argument('--grey', action='store_true', help='see the images in grey')
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the figures to FILE')


def run(args: argparse.Namespace) -> int:
    """Print top-1, top-5, agreement, SQNR, and recall of each class."""
    # Here, so that the help needs none of it.
    from shufflenet_ros.dataset.labelled_images import read_folder
    from shufflenet_ros.evaluation.comparison import compare_forms
    from shufflenet_ros.inference.model_card import find_model, load_model

    if args.json:
        prepare_file(args.json)
    spec = load_model(find_model(args.model, shipped_models()))
    figures = compare_forms(spec, read_folder(args.data, spec.labels), args.grey)
    _show(figures)
    if args.json:
        write_whole(args.json, json.dumps(figures, indent=2) + '\n')
    return 0


def _show(figures: dict[str, Any]) -> None:
    from rich.table import Table
    from shufflenet_ros.terminal.plain_console import PlainConsole

    table = Table(title=f'{figures["model"]} on {figures["images"]} images')
    table.add_column('')
    forms = [form for form in ('fp32', 'int8', 'int8_graph') if form in figures]
    for form in forms:
        table.add_column(figures['form'] if form == 'int8' else form, justify='right')
    for key in ('top1', 'top5'):
        table.add_row(key, *(f'{figures[form][key]:.3f}' for form in forms),
                      end_section=key == 'top5')
    for name in figures['fp32']['recall']:
        recalls = [figures[form]['recall'][name] for form in forms]
        table.add_row(name, *('-' if recall is None else f'{recall:.3f}' for recall in recalls))
    console = PlainConsole()
    console.print(table)
    console.print(f'agreement {figures["agreement"]:.3f}, SQNR {figures["sqnr_db"]:.1f} dB')
    if 'agreement_of_forms' in figures:
        console.print(f'int8_native on {figures["instruction_set"]}: agreement with int8_graph '
                      f'{figures["agreement_of_forms"]:.3f}')
    if figures['why_graph']:
        console.print(f'int8_native does not run: {figures["why_graph"]}', soft_wrap=True)
    if found := figures.get('threshold'):
        console.print(f'threshold {found["value"]:g} of the card (int8): '
                      f'{found["right_lost"]:.1%} of the right answers become empty, and '
                      f'{found["wrong_avoided"]:.1%} of the wrong ones')
    for reason in figures['skipped']:
        console.print(f'left out: {reason}', soft_wrap=True)
