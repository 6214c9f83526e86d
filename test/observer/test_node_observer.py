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

"""A live classifier as the observer sees it, over the middleware; also one that is killed."""

import signal
import time

from node.processes import started
from node.workbench import values_of
import pytest
from shufflenet_ros.node.public_names import LATENCY_KEYS
from shufflenet_ros.observer.node_observer import find_classifiers, NodeObserver
from shufflenet_ros.observer.settings import Settings
from vision_msgs.msg import Detection2DArray

TWO = ('-p', "cameras:=['front', 'rear']", '-p', 'precision:=int8')


@pytest.fixture
def two(make_bench):
    """Make a bench of two cameras."""
    return make_bench(('front', 'rear'))


@pytest.fixture
def observer(two):
    """Observe the classifier of that bench."""
    observer = NodeObserver(two.node, f'{two.namespace}/classifier')
    yield observer
    observer.close()


def until(bench, observer, condition, settings=None, timeout_s=20.0):
    """Update until a condition holds; whether it does."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        observer.update()
        if settings is not None:
            settings.update()
        if condition():
            return True
        bench.executor.spin_once(timeout_sec=0.02)
    return False


def is_equal(bench, camera):
    """Whether the series of a camera is that of the messages that the bench received."""
    received = [(msg.header.stamp.sec * 1_000_000_000 + msg.header.stamp.nanosec,
                 [values_of(msg)[key] for key in LATENCY_KEYS])
                for msg in bench.latencies[camera.name]]
    stamps, table = camera.series.frames()
    return list(zip(stamps.tolist(), table.tolist())) == received


def test_the_series_are_the_messages_also_of_a_node_that_was_killed(two, observer):
    """Every frame of both cameras, class and times; the next node is seen by the same observer."""
    node = observer.observed
    with started(two, *TWO) as process:
        process.wait_for('ready')
        assert until(two, observer, lambda: list(node.cameras) == ['front', 'rear'])
        assert find_classifiers(two.node)[node.name] == ['front', 'rear']
        two.settle_all_cameras()
        for camera in node.cameras.values():  # what was published before both had subscribed
            camera.series.clear()
            observer.update()
            camera.series.clear()
            two.latencies[camera.name].clear()
        two.stream(1.0)
        front = node.cameras['front']
        assert until(two, observer, lambda: front.status is not None and node.model is not None)
        assert all(is_equal(two, camera) and len(camera.series) > 10
                   for camera in node.cameras.values())
        assert front.label.startswith(front.hypotheses[0].name)
        assert node.state == 'active' and node.method == 'shufflenet_v1 surfaces int8'
        process.process.send_signal(signal.SIGKILL)
        process.process.wait()
    assert until(two, observer, lambda: node.is_gone(time.monotonic()))
    with started(two, *TWO) as process:
        process.wait_for('ready')
        assert until(two, observer, lambda: not node.is_gone(time.monotonic()))
        before = front.results
        two.settle_all_cameras()
        assert until(two, observer, lambda: front.results > before and front.status is not None)
        assert front.counters.received < 10


def cells_follow_the_grid(bench, observer):
    """They are those of the message, of the camera with a grid alone, and go with the grid."""
    front, rear = observer.observed.cameras.values()
    assert not front.cells and front.last_cells_s is None
    received = []
    bench.subscribe(Detection2DArray, 'front/regions', received.append)
    bench.set(**{'front.grid': '3x2'})
    assert until(bench, observer, lambda: bench.send('front') and received and front.cells)
    labels = set(observer.observed.labels.values())
    assert [cell.id for cell in front.cells] == [
        'r0c0', 'r0c1', 'r0c2', 'r1c0', 'r1c1', 'r1c2'] and not rear.cells
    best = [one.results[0].hypothesis for one in received[-1].detections]
    assert [cell[3:] for cell in front.cells] == [
        (int(one.class_id), observer.observed.labels[one.class_id], one.score) for one in best]
    assert {cell.name for cell in front.cells} <= labels
    bench.set(**{'front.grid': ''})
    assert until(bench, observer, lambda: bench.send('front') and not front.cells)


def test_what_nobody_looks_at_is_not_subscribed_to(two, observer):
    """Images are drawn only while they are wanted; frames come again once they are."""
    node = observer.observed
    with started(two, *TWO) as process:
        process.wait_for('ready')
        assert until(two, observer, lambda: node.cameras)
        front, rear = node.cameras.values()
        observer.want_images(['front'])
        two.settle_all_cameras()
        assert until(two, observer, lambda: two.send('front') and front.image is not None)
        assert front.image.data[:2] == b'\xff\xd8' and rear.image is None
        cells_follow_the_grid(two, observer)
        observer.want_images([])
        observer.want_frames(False)
        assert sum(str(topic).startswith(node.name) for topic in observer._subscriptions) == 2
        before = front.results
        two.ask('front')
        observer.update()
        assert front.results == before
        observer.want_frames(True)
        assert until(two, observer, lambda: two.send('front') and front.results > before)


def test_parameters_are_read_changed_and_refused_with_the_reason(two, observer):
    """A whole number is taken for a floating one; the value that others set is seen."""
    settings = Settings(two.node, observer.observed.name)
    outcomes = []
    settings.change('top_k', 3, outcomes.append)
    assert 'does not answer' in outcomes.pop().reason
    with started(two, *TWO) as process:
        process.wait_for('ready')
        assert until(two, observer, lambda: settings.values and settings.descriptors, settings)
        assert settings.values['model'] == 'surfaces' and settings.values['top_k'] == 5
        settings.change('threshold', 1, outcomes.append)
        settings.change('top_k', 0, outcomes.append)
        assert until(two, observer, lambda: len(outcomes) == 2, settings)
        assert outcomes[0].reason == '' and 'top_k' in outcomes[1].reason
        two.set(max_rate_hz=7.0)
        assert until(two, observer, lambda: (
            settings.values['threshold'], settings.values['max_rate_hz']) == (1.0, 7.0), settings)
    settings.close()
