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

"""Workers between a source of frames and the sink: every frame ends as a result or a count."""

from collections import Counter
from dataclasses import replace
import threading
import time

from core.newest_frames import NewestFrames
import numpy as np
import pytest
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.errors import describe, FrameError
from shufflenet_ros.core.frame import Counters, Frame
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.pipeline import Pipeline

GEOMETRY = Geometry(32, 32)
CAMERAS = ('left', 'front', 'right', 'rear')


class BrightnessEngine:
    """A small engine: class 0 for dark images, 1 for bright ones."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds

    def run(self, tensor):
        """Logits from the mean brightness, after the given time."""
        time.sleep(self.seconds)
        return np.array([128.0 - tensor.mean(), tensor.mean() - 128.0], np.float32)


class RecordingSink:
    """Keeps every result and failure."""

    def __init__(self):
        self.published, self.timings, self.errors = [], [], []
        self.arrived = Counter()
        self.changed = threading.Condition()

    def publish(self, camera, frame, classification, raw):
        """Keep a result."""
        self._keep(self.published, (camera, frame, classification))

    def report(self, camera, frame, classification, timings):
        """Keep timings."""
        self._keep(self.timings, timings)

    def reject(self, camera, error):
        """Keep a failure."""
        self._keep(self.errors, error)

    def record(self, camera, delivery, arrived):
        """Keep how many frames arrived."""
        self.arrived[camera] += arrived

    def wait(self, count):
        """Wait until that many frames ended one way or the other."""
        with self.changed:
            assert self.changed.wait_for(
                lambda: len(self.timings) + len(self.errors) >= count, 60)

    def _keep(self, where, item):
        with self.changed:
            where.append(item)
            self.changed.notify_all()


@pytest.fixture
def sink():
    return RecordingSink()


@pytest.fixture
def source():
    return NewestFrames()


@pytest.fixture
def pipeline(sink, source):
    pipeline = Pipeline(Classifier(BrightnessEngine(), GEOMETRY), sink, CAMERAS)
    pipeline.start(source)
    yield pipeline
    pipeline.stop()


def frame(brightness=255, encoding='mono8', header=None):
    return Frame(bytes([brightness]) * 40 * 40, 40, 40, encoding, 40,
                 received_ns=time.monotonic_ns(), age_at_receipt_ns=1000, header=header)


def test_the_result_comes_with_its_own_frame(pipeline, sink, source):
    """Header and pixels of one result belong together."""
    for brightness, best in ((0, 0), (255, 1)):
        source.put('front', frame(brightness, header=brightness))
        sink.wait(best + 1)
        camera, given, classification = sink.published[-1]
        assert (camera, given.header) == ('front', brightness)
        assert classification.hypotheses[0].index == best


def test_stages_span_the_time_from_receipt_to_published(sink, source):
    """The stages leave no gap: their sum is what a clock around them shows."""
    pipeline = Pipeline(Classifier(BrightnessEngine(0.02), GEOMETRY), sink, CAMERAS)
    pipeline.start(source)
    start = time.monotonic_ns()
    source.put('front', frame())
    sink.wait(1)
    elapsed_ms = (time.monotonic_ns() - start) / 1e6
    pipeline.stop()
    stages = sink.timings[0].milliseconds()
    assert stages['inference'] >= 20
    assert all(ms >= 0 for ms in stages.values())
    assert elapsed_ms - 5 <= stages['total'] <= elapsed_ms


@pytest.mark.parametrize('bad', [
    frame(encoding='32FC1'), Frame(b'', 4, 4, 'mono8', 4), Frame(bytes(64), 4, 4, 'rgb8', 1)])
def test_a_bad_frame_is_counted_and_the_next_one_served(pipeline, sink, source, bad):
    """Nothing that one frame holds ends the service."""
    source.put('front', bad)
    sink.wait(1)
    source.put('front', frame())
    sink.wait(2)
    assert isinstance(sink.errors[0], FrameError)
    assert pipeline.counters('front') == Counters(received=2, classified=1, failed=1)


def test_an_engine_that_raises_fails_the_frame_only(sink, source):
    """An error of the engine is reported with its type and the worker goes on."""
    engine = BrightnessEngine()
    pipeline = Pipeline(Classifier(engine, GEOMETRY), sink, CAMERAS)
    pipeline.start(source)
    engine.seconds = 'a while'
    source.put('front', frame())
    sink.wait(1)
    engine.seconds = 0.0
    source.put('front', frame())
    sink.wait(2)
    pipeline.stop()
    assert describe(sink.errors[0]).startswith('TypeError: ')
    assert pipeline.counters('front') == Counters(received=2, classified=1, failed=1)


@pytest.mark.parametrize('method', ['publish', 'report', 'reject'])
@pytest.mark.parametrize('error', [ValueError, MemoryError, OverflowError])
def test_a_sink_that_raises_ends_no_worker(sink, source, method, error):
    """Frames before and after are served, all are counted, and the fault of reject is kept."""
    pipeline = Pipeline(Classifier(BrightnessEngine(), GEOMETRY), sink, CAMERAS)
    pipeline.start(source)
    source.put('front', frame())
    sink.wait(1)
    working = getattr(sink, method)

    def fail(*arguments):
        raise error('the sink')

    setattr(sink, method, fail)
    for received in range(2, 5):
        source.put('front', frame(encoding='32FC1' if method == 'reject' else 'mono8'))
        settle(pipeline, received)
    setattr(sink, method, working)
    before = len(sink.timings)
    source.put('front', frame())
    settle(pipeline, 5)
    wait_for(lambda: len(sink.timings) == before + 1)
    pipeline.stop()
    assert pipeline.fault[0] == (3 if method == 'reject' else 0)
    assert (f'{error.__name__}: the sink' in pipeline.fault[1]) == (method == 'reject')


@pytest.mark.parametrize('error', [OverflowError('timeout'), SystemExit(1), KeyboardInterrupt()])
@pytest.mark.parametrize('workers', [1, 3])
def test_a_worker_that_dies_is_started_again(pipeline, sink, source, error, workers):
    """Whatever raised and wherever; it is told, and the cameras are served again."""
    pipeline = Pipeline(Classifier(BrightnessEngine(), GEOMETRY), sink, CAMERAS, workers)
    pipeline.start(source)
    taking = pipeline._turns.next
    failures = iter([error] * workers)

    def take(*arguments):
        for failure in failures:
            raise failure
        return taking(*arguments)

    pipeline._turns.next = take
    source.put('front', frame())  # wakes one of them, which then takes the next one
    sink.wait(1)
    wait_for(lambda: source.put('front', frame()) or pipeline.fault[0] == workers)
    assert type(error).__name__ in pipeline.fault[1]
    served = len(sink.timings)
    source.put('front', frame())
    sink.wait(served + 1)
    assert all(worker.is_alive() for worker in pipeline._workers)
    pipeline.stop()
    wait_for(lambda: not any(worker.is_alive() for worker in pipeline._workers))


def test_a_message_that_is_no_frame_is_counted_as_received_and_failed(pipeline, sink, source):
    """What never became a frame is still accounted for."""
    source.put('front', FrameError('image of 0x0 pixels'))
    sink.wait(1)
    assert pipeline.counters('front') == Counters(received=1, failed=1)
    assert describe(sink.errors[0]) == 'image of 0x0 pixels'


def test_under_overload_every_frame_is_classified_or_counted_as_replaced(sink, source):
    """No frame is lost silently and none waits behind a newer one."""
    pipeline = Pipeline(Classifier(BrightnessEngine(0.01), GEOMETRY), sink, CAMERAS)
    pipeline.start(source)
    for number in range(100):
        source.put('front', frame(header=number))
        time.sleep(0.001)
    settle(pipeline, 100)
    pipeline.stop()
    counters = pipeline.counters('front')
    order = [source.header for _, source, _ in sink.published]
    assert counters.received == counters.classified == 100 - counters.replaced
    assert sink.arrived['front'] == 100 and counters.missed == counters.replaced
    assert counters.replaced > 0 and order == sorted(order) and order[-1] == 99


def stamped(stamp_ns, **changes):
    return replace(frame(header=stamp_ns), stamp_ns=stamp_ns, **changes)


def test_a_frame_that_is_too_old_for_the_worker_is_dropped_and_counted(pipeline, sink, source):
    """Age at receipt and the wait count; a frame without stamp has no age to be too old."""
    pipeline.limit(max_age_ns=50_000_000)
    source.put('front', replace(frame(), age_at_receipt_ns=60_000_000))
    waited = replace(frame(), received_ns=time.monotonic_ns() - 60_000_000)
    settle(pipeline, 1)
    source.put('front', waited)
    settle(pipeline, 2)
    source.put('front', replace(waited, age_at_receipt_ns=None))
    sink.wait(1)
    assert pipeline.counters('front') == Counters(received=3, classified=1, expired=2)


def test_a_frame_from_the_future_is_not_too_old(pipeline, sink, source):
    """Whatever the clocks say: it is classified, and its negative age is reported."""
    pipeline.limit(max_age_ns=1_000_000)
    source.put('front', replace(frame(), age_at_receipt_ns=-5_000_000_000))
    sink.wait(1)
    assert sink.timings[0].total_ns < 0


def test_results_of_a_camera_are_in_the_order_of_their_stamps(pipeline, sink, source):
    """An older frame is dropped and counted; another camera has an order of its own."""
    for camera, stamp_ns in (('front', 100), ('front', 90), ('rear', 50), ('front', 110)):
        done = sum(total(pipeline, name) for name in ('front', 'rear'))
        source.put(camera, stamped(stamp_ns))
        wait_for(lambda: sum(total(pipeline, name) for name in ('front', 'rear')) > done)
    sink.wait(3)
    assert [source.header for _, source, _ in sink.published] == [100, 50, 110]
    assert pipeline.counters('front') == Counters(received=3, classified=2, out_of_order=1)


def test_a_jump_of_the_clock_that_is_known_starts_the_order_anew(pipeline, sink, source):
    """The first frame of the bag that is played again has its result."""
    source.put('front', stamped(100))
    sink.wait(1)
    pipeline.restart_order()
    source.put('front', stamped(5))
    sink.wait(2)
    assert [source.header for _, source, _ in sink.published] == [100, 5]


def test_a_highest_rate_leaves_the_newest_frame_of_each_period(pipeline, sink, source):
    """What is beyond it is counted apart from what a busy worker replaced."""
    pipeline.limit(max_rate_hz=20.0)
    end, number = time.monotonic() + 0.5, 0
    while time.monotonic() < end:
        number += 1
        source.put('front', stamped(number))
        time.sleep(0.005)
    settle(pipeline, number)
    counters = pipeline.counters('front')
    assert 5 <= counters.classified <= 12  # fewer where the machine stood still
    assert counters.limited > counters.replaced
    assert counters.received + counters.missed == number
    assert sink.published[-1][1].header == number


def test_cameras_share_the_workers_and_each_keeps_its_order(sink, source):
    """Four workers on three cameras: at the same moment, yet no camera twice."""
    pipeline = Pipeline(Classifier(BrightnessEngine(0.01), GEOMETRY), sink, CAMERAS, workers=4)
    pipeline.start(source)
    start = time.monotonic()
    for number in range(1, 61):
        for camera in ('left', 'front', 'right'):
            source.put(camera, stamped(number))
        time.sleep(0.005)
    for camera in ('left', 'front', 'right'):
        settle(pipeline, 60, camera)
    elapsed = time.monotonic() - start
    pipeline.stop()
    for camera in ('left', 'front', 'right'):
        order = [source.header for name, source, _ in sink.published if name == camera]
        assert order == sorted(order) and order[-1] == 60
        assert pipeline.counters(camera).out_of_order == 0
    assert len(sink.published) * 0.01 > 1.5 * elapsed


def test_a_classifier_is_exchanged_between_two_frames(pipeline, sink, source):
    """Within the exchange no frame is at work, and the next one gets the new classifier."""
    class Opposite(BrightnessEngine):
        def run(self, tensor):
            return -super().run(tensor)

    stop = threading.Event()

    def feed():
        while not stop.is_set():
            source.put('front', frame())
            time.sleep(0.001)

    feeder = threading.Thread(target=feed)
    feeder.start()
    sink.wait(5)
    with pipeline.between_frames():
        before = len(sink.published)
        time.sleep(0.05)
        assert len(sink.published) == before
        pipeline.use_classifier(Classifier(Opposite(), GEOMETRY))
    sink.wait(before + 5)
    stop.set()
    feeder.join()
    best = [result.hypotheses[0].index for _, _, result in sink.published]
    assert best[:before] == [1] * before and set(best[before:]) == {0}


def test_stopping_can_finish_what_waits_and_starting_goes_on_counting(sink, source):
    """Deactivate and activate: nothing is lost without a count."""
    pipeline = Pipeline(Classifier(BrightnessEngine(0.02), GEOMETRY), sink, CAMERAS)
    for turn in (1, 2):
        pipeline.start(source)
        for camera in ('front', 'rear'):
            source.put(camera, frame())
        pipeline.stop(drop=False)
        assert pipeline.counters('front') == pipeline.counters('rear') == Counters(
            received=turn, classified=turn)


def test_no_result_comes_after_the_stop(sink, source):
    """Not even of an inference that took longer than anybody waited for it."""
    pipeline = Pipeline(Classifier(BrightnessEngine(0.2), GEOMETRY), sink, CAMERAS)
    pipeline.start(source)
    source.put('front', frame())
    time.sleep(0.05)
    pipeline.stop(timeout_s=0.01)
    sink.wait(1)
    assert not sink.published and pipeline.counters('front').failed == 1


class GatedEngine(BrightnessEngine):
    """Hangs in its first inference until its gate is opened."""

    def __init__(self):
        super().__init__()
        self.is_at_work, self.gate = threading.Event(), threading.Event()

    def run(self, tensor):
        if not self.is_at_work.is_set():
            self.is_at_work.set()
            self.gate.wait(60)
        return super().run(tensor)


@pytest.fixture
def hung(sink, source):
    """Give a pipeline with a frame of stamp 1 at work that does not end, and its engine."""
    engine = GatedEngine()
    pipeline = Pipeline(Classifier(engine, GEOMETRY), sink, CAMERAS)
    pipeline.start(source)
    source.put('front', stamped(1))
    assert engine.is_at_work.wait(60)
    yield pipeline, engine
    engine.gate.set()
    pipeline.stop()


@pytest.mark.parametrize('drop', [True, False])
def test_an_inference_from_before_a_restart_has_no_result(hung, sink, source, drop):
    """Stopped and started meanwhile: its older stamp would come after a newer one."""
    pipeline, engine = hung
    pipeline.stop(drop, timeout_s=0.01)
    pipeline.start(source)
    source.put('front', stamped(2))
    sink.wait(1)
    engine.gate.set()
    sink.wait(2)
    source.put('front', stamped(3))
    sink.wait(3)
    assert [source.header for _, source, _ in sink.published] == [2, 3]
    assert pipeline.counters('front') == Counters(received=3, classified=2, failed=1)


def test_a_change_does_not_wait_without_end_for_a_hung_inference(hung, sink, source):
    """Another classifier serves what waits; the frame at work fails when it comes back."""
    pipeline, engine = hung
    source.put('front', stamped(2))
    start = time.monotonic()
    with pipeline.between_frames(0.1) as is_at_rest:
        assert not is_at_rest and 0.1 <= time.monotonic() - start < 2
        pipeline.use_classifier(Classifier(BrightnessEngine(), GEOMETRY))
        pipeline.give_up()
    pipeline.restart()
    sink.wait(1)
    engine.gate.set()
    sink.wait(2)
    assert [source.header for _, source, _ in sink.published] == [2]
    assert pipeline.counters('front') == Counters(received=2, classified=1, failed=1)
    with pipeline.between_frames(5) as is_at_rest:
        assert is_at_rest


def test_a_pipeline_that_is_stopped_is_not_restarted(hung, sink, source):
    """A change of the model of an inactive node starts no workers."""
    pipeline, _ = hung
    pipeline.stop(timeout_s=0.01)
    pipeline.restart()
    source.put('front', stamped(2))
    time.sleep(0.05)
    assert not sink.published


def total(pipeline, camera):
    """Frames of which something has become."""
    counters = pipeline.counters(camera)
    return (counters.classified + counters.limited + counters.expired + counters.out_of_order
            + counters.failed + counters.missed)


def wait_for(condition):
    """Wait for the worker to have done something."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def settle(pipeline, received, camera='front'):
    """Wait until as many frames are accounted for."""
    wait_for(lambda: total(pipeline, camera) == received)
