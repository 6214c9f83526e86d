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

"""What the plugin shows and keeps, without Qt and without ROS."""

from math import isnan, nan
import time

import numpy as np
import pytest
from shufflenet_ros.core.frame import COUNTERS, STAGES
from shufflenet_ros.monitoring.rules import Level
from shufflenet_ros.node.public_names import LATENCY_KEYS
from shufflenet_ros.observer.grid_cells import CellsReading
from shufflenet_ros.observer.observed import Finding, ObservedNode
from shufflenet_ros.observer.readings import Status
from shufflenet_ros.observer.stage_series import StageSeries
from shufflenet_ros.rqt_plugin import texts
from shufflenet_ros.rqt_plugin.arguments import node_of
from shufflenet_ros.rqt_plugin.chart_columns import columns, right_edge, stamp_text
from shufflenet_ros.rqt_plugin.choices import Choices, restored
from shufflenet_ros.rqt_plugin.colours import OF_LEVELS, OF_STAGES
from shufflenet_ros.rqt_plugin.model_names import suggestions

SECOND_NS = 1_000_000_000
START_NS = 1_790_000_000 * SECOND_NS


def series_of(rows, period_ns=SECOND_NS // 30):
    """Make a series of rows of stages; the total is their sum."""
    series = StageSeries()
    for number, row in enumerate(rows):
        series.add(START_NS + number * period_ns, [*row, float(np.sum(row))])
    return series


def test_every_frame_is_drawn_where_there_is_room_for_it():
    """Stamps on x, stages on top of each other in their order."""
    rows = np.random.default_rng(1).uniform(0.1, 5.0, (200, len(STAGES)))
    shown = columns(series_of(rows), 30.0)
    assert (shown.seconds * 1e9).astype(int).tolist() == pytest.approx(
        [START_NS + number * (SECOND_NS // 30) for number in range(200)], abs=300)
    assert np.allclose(np.diff(shown.tops, axis=1, prepend=0.0), rows)
    assert shown.p50_ms == pytest.approx(np.percentile(rows.sum(axis=1), 50))
    assert shown.p99_ms == pytest.approx(np.percentile(rows.sum(axis=1), 99))


def test_the_slowest_frame_of_each_slice_is_drawn_where_there_are_too_many():
    """No peak is lost, no stage of another frame is mixed in, and slices do not move."""
    rows = np.random.default_rng(2).uniform(0.1, 5.0, (1800, len(STAGES)))
    rows[777] *= 10
    series = series_of(rows)
    shown = columns(series, 60.0, most=300)
    assert len(shown.seconds) <= 302 and shown.tops[:, -1].max() == rows[777].sum()
    drawn = {tuple(np.round(row, 9)) for row in np.cumsum(rows, axis=1)}
    assert {tuple(np.round(row, 9)) for row in shown.tops} <= drawn
    for number in range(30):
        series.add(START_NS + (1800 + number) * (SECOND_NS // 30), [0.0] * len(LATENCY_KEYS))
    later = columns(series, 60.0, most=300)
    assert {*shown.seconds[10:-2]} <= {*later.seconds}


def test_a_stage_that_is_unknown_or_below_zero_takes_no_room():
    """The clock of a camera may be ahead, and an image may have no stamp."""
    row = [nan, -3.0, *[1.0] * (len(STAGES) - 2)]
    shown = columns(series_of([row] * 5), 30.0)
    assert shown.tops[0].tolist() == [0.0, 0.0, *range(1, len(STAGES) - 1)]
    assert isnan(shown.p50_ms) and shown.height_ms >= shown.tops.max()


def test_the_areas_fall_to_zero_where_no_frame_came():
    """A line across would look like frames."""
    series = series_of([[1.0] * len(STAGES)] * 10)
    for number in range(10):
        series.add(START_NS + 5 * SECOND_NS + number * SECOND_NS // 30, [1.0] * 8)
    shown = columns(series, 30.0)
    assert len(shown.seconds) == 22 and (shown.tops[10:12] == 0).all()
    assert (np.diff(shown.seconds) > 0).all() and (shown.tops[12:] > 0).any()
    assert not len(columns(StageSeries(), 30.0).seconds)


@pytest.mark.parametrize('totals, height', [
    ([], 1.0), ([0.2], 1.0), ([1.9], 2.0), ([2.0], 2.5), ([9.0], 10.0), ([9.9], 12.0),
    ([5.0] * 200 + [300.0], 25.0)], ids=str)
def test_the_axis_is_round_and_one_late_frame_does_not_flatten_the_rest(totals, height):
    """It is four times the 99th percentile at most."""
    rows = [[total, *[0.0] * (len(STAGES) - 1)] for total in totals]
    assert columns(series_of(rows), 60.0).height_ms == height


def test_the_chart_of_a_silent_camera_runs_empty():
    """Unless the clocks of the cameras are far apart."""
    assert right_edge(100.0, [100.0, 112.5], 30.0) == 112.5
    assert right_edge(100.0, [100.0, 5000.0, 90.0], 30.0) == 100.0


def test_stamps_of_a_simulator_are_seconds():
    """All others are the time of day here."""
    assert stamp_text(12.5) == '12.5 s'
    assert stamp_text(1.79e9) == time.strftime('%H:%M:%S', time.localtime(1.79e9))


@pytest.mark.parametrize('choices', [
    Choices(), Choices('/robot1/classifier', frozenset({'front', 'image_raw'}), 60)],
    ids=['default', 'chosen'])
def test_choices_are_kept_as_plain_strings(choices):
    """A perspective of rqt writes them as they are; what is not there is a default."""
    kept = {}
    choices.save(kept.__setitem__)
    assert all(type(value) is str for value in kept.values())
    assert restored(kept.get) == choices
    assert restored(lambda key, default: None) == Choices()
    assert restored(lambda key, default: 'nonsense').span_s == Choices().span_s


@pytest.mark.parametrize('words, node', [
    ([], ''), (['/robot1/classifier'], '/robot1/classifier'), (['classifier'], '/classifier'),
    (['--other', 'a/b/'], '/a/b')])
def test_a_node_may_be_named_on_the_command_line(words, node):
    """With or without the slash in front."""
    assert node_of(words) == node


def node_with(level=Level.OK, **counters):
    """Make a node with one camera, two reports old."""
    node = ObservedNode('/robot1/classifier')
    node.set_cameras(['front'])
    for second in (0, 1):
        values = {name: str((1 + second) * counters.get(name, 0)) for name in COUNTERS}
        node.record_statuses([
            Status('robot1/classifier: front', level, 'slow <b>;\ndo this', '', {
                **values, 'frame_rate_node': '29.96'}),
            Status('robot1/classifier: model', Level.OK, 'runs', '', {
                'model': 'surfaces', 'form': 'int8_native avx2', 'classes': '10',
                'execution_providers': 'CPUExecutionProvider', 'threshold': '0.500',
                'form_from': 'measured: 0.4 ms'}),
            Status('robot1/classifier: lifecycle', Level.OK, 'active', '', {'state': 'active'})],
            float(second))
    return node


def test_rates_and_drops_are_named():
    """Only kinds that there were; all of them in the tooltip."""
    front = node_with(received=300, classified=290, replaced=5, expired=10).cameras['front']
    assert texts.rates(front) == '30.0 Hz in, 290.0 Hz classified'
    assert texts.drops(front) == 'drops: replaced 10 (5.0/s), expired 20 (10.0/s)'
    assert texts.cells(front) == ''
    front.record_cells(CellsReading(1, (('r0c0', ('3', 0.5)), ('r0c1', None))), {'3': 'a\nb'}, 1.0)
    assert texts.cells(front) == 'cells: a\\nb 50 %, below threshold 50 %'
    assert 'out of order: 0 since' in texts.all_drops(front)
    assert texts.drops(node_with().cameras['front']) == 'drops: none'
    front.forget_reports()
    assert texts.drops(front) == 'drops: -' and texts.rates(front) == '- in, - classified'


def test_the_model_and_what_it_runs_on_are_said_with_the_reason():
    """The reason is in the tooltip."""
    node = node_with()
    assert texts.model(node) == ('surfaces, int8_native avx2, CPUExecutionProvider, 10 classes, '
                                 'threshold 0.500')
    assert texts.model_details(node) == 'form_from: measured: 0.4 ms'
    assert texts.model(ObservedNode('/x')) == '-' and texts.model_details(ObservedNode('/x')) == ''


def test_a_finding_is_one_line_that_holds_the_cure():
    """Whatever the message holds."""
    found, = node_with(Level.WARN).findings()
    assert texts.finding(found) == 'WARN front: slow <b>;\\ndo this'
    cure = 'x' * 300
    assert cure in texts.finding(Finding(Level.ERROR, 'front', cure))


@pytest.mark.parametrize('change, watched_s, now_s, level, words', [
    ('none', 0.0, 0.0, Level.STALE, 'No classifier is seen'),
    ('new', 1.0, 1.0, Level.OK, ''),
    ('new', 9.0, 9.0, Level.WARN, 'it is not seen in the graph'),
    ('live', 9.0, 2.0, Level.OK, ''),
    ('live', 9.0, 20.0, Level.ERROR, 'is gone: no report for 19 s'),
    ('inactive', 9.0, 2.0, Level.WARN, 'is inactive')])
def test_it_is_said_whether_what_is_shown_is_live(change, watched_s, now_s, level, words):
    """A node that has ended, one that is not there yet, and one that is not active."""
    node = {'none': None, 'new': ObservedNode('/robot1/classifier')}.get(change, node_with())
    if change == 'inactive':
        node.lifecycle.values['state'] = 'inactive'
    found, text = texts.state(node, [], watched_s, now_s)
    assert found is level and words in text and bool(text) == bool(words)


def test_each_stage_and_level_has_a_colour_of_its_own():
    """The chart and its legend read them here."""
    assert list(OF_STAGES) == list(STAGES) and len({*OF_STAGES.values()}) == len(STAGES)
    assert {*OF_LEVELS} == {*Level}


def test_models_of_this_machine_are_suggested_after_the_one_that_is_set():
    """The node of a robot may have others."""
    assert suggestions('mine')[0] == 'mine' and {'surfaces', 'waste'} <= {*suggestions('')}
    assert suggestions('waste').count('waste') == 1
