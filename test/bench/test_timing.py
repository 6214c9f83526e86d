"""Engines are timed in turns, nothing is left out, and a disturbed run says so."""

import numpy as np
import pytest
from shufflenet_ros.bench.timing import interleave, summary_ms, why_unstable
from shufflenet_ros.core.metrics import agreement, sqnr_db, top_k_accuracy


def test_engines_take_turns_on_the_same_tensors_after_their_warm_up():
    """A then B on each tensor, warm-ups apart and not counted."""
    calls = []
    engines = {name: lambda tensor, name=name: calls.append((name, int(tensor)))
               for name in 'ab'}
    times = interleave(engines, [np.array(0), np.array(1)], rounds=3, warm_up=1)
    assert calls[:2] == [('a', 0), ('b', 0)]
    assert calls[2:] == [('a', 0), ('b', 0), ('a', 1), ('b', 1), ('a', 0), ('b', 0)]
    assert {name: len(values) for name, values in times.items()} == {'a': 3, 'b': 3}
    assert all(value > 0 for values in times.values() for value in values)


def test_the_summary_keeps_the_tail():
    """Minimum, median and p99 of all values."""
    found = summary_ms([1_000_000] * 99 + [50_000_000])
    assert found['min_ms'] == found['median_ms'] == 1.0 and found['p99_ms'] > 1.4


@pytest.mark.parametrize('times, word', [
    ([100] * 10, ''), ([100] + [140] * 9, '1.40 times'), ([100] * 50 + [110] * 50, 'clock')])
def test_a_disturbed_run_is_named(times, word):
    """Another process on the core, or a clock that changed."""
    found = why_unstable(times)
    assert word in found and bool(found) == bool(word)


def test_metrics_follow_their_definitions():
    """Top-k, agreement, and SQNR of logits centred over the images."""
    reference = np.array([[3.0, 1.0], [0.0, 2.0], [5.0, 4.0]])
    assert top_k_accuracy(reference, np.array([0, 0, 1]), 1) == pytest.approx(1 / 3)
    assert top_k_accuracy(reference, np.array([0, 0, 1]), 2) == 1.0
    assert agreement(reference, reference[:, ::-1]) == 0.0
    assert sqnr_db(reference, reference) == np.inf
    noise = 0.1 * (reference - reference.mean(0))
    assert sqnr_db(reference + noise, reference + 100 - 100) == pytest.approx(20.0)
