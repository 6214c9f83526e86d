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

"""Regions, grids and averages of a live node: what arrives is what the offline core gives."""

from contextlib import contextmanager

from diagnostic_msgs.msg import DiagnosticArray
from node.processes import started
from node.workbench import FOLDER, IMAGE, MODEL, noise, values_of
import pytest
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.core.parts import Grid, Region, View
from shufflenet_ros.core.smoothing import Smoother, Smoothing
from shufflenet_ros.inference.engine import Engine
from vision_msgs.msg import Classification, Detection2DArray

VIEW = View(Region(0.1, 0.2, 0.85, 0.7), Grid(4, 3))


@contextmanager
def node_with(bench, **parameters):
    """Start a classifier with these parameters."""
    words = [word for name, value in parameters.items() for word in ('-p', f'{name}:={value}')]
    with started(bench, '-p', f'model:={FOLDER}', '-p', 'precision:=int8', *words) as process:
        process.wait_for('ready')
        bench.settle()
        yield process


@pytest.fixture
def grids(make_bench):
    """Give a bench that keeps what comes of cells, and the raw results."""
    bench = make_bench()
    bench.grids, bench.raw, bench.raw_grids = [], [], []
    bench.subscribe(Detection2DArray, 'regions', bench.grids.append)
    bench.subscribe(Detection2DArray, 'regions_raw', bench.raw_grids.append)
    bench.subscribe(Classification, 'classification_raw', bench.raw.append)
    return bench


def offline(pixels, view):
    """Classify as the offline core does."""
    frame = Frame(pixels.tobytes(), *pixels.shape[:2], 'bgr8', pixels[0].nbytes, stamp_ns=1)
    return Classifier(Engine(MODEL), MODEL.geometry, keeps_scores=True).classify(frame, view)[0]


def parts_of(msg):
    """Give id, box and hypotheses of each detection."""
    return [(one.id, (one.bbox.center.position.x - one.bbox.size_x / 2,
                      one.bbox.center.position.y - one.bbox.size_y / 2,
                      one.bbox.size_x, one.bbox.size_y),
             [(found.hypothesis.class_id, found.hypothesis.score) for found in one.results])
            for one in msg.detections]


def expected_parts(result):
    """Give the same of what the offline core says."""
    return [(one.part.id, (one.part.box.left, one.part.box.top, one.part.box.width,
                           one.part.box.height),
             [(str(found.index), found.score) for found in one.classification.hypotheses])
            for one in result.parts]


def test_cells_are_those_of_the_offline_core_to_the_last_bit(grids):
    """Boxes in pixels of the image, under its own header; the whole is the region."""
    with node_with(grids, region='[0.1, 0.2, 0.85, 0.7]', grid='4x3'):
        for pixels in (IMAGE, noise(3, (121, 161, 3))):
            result, values = grids.ask(pixels=pixels)
            assert grids.wait(lambda: grids.grids and grids.grids[-1].header == result.header)
            expected = offline(pixels, VIEW)
            msg = grids.grids[-1]
            assert parts_of(msg) == expected_parts(expected)
            assert all(one.header == result.header for one in msg.detections)
            assert [(int(found.class_id), found.score) for found in result.results] == [
                (found.index, found.score) for found in expected.hypotheses]
            assert values['regions'] == 13
        assert not grids.raw and not grids.raw_grids


def cells_come_in_turn(grids):
    """Each is what it is without a limit, one an image; what is left out is counted."""
    statuses = []
    name = f'{grids.namespace.strip("/")}/classifier: image_raw'
    grids.node.create_subscription(DiagnosticArray, '/diagnostics', lambda msg: statuses.extend(
        status for status in msg.status if status.name == name), 10)
    assert grids.set(grid='3x2').successful and grids.set(grid_max_ms=1e-6).successful
    expected = expected_parts(offline(IMAGE, View(grid=Grid(3, 2), classify_whole=False)))
    found, left_out = [], 0
    while len(found) < 7:
        header = grids.send()
        if grids.wait(lambda: grids.grids[-1].header == header, 1):
            found += parts_of(grids.grids[-1])
            assert grids.wait(lambda: grids.latencies[''][-1].header == header)
            values = values_of(grids.latencies[''][-1])
            assert (values['regions'], values['regions_left_out']) == (1, 5)
            left_out += 5
    assert found == [*expected, expected[0]]
    assert grids.wait(lambda: statuses and {item.key: item.value for item in statuses[-1].values}[
        'regions_left_out'] == str(left_out))
    assert 'grid_max_ms' in grids.set(grid_max_ms=-1.0).reason
    assert grids.set(grid_max_ms=0.0).successful
    header = grids.send()
    assert grids.wait(lambda: grids.grids[-1].header == header)
    assert parts_of(grids.grids[-1]) == expected


def test_a_grid_may_change_and_the_whole_may_be_left_out(grids):
    """Between two frames; what cannot be is refused by its name."""
    with node_with(grids):
        assert grids.ask()[1]['regions'] == 1 and not grids.grids
        assert grids.set(grid='2x2').successful
        assert grids.ask()[1]['regions'] == 5
        assert grids.set(classify_whole=False).successful
        before, header = len(grids.results['']), grids.send()
        assert grids.wait(lambda: grids.grids and grids.grids[-1].header == header)
        assert len(grids.results['']) == before
        cells_come_in_turn(grids)
        assert 'grid' in grids.set(grid='0x2').reason
        assert 'region' in grids.set(region=[0.5, 0.0, 0.6, 1.0]).reason
        assert grids.set(region=[0, 0, 1, 1]).successful  # whole numbers
        assert grids.set(grid='').successful
        assert grids.ask()[1]['regions'] == 1


def test_averages_follow_the_stamps_and_the_raw_results_stay(grids):
    """The node gives what the offline core gives of the same stamps."""
    smoother = Smoother(Smoothing(0.5, 0.1), 5, 0.0)
    with node_with(grids, smoothing_s=0.5, grid='2x1'):
        for number, pixels in enumerate((IMAGE, noise(1), noise(2), IMAGE)):
            stamp = 1000 + 0.25 * number
            result, _ = grids.ask(pixels=pixels, stamp=stamp)
            assert grids.wait(lambda: all(
                found and found[-1].header == result.header
                for found in (grids.grids, grids.raw_grids, grids.raw)))
            raw = offline(pixels, View(grid=Grid(2, 1)))
            smooth = smoother.smooth(raw, round(stamp * 1e9))
            assert parts_of(grids.raw_grids[-1]) == expected_parts(raw)
            assert parts_of(grids.grids[-1]) == expected_parts(smooth)
            assert [found.score for found in grids.raw[-1].results] == [
                found.score for found in raw.hypotheses]
            assert [found.score for found in result.results] == [
                found.score for found in smooth.hypotheses]


def test_each_camera_may_have_its_own_region_and_grid(make_bench):
    """Or none, where all others have one."""
    bench = make_bench(('front', 'rear'))
    grids = {'front': [], 'rear': []}
    for camera, kept in grids.items():
        bench.subscribe(Detection2DArray, f'{camera}/regions', kept.append)
    with node_with(bench, cameras="['front', 'rear']", grid='3x1', **{
            'rear.grid': "'off'", 'front.region': '[0.0, 0.5, 1.0, 0.5]'}):
        for name in ('region', 'front.region', 'threshold'):  # rclpy would undeclare it
            assert 'expected a value' in bench.set(**{name: None}).reason
        assert bench.ask('front')[1]['regions'] == 4 and bench.ask('rear')[1]['regions'] == 1
        assert not grids['rear']
        assert {one.bbox.size_y for one in grids['front'][-1].detections} == {120.0}
