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

"""Engines are timed in turns, nothing is left out, and a disturbed run says so."""

import numpy as np
import pytest
from shufflenet_ros.bench.runner.comparison import (
    Candidate,
    Comparison,
    Entry,
    Results,
    run,
    run_all,
)
from shufflenet_ros.bench.runner.timing import interleave, summary_ms, TURN, why_unstable
from shufflenet_ros.evaluation.metrics import agreement, sqnr_db, top_k_accuracy


def test_engines_take_turns_on_their_inputs_after_their_warm_up():
    """A few calls of A, then of B, warm-ups apart and not counted."""
    calls = []
    engines = {name: (lambda native, name=name: calls.append((name, native)), [0, 1])
               for name in 'ab'}
    times = interleave(engines, rounds=5, warm_up=1)
    assert TURN == 3
    assert calls[:2] == [('a', 0), ('b', 0)]
    assert calls[2:8] == [('a', 0), ('a', 1), ('a', 0), ('b', 0), ('b', 1), ('b', 0)]
    assert calls[8:] == [('a', 1), ('a', 0), ('a', 1), ('b', 1), ('b', 0), ('b', 1)]
    assert {name: len(values) for name, values in times.items()} == {'a': 6, 'b': 6}
    assert all(value > 0 for values in times.values() for value in values)


def comparison_of(**answers):
    """Entries on one model that answer images with fixed logits; images are their indices."""
    return Comparison('int8', 8, 9, [
        Entry(name, 'model', Candidate(lambda index, table=table: np.asarray(table[index])),
                  {'note': name}) for name, table in answers.items()], [0, 1])


def test_a_comparison_compares_outputs_with_the_reference():
    """Agreement and SQNR are those of the same model's reference; facts become columns."""
    right = [[1.0, 0.0], [0.0, 1.0]]
    comparison = comparison_of(ours_int8=[[1.0, 0.1], [0.6, 0.5]], ort_fp32=right)
    comparison.absent = {'other': 'not here'}
    results = run(comparison, rounds=3, warm_up=0)
    ours, reference = results.rows
    assert ours['agreement'] == 0.5 and 0 < ours['sqnr_db'] < 10
    assert reference['agreement'] == 1.0 and reference['sqnr_db'] is None
    assert (ours['height'], ours['width'], ours['note']) == (8, 9, 'ours_int8')
    assert len(results.raw_ns['int8/ours_int8/model/9x8']) == 3
    assert results.absent == {'int8/other': 'not here'}


def test_preparing_an_input_is_not_timed():
    """What an engine needs before its call is done once for each image."""
    seen = []

    def prepare(tensor):
        seen.append(tensor)
        return tensor
    comparison = Comparison('int8', 8, 8, [Entry('ort_fp32', 'model', Candidate(
        lambda native: np.array([float(native), 1.0]), prepare))], [3, 4])
    run(comparison, rounds=9, warm_up=2)
    assert seen == [3, 4]


def test_results_of_several_comparisons_are_kept_together():
    """Rows follow in order, and no raw value is lost."""
    first, second = (comparison_of(ort_fp32=[[1, 0], [0, 1]]) for _ in range(2))
    second.width = 10
    results = Results(extra={'peaks': {}})
    results.add(run_all([first, second], 3, 0))
    assert [row['width'] for row in results.rows] == [9, 10] and len(results.raw_ns) == 2
    assert results.extra == {'peaks': {}}


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
