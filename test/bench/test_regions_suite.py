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

"""The suite that measures cells of a grid: its rules, and a node on one core."""

import os

import pytest
from shufflenet_ros.bench.nodes.trial import Scene, Trial
from shufflenet_ros.bench.nodes.views import JPEG
from shufflenet_ros.bench.runner.comparison import Results
from shufflenet_ros.bench.runner.offline_core import Pieces
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.bench.suites import regions as suite
from shufflenet_ros.core.frame import STAGES
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.process.files import share_dir

MODEL = load_model(share_dir() / 'models' / 'surfaces')
PIECES = Pieces([2_000_000, 4_000_000, 3_000_000], [5e5, 4e5, 9e5], [4e5])
MOST = {'median_ms': 'stamp to result', 'own_ms': 'own total', 'in_node_ms': 'taken to published'}


@pytest.fixture
def bench_of(tmp_path):
    """Give the suite at a small size, and where its results go."""
    def make(rounds=9):
        results = Results(extra={suite.REQUIREMENTS: []})
        request = BenchRequest(MODEL, (), rounds, 2, frozenset(os.sched_getaffinity(0)), tmp_path,
                               ())
        return suite._Bench(request, (200, 320), results), results
    return make


def trial(ages_ms, total_ms=0.0, cameras=('',), published=None):
    """Make a trial in which the node reports what adds up to a total: a seventh a stage."""
    results = {camera: [(0, round(age * 1e6)) for age in ages_ms] for camera in cameras}
    latency = {f'{stage}_ms': total_ms / 7 for stage in STAGES} | {'total_ms': total_ms}
    return Trial(published or len(ages_ms) * len(cameras), 1.0, 0.0, 0.5, 0.1, [(0.0, 100.0)],
                 results, [latency] * len(ages_ms), 'int8_native avx2')


def test_a_budget_is_made_of_the_medians_of_the_offline_core():
    """Decoding once, each part once, and what is left for the rest."""
    assert PIECES.figures() == {'decode_ms': 3.0, 'cell_ms': 0.5, 'burst_cell_ms': 0.4}
    found = PIECES.budgets(12, 1.0)
    assert (found['budget_ms'], found['burst_budget_ms']) == pytest.approx((10.0, 8.8))


@pytest.mark.parametrize('cells_ns, is_named', [([5e5, 4e5, 4.9e5], False),
                                                ([5e5, 4e5, 9e5], False), ([6e5, 4e5, 9e5], True)])
def test_a_budget_that_another_program_made_larger_is_named(cells_ns, is_named):
    """The median of a cell more than a quarter above the minimum."""
    assert bool(Pieces([1], cells_ns, [1.0]).why_unstable()) == is_named


@pytest.mark.parametrize('age_ms, total_ms, lost, missed', [
    (9.9, 9.8, 0, set()),
    (10.6, 10.4, 0, {'median_ms'}),
    (11.5, 11.4, 0, {'median_ms', 'own_ms'}),
    (15.5, 15.4, 0, {'median_ms', 'own_ms', 'in_node_ms'}),
    (9.9, 9.8, 1, {'lost'})])
def test_each_requirement_is_judged_by_its_own_figure(bench_of, age_ms, total_ms, lost, missed):
    """A budget of 10.5 ms; the node's stages behind the image's way are five sevenths."""
    bench, results = bench_of()
    found = trial([age_ms] * 9, total_ms, published=9 + lost)
    subject = suite.SUBJECTS[2]
    bench._add_one_camera(subject, Scene(8, 8, 1, 9.0, 9), suite.SAME, [found], PIECES)
    row, = results.rows
    assert (row['parts'], row['budget_ms']) == (13, pytest.approx(10.5))
    assert row['in_node_ms'] == pytest.approx(total_ms * 5 / 7)
    assert row['beside_ms'] == pytest.approx(total_ms * 2 / 7)
    words = {**MOST, 'lost': 'without a result'}
    reached = {key: next(one['is_reached'] for one in results.extra[suite.REQUIREMENTS]
                         if text in one['what']) for key, text in words.items()}
    assert {key for key, is_reached in reached.items() if not is_reached} == missed


@pytest.mark.parametrize('counts, is_reached', [((100, 100, 96, 99), True),
                                                ((100, 100, 94, 99), False)])
def test_cameras_are_alike_within_a_share_of_their_results(bench_of, monkeypatch, counts,
                                                           is_reached):
    """The worst served one beside the best."""
    bench, results = bench_of()
    found = trial([5.0])
    results_of = {f'camera{n}': [(0, 5)] * count for n, count in enumerate(counts)}
    monkeypatch.setattr(suite, 'run_trial', lambda *given: suite.replace(
        found, published=400, results=results_of))
    bench.share_between_cameras()
    assert [one['is_reached'] for one in results.extra[suite.REQUIREMENTS]] == [is_reached]


def test_the_figures_beside_many_cells_are_those_of_the_other_camera(bench_of, monkeypatch):
    """It may wait for one image of its neighbour, and not for more."""
    bench, results = bench_of()

    def run_trial(node, *_):
        many = 'camera0.grid' in node.parameters
        slow_ms = 300.0 if 'workers' in node.parameters else 60.0
        found = trial([slow_ms if many else 5.0] * 9)
        return suite.replace(found, published=18, results={
            'camera0': [(0, 10 ** 9)], 'camera1': found.results['']})

    def measure(view, encoding, period_s, pieces):
        pieces.decode_ns, pieces.cell_ns, pieces.burst_ns = [0], [25e4], [2e5]

    monkeypatch.setattr(suite, 'run_trial', run_trial)
    monkeypatch.setattr(bench._offline, 'measure', measure)
    bench.wait_beside_many_cells()
    assert [(row['median_ms'], row['lost'], row['parts']) for row in results.rows] == [
        (5.0, 0, 1), (60.0, 0, 257), (300.0, 0, 257)]
    assert results.rows[1]['budget_ms'] == pytest.approx(257 * 0.25 + 1)
    assert [one['is_reached'] for one in results.extra[suite.REQUIREMENTS]] == [True, False]


def test_cells_of_a_real_node_on_one_core(bench_of, monkeypatch):
    """Jpegs of the cameras; results and losses are those of the messages with the cells."""
    monkeypatch.setattr(suite, 'SUBJECTS', suite.SUBJECTS[1:2])
    monkeypatch.setattr(suite._Bench, '_places', lambda bench: (suite.SAME,))
    monkeypatch.setattr(suite, 'RATE_HZ', 15.0)
    before = os.sched_getaffinity(0)
    bench, results = bench_of()
    bench.compare_one_camera(JPEG)
    row, = results.rows
    assert (row['engine'], row['parts'], row['published'], row['kind']) == ('4x3', 12, 9, JPEG)
    assert row['lost'] <= 2 and row['decode_ms'] > 0.05 and row['burst_cell_ms'] > 0.05
    assert row['budget_ms'] == pytest.approx(row['decode_ms'] + 12 * row['cell_ms'] + 1)
    assert row['own_stages_ms']['inference'] > row['beside_ms'] > 0
    assert row['own_ms'] > row['in_node_ms'] > row['beside_ms'] and row['form']
    assert len(results.extra[suite.REQUIREMENTS]) == 4 and os.sched_getaffinity(0) == before
