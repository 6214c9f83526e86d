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

"""One run of the bench: suites are measured one after the other into one record."""

from __future__ import annotations

from collections.abc import Sequence
import importlib
import json
import os
from pathlib import Path
import re
import sys
import tempfile
from types import ModuleType
from typing import Any

from shufflenet_ros.bench.runner.comparison import Results
from shufflenet_ros.bench.runner.environment import environment, hash_of, pin_to_one_core
from shufflenet_ros.bench.runner.request import BenchRequest, flight_images
from shufflenet_ros.bench.runner.timing import TURN
from shufflenet_ros.bench.suites.names import SUITES
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain
from shufflenet_ros.inference.model_card import ModelSpec

COLUMNS = ('suite', 'engine', 'model', 'height', 'width', 'min_ms', 'median_ms', 'p99_ms',
           'agreement', 'sqnr_db')
"""Every row of results has these, null where a suite does not measure it."""


def measure_suites(names: Sequence[str], spec: ModelSpec, sizes: tuple[tuple[int, int], ...],
                   rounds: int, warm_up: int, out: Path) -> dict[str, Any]:
    """
    Measure suites on this process's last core, with scratch files below ``out``; give the record.

    ``sizes`` and ``rounds`` as in :class:`BenchRequest`. Raises ConfigurationError, before any
    suite is measured, where one lacks a package.
    """
    suites = {name: _suite(name) for name in names}
    cores = frozenset(os.sched_getaffinity(0))
    core = pin_to_one_core()
    images = flight_images()
    results = Results()
    with tempfile.TemporaryDirectory(dir=out) as folder:
        request = BenchRequest(spec, sizes, rounds, warm_up, cores, Path(folder), images)
        for name, suite in suites.items():
            print(f'suite {plain(name)} ...', file=sys.stderr, flush=True)
            results.add(suite.measure(request))
    return {
        'results': [dict.fromkeys(COLUMNS) | row for row in results.rows], **results.extra,
        'absent': results.absent, 'unstable': results.unstable,
        'environment': environment(core), 'command': ' '.join(['shufflenet_ros', *sys.argv[1:]]),
        'warm_up': warm_up, 'calls_in_a_turn': TURN,
        'model_files': {name: entry['sha256'] for name, entry in spec.files.items()},
        'data_sha256': hash_of(images), 'raw_ns': results.raw_ns}


def as_json(record: dict[str, Any]) -> str:
    """JSON with each list of raw values on one line."""
    text = json.dumps(record, indent=1)
    return re.sub(r'\[[\s\d,]+\]', lambda found: ' '.join(found[0].split()), text) + '\n'


def _suite(name: str) -> ModuleType:
    try:
        return importlib.import_module(f'shufflenet_ros.bench.suites.{SUITES[name]}')
    except ImportError as error:
        raise ConfigurationError(
            f'suite {name} cannot run here: {error}; run "make bench", or pip install '
            "'.[train]' in the folder of the source") from error
