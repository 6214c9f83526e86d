"""One worker between mailbox and sink: every frame ends as a result, a failure or a count."""

import threading
import time

import numpy as np
import pytest
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.pipeline import Classifier, describe, Pipeline
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.types import Counters, Frame

GEOMETRY = Geometry(32, 32)


class BrightnessEngine:
    """An honest small engine: class 0 for dark images, 1 for bright ones."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds

    def run(self, tensor):
        """Logits from the mean brightness, after the given time."""
        time.sleep(self.seconds)
        return np.array([128.0 - tensor.mean(), tensor.mean() - 128.0], np.float32)


class RecordingSink:
    """Keeps what it is told."""

    def __init__(self):
        self.published, self.timings, self.errors = [], [], []
        self.changed = threading.Condition()

    def publish(self, camera, frame, classification):
        """Keep a result."""
        self._keep(self.published, (camera, frame, classification))

    def report(self, camera, frame, timings):
        """Keep timings."""
        self._keep(self.timings, timings)

    def reject(self, camera, error):
        """Keep a failure."""
        self._keep(self.errors, error)

    def wait(self, count):
        """Wait until that many frames ended one way or the other."""
        with self.changed:
            assert self.changed.wait_for(
                lambda: len(self.timings) + len(self.errors) >= count, 10)

    def _keep(self, where, item):
        with self.changed:
            where.append(item)
            self.changed.notify_all()


@pytest.fixture
def sink():
    return RecordingSink()


@pytest.fixture
def pipeline(sink):
    pipeline = Pipeline(Classifier(BrightnessEngine(), GEOMETRY), sink)
    pipeline.start()
    yield pipeline
    pipeline.stop()


def frame(brightness=255, encoding='mono8', header=None):
    return Frame(bytes([brightness]) * 40 * 40, 40, 40, encoding, 40,
                 received_ns=time.monotonic_ns(), age_at_receipt_ns=1000, header=header)


def test_the_result_comes_with_its_own_frame(pipeline, sink):
    """Header and pixels of one result belong together."""
    for brightness, best in ((0, 0), (255, 1)):
        pipeline.submit('front', frame(brightness, header=brightness))
        sink.wait(best + 1)
        camera, source, classification = sink.published[-1]
        assert (camera, source.header) == ('front', brightness)
        assert classification.hypotheses[0].index == best


def test_stages_span_the_time_from_receipt_to_published(sink):
    """The stages leave no gap: their sum is what a clock around them shows."""
    pipeline = Pipeline(Classifier(BrightnessEngine(0.02), GEOMETRY), sink)
    pipeline.start()
    start = time.monotonic_ns()
    pipeline.submit('front', frame())
    sink.wait(1)
    elapsed_ms = (time.monotonic_ns() - start) / 1e6
    pipeline.stop()
    stages = sink.timings[0].milliseconds()
    assert stages['inference'] >= 20
    assert all(ms >= 0 for ms in stages.values())
    assert elapsed_ms - 5 <= stages['total'] <= elapsed_ms


@pytest.mark.parametrize('bad', [
    frame(encoding='32FC1'), Frame(b'', 4, 4, 'mono8', 4), Frame(bytes(64), 4, 4, 'rgb8', 1)])
def test_a_bad_frame_is_counted_and_the_next_one_served(pipeline, sink, bad):
    """Nothing that one frame holds ends the service."""
    pipeline.submit('front', bad)
    sink.wait(1)
    pipeline.submit('front', frame())
    sink.wait(2)
    assert isinstance(sink.errors[0], FrameError)
    assert pipeline.counters('front') == Counters(received=2, classified=1, failed=1)


def test_an_engine_that_raises_fails_the_frame_only(sink):
    """An error of the engine is reported with its type and the worker goes on."""
    engine = BrightnessEngine()
    pipeline = Pipeline(Classifier(engine, GEOMETRY), sink)
    pipeline.start()
    engine.seconds = 'a while'
    pipeline.submit('front', frame())
    sink.wait(1)
    engine.seconds = 0.0
    pipeline.submit('front', frame())
    sink.wait(2)
    pipeline.stop()
    assert describe(sink.errors[0]).startswith('TypeError: ')
    assert pipeline.counters('front') == Counters(received=2, classified=1, failed=1)


def test_a_refused_frame_is_counted_as_received_and_failed(pipeline, sink):
    """What never became a frame is still accounted for."""
    pipeline.refuse('front', FrameError('image of 0x0 pixels'))
    assert pipeline.counters('front') == Counters(received=1, failed=1)
    assert describe(sink.errors[0]) == 'image of 0x0 pixels'


def test_under_overload_every_frame_is_classified_or_counted_as_replaced(sink):
    """No frame is lost silently and none waits behind a newer one."""
    pipeline = Pipeline(Classifier(BrightnessEngine(0.01), GEOMETRY), sink)
    pipeline.start()
    for number in range(100):
        pipeline.submit('front', frame(header=number))
        time.sleep(0.001)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        counters = pipeline.counters('front')
        if counters.classified + counters.replaced == 100:
            break
    pipeline.stop()
    order = [source.header for _, source, _ in sink.published]
    assert counters.received == 100 == counters.classified + counters.replaced
    assert counters.replaced > 0 and order == sorted(order) and order[-1] == 99


def test_submitting_never_waits_for_the_worker(sink):
    """The middleware's thread is free at once, however slow the engine is."""
    pipeline = Pipeline(Classifier(BrightnessEngine(0.5), GEOMETRY), sink)
    pipeline.start()
    start = time.monotonic()
    for _ in range(50):
        pipeline.submit('front', frame())
    assert time.monotonic() - start < 0.25
    pipeline.stop()
