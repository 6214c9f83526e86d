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

"""Every encoding through a real classifier process: the offline core's result, bit for bit."""

from array import array

from core.encoders import colour_image
from node.processes import started
from node.workbench import hypotheses_of, MODEL
import numpy as np
import pytest
from sensor_msgs.msg import Image
from shufflenet_ros.bench.baseline.encoded_frames import BAYER, frame_of
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.encoding.decode import ENCODINGS
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.inference.engine import Engine

SIZES = [(240, 320), (241, 319), (37, 41)]
WITH_BYTE_ORDER = [name for name in ENCODINGS if name.endswith('16')]


@pytest.fixture(scope='module')
def classify(shared_bench):
    """Give a function from a frame to the hypotheses of a running node."""
    with started(shared_bench, '-p', 'precision:=int8', '-p', 'top_k:=10') as process:
        process.wait_for('ready')
        shared_bench.settle()
        yield lambda frame: hypotheses_of(shared_bench.ask(**fields_of(frame))[0])


@pytest.fixture(scope='module')
def offline():
    """Give a function from a frame to the hypotheses of the core alone."""
    classifier = Classifier(Engine(MODEL), MODEL.geometry, top_k=10)
    return lambda frame: [(found.index, found.score)
                          for found in classifier.classify(frame)[0].hypotheses]


def fields_of(frame):
    """Give the fields of the message that holds a frame."""
    return {'height': frame.height, 'width': frame.width, 'encoding': frame.encoding,
            'step': frame.step, 'is_bigendian': frame.is_bigendian,
            'data': array('B', bytes(frame.data))}


@pytest.mark.parametrize('padding', [0, 5])
@pytest.mark.parametrize('encoding', sorted(ENCODINGS))
def test_the_node_gives_what_the_offline_core_gives(classify, offline, encoding, padding):
    """At odd sizes, with padded rows, in both byte orders: the middleware changes nothing."""
    for size in SIZES:
        for is_bigendian in {False, encoding in WITH_BYTE_ORDER}:
            frame = frame_of(colour_image(*size), encoding, padding, is_bigendian)
            expected = offline(frame)
            assert classify(frame) == expected and len(expected) == 10, (size, is_bigendian)


def rgb_by_cv_bridge(frame):
    """Convert the whole image as other nodes do: an rgb8 frame."""
    bridge = pytest.importorskip('cv_bridge').CvBridge()
    image = bridge.imgmsg_to_cv2(Image(
        height=frame.height, width=frame.width, encoding=frame.encoding, step=frame.step,
        data=bytes(frame.data)), 'rgb8')
    height, width = image.shape[:2]
    return Frame(np.ascontiguousarray(image), height, width, 'rgb8', 3 * width)


# The others it lacks or gets wrong: see test_cv_bridge_sees_the_same of the core.
@pytest.mark.parametrize('encoding', [
    'rgb8', 'bgr8', 'rgba8', 'bgra8', 'mono8', 'bayer_rggb8', 'bayer_bggr8', 'bayer_gbrg8'])
def test_the_node_sees_what_cv_bridge_sees(classify, offline, encoding):
    """Packed pixels to the last bit of the score; a mosaic is binned and differs a little."""
    frame = frame_of(colour_image(480, 640), encoding)
    found, expected = dict(classify(frame)), dict(offline(rgb_by_cv_bridge(frame)))
    if encoding in BAYER:
        assert max(found, key=found.get) == max(expected, key=expected.get)
        assert max(abs(found[index] - expected[index]) for index in expected) < 0.1
    else:
        assert found == expected
