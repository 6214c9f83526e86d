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

"""The cells of a frame have a limit of time: what is left out comes first in the next frame."""

from types import SimpleNamespace

from core.newest_frames import NewestFrames
import numpy as np
import pytest
from shufflenet_ros.core import classifier as classifier_module
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.parts import Grid, Region, View
from shufflenet_ros.core.pipeline import Pipeline

MS = 1_000_000
GEOMETRY = Geometry(32, 32)
VIEW = View(grid=Grid(4, 3))
CELLS_ALONE = View(grid=Grid(4, 3), classify_whole=False)
IDS = [f'r{row}c{column}' for row in range(3) for column in range(4)]


class MillisecondEngine:
    """Takes a millisecond of its own clock for an inference."""

    def __init__(self):
        self.now_ns = 0

    def run(self, tensor):
        """Logits that differ from cell to cell."""
        self.now_ns += MS
        return tensor.reshape(-1)[:7].astype(np.float32)


@pytest.fixture
def engine(monkeypatch):
    """Give one whose clock is that of the classifier."""
    engine = MillisecondEngine()
    monkeypatch.setattr(classifier_module, 'time',
                        SimpleNamespace(monotonic_ns=lambda: engine.now_ns))
    return engine


def frame(stamp_ns=1):
    """Make one of noise."""
    image = np.random.default_rng(5).integers(0, 256, (60, 80, 3), np.uint8)
    return Frame(image.tobytes(), 60, 80, 'bgr8', 240, stamp_ns=stamp_ns)


def ids(result):
    return [one.part.id for one in result.parts]


@pytest.mark.parametrize('view, budget_ms, first, expected', [
    (VIEW, 3.5, 0, IDS[:3]),  # the whole comes first and counts
    (CELLS_ALONE, 3.5, 0, IDS[:4]),
    (CELLS_ALONE, 3.5, 10, [*IDS[:2], *IDS[10:]]),
    (VIEW, 0.0, 7, IDS[7:8]),  # one at least
    (CELLS_ALONE, 0.0, 12, IDS[:1]),
    (VIEW, 100.0, 5, IDS), (VIEW, None, 5, IDS)])
def test_no_further_cell_is_begun_after_the_time(engine, view, budget_ms, first, expected):
    """Row by row in each result; what came is what it is without a limit."""
    core = Classifier(engine, GEOMETRY)
    everything, _ = core.classify(frame(), view)
    found, durations = core.classify(
        frame(), view, None if budget_ms is None else round(budget_ms * MS), first)
    assert ids(found) == expected and found.left_out == 12 - len(expected)
    assert found.best == everything.best and (found.best is None) == (view is CELLS_ALONE)
    assert list(found.parts) == [one for one in everything.parts if one.part.id in expected]
    assert durations[2] == (len(expected) + view.has_whole) * MS


class Results:
    """A sink that keeps what comes of each camera."""

    def __init__(self):
        self.of = {'front': [], 'rear': []}

    def publish(self, camera, frame, classification, raw):
        self.of[camera].append(classification)

    def report(self, camera, frame, classification, timings):
        assert classification is self.of[camera][-1]

    def reject(self, camera, error):
        raise error

    def record(self, camera, delivery, arrived):
        pass


def test_each_frame_of_a_camera_goes_on_where_the_last_one_ended(engine):
    """All cells in turn, for each camera; another grid or region begins anew."""
    results, source = Results(), NewestFrames()
    pipeline = Pipeline(Classifier(engine, GEOMETRY), results, results.of)
    stamps = iter(range(1, 100))

    def parts_of(camera):
        """Have one frame classified."""
        pipeline.start(source)
        source.put(camera, frame(next(stamps)))
        pipeline.stop(drop=False, timeout_s=30.0)
        return ids(results.of[camera][-1])

    def look(view, grid_max_ns):
        pipeline.look_at({'front': view, 'rear': CELLS_ALONE}, grid_max_ns)

    look(CELLS_ALONE, 4 * MS + 1)
    assert [parts_of('front') for _ in range(2)] == [IDS[:5], IDS[5:10]]
    assert parts_of('rear') == IDS[:5]
    assert parts_of('front') == [*IDS[:3], *IDS[10:]]
    assert parts_of('rear') == IDS[5:10]
    assert parts_of('front') == IDS[3:8]
    for view in (View(grid=Grid(2, 4), classify_whole=False),
                 View(Region(0, 0, 1, 0.5), Grid(4, 3), False)):
        look(view, 4 * MS + 1)
        assert parts_of('front') == [part.id for part in view.cells(60, 80)][:5]
    look(CELLS_ALONE, None)
    assert parts_of('front') == IDS and results.of['front'][-1].left_out == 0
