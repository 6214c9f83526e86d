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

"""The bench verb on the shipped model: figures, raw values, environment, plots."""

import json
import re
import sys

from bench.installed import needs
import cv2
import pytest
from shufflenet_ros.bench.engines.ours import why_no_operator
from shufflenet_ros.bench.runner.board import board_of, table_of
from shufflenet_ros.bench.runner.plots import plot
from shufflenet_ros.bench.runner.tables import COLUMNS, show
from shufflenet_ros.bench.suites.names import SUITES
from shufflenet_ros.cli.main import main
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.native.library import instruction_sets
from shufflenet_ros.process.files import share_dir

BASE = {'suite', 'engine', 'model', 'height', 'width', 'min_ms', 'median_ms', 'p99_ms',
        'agreement', 'sqnr_db'}


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Run the verb with few rounds; the record it wrote, and the folder."""
    # The test process must not stay on one core.
    monkeypatch.setattr('os.sched_setaffinity', lambda process, cores: None)

    def run(*options):
        assert main(['bench', '--rounds', '6', '--warm-up', '1', '--out', str(tmp_path / 'out'),
                     '--json', str(tmp_path / 'record.json'), *options]) == 0
        assert not [path for path in (tmp_path / 'out').iterdir() if path.is_dir()]
        return json.loads((tmp_path / 'record.json').read_text()), tmp_path
    return run


@pytest.mark.slow
def test_the_int8_suite_records_what_it_measured(bench, capsys):
    """Every engine has its figures; ours is as close as QDQ, which this flight calibrated."""
    record, folder = bench()
    assert len(table_of([record]).splitlines()) == 4  # two of heading, and each size
    board = json.loads((folder / 'record-board.json').read_text())
    assert board == board_of(record) and {'results', 'environment'} <= board.keys()
    assert 'raw_ns' not in board and board['environment']['instruction_sets'] == list(
        () if why_no_operator() else instruction_sets())
    sizes = {(row['height'], row['width']) for row in record['results']}
    own = load_model(share_dir() / 'models/surfaces').geometry
    assert sizes == {(own.height, own.width), (224, 224)}
    for size in sizes:
        found = {row['engine']: row for row in record['results']
                 if (row['height'], row['width']) == size}
        older = {name: row for name, row in found.items() if name.startswith('ours_int8_')}
        del older['ours_int8_graph']
        assert set(found) == {
            'ours_int8', 'ours_int8_graph', 'ort_fp32', 'ort_qdq_s8s8', 'ort_qdq_u8s8',
            'ort_qdq_s8s8_gather', 'ort_qdq_u8s8_gather', *older}
        for name, other in older.items():  # the same integers, without dot products of bytes
            assert name in ('ours_int8_avx2', 'ours_int8_neon')
            assert other['sqnr_db'] == found['ours_int8']['sqnr_db']
        assert found['ort_fp32']['agreement'] == 1.0 and found['ort_fp32']['sqnr_db'] is None
        assert found['ours_int8']['sqnr_db'] > found['ort_qdq_s8s8']['sqnr_db'] - 1
        assert found['ours_int8']['agreement'] >= 0.9
    for row in record['results']:
        assert BASE <= set(row) and row['suite'] == 'int8' and row['model'] == 'surfaces'
        assert 0 < row['min_ms'] <= row['median_ms'] <= row['p99_ms']
        raw = record['raw_ns'][f'int8/{row["engine"]}/surfaces/{row["width"]}x{row["height"]}']
        assert len(raw) == 6 and min(raw) / 1e6 == row['min_ms']
    assert record['environment']['cpu'] and record['environment']['packages']['onnxruntime']
    assert len(record['data_sha256']) == 64 and record['calls_in_a_turn'] == 3
    output = capsys.readouterr().out
    assert 'ours_int8' in output and 'record.json' in output
    assert cv2.imread(str(folder / 'record.png')) is not None


def test_the_profile_accounts_for_every_node(bench):
    """Shares add up; the fused operator is one node, our graph has no grouped pointwise layer."""
    record, _ = bench('--suite', 'profile', '--size', '144x144')
    kinds = {}
    for row in record['results']:
        kinds.setdefault(row['engine'], {})[row['kind']] = row
    for rows in kinds.values():
        assert sum(row['share'] for row in rows.values()) == pytest.approx(1)
        nodes = sum(row['nodes'] for row in rows.values())
        assert rows.get('other', {'nodes': 0})['nodes'] < 0.1 * nodes
    ours, fp32 = kinds['ours_int8_graph'], kinds['ort_fp32']
    useful = sum(row['multiply_adds'] for row in fp32.values())
    if not why_no_operator():  # onnxruntime pads channels of its own fp32 graph
        whole, = kinds['ours_int8'].values()
        assert 0.9 * useful < whole['multiply_adds'] <= useful and whole['nodes'] == 1
    assert 'grouped pointwise' not in ours and ours['pointwise']['nodes'] == 32
    assert fp32['grouped pointwise']['nodes'] + fp32['pointwise']['nodes'] == 32
    # Three groups made dense do three times the work, padding a little more.
    assert 3 < ours['pointwise']['multiply_adds'] / (
        fp32['grouped pointwise']['multiply_adds'] + fp32['pointwise']['multiply_adds']) < 3.6
    assert kinds['ort_qdq_s8s8']['quantize, dequantize']['nodes'] > 50


def test_the_roofline_is_below_every_engine(bench):
    """No engine beats the peak of the core; the peaks are in the record."""
    record, _ = bench('--suite', 'floor', '--size', '144x144')
    assert record['peaks']['fp32_multiply_adds_per_s'] > 1e8
    assert record['peaks']['int8_multiply_adds_per_s'] > 1e8
    assert record['peaks']['copied_bytes_per_s'] > 1e8
    rows = {row['engine']: row for row in record['results']}
    assert rows['ort_fp32']['times_floor'] > 1
    assert rows['ort_fp32']['times_floor'] == pytest.approx(
        rows['ort_fp32']['min_ms'] / rows['ort_fp32']['floor_ms'])
    graph = rows['ours_int8_graph']
    assert graph['executed_multiply_adds'] > 3 * graph['multiply_adds']
    ours = rows['ours_int8']
    assert ours['times_floor'] > 1 and 'executed_multiply_adds' not in ours


def test_threads_and_footprint_say_what_they_cost(bench):
    """CPU time of each setting, and the memory of a process with the engine alone."""
    record, _ = bench('--suite', 'threads', 'footprint', '--size', '144x144')
    threads = [row for row in record['results'] if row['suite'] == 'threads']
    assert {row['engine'] for row in threads} >= {
        'ours_int8_1_threads', 'ours_int8_graph_1_threads', 'ort_fp32_1_threads'}
    assert all(row['cpu_ms_per_frame'] > 0.5 * row['min_ms'] for row in threads)
    footprint = {row['engine']: row for row in record['results'] if row['suite'] == 'footprint'}
    assert 20 < footprint['ours_int8']['rss_mb'] <= footprint['ours_int8']['peak_rss_mb'] < 100
    assert footprint.keys() == {'ours_int8', 'ours_int8_graph', 'ort_fp32'}
    assert footprint['ours_int8']['min_ms'] is None


@pytest.mark.slow
@needs('torchvision')
def test_the_paper_suite_has_the_papers_figures_beside_ours(bench, capsys):
    """All networks of the paper, with their complexity; small images keep the test short."""
    record, _ = bench('--suite', 'paper', '--size', '96x96')
    rows = {(row['engine'], row['model']): row for row in record['results']}
    assert len(rows) == 19
    assert rows['ort_fp32', 'alexnet']['parameters'] > 20e6
    assert rows['ort_fp32', 'shufflenet_0.5x_g3']['parameters'] == 717324
    assert rows['ort_fp32', 'vgg16']['min_ms'] > rows['ort_fp32', 'resnet18']['min_ms']
    assert 'paper AlexNet / this' in capsys.readouterr().out


@pytest.mark.parametrize('options, words', [
    (['--rounds', '1'], '--rounds 1'), (['--size', '224'], "--size '224'.*WIDTHxHEIGHT"),
    (['--size', '226x224'], '226x224.*multiple of 4'), (['--model', 'nothing'], "'nothing'")])
def test_bad_options_are_named(options, words, capsys, tmp_path, monkeypatch):
    """One line on stderr, exit code 1."""
    monkeypatch.setattr('os.sched_setaffinity', lambda process, cores: None)
    assert main(['bench', '--out', str(tmp_path), *options]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert re.search(words, error), error


def test_a_suite_that_cannot_run_here_says_what_to_install(capsys, tmp_path, monkeypatch):
    """On a robot without onnx, the suites that build graphs name the cure."""
    monkeypatch.setitem(sys.modules, 'onnx', None)
    for name in list(sys.modules):
        if name.startswith(('shufflenet_ros.bench.suites', 'shufflenet_ros.bench.roofline')):
            monkeypatch.delitem(sys.modules, name)
    assert main(['bench', '--suite', 'profile', '--out', str(tmp_path)]) == 1
    assert 'onnx' in (error := capsys.readouterr().err) and 'make bench' in error


def test_every_suite_has_columns_and_is_named_in_the_help(capsys):
    """No suite without a table."""
    assert set(COLUMNS) == set(SUITES)
    with pytest.raises(SystemExit):
        main(['bench', '--help'])
    text = capsys.readouterr().out
    assert all(name in text for name in SUITES)


def row(engine, ms, **more):
    return {'suite': 'int8', 'engine': engine, 'model': 'surfaces', 'height': 8, 'width': 8,
            'min_ms': ms, 'median_ms': ms * 1.1, 'p99_ms': ms * 2, 'agreement': 1.0,
            'sqnr_db': None, **more}


def test_the_table_relates_all_to_ours_and_warns(capsys):
    """A ratio of minima for each engine; absent and unstable ones are named with the reason."""
    show({'results': [row('ours_int8', 1.0), row('ort_fp32', 1.6)],
          'environment': {'cpu': 'a core'}, 'absent': {'int8/x': 'not installed'},
          'unstable': {'int8/ort_fp32': 'median is high'}})
    output = capsys.readouterr().out
    assert '1.60' in output and 'not installed' in output and 'median is high' in output


def test_the_plot_shows_every_engine(tmp_path):
    """An image with bars."""
    record = {'results': [row('ours_int8', 1.0), row('ort_fp32', 1.6)],
              'environment': {'cpu': 'a core'}}
    assert plot(record, tmp_path / 'plot.json') == [tmp_path / 'plot.png']
    image = cv2.imread(str(tmp_path / 'plot.png'))
    # The bars have different lengths: their rows hold different amounts of colour.
    coloured = (image.std(2) > 5).sum(1)
    assert image.shape[1] > 800 and len(set(coloured[coloured > 50])) >= 2
