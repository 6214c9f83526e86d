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

"""The suites that measure the whole node: real processes, a few images."""

import json
import os

import cv2
import numpy as np
import pytest
from shufflenet_ros.bench.baseline.model import write_zero_to_one
from shufflenet_ros.bench.nodes.rows import row_of, why_doubtful
from shufflenet_ros.bench.nodes.trial import NodeUnderTest, run_trial, Scene, Trial
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.bench.suites import monitors
from shufflenet_ros.bench.suites import node as suite
from shufflenet_ros.cli.main import main
from shufflenet_ros.core.errors import ShufflenetRosError
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.forms import FORMS
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.onnx_runtime import ort
from shufflenet_ros.process.files import share_dir
from shufflenet_ros.process.middleware import prepare_middleware

MODEL = load_model(share_dir() / 'models' / 'surfaces')
NODES = ('ours_node', 'textbook_node', 'textbook_node_no_spinning')


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Run the verb with a few images; the record it wrote, and the folder."""
    # The test process must not stay on one core.
    monkeypatch.setattr('os.sched_setaffinity', lambda process, cores: None)

    def run(*options):
        assert main(['bench', '--rounds', '10', '--warm-up', '2', '--out', str(tmp_path / 'out'),
                     '--json', str(tmp_path / 'record.json'), *options]) == 0
        return json.loads((tmp_path / 'record.json').read_text()), tmp_path
    return run


@pytest.mark.slow
def test_all_nodes_are_measured_in_every_scene_and_under_overload(bench, capsys, monkeypatch):
    """Ages, results, CPU and memory of each; tables and two plots."""
    monkeypatch.setattr(suite, 'CAMERAS', (1, 2))
    monkeypatch.setattr(suite, 'FIRST_RATE_HZ', 12800.0)  # more than any can serve
    monkeypatch.setattr(suite, 'LIMIT_S', 0.1)
    monkeypatch.setattr(suite, 'OVERLOAD_ROUNDS', 40)
    record, folder = bench('--suite', 'node', '--size', '320x200')
    rows = {(row['engine'], row['cameras'], 'times_served' in row): row
            for row in record['results']}
    assert set(rows) == {(engine, *scene) for engine in NODES
                         for scene in ((1, False), (2, False), (1, True))}
    for (engine, cameras, overload), row in rows.items():
        assert row['suite'] == 'node' and len(row['results_of_cameras']) == cameras
        assert 0 < row['min_ms'] <= row['median_ms'] <= row['p95_ms'] <= row['p99_ms']
        assert row['published'] == (400 if overload else 10 * cameras)
        assert row['lost'] == row['published'] - sum(row['results_of_cameras']) >= 0
        assert row['cpu_ms_per_frame'] > 0 and 50 < row['rss_start_mb'] < 1000
        assert ('own_total_ms' in row) == (engine == 'ours_node')
    cpu_ms = {engine: sum(rows[engine, cameras, False]['cpu_ms_per_frame'] for cameras in (1, 2))
              for engine in NODES}
    assert os.cpu_count() == 1 or cpu_ms['textbook_node_no_spinning'] < cpu_ms['textbook_node']
    ours = rows['ours_node', 1, False]
    assert ours['form'].split()[0] in FORMS and not rows['textbook_node', 2, False]['form']
    assert (ours['height'], ours['width']) == (200, 320) and ours['lost'] <= 2
    assert sum(ours['own_stages_ms'].values()) < 2 * ours['own_total_ms']['p50']
    calm = rows['ours_node', 1, True]
    assert calm['first_tenth_ms'] > 0 and calm['last_tenth_ms'] > 0
    assert calm['calm_inference_ms'] > 0.1 and calm['bound_ms'] == pytest.approx(
        2 * (calm['calm_inference_ms'] + calm['calm_age_at_receipt_ms']))
    for engine in NODES:
        series = record[f'overload_{engine}']
        assert len(series['age_us']) == len(series['since_first_image_us']) > 20
        assert max(series['age_us']) == pytest.approx(rows[engine, 1, True]['max_ms'] * 1e3, abs=1)
    output = capsys.readouterr().out
    assert 'x served' in output and 'the stages of a frame' in output and 'inference' in output
    for name in ('record.png', 'record-overload.png'):
        assert cv2.imread(str(folder / name)).std() > 5


def test_the_soak_follows_the_memory_of_the_node(bench, capsys):
    """Samples over time, and the growth between the end of the warm-up and the last image."""
    record, _ = bench('--suite', 'soak', '--size', '320x200', '--rounds', '120')
    row, = record['results']
    samples = record['rss_320x200']
    assert row['published'] == 120 and len(samples) >= 3
    assert row['rss_growth_mb'] == samples[-1]['rss_mb'] - samples[0]['rss_mb']
    assert row['rss_peak_growth_mb'] >= row['rss_growth_mb']
    assert 'growth' in capsys.readouterr().out


def test_a_node_is_measured_with_and_without_the_screen_that_watches_it(bench, monkeypatch,
                                                                        capsys):
    """The real verb on a real terminal; one turn decides nothing, and rqt is named as absent."""
    monkeypatch.setattr(monitors, 'WARM_UP', 0)
    monkeypatch.setattr(monitors, 'CAMERAS', 2)
    monkeypatch.setattr(monitors, 'why_no_rqt', lambda: 'not here')
    record, _ = bench('--suite', 'monitors', '--size', '320x200')
    without, watched = record['results']
    assert (without['engine'], watched['engine']) == ('none', 'terminal')
    for row in record['results']:
        assert row['published'] == 20 and row['lost'] <= 2 and row['median_ms'] > 0
        assert len(record['raw_ns'][f'monitors/{row["engine"]}/surfaces/320x200']) >= 18
    assert 'watcher_cpu_share' not in without and without['median_times_none'] == 1
    assert watched['watcher_cpu_share'] < 1 and 20 < watched['watcher_rss_mb'] < 1000
    assert watched['verdict'] == 'fewer than 3 turns' and watched['shown'] == 'terminal 80x24'
    assert record['absent'] == {'monitors/rqt': 'not here'}
    assert 'terminal kB/s' in capsys.readouterr().out


def test_the_baseline_runs_the_same_network(tmp_path):
    """Floats from 0 to 1 instead of bytes give the same logits."""
    write_zero_to_one(MODEL.onnx_path('fp32'), tmp_path / 'baseline.onnx')
    session = ort.InferenceSession(tmp_path / 'baseline.onnx')
    shape = (1, MODEL.geometry.height, MODEL.geometry.width, 3)
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    floats = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), np.float32) / 255
    found = session.run(None, {session.get_inputs()[0].name: floats})[0][0]
    np.testing.assert_allclose(found, Engine(MODEL, precision='fp32').run(pixels), atol=1e-3)


def test_a_node_that_ends_is_named_with_its_last_output(tmp_path):
    """At once, not after the timeout for one that prints nothing."""
    prepare_middleware()
    ending = NodeUnderTest('ending_node', ('-c', 'print("bad model"); raise SystemExit(3)'), {},
                           reports_latency=False)
    with pytest.raises(ShufflenetRosError, match='ending_node ended with .* 3.*bad model'):
        run_trial(ending, Scene(16, 16, 1, 30.0, 3), tmp_path)


def test_our_node_is_measured_with_its_own_defaults(tmp_path):
    """Only the model is set: a user gets the same figures without any setting."""
    request = BenchRequest(MODEL, (), 0, 0, frozenset(), tmp_path, ())
    assert suite.our_node(request).parameters == {'model': str(MODEL.folder)}
    assert suite.our_node(request).command[-1] == 'node.classifier_node'


def trial(ages_ms, published=4, seconds=1.0):
    results = {'': [(0, int(age * 1e6)) for age in ages_ms]}
    return Trial(published, seconds, 0.0, 0.5, 0.1, [(0.0, 100.0), (1.0, 101.0)], results, [])


def test_a_row_pools_the_turns_and_trims_nothing():
    """The worst age is there, and images without a result are counted as lost."""
    row = row_of(Scene(8, 8, 1, 4.0, 4), [trial([1, 2, 3]), trial([1, 2, 90])])
    assert (row['min_ms'], row['median_ms'], row['max_ms']) == (1.0, 2.0, 90.0)
    assert (row['published'], row['lost'], row['lost_share']) == (8, 2, 0.25)
    assert row['turn_medians_ms'] == [2.0, 2.0] and row['results_per_s'] == 3.0
    assert row['cpu_ms_per_frame'] == pytest.approx(1000 / 6) and row['cpu_share'] == 0.5


def test_a_node_without_results_has_a_row_without_ages():
    """No result at all is a measurement, not a crash."""
    row = row_of(Scene(8, 8, 1, 4.0, 4), [trial([])])
    assert row['median_ms'] is None and row['lost'] == 4 and row['cpu_ms_per_frame'] is None


def test_fairness_is_how_far_the_worst_served_camera_is_behind():
    """Of four cameras, one got three quarters of what the best one got."""
    scene = Scene(8, 8, 2, 4.0, 4)
    found = trial([])
    results = {'camera0': [(0, 1)] * 4, 'camera1': [(0, 1)] * 3}
    found = Trial(8, 1.0, 0.0, 0.5, 0.1, found.rss_mb, results, [])
    row = row_of(scene, [found])
    assert row['results_of_cameras'] == [4, 3] and row['unfairness'] == 0.25


@pytest.mark.parametrize('trials, words', [
    ([trial([1.0])], ''), ([trial([1.0]), trial([2.0])], 'medians of the turns from 1.00 to 2.00'),
    ([trial([1.0], published=3)], 'the cameras reached 3 of 4 Hz')])
def test_a_doubtful_row_says_why(trials, words):
    """Turns that disagree, and cameras that could not keep their rate."""
    scene = Scene(8, 8, 1, 4.0, 4)
    reason = why_doubtful(scene, row_of(scene, trials))
    assert words in reason and bool(reason) == bool(words)


def test_an_unknown_encoding_of_the_bench_camera_is_named():
    """One line, exit code 1."""
    from node.processes import running
    with running('bench.nodes.camera', '-p', 'encoding:=nv99') as process:
        assert "parameter encoding: 'nv99', expected one of bgr8" in process.wait_for('error: ')
        assert process.process.wait(60) == 1
