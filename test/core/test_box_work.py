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

"""What a worker does for the boxes of one camera: in which order, how long, and what it counts."""

from collections import deque
import time

import numpy as np
import pytest
from shufflenet_ros.core.box_work import BoxWork, Rois
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.rois import RoiBox, RoiSettings

BOXES = [RoiBox(20, 20, 10 + number, 10) for number in range(10)]


class SlowEngine:
    """Takes a while for each box."""

    seconds = 0.0

    def run(self, tensor):
        """Give the same logits for anything."""
        time.sleep(self.seconds)
        return np.array([0.0, 1.0], np.float32)


class Bench:
    """Boxes that a test sends, and a sink that keeps what comes of them."""

    def __init__(self):
        self.engine, self.sent = SlowEngine(), deque()
        self.answers, self.timings, self.errors, self.unmatched_boxes = [], [], [], 0
        self.classifier = Classifier(self.engine, Geometry(32, 32))
        self.work = BoxWork(lambda: self.sent.popleft() if self.sent else None, self)

    def send(self, stamp, boxes=BOXES, age_s=0.0):
        """Have boxes come that are some seconds old."""
        ids = [str(number) for number in range(len(boxes))]
        self.sent.append(Rois(stamp, time.monotonic_ns() - round(age_s * 1e9), boxes, ids))

    def keep(self, stamp, age_s=0.0, encoding='mono8'):
        """Have an image come that is some seconds old."""
        self.work.keep(Frame(bytes(1600), 40, 40, encoding, 40, stamp_ns=stamp,
                             received_ns=time.monotonic_ns() - round(age_s * 1e9)))

    def serve(self, check=lambda: None):
        """Let a worker have one turn; the counters that are not 0."""
        self.work.serve(self.classifier, check)
        counts = self.work.counters()
        return {name: getattr(counts, name) for name in counts.__slots__ if getattr(counts, name)}

    def publish(self, answer):
        """Keep results."""
        self.answers.append(answer)

    def report(self, answer, timings):
        """Keep timings."""
        self.timings.append(timings)

    def reject(self, error):
        """Keep an error."""
        self.errors.append(error)

    def unmatched(self, joined):
        """Count boxes without an image."""
        self.unmatched_boxes += joined.unmatched


@pytest.fixture
def bench():
    return Bench()


def test_one_image_is_served_in_each_turn_in_the_order_of_their_boxes(bench):
    """So that images of cameras come between; until then there is something to do."""
    assert bench.work.waits_ns() > 10 ** 9
    for stamp in (1, 2):
        bench.keep(stamp, 0.2)
        bench.send(stamp, BOXES[:stamp], 0.1)
    assert bench.serve() == {
        'received': 2, 'matched': 2, 'answered': 1, 'boxes': 1, 'classified': 1}
    assert bench.work.waits_ns() == 0
    assert bench.serve()['boxes'] == 3 and bench.work.waits_ns() > 10 ** 9
    assert [answer.rois.stamp_ns for answer in bench.answers] == [1, 2]
    assert [one.part.id for one in bench.answers[1].results] == ['1', '0']  # the largest first
    stages, waited_ns = bench.timings[0]
    assert 90e6 < waited_ns < 110e6 and stages.queue_ns >= 0.2e9


def test_no_box_is_begun_after_the_time_but_the_first(bench):
    """The rest is left out; also where an image alone takes longer than that."""
    bench.engine.seconds = 0.01
    bench.work.use(RoiSettings(max_ms=25))
    bench.keep(1)
    bench.send(1)
    begun = time.monotonic()
    counts = bench.serve()
    assert time.monotonic() - begun < 0.1
    assert 1 <= counts['classified'] <= 3
    assert counts['classified'] + counts['left_out'] == counts['boxes'] == 10
    bench.work.use(RoiSettings(max_ms=0.001))
    bench.keep(2)
    bench.send(2)
    while len(bench.answers) < 2:
        bench.serve()
    assert [one.part.id for one in bench.answers[1].results] == ['9']


def test_a_pair_that_waited_too_long_for_a_worker_is_counted(bench):
    """As long as the image may wait for its boxes."""
    bench.work.use(RoiSettings(wait_s=0.03))
    for stamp in (1, 2):
        bench.keep(stamp)
        bench.send(stamp)
    bench.serve()
    time.sleep(0.04)
    counts = bench.serve()
    assert (counts['matched'], counts['answered'], counts['expired']) == (2, 1, 1)


def test_an_image_that_cannot_be_used_and_a_result_too_late_are_failures(bench):
    """Counted, told, and nothing else stops."""
    bench.keep(1, encoding='32FC1')
    bench.send(1)
    assert bench.serve()['failed'] == 1 and '32FC1' in str(bench.errors[0])

    def check():
        raise FrameError('too late')
    bench.keep(2)
    bench.send(2)
    assert bench.serve(check)['failed'] == 2 and not bench.answers
    bench.keep(3)
    bench.send(3)
    assert bench.serve()['answered'] == 1


def test_what_waits_is_let_go_when_the_clock_jumps(bench):
    """Boxes, images and pairs."""
    for stamp in (1, 2, 3):
        bench.keep(stamp)
    for stamp in (1, 2, 9):
        bench.send(stamp, [])
    bench.serve()
    bench.work.restart()
    assert bench.serve() == {'received': 3, 'matched': 2, 'answered': 1, 'expired': 1,
                             'unmatched': 1, 'no_image': 1, 'missing': 1}
    assert bench.work.waits_ns() > 10 ** 9
