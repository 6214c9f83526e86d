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

"""Cells as bytes: what a subscriber reads is what rclpy itself would have sent."""

import random

from rclpy.serialization import deserialize_message, serialize_message
from shufflenet_ros.core.frame import Classification, Hypothesis, PartResult
from shufflenet_ros.core.parts import Box, Part
from shufflenet_ros.node.region_bytes import regions_bytes
from std_msgs.msg import Header
from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose


def as_message(header, parts):
    """Make the message by its fields, as any other node would."""
    msg = Detection2DArray(header=header)
    for one in parts:
        box, detection = one.part.box, Detection2D(header=header, id=one.part.id)
        position = detection.bbox.center.position
        position.x, position.y = box.left + box.width / 2, box.top + box.height / 2
        detection.bbox.size_x, detection.bbox.size_y = float(box.width), float(box.height)
        for found in one.classification.hypotheses:
            result = ObjectHypothesisWithPose()
            result.hypothesis.class_id = str(found.index)
            result.hypothesis.score = found.score
            detection.results.append(result)
        msg.detections.append(detection)
    return msg


def random_part(rng, classes):
    """Any id, box and number of hypotheses; texts of every length shift what follows them."""
    found = [Hypothesis(rng.randrange(classes), rng.random()) for _ in range(rng.randrange(6))]
    return PartResult(Part('r' * rng.randrange(9), Box(*rng.choices(range(9000), k=4))),
                      Classification(tuple(found)))


def test_bytes_are_those_of_the_message_but_for_padding():
    """The middleware of the tests pads with what was in memory, so that both are read again."""
    rng = random.Random(16)
    for classes in (9, 99, 20_000) * 60:
        header = Header(frame_id='ü' * rng.randrange(3) + 'f' * rng.randrange(9))
        header.stamp.sec, header.stamp.nanosec = rng.randrange(2**31), rng.randrange(10**9)
        parts = tuple(random_part(rng, classes) for _ in range(rng.randrange(5)))
        expected, found = as_message(header, parts), regions_bytes(header, parts)
        assert len(found) == len(serialize_message(expected))
        assert deserialize_message(found, Detection2DArray) == expected
