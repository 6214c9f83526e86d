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

"""Our forms in the bench: what each name runs, and what is said where one cannot run."""

import json
from pathlib import Path
import subprocess
import sys

import numpy as np
from shufflenet_ros.bench.engines.ours import (
    engines_of,
    engines_without_dot_product,
    FUSED,
    why_no_operator,
)
from shufflenet_ros.bench.runner.board import table_of
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.native import library
from shufflenet_ros.process.files import share_dir

MODEL = load_model(share_dir() / 'models' / 'surfaces')


def test_each_name_runs_its_form():
    """The best int8 is the fused operator; the graph is there beside it."""
    engines, absent = engines_of(MODEL)
    forms = {name: engine.full_name.split()[0] for name, engine in engines.items()}
    assert not absent and forms == {
        'ours_int8': 'int8_native', 'ours_int8_graph': 'int8_graph', 'ort_fp32': 'fp32'}
    assert engines['ours_int8'].full_name.split()[1] in library.instruction_sets()


def test_an_older_core_gives_the_same_logits(monkeypatch):
    """It has its own instructions while the others keep theirs; on such a core it is left out."""
    shape = 1, MODEL.geometry.height, MODEL.geometry.width, 3
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    best, *others = library.instruction_sets()
    older = engines_without_dot_product(MODEL)
    assert older.keys() == {f'ours_int8_{name}' for name in {'avx2', 'neon'}.intersection(others)}
    expected = engines_of(MODEL)[0]['ours_int8'].run(image)
    assert all((engine.run(image) == expected).all() for engine in older.values())
    for name in {'avx2', 'neon'}.intersection((best, *others)):
        monkeypatch.setenv(library.VARIABLE, name)
        assert engines_without_dot_product(MODEL) == {}


def test_without_the_library_the_best_is_the_graph(monkeypatch, tmp_path):
    """And the reason is recorded."""
    monkeypatch.setattr(library, 'LIBRARY', tmp_path / 'libshufflenet_v1.so')
    engines, absent = engines_of(MODEL)
    assert engines['ours_int8'].full_name == engines['ours_int8_graph'].full_name
    assert 'was not built' in absent[FUSED] and why_no_operator() == absent
    assert engines_without_dot_product(MODEL) == {}


def test_the_table_of_boards_has_a_row_for_each_size():
    """The shortest time of each form, and fp32 beside int8; what was not measured stays empty."""
    def row(engine, ms, form='', height=8):
        return {'suite': 'int8', 'engine': engine, 'height': height, 'width': 9, 'min_ms': ms,
                'form': form}
    board = {
        'results': [
            row('ours_int8', 0.5, 'int8_native neon_dot'), row('ort_fp32', 2.0),
            row('ours_int8_graph', 1.5), row('ort_qdq_s8s8', 4.0), row('ort_qdq_u8s8', 3.0),
            row('ours_int8', 1.0, height=10), row('ort_fp32', 1.0, height=10)],
        'environment': {'board': 'Some Board', 'cpu': 'a core', 'time': '2026-11-27T01:02:03Z',
                        'packages': {'onnxruntime': '1.32.0'}}}
    *_, first, second = table_of([board]).splitlines()
    assert first == ('| Some Board | int8_native neon_dot | 9x8 | 0.50 | 1.50 | 2.00 |  | 3.00 | '
                     '4.00 | 1.32.0 | 2026-11-27 |')
    assert second == '| Some Board |  | 9x10 | 1.00 |  | 1.00 |  |  | 1.00 | 1.32.0 | 2026-11-27 |'


def test_the_tables_of_the_documents_are_those_of_the_record():
    """Of a record that is here, AlexNet's ratio at the paper's size is what its rows say."""
    root = Path(__file__).resolve().parents[2]
    record = root / 'benchmarks' / 'results' / 'zen4.json'
    ms = {(row['engine'], row['model']): row['min_ms']
          for row in json.loads(record.read_text())['results']
          if row['suite'] == 'paper' and row['width'] == 224}
    ratio = ms['ort_fp32', 'alexnet'] / ms['ours_int8', 'shufflenet_0.5x_g3']
    said = subprocess.run([sys.executable, root / 'benchmarks' / 'document.py', record],
                          capture_output=True, text=True, check=True).stdout
    assert f"| this int8's time | {ratio:.1f} times |" in said
    assert '| **this int8** | surfaces |' in said and '| times floor |' in said
