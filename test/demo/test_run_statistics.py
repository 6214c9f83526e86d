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

"""Truth, results and latencies are joined by stamp; what is not known stays unknown."""

import pytest
from shufflenet_ros.core.frame import STAGES
from shufflenet_ros.demo.run_statistics import RunStatistics

LATENCY = {f'{stage}_ms': 1.0 for stage in STAGES} | {'total_ms': 7.0}
COUNTS = {'received': 2, 'classified': 1, 'failed': 1, 'replaced': 1, 'lost': 0}


def statistics():
    """Three published images, of which two have a result."""
    found = RunStatistics(labels=('grass', 'gravel'), model='surfaces')
    found.truths.update({1: 'grass', 2: 'gravel', 3: 'grass'})
    found.add_result(1, 'grass', 0.9, 0.0)
    found.add_result(3, 'gravel', 0.6, 1.0)
    return found


def test_accuracy_is_that_of_the_images_with_a_result():
    """One right, one wrong; the replaced image does not count."""
    assert statistics().accuracy() == 0.5


@pytest.mark.parametrize('truth', ['', 'lava'])
def test_without_a_truth_that_the_model_knows_there_is_no_accuracy(truth):
    """A video without truth, or a model of other classes: None, not zero."""
    found = statistics()
    found.truths = dict.fromkeys(found.truths, truth)
    assert found.accuracy() is None


def test_latencies_join_their_result_and_the_counters_are_the_last():
    """The summary has every stage."""
    found = statistics()
    found.add_latency(1, LATENCY | COUNTS)
    found.add_latency(3, LATENCY | COUNTS | {'total_ms': float('nan'), 'classified': 2})
    summary = found.summary()
    assert found.results[1].total_ms == 7.0
    assert summary['published'] == 3 and summary['classified'] == 2
    assert summary['latency_ms']['total'] == {'p50': 7.0, 'p95': 7.0, 'p99': 7.0, 'max': 7.0}
    assert summary['latency_ms']['queue']['max'] == 1.0


def test_the_rate_is_that_of_the_results():
    """Two results a second apart; none without a span."""
    assert statistics().rate_hz() == 1.0 and RunStatistics().rate_hz() == 0.0
