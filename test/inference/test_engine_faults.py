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
import shutil

import pytest
from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.forms import int8_form
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.precision import fastest_engine, PRECISIONS

MODEL = load_model(Path(__file__).resolve().parents[2] / 'models' / 'surfaces')


def with_files(keep):
    """Give the model with those of its files alone whose precision is in ``keep``."""
    return replace(MODEL, files={name: entry for name, entry in MODEL.files.items()
                                 if entry.get('precision') in (None, *keep)})


def test_the_faster_form_runs_and_both_times_are_given():
    """Measured here: whichever wins, it is the one whose time says so."""
    engine, times_ms = fastest_engine(MODEL)
    assert set(times_ms) == set(PRECISIONS) and min(times_ms.values()) > 0
    other = next(name for name in PRECISIONS if name != engine.precision)
    assert times_ms[engine.precision] <= times_ms[other] / 0.9


@pytest.mark.parametrize('precision', PRECISIONS)
def test_a_model_with_one_form_runs_that(precision):
    """There is nothing to choose."""
    engine, times_ms = fastest_engine(with_files([precision]))
    assert engine.precision == precision and set(times_ms) == {precision}


def test_a_model_without_any_form_is_refused():
    """With what to do."""
    with pytest.raises(ModelError, match="no file of precision 'int8' .* export the model again"):
        fastest_engine(with_files([]))


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
