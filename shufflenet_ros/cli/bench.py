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
Measure engines side by side on this machine.

Suites: int8 (our int8 against fp32 and onnxruntime's own QDQ), peers (the same network in other
engines, and other networks of the same cost), paper (AlexNet, and what else the paper compares
with), preprocess (every encoding to the tensor), threads (1, 2, 4; spinning or not), floor (what
this core could do at best), profile (where the time goes), footprint (memory and start), node (the
whole node beside a baseline node, over the middleware), soak (its memory over 10,000 images),
replay (recordings beside decoding and inference alone, on one core and two), monitors (four
cameras with and without each tool that watches the node), regions (cells of a grid: what they
cost the node, and what they cost other cameras).

All engines of a suite run in one process on one pinned core with one thread, in turns, after
their outputs were compared. Every raw value, the machine, the versions and hashes of model and
data go to --out as JSON, with plots beside it where matplotlib is installed, and with the suite
int8 a small file to send, NAME-board.json, without raw values. Suites that build graphs need what
training needs; "make bench" installs all of it, with the other engines.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from shufflenet_ros.bench.suites.names import SUITES
from shufflenet_ros.cli.options import parse_size
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--suite', nargs='+', default=['int8'], choices=(*SUITES, 'all'),
                        metavar='NAME', help=f'{", ".join(SUITES)}, or all (default: int8)')
    parser.add_argument('--model', default='surfaces', metavar='NAME',
                        help='a shipped model or the path of a model folder (default: surfaces)')
    parser.add_argument('--size', nargs='+', default=[], metavar='WxH',
                        help="input sizes of the network; preprocess, node, soak, replay, "
                             "monitors, regions: of the camera's image (default: the suite's own)")
    parser.add_argument('--rounds', type=int, default=0, metavar='N',
                        help="timed calls of each engine; node, soak, monitors, regions: "
                             "images of each camera; replay: runs "
                             "(default: the suite's own)")
    parser.add_argument('--warm-up', type=int, default=10, metavar='N',
                        help='calls of each engine before that (default: 10)')
    parser.add_argument('--out', type=Path, default=Path('build/bench'), metavar='DIR',
                        help='folder for results (default: build/bench)')
    parser.add_argument('--json', type=Path, metavar='FILE',
                        help='write the results to FILE instead')


def run(args: argparse.Namespace) -> int:
    """Check the options, measure, then print and write the results."""
    if args.rounds < 0 or args.rounds == 1 or args.warm_up < 0:
        raise ConfigurationError(f'--rounds {args.rounds}, --warm-up {args.warm_up}: expected at '
                                 'least 2 and 0')
    sizes = tuple(parse_size(text) for text in args.size)
    names = tuple(SUITES if 'all' in args.suite else dict.fromkeys(args.suite))

    from shufflenet_ros.bench.record import as_json, measure_suites
    from shufflenet_ros.bench.runner.board import board_of
    from shufflenet_ros.bench.runner.tables import show
    from shufflenet_ros.inference.model_card import find_model, load_model
    from shufflenet_ros.process.files import (
        prepare_file,
        prepare_folder,
        room_on_disk,
        shipped_models,
        write_whole,
    )
    spec = load_model(find_model(args.model, shipped_models()))
    path = args.json or args.out / f'{names[0] if len(names) == 1 else "bench"}.json'
    prepare_folder(args.out)
    prepare_file(path)
    _check_plots(path)
    board = _board_file(path) if 'int8' in names else None
    with room_on_disk(args.out):
        record = measure_suites(names, spec, sizes, args.rounds, args.warm_up, args.out)
    show(record)
    write_whole(path, as_json(record))
    print(f'results: {plain(path)}')
    if board is not None:
        write_whole(board, as_json(board_of(record)))
        print(f'of this board, to send: {plain(board)}')
    _plot(record, path)
    return 0


def _board_file(path: Path) -> Path | None:
    """Name the file of the board, None beside a device; refuse to replace a file of the user."""
    if path.exists() and not path.is_file():
        return None
    board = path.with_name(f'{path.stem}-board.json')
    if board.exists() and not _is_record(board):
        raise ConfigurationError(f'{board}: would be replaced by results, but is no file of this '
                                 'command; move it elsewhere, or give another --out or --json')
    return board


def _is_record(path: Path) -> bool:
    return path.is_file() and b'"calls_in_a_turn"' in path.read_bytes()


def _check_plots(path: Path) -> None:
    """Refuse to write plots over images of the user: ours lie beside results of ours."""
    if _is_record(path):
        return
    names = (f'{path.stem}{suite}{part}.png' for suite in ('', *(f'-{name}' for name in SUITES))
             for part in ('', '-overload', '-memory'))
    for image in map(path.with_name, names):
        if image.exists():
            raise ConfigurationError(
                f'{image}: would be replaced by a plot, but there are no results of this command '
                f'at {path}; move it elsewhere, or give another --out or --json')


def _plot(record: dict[str, Any], path: Path) -> None:
    try:
        from shufflenet_ros.bench.runner.plots import plot
    except ImportError as error:
        print(f'no plots: {plain(error)}; pip install matplotlib')
        return
    for file in plot(record, path):
        print(f'plot: {plain(file)}')
