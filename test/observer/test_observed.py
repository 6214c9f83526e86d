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

"""What is known of a classifier from its messages, without ROS."""

from math import isnan, nan

import numpy as np
import pytest
from shufflenet_ros.core.frame import COUNTERS
from shufflenet_ros.monitoring.rules import Level
from shufflenet_ros.node.public_names import DROPS, LATENCY_KEYS
from shufflenet_ros.observer.graph import cameras_of_nodes
from shufflenet_ros.observer.grid_cells import CellsReading, shares_in_words, shares_of
from shufflenet_ros.observer.observed import FRAMES_WITHOUT_CELLS, ObservedNode
from shufflenet_ros.observer.readings import FrameLatency, Result, Status
from shufflenet_ros.observer.stage_series import StageSeries

SECOND_NS = 1_000_000_000
TIMES = tuple(float(number) for number in range(len(LATENCY_KEYS)))
CLASSIFICATION = ['vision_msgs/msg/Classification']
ARRAY = ['diagnostic_msgs/msg/DiagnosticArray']
LABELS = ['vision_msgs/msg/LabelInfo']


@pytest.fixture
def node():
    """Make a node with two cameras."""
    node = ObservedNode('/robot1/classifier')
    node.set_cameras(['front', 'rear'])
    return node


def report(node, now_s, level=Level.OK, state='active', **counters):
    """Have the node report with counters of its front camera."""
    values = {name: str(counters.get(name, 0)) for name in COUNTERS} | {'frame_rate_node': '29.9'}
    node.record_statuses([
        Status('robot1/classifier: front', level, 'slow; do this', '/front', values),
        Status('robot1/classifier: model', Level.OK, 'surfaces runs'),
        Status('robot1/classifier: lifecycle', Level.OK, state, '', {'state': state}),
        Status('other: front', Level.ERROR, 'of another node')], now_s)


def test_rates_and_drops_are_those_of_the_last_reports(node):
    """Each kind of drop for itself, also while no frame is classified."""
    front = node.cameras['front']
    assert isnan(front.result_hz)
    for second in range(20):
        report(node, second, received=30 * second, classified=20 * second, expired=8 * second,
               failed=2 * second, missed=5 * second, replaced=5 * second)
    assert front.result_hz == pytest.approx(20) and front.rate_hz == pytest.approx(29.9)
    assert front.drops_per_second() == pytest.approx(
        dict.fromkeys(DROPS, 0.0) | {'expired': 8, 'failed': 2, 'replaced': 5})
    assert front.counters.classified == 380


def test_a_node_that_was_restarted_counts_anew(node):
    """No rate is ever negative, and the one of before is not mixed with the new one."""
    report(node, 0.0, received=1000, classified=1000)
    report(node, 1.0, received=1030, classified=1030)
    report(node, 2.0, received=10, classified=10)
    assert isnan(node.cameras['front'].result_hz)
    report(node, 3.0, received=40, classified=40)
    assert node.cameras['front'].result_hz == pytest.approx(30)


def test_a_node_that_no_longer_reports_is_gone_and_comes_back(node):
    """What it had said of itself counts no more once it reports again."""
    assert not node.is_gone(100.0)
    report(node, 0.0, received=10)
    assert not node.is_gone(3.0) and node.is_gone(4.0)
    report(node, 10.0, received=500, classified=500)
    assert isnan(node.cameras['front'].result_hz)


def test_findings_are_those_that_are_not_well_the_errors_first(node):
    """Statuses of other nodes are none of its."""
    report(node, 0.0)
    assert node.findings() == [] and node.state == 'active'
    report(node, 1.0, Level.STALE)
    assert [(found.source, found.text) for found in node.findings()] == [
        ('front', 'slow; do this')]
    assert node.cameras['rear'].status is None


def test_classes_are_named_by_the_labels_of_the_model_that_gave_them(node):
    """While models are exchanged a result of the one before has numbers in place of names."""
    front = node.cameras['front']
    node.labels, node.version = {'0': 'grass', '1': 'sand'}, 2
    result = Result(5, (('1', 0.75), ('9', 0.125)))
    front.record_result(result, node.labels_of(2), 0.0)
    assert front.hypotheses == (('sand', 0.75), ('class 9', 0.125)) and front.stamp_ns == 5
    front.record_result(result, node.labels_of(1), 0.0)
    assert front.hypotheses[0] == ('class 1', 0.75) and front.results == 2


def test_cells_have_the_names_of_their_labels_and_shares(node):
    """A cell without a class is one of its own kind; what is no cell of a grid is left out."""
    front = node.cameras['front']
    front.record_cells(CellsReading(1, (
        ('r0c0', ('1', 0.5)), ('r0c1', None), ('r1c0', ('1', 1.0)), ('r1c1', ('9', 0.75)),
        ('box 3', ('0', 1.0)), ('r2c0', ('dog', 1.0)))), {'1': 'sand'}, 5.0)
    assert front.cells == (
        ('r0c0', 0, 0, 1, 'sand', 0.5), ('r0c1', 0, 1, None, 'below threshold', 0.0),
        ('r1c0', 1, 0, 1, 'sand', 1.0), ('r1c1', 1, 1, 9, 'class 9', 0.75))
    assert [cell.is_above for cell in front.cells] == [True, False, True, True]
    assert shares_of(front.cells) == [
        (1, 'sand', 0.5), (9, 'class 9', 0.25), (None, 'below threshold', 0.25)]
    assert shares_in_words(front.cells) == 'sand 50 %, class 9 25 %, below threshold 25 %'
    assert shares_in_words(front.cells, most=1) == 'sand 50 %, 2 more'
    assert shares_in_words(()) == ''


def test_no_class_that_is_there_has_a_share_of_0(node):
    """And none that is not everywhere has 100 %."""
    front = node.cameras['front']
    front.record_cells(CellsReading(1, tuple(
        (f'r{row}c0', ('1' if row else '0', 1.0)) for row in range(256))), {}, 5.0)
    assert shares_in_words(front.cells) == 'class 1 99 %, class 0 1 %'


@pytest.mark.parametrize('regions, most', [(1, 1), (5, FRAMES_WITHOUT_CELLS)])
def test_cells_are_forgotten_once_frames_come_without_any(node, regions, most):
    """Soon where the node says that there is one part only; a few may come before their cells."""
    front = node.cameras['front']
    for _ in range(2):
        front.record_cells(CellsReading(1, (('r0c0', ('1', 0.5)),)), {}, 5.0)
        for stamp in range(most):
            front.record_latency(FrameLatency(stamp, TIMES, 1, '', regions), 7)
            front.forget_old_cells()
        assert front.cells and front.last_cells_s == 5.0
    front.record_latency(FrameLatency(99, TIMES, 1, '', regions), 7)
    front.forget_old_cells()
    assert front.cells == () and front.last_cells_s is None


def test_cameras_that_stay_keep_what_is_known_of_them(node):
    """Those that are gone are not shown any more."""
    front = node.cameras['front']
    front.record_latency(FrameLatency(1, TIMES, 1, 'grass 0.9'), 7)
    node.set_cameras(['', 'front'])
    assert list(node.cameras) == ['', 'front'] and node.cameras['front'] is front
    assert node.cameras[''].title == 'image_raw' and front.label == 'grass 0.9'


def test_an_image_without_a_stamp_stands_where_it_was_received(node):
    """Its times are shown all the same, but for those that need a stamp."""
    front = node.cameras['front']
    front.record_latency(FrameLatency(0, (nan, *TIMES[1:]), 1, ''), 7 * SECOND_NS)
    stamps, table = front.series.frames()
    assert stamps.tolist() == [7 * SECOND_NS] and isnan(table[0, 0])


def test_a_series_keeps_its_span_however_many_frames_come():
    """Rows are moved back when the end of the room is reached; none is lost or doubled."""
    series = StageSeries(span_s=2.0, capacity=100)
    for number in range(1000):
        series.add(number * SECOND_NS // 20, [number] * len(TIMES))
        stamps, table = series.frames()
        assert len(stamps) == min(number + 1, 41)
        assert table[:, 0].tolist() == list(range(number + 1 - len(stamps), number + 1))
    assert len(series.frames(span_s=1.0)[0]) == 21
    for number in range(1000):
        series.add(60 * SECOND_NS + number, TIMES)
    assert len(series) == 100


def test_a_bag_that_starts_anew_begins_a_new_series():
    """A stamp that is a little earlier belongs to the same one."""
    series = StageSeries()
    for stamp_s in (100.0, 100.5, 100.4, 10.0, 10.5):
        series.add(int(stamp_s * SECOND_NS), TIMES)
    assert series.frames()[0].tolist() == [10 * SECOND_NS, int(10.5 * SECOND_NS)]


def test_percentiles_leave_out_what_is_unknown():
    """A stage without any value has none."""
    series = StageSeries()
    for number in range(101):
        series.add(number, [nan, *[float(number)] * (len(TIMES) - 2),
                            nan if number % 2 else float(number)])
    found = series.percentiles((50, 99))
    assert np.isnan(found[:, 0]).all()
    assert found[:, 1].tolist() == [50.0, 99.0] and found[0, -1] == 50.0
    assert StageSeries().percentiles().shape == (2, len(TIMES))


@pytest.mark.parametrize('topics, found', [
    ({}, {}),
    ({'/c/label_info': LABELS, '/c/classification': CLASSIFICATION, '/c/frame_latency': ARRAY},
     {'/c': ['']}),
    ({'/r/c/label_info': LABELS, '/r/c/front/classification': CLASSIFICATION,
      '/r/c/front/frame_latency': ARRAY, '/r/c/rear/frame_latency': ARRAY,
      '/r/c/rear/classification': CLASSIFICATION}, {'/r/c': ['front', 'rear']}),
    # Another detector, another type, something deeper, and half a camera.
    ({'/yolo/label_info': LABELS}, {}),
    ({'/c/label_info': LABELS, '/c/classification': CLASSIFICATION,
      '/c/frame_latency': ['std_msgs/msg/String']}, {}),
    ({'/c/label_info': LABELS, '/c/a/b/classification': CLASSIFICATION,
      '/c/a/b/frame_latency': ARRAY, '/c/x/frame_latency': ARRAY}, {})],
    ids=['nothing', 'one', 'two cameras', 'detector', 'type', 'half'])
def test_classifiers_are_found_by_topics_that_only_they_have(topics, found):
    """Names alone would take other nodes for one."""
    assert cameras_of_nodes(topics.items()) == found
