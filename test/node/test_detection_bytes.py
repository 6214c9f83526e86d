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

"""The bytes of boxes are read and written as rclpy itself does."""

from hypothesis import given, settings, strategies
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import Hypothesis
from shufflenet_ros.node.detection_bytes import DetectionBytes
from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose

NUMBERS = strategies.floats(allow_nan=False)
TEXTS = strategies.text(strategies.characters(
    exclude_characters='\0', exclude_categories=('Cs',)), max_size=9)


@strategies.composite
def messages(draw):
    """Make a message whose fields all differ in length and value."""
    msg = Detection2DArray()
    fill_header(draw, msg.header)
    for _ in range(draw(strategies.integers(0, 3))):
        one = Detection2D(id=draw(TEXTS))
        fill_header(draw, one.header)
        one.bbox.center.position.x, one.bbox.center.position.y = draw(NUMBERS), draw(NUMBERS)
        one.bbox.center.theta, one.bbox.size_x, one.bbox.size_y = (draw(NUMBERS) for _ in range(3))
        for _ in range(draw(strategies.integers(0, 2))):
            found = ObjectHypothesisWithPose()
            found.hypothesis.class_id, found.hypothesis.score = draw(TEXTS), draw(NUMBERS)
            found.pose.covariance[35], found.pose.pose.position.x = draw(NUMBERS), draw(NUMBERS)
            one.results.append(found)
        msg.detections.append(one)
    return msg


def fill_header(draw, header):
    header.frame_id = draw(TEXTS)
    header.stamp.sec = draw(strategies.integers(-2 ** 31, 2 ** 31 - 1))
    header.stamp.nanosec = draw(strategies.integers(0, 10 ** 9 - 1))


@settings(max_examples=60, deadline=None)
@given(messages(), strategies.booleans(),
       strategies.lists(strategies.tuples(strategies.integers(0, 999), NUMBERS), max_size=3))
def test_a_message_is_read_and_comes_back_with_our_hypotheses(msg, append, ours):
    """All else stays as it is, to the last bit."""
    found = DetectionBytes(serialize_message(msg))
    assert found.header() == msg.header
    assert found.stamp_ns == msg.header.stamp.sec * 10 ** 9 + msg.header.stamp.nanosec
    assert found.ids == [one.id for one in msg.detections]
    assert [tuple(box) for box in found.boxes] == [
        (one.bbox.center.position.x, one.bbox.center.position.y, one.bbox.size_x, one.bbox.size_y,
         one.bbox.center.theta) for one in msg.detections]
    assert [found.first_of(number) for number in range(len(msg.detections))] == [
        (one.results[0].hypothesis.class_id, one.results[0].hypothesis.score)
        if one.results else None for one in msg.detections]
    kept = range(0, len(msg.detections), 2)
    written = found.with_results(
        [(index, [Hypothesis(*one) for one in ours]) for index in kept], append)
    msg.detections = [msg.detections[index] for index in kept]
    for one in msg.detections:
        results = [ObjectHypothesisWithPose() for _ in ours]
        for result, (index, score) in zip(results, ours):
            result.hypothesis.class_id, result.hypothesis.score = str(index), score
        one.results = [*one.results, *results] if append else results
    assert deserialize_message(written, Detection2DArray) == msg


def test_bytes_that_are_no_boxes_are_named():
    """Whatever is cut off or claimed."""
    data = serialize_message(Detection2DArray(detections=[Detection2D(id='a')]))
    for broken in (b'', b'\0\7\0\0', data[:-9], data[:20], data[:4] + b'\xff' * len(data)):
        with pytest.raises(FrameError, match='boxes'):
            DetectionBytes(broken)
