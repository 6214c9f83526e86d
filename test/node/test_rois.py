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

"""Boxes of a detector over the middleware: results to the last bit, counts, and who waits."""

from collections import Counter
from math import nan, pi

from diagnostic_msgs.msg import DiagnosticArray
from node.processes import started
from node.workbench import DEEP, FOLDER, IMAGE, MODEL, noise, values_of
import numpy as np
import pytest
from sensor_msgs.msg import Image
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.core.parts import Box, Part
from shufflenet_ros.inference.engine import Engine
from std_msgs.msg import Header
from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose

BOXES = [(100.0, 80.0, 60.0, 40.0, 0.0), (0.0, 0.0, 81.0, 61.0, 0.0),
         (200.0, 100.0, 40.0, 20.0, pi / 2), (300.0, 230.0, 200.0, 100.0, 0.3)]
PIXELS = [Box(60, 70, 40, 60), Box(0, 0, 31, 41), Box(80, 190, 40, 20), Box(153, 190, 87, 130)]
"""What IMAGE (320x240) has of them."""


class Detector:
    """A publisher of boxes for the front camera, and what comes of them."""

    def __init__(self, bench):
        self.bench, self.answers, self.latencies = bench, [], []
        self.publisher = bench.node.create_publisher(
            Detection2DArray, 'classifier/front/rois', DEEP)
        bench.subscribe(Detection2DArray, 'front/detections', self.answers.append)
        bench.subscribe(DiagnosticArray, 'front/detections_latency', self.latencies.append)
        self.status = {}
        bench.node.create_subscription(DiagnosticArray, '/diagnostics', self._keep, 10)

    def settle(self):
        """Wait until classifier and detector have found each other."""
        self.bench.settle_all_cameras()
        assert self.bench.wait(self.publisher.get_subscription_count)

    def send(self, header, boxes=BOXES):
        """Publish boxes under a header; each has an id and a hypothesis of the detector."""
        msg = Detection2DArray(header=header)
        for number, (x, y, width, height, theta) in enumerate(boxes):
            theirs = ObjectHypothesisWithPose()
            theirs.hypothesis.class_id, theirs.hypothesis.score = 'car', 0.25
            one = Detection2D(header=header, id=f'track-{number}', results=[theirs])
            one.bbox.center.position.x, one.bbox.center.position.y = x, y
            one.bbox.center.theta, one.bbox.size_x, one.bbox.size_y = theta, width, height
            msg.detections.append(one)
        self.publisher.publish(msg)
        return msg

    def answer(self, header, timeout=20):
        """Wait for the results under a header; None where there are none."""
        def find():
            return next((one for one in self.answers if one.header == header), None)
        return find() if self.bench.wait(find, timeout) else None

    def latency(self, header):
        """Wait for the timings under a header."""
        def find():
            return next((one for one in self.latencies if one.header == header), None)
        assert self.bench.wait(find)
        return values_of(find())

    def counts(self):
        """Give the counters in ``/diagnostics`` as they are from now on."""
        self.status = {}
        assert self.bench.wait(lambda: self.status)
        return Counter({key.removeprefix('rois_'): int(value)
                        for key, value in self.status.items() if key.startswith('rois_')})

    def _keep(self, msg):
        for status in msg.status:
            if status.name == f'{self.bench.namespace.strip("/")}/classifier: front':
                self.status = {item.key: item.value for item in status.values}


@pytest.fixture(scope='module')
def detector(make_bench):
    """Give the detector of one of two cameras, both of one classifier."""
    bench = make_bench(('front', 'rear'))
    detector = Detector(bench)
    with started(bench, '-p', f'model:={FOLDER}', '-p', 'precision:=int8', '-p',
                 'cameras:=[front, rear]', '-p', 'front.rois:=true', '-p', 'rois_max_ms:=5000.0',
                 ) as detector.process:
        detector.process.wait_for('ready')
        detector.settle()
        yield detector


def offline(pixels, boxes):
    """Classify boxes as the offline core does: hypotheses of each."""
    frame = Frame(pixels.tobytes(), *pixels.shape[:2], 'bgr8', pixels[0].nbytes)
    results, _ = Classifier(Engine(MODEL), MODEL.geometry).classify_boxes(
        frame, [Part('', box) for box in boxes])
    return [[(str(found.index), found.score) for found in one.classification.hypotheses]
            for one in results]


def hypotheses(answer):
    """Give those of each detection of a message."""
    return [[(found.hypothesis.class_id, found.hypothesis.score) for found in one.results]
            for one in answer.detections]


def test_an_image_is_drawn_with_its_boxes_once_they_have_come(detector):
    """Not before, while a detector answers."""
    bench, drawn = detector.bench, []
    annotated = bench.subscribe(Image, 'front/annotated', drawn.append)

    def is_drawn():
        header = bench.ask('front')[0].header
        detector.send(header)
        assert detector.answer(header)
        return bench.wait(lambda: any(msg.header == header for msg in drawn), 1)
    assert any(is_drawn() for _ in range(10))  # until node and subscriber know each other
    header = bench.ask('front')[0].header
    bench.spin(0.3)
    assert not any(msg.header == header for msg in drawn)
    detector.send(header)
    assert bench.wait(lambda: any(msg.header == header for msg in drawn), 5)
    assert drawn[-1].height > IMAGE.shape[0]  # the classes of the boxes stand below
    bench.node.destroy_subscription(annotated)


def test_each_box_is_classified_as_the_offline_core_does(detector):
    """To the last bit, in the detector's own message; late boxes and early ones."""
    bench = detector.bench
    header = bench.ask('front')[0].header
    bench.spin(0.3)
    sent = detector.send(header)
    answer = detector.answer(header)
    assert hypotheses(answer) == offline(IMAGE, PIXELS)
    for ours, theirs in zip(answer.detections, sent.detections):
        assert (ours.id, ours.bbox, ours.header) == (theirs.id, theirs.bbox, theirs.header)
    values = detector.latency(header)
    assert values['boxes'] == values['boxes_classified'] == 4 and values['inference_ms'] > 0
    assert 300 <= values['rois_wait_ms'] <= values['queue_ms'] < 1000

    assert bench.set(rois_hypotheses='append', rois_margin=0.5, rois_max=1).successful
    header = Header(frame_id='optical')
    header.stamp.sec = 5000
    detector.send(header, [BOXES[2], BOXES[0]])  # early
    bench.spin(0.1)
    image = noise(1, IMAGE.shape)
    bench.ask('front', pixels=image, stamp=5000)
    ours, = offline(image, [Box(40, 40, 80, 120)])
    assert hypotheses(detector.answer(header)) == [[('car', 0.25), *ours]]
    assert detector.latency(header)['boxes_left_out'] == 1
    assert 'rois_hypotheses' in bench.set(rois_hypotheses='both').reason
    assert bench.set(rois_hypotheses='replace', rois_margin=0.0, rois_max=1000).successful


def test_what_is_not_classified_is_counted_by_its_kind(detector):
    """Boxes without an image, an image without boxes, and boxes that are none."""
    bench = detector.bench
    assert bench.set(rois_wait_s=0.6).successful
    bench.spin(0.7)
    before = detector.counts()
    wrong = [(nan, 0.0, 9.0, 9.0, 0.0), (9.0, 9.0, 0.0, 9.0, 0.0), (9.0, 9.0, 2.0, 9.0, 0.0),
             (900.0, 9.0, 20.0, 20.0, 0.0)]
    for boxes in (wrong, []):
        header = bench.ask('front')[0].header
        detector.send(header, boxes)
        assert detector.answer(header).detections == []
    assert 'smaller than rois_min_px' in detector.process.wait_for('refused')
    detector.send(header)  # a second time
    header = bench.ask('front')[0].header
    bench.spin(0.7)
    detector.send(header)  # too late
    header.stamp.sec += 1000
    detector.send(header)  # of no image
    bench.spin(0.7)
    counts = detector.counts()
    counts.subtract(before)
    assert {name: count for name, count in counts.items() if count} == {
        'received': 5, 'matched': 2, 'answered': 2, 'unmatched': 3, 'late': 1, 'duplicate': 1,
        'no_image': 1, 'missing': 1, 'boxes': 4, 'refused': 4}
    for reason in ('came more than rois_wait_s', 'one detector', 'copy the header'):
        assert detector.process.find(reason)


def test_many_boxes_keep_to_the_budget_and_delay_no_other_image(detector):
    """500 boxes: the largest are classified, all others counted, and images go on."""
    bench, waits, times = detector.bench, [], []
    assert bench.set(rois_max_ms=25.0, rois_wait_s=5.0).successful
    boxes = [(160.0, 120.0, 20.0 + number // 2, 30.0, 0.0) for number in range(500)]
    for _ in range(4):
        header = bench.ask('front')[0].header
        detector.send(header, boxes)
        while not any(one.header == header for one in detector.answers):
            waits.append(bench.ask('rear')[1]['queue_ms'])
        values, answer = detector.latency(header), detector.answer(header, 0)
        assert values['boxes'] == values['boxes_classified'] + values['boxes_left_out'] == 500
        assert len(answer.detections) == values['boxes_classified'] >= 1
        sizes = [one.bbox.size_x for one in answer.detections]
        assert sizes == [269.0 - number // 2 for number in range(len(sizes))][::-1]
        times.append(values['total_ms'] - values['age_at_receipt_ms'] - values['queue_ms'])
    assert min(times) < 35 and np.median(waits) < 60


def test_boxes_alone_leave_the_image_out(detector):
    """Without the whole there is no classification, and images are kept all the same."""
    bench = detector.bench
    assert bench.set(classify_whole=False, rois_max_ms=5000.0).successful
    assert bench.ask('rear')[1]['regions'] == 1  # it has no boxes
    before, header = len(bench.results['front']), bench.send('front')
    assert bench.wait(lambda: any(one.header == header for one in bench.latencies['front']))
    detector.send(header)
    assert hypotheses(detector.answer(header)) == offline(IMAGE, PIXELS)
    assert len(bench.results['front']) == before
    assert values_of(bench.latencies['front'][-1])['regions'] == 0
    assert bench.transit('deactivate') and bench.transit('activate')
    assert bench.set(classify_whole=True).successful
    detector.settle()
    header = bench.ask('front')[0].header
    detector.send(header)
    assert detector.answer(header)
