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

"""Which form of a model runs, and the error of a model that cannot."""

from dataclasses import replace
from pathlib import Path
import re
import shutil
import warnings

import numpy as np
import pytest
from shufflenet_ros.core.errors import ConfigurationError, ModelError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.forms import FORMS, int8_form, NATIVE
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.precision import _winner, PRECISIONS, select_engine
from shufflenet_ros.inference.sessions import CPU
from shufflenet_ros.native.library import instruction_set

MODEL = load_model(Path(__file__).resolve().parents[2] / 'models' / 'surfaces')


def with_files(keep):
    """Give the model with those of its files alone whose precision is in ``keep``."""
    return replace(MODEL, files={name: entry for name, entry in MODEL.files.items()
                                 if entry.get('precision') in (None, *keep)})


def test_the_fastest_form_runs_and_all_times_are_given():
    """Measured here: whichever wins, it is the one whose time says so."""
    found = select_engine(MODEL)
    times_ms, name = found.times_ms, found.engine.name
    assert set(times_ms) == set(FORMS) and min(times_ms.values()) > 0
    assert all(times_ms[name] <= times_ms[other] / 0.9 for other in FORMS if other != name
               and 'fp32' in (name, other))
    assert name == 'fp32' or times_ms[name] <= min(times_ms['int8_native'], times_ms['int8_graph'])
    assert all(f'{other} {times_ms[other]:.2f} ms' in found.reason for other in FORMS)
    assert found.form.startswith(name) and found.why_not_native == ''


@pytest.mark.parametrize('times_ms, winner', [
    ({'int8_native': 1, 'int8_graph': 2, 'fp32': 3}, 'int8_native'),
    ({'int8_native': 2, 'int8_graph': 1, 'fp32': 1.2}, 'int8_graph'),
    ({'int8_native': 2, 'int8_graph': 1, 'fp32': 0.95}, 'int8_graph'),
    ({'int8_native': 2, 'int8_graph': 3, 'fp32': 1}, 'fp32'),
    ({'int8_native': 2}, 'int8_native'), ({'fp32': 2}, 'fp32')])
def test_the_shortest_time_wins_and_fp32_only_by_a_tenth(times_ms, winner):
    """Accuracy is the same; what is as fast needs less memory in int8."""
    assert _winner(times_ms) == winner


@pytest.mark.parametrize('precision', PRECISIONS)
def test_a_model_with_one_precision_runs_that(precision):
    """There is nothing to choose."""
    found = select_engine(with_files([precision]))
    assert found.engine.precision == precision
    assert {name.partition('_')[0] for name in found.times_ms} == {precision}


@pytest.mark.parametrize('asked', ['int8', *FORMS])
def test_a_form_that_is_named_runs(asked):
    """Nothing is measured; int8 is the native form where that loads, as it does here."""
    found = select_engine(MODEL, asked)
    engine = found.engine
    assert engine.name == ('int8_native' if asked == 'int8' else asked) and not found.times_ms
    assert found.reason == f'precision {asked}' and found.why_not_native == ''
    assert engine.instruction_set == (instruction_set() if engine.form == NATIVE else '')
    assert found.form.split()[0] == engine.name


def without_native():
    """Give the model as its folder was before there was a native form."""
    return replace(MODEL, files={name: entry for name, entry in MODEL.files.items()
                                 if entry.get('form') != NATIVE})


def damaged_native(tmp_path):
    """Give the model with a native file that the operator refuses."""
    shutil.copytree(MODEL.folder, tmp_path / 'model')
    damaged = replace(MODEL, folder=tmp_path / 'model')
    path = damaged.onnx_path('int8', NATIVE)
    content = path.read_bytes()
    assert content.count(b'SNV1') == 1
    path.write_bytes(content.replace(b'SNV1', b'SNV9'))
    return damaged


@pytest.mark.parametrize('why, words', [
    ('before', 'shufflenet_ros upgrade'), ('library', 'install g..'),
    ('refused', 'model.int8.native.onnx: onnxruntime cannot load it .*packed network')])
def test_without_the_native_form_the_graph_runs_and_the_reason_is_given(monkeypatch, tmp_path,
                                                                        why, words):
    """A model of before, a robot without a compiler, a file that is refused."""
    if why == 'library':
        monkeypatch.setattr('shufflenet_ros.native.library.LIBRARY', tmp_path / 'nothing.so')
    spec = (MODEL if why == 'library' else without_native() if why == 'before'
            else damaged_native(tmp_path))
    for asked in ('auto', 'int8'):
        found = select_engine(spec, asked)
        assert 'int8_native' not in (found.engine.name, *found.times_ms)
        assert re.search(words, found.why_not_native) and found.why_not_native.isprintable()
    assert found.engine.name == 'int8_graph'
    with pytest.raises((ConfigurationError, ModelError), match=words):
        select_engine(spec, 'int8_native')
    assert select_engine(spec, 'int8_graph').why_not_native == ''


def test_a_native_form_that_is_alone_and_refused_is_an_error(tmp_path):
    """There is no graph to take its place."""
    damaged = damaged_native(tmp_path)
    alone = replace(damaged, files={name: entry for name, entry in damaged.files.items()
                                    if entry.get('form') == NATIVE})
    for asked in ('auto', 'int8', 'int8_native'):
        with pytest.raises(ModelError, match='packed network'):
            select_engine(alone, asked)


def test_the_native_form_runs_on_the_processor_alone(monkeypatch):
    """Another provider is tried with the graph, unless the native form is asked for by name."""
    monkeypatch.setattr('shufflenet_ros.inference.sessions.ort.get_available_providers',
                        lambda: ['CUDAExecutionProvider', CPU])
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        found = select_engine(MODEL, 'int8', execution_providers=('CUDA', CPU))
    assert found.engine.name == 'int8_graph' and 'CUDA' in found.why_not_native
    engine = select_engine(MODEL, 'int8_native', execution_providers=('CUDA', CPU)).engine
    assert engine.requested_providers == engine.providers == (CPU,)
    with pytest.raises(ConfigurationError, match='execution_providers does not name'):
        select_engine(MODEL, 'int8_native', execution_providers=('CUDA',))


def test_the_forms_of_int8_name_the_same_classes():
    """Their logits differ only by what rounds otherwise where a unit adds its shortcut."""
    pixels = np.random.default_rng(0).integers(0, 256, (20, 1, 160, 160, 3), np.uint8)
    native, graph = ([Engine(MODEL, precision=name).run(one) for one in pixels]
                     for name in ('int8_native', 'int8_graph'))
    np.testing.assert_allclose(native, graph, atol=1.0)
    assert (np.argmax(native, 1) == np.argmax(graph, 1)).mean() >= 0.9


def test_a_model_without_any_form_is_refused():
    """With what to do."""
    with pytest.raises(ModelError, match="no file of precision 'int8' .* export the model again"):
        select_engine(with_files([]))


def test_the_form_of_int8_is_that_of_this_core():
    """As /proc/cpuinfo says, where there is one."""
    info = Path('/proc/cpuinfo')
    has_vnni = info.exists() and any(
        flag in info.read_text().split() for flag in ('avx512_vnni', 'avx_vnni'))
    assert int8_form() == ('u8' if has_vnni else 's8')


def test_a_file_that_onnxruntime_cannot_read_is_named(tmp_path):
    """In one line, with its own words."""
    shutil.copytree(MODEL.folder, tmp_path / 'model')
    damaged = replace(MODEL, folder=tmp_path / 'model')
    path = damaged.onnx_path('fp32')
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelError, match=f'{path}: onnxruntime cannot load it') as caught:
        Engine(damaged, precision='fp32')
    assert '\n' not in str(caught.value)


def test_a_network_that_contradicts_its_card_is_refused():
    """Its inputs and outputs are compared with what the card says."""
    wrong = replace(MODEL, geometry=Geometry(144, 144, 0.875))
    with pytest.raises(ModelError, match='contradict the card, .* 144, 144, 3'):
        Engine(wrong)
