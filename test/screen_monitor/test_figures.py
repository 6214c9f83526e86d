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

"""Percentiles, and the sparkline of seconds."""

from math import isnan, nan

from screen_monitor.views import SECOND_NS
from shufflenet_ros.node.public_names import LATENCY_KEYS
from shufflenet_ros.observer.observed import ObservedCamera
from shufflenet_ros.observer.readings import FrameLatency
from shufflenet_ros.screen_monitor.cells import bar, fit, number, sparkline
from shufflenet_ros.screen_monitor.figures import figures_of, NONE, SECONDS


def test_percentiles_are_values_of_frames_and_leave_out_what_is_unknown():
    """100 frames of 1 to 100 ms; the age of every second one is unknown."""
    camera = ObservedCamera('front')
    for one in range(1, 101):
        camera.record_latency(FrameLatency(one * SECOND_NS // 50, (
            nan if one % 2 else float(one), nan, *[float(one)] * (len(LATENCY_KEYS) - 2)), 0, ''),
            0)
    figures = figures_of(camera)
    assert (figures.p50[-1], figures.p99[-1]) == (50.0, 99.0)
    assert (figures.p50[0], figures.p99[0]) == (50.0, 100.0) and isnan(figures.p50[1])
    assert figures_of(ObservedCamera('rear')).p50 == NONE


def test_the_sparkline_has_the_largest_total_of_each_second():
    """A second without a frame is a gap; what is older than a minute is left out."""
    camera = ObservedCamera('front')
    for second, total in ((0, 9.0), (100, 3.0), (100, 8.0), (100, 2.0), (102, 4.0), (103, nan)):
        camera.record_latency(FrameLatency(
            second * SECOND_NS + 1, (*[0.0] * (len(LATENCY_KEYS) - 1), total), 0, ''), 0)
    totals = figures_of(camera).totals
    assert len(totals) == SECONDS and totals[-4] == 8.0 and totals[-2] == 4.0
    assert isnan(totals[-1]) and isnan(totals[-3]) and all(map(isnan, totals[:-4]))
    assert sparkline(totals, 5) == ' █ ▅ ' and sparkline(totals, 0) == ''
    assert sparkline((-5.0, 0.0, 6.9, 8.0), 6) == '  ▁▁▇█' and sparkline((0.0,), 1) == '▁'


def test_cells_are_as_many_as_asked_for_whatever_stands_in_them():
    """Wide characters are cut in whole ones."""
    assert fit('草地草地', 6) == '草地 …' and fit('grass', 7) == 'grass  ' and fit('x', 0) == ''
    assert fit('a\nb', 5) == 'a\\nb '
    assert bar(0.5, 10) == ('━' * 5, '─' * 5) and bar(nan, 3) == ('', '───')
    assert bar(7.0, 3) == ('━━━', '')
    assert [number(value) for value in (nan, 3.14159, 12345.6, 1e9)] == [
        '-', '3.1', '12346', '1e+09']
