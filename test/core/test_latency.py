"""Percentiles, rates and what a jump of the clock does to them."""

import numpy as np
import pytest
from shufflenet_ros.core.latency import summarize, Window


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
