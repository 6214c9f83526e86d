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

from io import StringIO

import pytest
from rich.console import Console
from shufflenet_ros.core.frame import STAGES
from shufflenet_ros.core.parts import Grid, View
from shufflenet_ros.demo.run_statistics import Cell, RunStatistics
from shufflenet_ros.demo.screen import panel, summary

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


def with_cells(grid=Grid(2, 1)):
    """Two frames of cells, of which the second one has a cell with two surfaces."""
    found = statistics()
    parts = View(grid=grid).cells(60, 80)
    for stamp, names in ((1, ('grass', 'gravel')), (2, ('gravel', ''))):
        found.cells[stamp] = [Cell(part, names[number % 2], 0.5)
                              for number, part in enumerate(parts)]
    found.cell_truths.update({1: {'r0c0': 'grass', 'r0c1': 'grass'}, 2: {'r0c0': 'gravel'}})
    return found


def test_cells_are_judged_where_they_lie_on_one_surface():
    """Two of three are right; without a truth there is no share."""
    found = with_cells()
    assert found.judged_cells(1) == [True, False] and found.judged_cells(2) == [True]
    assert found.cell_accuracy() == (2 / 3, 3)
    assert found.summary()['cell_accuracy'] == 2 / 3 and found.summary()['judged_cells'] == 3
    found.cell_truths.clear()
    assert found.cell_accuracy() == (None, 0)


@pytest.mark.parametrize('grid', [Grid(2, 1), Grid(16, 16)])
def test_the_screen_shows_the_grid(grid):
    """Cells where they lie, on eighty columns; the summary says how many were right."""
    console = Console(width=100, record=True, file=StringIO())
    console.print(panel(with_cells(grid), 'camera'), summary(with_cells(grid)))
    text = console.export_text()
    assert 'gr' in text and 'right cells' in text and '66.7%' in text
    assert text.count('│') > 2 * grid.rows
