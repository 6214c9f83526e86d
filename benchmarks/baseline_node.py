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

"""
The node that tutorials teach, as a baseline: not tuned, and not slowed down either.

Subscribes
    ``image_raw``, or ``<camera>/image_raw`` for each name in ``cameras`` (sensor_msgs/Image): a
    queue of ten, best effort, since that is what cameras offer.
Publishes
    ``~/classification``, or ``~/<camera>/classification`` (vision_msgs/Classification): the five
    best, under the header of the image.
Reads the parameters
    ``model_file``: ONNX, float32 pixels (1, 3, height, width) in RGB from 0 to 1 in, logits out;
    ``cameras``; ``spinning``: true for onnxruntime's default options, a pool of threads that spin
    between two images, false for one thread without a pool, as a careful user sets it.

Everything happens in the callback: cv_bridge, a resize of the whole image, float32 in NCHW, an
onnxruntime session, softmax. ``rclpy.spin`` calls it.
"""

from functools import partial
import os

import cv2
from cv_bridge import CvBridge
import numpy as np
import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from vision_msgs.msg import Classification, ObjectHypothesis

# onnxruntime reads it when it is imported; what the user has set stays.
os.environ.setdefault('ORT_DISABLE_TELEMETRY', '1')
import onnxruntime


class BaselineNode(Node):
    """Classifies every image in the order in which they come."""

    def __init__(self):
        super().__init__('classifier')
        self.declare_parameter('model_file', '')
        self.declare_parameter('cameras', [''])
        self.declare_parameter('spinning', True)
        options = onnxruntime.SessionOptions()
        if not self.get_parameter('spinning').value:
            options.intra_op_num_threads = 1
            options.add_session_config_entry('session.intra_op.allow_spinning', '0')
        self.bridge = CvBridge()
        self.session = onnxruntime.InferenceSession(
            self.get_parameter('model_file').value, options, providers=['CPUExecutionProvider'])
        self.input = self.session.get_inputs()[0]
        qos = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
        for camera in self.get_parameter('cameras').value:
            prefix = f'{camera}/' if camera else ''
            publisher = self.create_publisher(Classification, f'~/{prefix}classification', 10)
            self.create_subscription(
                Image, f'{prefix}image_raw', partial(self.classify, publisher), qos)

    def classify(self, publisher, msg):
        """Classify one image and publish the result."""
        image = self.bridge.imgmsg_to_cv2(msg, desired_encoding='rgb8')
        height, width = self.input.shape[2:]
        image = cv2.resize(image, (width, height)).astype(np.float32) / 255.0
        tensor = np.ascontiguousarray(image.transpose(2, 0, 1)[np.newaxis])
        logits, = self.session.run(None, {self.input.name: tensor})
        scores = np.exp(logits[0] - logits[0].max())
        scores /= scores.sum()
        best = np.argsort(scores)[::-1][:5]
        publisher.publish(Classification(header=msg.header, results=[
            ObjectHypothesis(class_id=str(index), score=float(scores[index])) for index in best]))


def main():
    """Spin until Ctrl-C."""
    rclpy.init()
    node = BaselineNode()
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    rclpy.try_shutdown()


if __name__ == '__main__':
    main()
