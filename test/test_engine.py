"""The session: what it runs on, what it gives, what it refuses."""

from pathlib import Path

import numpy as np
import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.engine import Engine
from shufflenet_ros.model_card import load_model

MODEL = load_model(Path(__file__).resolve().parent.parent / 'models' / 'surfaces')
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
    import time
    engine = Engine(MODEL, intra_op_num_threads=2)
    engine.warm_up()
    before = time.process_time()
    time.sleep(0.5)
    assert time.process_time() - before < 0.1
