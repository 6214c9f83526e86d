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
Cells of a grid in the node: what they cost it on one core, and what they cost other cameras.

``4x3`` classifies twelve cells of each image, ``4x3 + whole`` the whole image too, ``no grid``
the whole alone: one camera at 30 Hz, raw and jpeg. The pieces of their budgets are those of the
offline core (:mod:`..runner.offline_core`), measured in the same turns on the same core. Then four
cameras with ``2x2`` share the node, and a camera without a grid has one beside it with ``16x16``.

The node has one core for itself; cameras and bench are on the others, or on the same one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
import sys
from typing import Any

import numpy as np
from shufflenet_ros.bench.nodes.rows import row_of, why_doubtful
from shufflenet_ros.bench.nodes.trial import run_trial, Scene, Trial
from shufflenet_ros.bench.nodes.views import JPEG
from shufflenet_ros.bench.runner.comparison import Results
from shufflenet_ros.bench.runner.environment import on_cores
from shufflenet_ros.bench.runner.offline_core import OfflineCore, Pieces
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.bench.suites.node import our_node
from shufflenet_ros.core.parts import Grid, View
from shufflenet_ros.core.text import plain
from shufflenet_ros.node.public_names import REGIONS
from shufflenet_ros.process.allocator import keep_large_blocks
from shufflenet_ros.process.middleware import prepare_middleware

ROUNDS = 900
"""Counted images of each camera, all turns together."""
TURNS = 3
SHORTEST_TURN = 10
"""Images: with fewer there are fewer turns."""
RATE_HZ, SIZES = 30.0, ((720, 1280),)
ENCODINGS = ('bgr8', JPEG)
BESIDE_MS = 1.0
"""What a result may take beside decoding, preprocessing and inference."""
UNFAIR = 0.05
"""How far the results of the worst served camera may be behind those of the best."""
CAMERAS = 4
MANY = Grid(16, 16)
SILENCE_S = 2.0
"""An image with that many cells takes a while on a slow core."""
SAME, OTHERS = 'the same core', 'other cores'
REQUIREMENTS = 'regions_requirements'


@dataclass(frozen=True, slots=True)
class Subject:
    """One way to use the node."""

    name: str
    view: View
    """Of each image, for the budget."""
    parameters: dict[str, Any] = field(default_factory=dict)
    result: str = REGIONS

    @property
    def parts(self) -> int:
        """Inferences of an image."""
        return len(self.view.boxes(*SIZES[0]))


GRID = Grid(4, 3)
SUBJECTS = (
    Subject('no grid', View(), result='classification'),
    Subject('4x3', View(grid=GRID, classify_whole=False),
            {'grid': '4x3', 'classify_whole': False}),
    Subject('4x3 + whole', View(grid=GRID), {'grid': '4x3'}))
SHARED = Subject('four of 2x2', View(grid=Grid(2, 2)), {'grid': '2x2'})
ALONE = Subject('beside no grid', View(), result='classification')
BESIDE = (
    Subject('beside 16x16', View(grid=MANY), {'camera0.grid': str(MANY)}, 'classification'),
    Subject('beside 16x16, 2 workers', View(grid=MANY),
            {'camera0.grid': str(MANY), 'workers': 2}, 'classification'))


def measure(request: BenchRequest) -> Results:
    """Give the rows of one camera, of four, and of two with and without many cells."""
    results = Results(extra={REQUIREMENTS: []})
    prepare_middleware()
    keep_large_blocks()  # as the node does
    for size in request.sizes or SIZES:
        bench = _Bench(request, size, results)
        for encoding in ENCODINGS:
            bench.compare_one_camera(encoding)
        bench.share_between_cameras()
        bench.wait_beside_many_cells()
    return results


class _Bench:
    """Everything at one size of the images."""

    def __init__(self, request: BenchRequest, size: tuple[int, int], results: Results) -> None:
        self._request = request
        self._size = size
        self._results = results
        self._core = frozenset({max(request.cores)})
        self._offline = OfflineCore(request.spec, size)
        rounds = request.rounds or ROUNDS
        self._turns = max(1, min(TURNS, rounds // SHORTEST_TURN))
        self._images = -(-rounds // self._turns)

    def compare_one_camera(self, encoding: str) -> None:
        """Measure each subject beside the offline core, wherever the other processes may be."""
        scene = self._scene(1, encoding)
        pieces = {_cells(subject.view): Pieces() for subject in SUBJECTS}
        trials: dict[tuple[str, str], list[Trial]] = {}
        for subject, others in self._in_turns(SUBJECTS, self._places()):
            with on_cores(self._core):
                view = _cells(subject.view)
                self._offline.measure(view, encoding, 1 / RATE_HZ, pieces[view])
            trials.setdefault((subject.name, others), []).append(
                self._run(subject, scene, others))
        for others in self._places():
            for subject in SUBJECTS:
                self._add_one_camera(subject, scene, others, trials[subject.name, others],
                                     pieces[_cells(subject.view)])

    def share_between_cameras(self) -> None:
        """Let all cameras have the same grid: their results must be as many."""
        scene, others = self._scene(CAMERAS), self._places()[-1]
        found = [self._run(subject, scene, others)
                 for subject, others in self._in_turns((SHARED,), (others,))]
        row = self._add(SHARED, scene, others, found)
        self._require(row, 'worst served camera behind the best', row['unfairness'], UNFAIR)

    def wait_beside_many_cells(self) -> None:
        """
        Let the first of two cameras have many cells: the other waits for one image of it.

        With one worker that is what it waits at most; the figures are those of the other camera.
        """
        scene, others = replace(self._scene(2), silence_s=SILENCE_S), self._places()[-1]
        trials: dict[str, list[Trial]] = {}
        for subject, _ in self._in_turns((ALONE, *BESIDE), (others,)):
            trials.setdefault(subject.name, []).append(self._run(subject, scene, others))
        pieces = Pieces()
        with on_cores(self._core):
            self._offline.measure(_cells(BESIDE[0].view), scene.encoding, 0.0, pieces)
        alone = self._add(ALONE, scene, others, trials[ALONE.name], 'camera1')
        for subject in BESIDE:
            row = self._add(subject, scene, others, trials[subject.name], 'camera1')
            row |= pieces.budgets(subject.parts, BESIDE_MS)
            longer = (row['p95_ms'] - alone['p95_ms'] if row['p95_ms'] and alone['p95_ms']
                      else None)
            self._require(row, 'p95 of the other camera beside that without a grid, ms', longer,
                          row['budget_ms'])

    def _scene(self, cameras: int, encoding: str = ENCODINGS[0]) -> Scene:
        return Scene(*self._size, cameras, RATE_HZ, self._images, self._request.warm_up,
                     encoding=encoding)

    def _places(self) -> tuple[str, ...]:
        return (SAME, OTHERS) if self._request.cores - self._core else (SAME,)

    def _in_turns(self, subjects: Sequence[Subject],
                  places: Sequence[str]) -> Iterator[tuple[Subject, str]]:
        """Give all of them again and again; each round begins with another one."""
        every = [(subject, others) for subject in subjects for others in places]
        for turn in range(self._turns):
            print(plain(f'  {subjects[0].name} and others: turn {turn + 1} of {self._turns} ...'),
                  file=sys.stderr, flush=True)
            first = turn % len(every)
            yield from every[first:] + every[:first]

    def _run(self, subject: Subject, scene: Scene, others: str) -> Trial:
        node = our_node(self._request)
        transport = 'compressed' if scene.encoding == JPEG else 'raw'
        # The offline core has the same form by the same rule.
        parameters = {**node.parameters, 'precision': 'int8', 'image_transport': [transport],
                      **subject.parameters}
        node = replace(node, parameters=parameters, result=subject.result, cores=self._core)
        with on_cores(self._core if others == SAME else self._request.cores - self._core):
            return run_trial(node, scene, self._request.folder)

    def _add_one_camera(self, subject: Subject, scene: Scene, others: str,
                        found: Sequence[Trial], pieces: Pieces) -> None:
        row = self._add(subject, scene, others, found)
        row |= {**_own(found), **pieces.budgets(subject.parts, BESIDE_MS)}
        if reason := pieces.why_unstable():
            self._results.unstable[f'regions/budget of {subject.name}/{scene.encoding}'] = reason
        if subject.view.grid is not None:
            self._require(row, 'images without a result', row['lost'], 0)
            for key, what in (('median_ms', 'stamp to result'), ('own_ms', "the node's own total"),
                              ('in_node_ms', 'taken to published')):
                self._require(row, f'{what}, median, ms', row[key], row['budget_ms'])

    def _add(self, subject: Subject, scene: Scene, others: str, found: Sequence[Trial],
             camera: str = '') -> dict[str, Any]:
        """Add a row, of one camera alone where that is named."""
        model = self._request.spec.name
        row = {'suite': 'regions', 'engine': subject.name, 'model': model,
               'kind': scene.encoding, 'others_on': others, 'parts': subject.parts,
               **row_of(scene, found), **(_of_camera(camera, scene, found) if camera else {})}
        key = (f'regions/{subject.name}/{model}/{scene.width}x{scene.height}/{scene.encoding}/'
               f'{others}')
        self._results.rows.append(row)
        self._results.raw_ns[key] = [age for trial in found for name, pairs in
                                     trial.results.items() if camera in ('', name)
                                     for _, age in pairs]
        if reason := why_doubtful(scene, row):
            self._results.unstable[key] = reason
        return row

    def _require(self, row: dict[str, Any], what: str, measured: float | None,
                 most: float) -> None:
        where = (f'{row["engine"]}, {row["kind"]} {row["width"]}x{row["height"]}, others on '
                 f'{row["others_on"]}')
        self._results.extra[REQUIREMENTS].append({
            'where': where, 'what': what, 'required': f'<= {most:.4g}',
            'measured': measured,
            'is_reached': measured is not None and measured <= most})


def _cells(view: View) -> View:
    """Leave out the whole beside cells: the budget counts it as one more cell."""
    return replace(view, classify_whole=view.grid is None)


def _own(trials: Sequence[Trial]) -> dict[str, float | None]:
    """Medians (ms) of what the node reports: total, without the way to it, beside the network."""
    values = [one for trial in trials for one in trial.latencies]
    way, work = ('age_at_receipt', 'queue'), ('decode', 'preprocess', 'inference')
    rest = {'own_ms': (), 'in_node_ms': way, 'beside_ms': (*way, *work)}
    return {name: float(np.median([
        one['total_ms'] - sum(one[f'{stage}_ms'] for stage in left_out) for one in values]))
        if values else None for name, left_out in rest.items()}


def _of_camera(camera: str, scene: Scene, trials: Sequence[Trial]) -> dict[str, Any]:
    """Give what replaces the figures of all cameras by those of one."""
    one = replace(scene, cameras=1)
    alone = [replace(trial, published=trial.published // scene.cameras, latencies=[],
                     results={'': trial.results[camera]}) for trial in trials]
    row = row_of(one, alone)
    return {**row, 'cameras': scene.cameras, 'own_total_ms': None, 'own_stages_ms': None}
