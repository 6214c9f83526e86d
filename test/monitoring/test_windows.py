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

"""Percentiles, rates and what a jump of the clock does to them."""

import numpy as np
import pytest
from shufflenet_ros.monitoring.windows import summarize, Window


def test_summary_has_the_percentiles_and_the_untrimmed_maximum():
    """The largest value is reported as it is."""
    values = [*range(1, 100), 5000]
    summary = summarize(values)
    assert summary == {
        'p50': np.percentile(values, 50), 'p95': np.percentile(values, 95),
        'p99': np.percentile(values, 99), 'max': 5000}


def test_a_summary_of_nothing_is_empty():
    """No values, no invented zeros."""
    assert summarize([]) == {} == Window().summary_ms()


def test_a_window_keeps_the_last_values_only():
    """Memory is bounded and old values are forgotten."""
    window = Window(size=3)
    for number in range(10):
        window.add(number, number * 1_000_000)
    assert len(window) == 3 and window.summary_ms()['p50'] == pytest.approx(8.0)


def test_rate_is_that_of_the_window():
    """Thirty frames a second are reported as such."""
    window = Window()
    for number in range(31):
        window.add(number * 1_000_000_000 // 30, 0)
    assert window.rate_hz() == pytest.approx(30.0)


@pytest.mark.parametrize('times', [[], [5], [5, 5]])
def test_a_window_without_a_span_has_rate_zero(times):
    """No division by zero with no frame, one frame or two of the same time."""
    window = Window()
    for time_ns in times:
        window.add(time_ns, 0)
    assert window.rate_hz() == 0.0


def test_a_backward_jump_of_the_clock_starts_anew():
    """A bag that loops does not yield negative rates or mixed figures."""
    window = Window()
    for time_ns in (1_000_000_000, 2_000_000_000, 500_000_000):
        window.add(time_ns, time_ns)
    assert len(window) == 1 and window.summary_ms()['max'] == 500.0


def test_a_window_of_a_span_forgets_what_is_older_but_keeps_the_last_five():
    """A slow camera still has a rate, a fast one is judged by its last seconds."""
    fast, slow = Window(span_ns=1_000_000_000), Window(span_ns=1_000_000_000)
    for number in range(300):
        fast.add(number * 10_000_000, number)
        slow.add(number * 4_000_000_000, number)
    assert len(fast) == 101 and len(slow) == 5
    assert slow.rate_hz() == pytest.approx(0.25)


def test_a_pause_that_still_lasts_lowers_the_rate():
    """Silence is not the rate of the last images."""
    window = Window()
    for number in range(31):
        window.add(number * 100_000_000)
    assert window.rate_hz(3_050_000_000) == pytest.approx(10.0)
    assert window.rate_hz(6_000_000_000) == pytest.approx(31 / 6)
    assert window.last_ns == window.covered_ns == 3_000_000_000


def test_jitter_is_the_distance_of_gaps_from_their_mean():
    """Mean and maximum in ms; NaN where there are no two gaps."""
    window = Window()
    assert all(np.isnan(value) for value in window.jitter_ms())
    for time_ms in (0, 30, 70, 100, 140):
        window.add(time_ms * 1_000_000)
    assert window.jitter_ms() == pytest.approx((5.0, 5.0))
    assert Window().covered_ns == 0 and Window().last_ns is None


@pytest.mark.parametrize('gap_s, ended_after_s', [(0.03, 5.0), (10.0, 25.0)])
def test_a_window_has_ended_when_nothing_comes_any_more(gap_s, ended_after_s):
    """After its span, or later where its values come seldom anyway."""
    window = Window(span_ns=5_000_000_000)
    assert window.has_ended(0)
    for number in range(10):
        window.add(round(number * gap_s * 1e9))
    last_ns = window.last_ns
    assert not window.has_ended(round(last_ns + ended_after_s * 0.99e9))
    assert window.has_ended(round(last_ns + ended_after_s * 1.01e9))
