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

"""The session: what it runs on, what it gives, what it refuses."""

from pathlib import Path
import time

from costs import in_time
import numpy as np
import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.onnx_runtime import ort
from shufflenet_ros.inference.sessions import full_provider_names, SHORT_NAMES

MODEL = load_model(Path(__file__).resolve().parents[2] / 'models' / 'surfaces')
PIXELS = np.random.default_rng(0).integers(
    0, 256, (1, MODEL.geometry.height, MODEL.geometry.width, 3), np.uint8)


@pytest.mark.parametrize('precision', ['int8', 'fp32'])
def test_an_engine_gives_one_logit_for_each_class(precision):
    """float32, finite, the same every time."""
    engine = Engine(MODEL, precision=precision)
    engine.warm_up()
    logits = engine.run(PIXELS)
    assert logits.shape == (10,) and logits.dtype == np.float32 and np.isfinite(logits).all()
    np.testing.assert_array_equal(logits, engine.run(PIXELS))


def test_threads_and_spinning_change_nothing_but_speed():
    """Every setting gives the same logits."""
    expected = Engine(MODEL).run(PIXELS)
    engine = Engine(MODEL, intra_op_num_threads=2, allow_spinning=True)
    np.testing.assert_array_equal(engine.run(PIXELS), expected)


def test_the_provider_that_runs_is_reported():
    """No guess: it is what the session says."""
    assert Engine(MODEL).providers == ('CPUExecutionProvider',)


def test_a_provider_that_is_not_installed_is_refused_with_those_that_are():
    """No silent fallback to the CPU."""
    with pytest.raises(ConfigurationError, match="'NoSuchProvider'.*CPUExecutionProvider"):
        Engine(MODEL, execution_providers=('NoSuchProvider', 'CPUExecutionProvider'))


def test_an_idle_pool_burns_no_cpu():
    """Between frames the threads sleep: a robot's other nodes need the cores."""
    engine = Engine(MODEL, intra_op_num_threads=2)
    engine.warm_up()
    in_time(lambda: time.sleep(0.5), 0.1, time.process_time)


@pytest.fixture
def pretended(monkeypatch):
    """Pretend that CUDA is there: onnxruntime then falls back without an error of its own."""
    monkeypatch.setattr('shufflenet_ros.inference.sessions.ort.get_available_providers',
                        lambda: ['CUDAExecutionProvider', 'CPUExecutionProvider'])


@pytest.mark.filterwarnings('ignore:Specified provider')
def test_a_provider_that_does_not_run_is_an_error(pretended):
    """A silent fallback is a fault; the message says what runs and what to do."""
    with pytest.raises(ConfigurationError, match="'CUDAExecutionProvider' does not run.*fell back "
                       'to CPUExecutionProvider.*list CPUExecutionProvider after it'):
        Engine(MODEL, execution_providers=('CUDA',))


@pytest.mark.filterwarnings('ignore:Specified provider')
def test_a_fallback_that_was_allowed_is_reported(pretended):
    """With CPUExecutionProvider after it, what is missing can be asked for."""
    engine = Engine(MODEL, execution_providers=('CUDA', 'CPUExecutionProvider'))
    assert engine.missing_providers == ('CUDAExecutionProvider',)
    assert engine.requested_providers == ('CUDAExecutionProvider', 'CPUExecutionProvider')
    assert engine.providers == ('CPUExecutionProvider',)


def test_short_names_are_onnxruntimes_own():
    """What people call an execution provider; an empty list names what there is."""
    assert full_provider_names(['CPU']) == ('CPUExecutionProvider',)
    assert full_provider_names(['CPUExecutionProvider']) == ('CPUExecutionProvider',)
    with pytest.raises(ConfigurationError, match='at least one of .*CPUExecutionProvider'):
        full_provider_names([])
    with pytest.raises(ConfigurationError, match="'TensorRT' is not in this onnxruntime"):
        full_provider_names(['TensorRT'])


def test_all_providers_that_onnxruntime_knows_by_these_names_exist():
    """A misspelt long name would never be found; newer builds do not list ACL any more."""
    known = {*ort.get_all_providers(), 'ACLExecutionProvider'}
    assert set(SHORT_NAMES.values()) <= known
