"""
Measure engines side by side on this machine.

Suites: int8 (our int8 against fp32 and onnxruntime's own QDQ), peers (the same network in other
engines, and other networks of the same cost), paper (AlexNet, and what else the paper compares
with), preprocess (every encoding to the tensor), threads (1, 2, 4; spinning or not), floor (what
this core could do at best), profile (where the time goes), footprint (memory and start), node (the
whole node beside a textbook one, over the middleware), soak (its memory over 10,000 images).

All engines of a suite run in one process on one pinned core with one thread, in turns, after
their outputs were compared. Every raw value, the machine, the versions and hashes of model and
data go to --out as JSON, with plots beside it where matplotlib is installed. Suites that build
graphs need what training needs; "make bench" installs all of it, with the peers.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
from pathlib import Path
import re
import sys
import tempfile
from types import ModuleType
from typing import Any

from shufflenet_ros.bench.runner.comparison import Outcome
from shufflenet_ros.bench.runner.environment import environment, hash_of, pin_to_one_core
from shufflenet_ros.bench.runner.plots import plot
from shufflenet_ros.bench.runner.request import photographs, Request
from shufflenet_ros.bench.runner.tables import show
from shufflenet_ros.bench.runner.timing import TURN
from shufflenet_ros.cli.options import parse_size
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.inference.model_card import find_model, load_model, ModelSpec
from shufflenet_ros.process.files import prepare_file, prepare_folder, shipped_models

SUITES = {
    'int8': 'int8', 'peers': 'engines', 'paper': 'paper', 'preprocess': 'preprocess',
    'threads': 'threads', 'floor': 'roofline', 'profile': 'operator_times',
    'footprint': 'footprint', 'node': 'node', 'soak': 'soak'}
"""Name on the command line to the file in ``bench/suites``."""
COLUMNS = ('suite', 'engine', 'model', 'height', 'width', 'min_ms', 'median_ms', 'p99_ms',
           'agreement', 'sqnr_db')
"""Every row of results has these, null where a suite does not measure it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--suite', nargs='+', default=['int8'], choices=(*SUITES, 'all'),
                        metavar='NAME', help=f'{", ".join(SUITES)}, or all (default: int8)')
    parser.add_argument('--model', default='surfaces', metavar='NAME',
                        help='a shipped model or the path of a model folder (default: surfaces)')
    parser.add_argument('--size', nargs='+', default=[], metavar='WxH',
                        help="input sizes of the network; preprocess, node, soak: of the camera's "
                             "image (default: the suite's own)")
    parser.add_argument('--rounds', type=int, default=0, metavar='N',
                        help="timed calls of each engine; node, soak: images of each camera "
                             "(default: the suite's own)")
    parser.add_argument('--warm-up', type=int, default=10, metavar='N',
                        help='calls of each engine before that (default: 10)')
    parser.add_argument('--out', type=Path, default=Path('build/bench'), metavar='DIR',
                        help='folder for results (default: build/bench)')
    parser.add_argument('--json', type=Path, metavar='FILE',
                        help='write the results to FILE instead')


def run(args: argparse.Namespace) -> int:
    """Compare, time, print, write."""
    if args.rounds < 0 or args.rounds == 1 or args.warm_up < 0:
        raise ConfigurationError(f'--rounds {args.rounds}, --warm-up {args.warm_up}: expected at '
                                 'least 2 and 0')
    sizes = tuple(parse_size(text) for text in args.size)
    names = tuple(SUITES if 'all' in args.suite else dict.fromkeys(args.suite))
    spec = load_model(find_model(args.model, shipped_models()))
    path = args.json or args.out / f'{names[0] if len(names) == 1 else "bench"}.json'
    prepare_folder(args.out)
    prepare_file(path)
    suites = {name: _suite(name) for name in names}
    with tempfile.TemporaryDirectory(dir=args.out) as folder:
        record = _measure(args, suites, spec, sizes, Path(folder))
    show(record)
    path.write_text(_text_of(record))
    print(f'results: {path}')
    for picture in plot(record, path):
        print(f'plot: {picture}')
    return 0


def _suite(name: str) -> ModuleType:
    try:
        return importlib.import_module(f'shufflenet_ros.bench.suites.{SUITES[name]}')
    except ImportError as error:
        raise ConfigurationError(
            f'suite {name} cannot run here: {error}; run "make bench", or pip install -r '
            'environment/requirements/train.txt') from error



def _measure(args: argparse.Namespace, suites: dict[str, ModuleType], spec: ModelSpec,
             sizes: tuple[tuple[int, int], ...], folder: Path) -> dict[str, Any]:
    cores = frozenset(os.sched_getaffinity(0))
    core = pin_to_one_core()
    views = photographs()
    request = Request(spec, sizes, args.rounds, args.warm_up, cores, folder, views)
    outcome = Outcome()
    for name, suite in suites.items():
        print(f'suite {name} ...', file=sys.stderr, flush=True)
        outcome.add(suite.measure(request))
    rows = [dict.fromkeys(COLUMNS) | row for row in outcome.rows]
    return {
        'results': rows, **outcome.extra, 'absent': outcome.absent, 'unstable': outcome.unstable,
        'environment': environment(core), 'command': ' '.join(['shufflenet_ros', *sys.argv[1:]]),
        'warm_up': args.warm_up, 'calls_in_a_turn': TURN,
        'model_files': {name: entry['sha256'] for name, entry in spec.files.items()},
        'data_sha256': hash_of(views), 'raw_ns': outcome.raw_ns}


def _text_of(record: dict[str, Any]) -> str:
    """JSON with each list of raw values on one line."""
    text = json.dumps(record, indent=1)
    return re.sub(r'\[[\s\d,]+\]', lambda found: ' '.join(found[0].split()), text) + '\n'
