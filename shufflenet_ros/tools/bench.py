"""
Measure a model's engines side by side on this machine.

All run in one process on one pinned core with one thread, in turns, after their outputs were
compared. The suite int8 holds our int8 against fp32 and against onnxruntime's own quantizer (QDQ
s8s8 and u8s8, which need the package onnx). Every raw value, the machine, the versions and hashes
of model and data go to --out as JSON, with a plot beside it where matplotlib is installed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from shufflenet_ros.bench import int8_suite
from shufflenet_ros.bench.record import environment, hash_of, pin_to_one_core
from shufflenet_ros.bench.report import plot, show
from shufflenet_ros.bench.timing import interleave, summary_ms, why_unstable
from shufflenet_ros.core.decode import Pixels
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.metrics import agreement, sqnr_db
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.demo.footage import Flight
from shufflenet_ros.environment import share_dir
from shufflenet_ros.model_card import find_model, load_model
from shufflenet_ros.output import prepare_file, prepare_folder

IMAGES = 60
SECONDS = 20.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--model', default='surfaces', metavar='NAME',
                        help='a shipped model or the path of a model folder (default: surfaces)')
    parser.add_argument('--rounds', type=int, default=300, metavar='N',
                        help='timed calls of each engine (default: 300)')
    parser.add_argument('--warm-up', type=int, default=20, metavar='N',
                        help='calls of each engine before that (default: 20)')
    parser.add_argument('--out', type=Path, default=Path('build/bench'), metavar='DIR',
                        help='folder for results (default: build/bench)')
    parser.add_argument('--json', type=Path, metavar='FILE',
                        help='write the results to FILE instead')


def run(args: argparse.Namespace) -> int:
    """Compare, time, print, write."""
    if args.rounds < 2 or args.warm_up < 0:
        raise ConfigurationError(f'--rounds {args.rounds}, --warm-up {args.warm_up}: expected at '
                                 'least 2 and 0')
    spec = load_model(find_model(args.model, share_dir() / 'models'))
    path = args.json or args.out / 'int8.json'
    prepare_folder(args.out)
    prepare_file(path)
    record = _measure(args, spec)
    show(record)
    path.write_text(json.dumps(record, indent=1) + '\n')
    print(f'results: {path}')
    if plot(record, path.with_suffix('.png')):
        print(f'plot: {path.with_suffix(".png")}')
    return 0


def _measure(args: argparse.Namespace, spec) -> dict:
    core = pin_to_one_core()
    flight = Flight(640, 480, SECONDS)
    photographs = [np.ascontiguousarray(flight.view(time)[0][:, :, ::-1])
                   for time in np.linspace(0, SECONDS, 2 * IMAGES, endpoint=False)]
    # Every second view calibrates, the others are measured on.
    engines, absent = int8_suite.engines(spec, photographs[1::2], args.out)
    tensors = [preprocess(Pixels(image, None), spec.geometry) for image in photographs[::2]]
    logits = {name: np.stack([engine(tensor) for tensor in tensors])
              for name, engine in engines.items()}
    times_ns = interleave(engines, tensors, args.rounds, args.warm_up)
    reference = logits[int8_suite.REFERENCE]
    results = [{
        'suite': 'int8', 'engine': name, 'model': spec.name, 'height': spec.geometry.height,
        'width': spec.geometry.width, **summary_ms(times_ns[name]),
        'agreement': agreement(logits[name], reference),
        'sqnr_db': _finite(sqnr_db(logits[name], reference))} for name in engines]
    unstable = {name: reason for name, times in times_ns.items()
                if (reason := why_unstable(times))}
    return {
        'results': results, 'absent': absent, 'unstable': unstable,
        'environment': environment(core), 'rounds': args.rounds, 'warm_up': args.warm_up,
        'model_files': {name: entry['sha256'] for name, entry in spec.files.items()},
        'data_sha256': hash_of(tensors), 'raw_ns': times_ns}


def _finite(value: float) -> float | None:
    """JSON knows no infinity: the reference itself has no error."""
    return value if np.isfinite(value) else None
