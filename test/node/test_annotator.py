"""The picture for whoever looks: made on a thread of its own, newest only, for nobody never."""

from array import array
from collections import deque
import os
import sys
import time

import cv2
import numpy as np
import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from shufflenet_ros.core.annotate import annotate, Guess
from shufflenet_ros.core.frame import Classification, Frame, Hypothesis, StageTimings
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.demo.image_sources import Flight
from shufflenet_ros.node.annotator import Annotator
from shufflenet_ros.process.middleware import prepare_middleware

GEOMETRY = Geometry(144, 144)
LABELS = ('grass', 'gravel')
RESULT = Classification((Hypothesis(1, 0.7), Hypothesis(0, 0.3)))
TIMINGS = StageTimings(*(1_000_000,) * 7)
PHOTOGRAPH = Flight(640, 480, 10.0).view(1.0)[0]


class Gallery:
    """An annotator, somebody who may look, and what was seen."""

    def __init__(self, context, space):
        self.node = rclpy.create_node('classifier', namespace=space, context=context)
        self.viewer = rclpy.create_node('viewer', namespace=space, context=context)
        self.executor = SingleThreadedExecutor(context=context)
        self.executor.add_node(self.viewer)
        self.annotator = Annotator(self.node)
        self.seen = deque()

    def look(self, kind, topic):
        """Subscribe as an image viewer does."""
        return self.viewer.create_subscription(
            kind, f'classifier/{topic}', lambda msg: self.seen.append(msg),
            qos_profile_sensor_data)

    def offer(self, picture=PHOTOGRAPH, camera='', sec=7, timings=TIMINGS, encoding='bgr8'):
        """Offer a frame whose bytes nobody else holds."""
        data = array('B', picture.tobytes())
        header = Header(frame_id='front_optical')
        header.stamp.sec = sec
        frame = Frame(data, *picture.shape[:2], encoding, picture.strides[0], header=header)
        self.annotator.offer(camera, frame, RESULT, timings, LABELS, GEOMETRY)

    def show(self, condition, timeout_s=8, **options):
        """Offer frames until the condition holds."""
        deadline = time.monotonic() + timeout_s
        while not condition() and time.monotonic() < deadline:
            self.offer(**options)
            self.executor.spin_once(timeout_sec=0.05)
        return condition()


@pytest.fixture(scope='module')
def context():
    prepare_middleware()
    context = rclpy.Context()
    rclpy.init(context=context)
    yield context
    rclpy.shutdown(context=context)


@pytest.fixture
def gallery(context, request):
    gallery = Gallery(context, f'/gallery_{os.getpid()}_{abs(hash(request.node.name))}')
    yield gallery
    gallery.annotator.close()
    gallery.node.destroy_node()
    gallery.viewer.destroy_node()


def drawing(picture=PHOTOGRAPH, note='age 7.0 ms   inference 1.0 ms'):
    picture = picture.copy()
    annotate(picture, [Guess('gravel', 0.7), Guess('grass', 0.3)],
             GEOMETRY.region(*picture.shape[:2]), note)
    return picture


def test_the_picture_shows_the_result_under_the_header_of_its_frame(gallery):
    """What was drawn arrives pixel for pixel, with stamp and frame id of its own image."""
    gallery.annotator.serve('')
    gallery.look(Image, 'annotated')
    assert gallery.show(lambda: gallery.seen)
    msg = gallery.seen[0]
    assert (msg.header.stamp.sec, msg.header.frame_id) == (7, 'front_optical')
    assert (msg.encoding, msg.height, msg.width, msg.step) == ('bgr8', 480, 640, 1920)
    np.testing.assert_array_equal(np.frombuffer(msg.data, np.uint8).reshape(480, 640, 3),
                                  drawing())


def test_the_compressed_picture_shows_the_same(gallery):
    """In the format that image_transport expects, of a named camera, without an age."""
    gallery.annotator.serve('front', '~/front/')
    gallery.look(CompressedImage, 'front/annotated/compressed')
    assert gallery.show(lambda: gallery.seen, camera='front',
                        timings=StageTimings(None, *(1_000_000,) * 6))
    msg = gallery.seen[0]
    assert msg.format == 'bgr8; jpeg compressed bgr8' and msg.header.stamp.sec == 7
    picture = cv2.imdecode(np.frombuffer(msg.data, np.uint8), cv2.IMREAD_COLOR)
    expected = drawing(note='age unknown   inference 1.0 ms')
    assert np.square(picture - expected.astype(float)).mean() < 100


def test_nothing_is_drawn_while_nobody_looks(gallery):
    """Debug pictures of other nodes cost a core for nobody; here the frame is not even kept."""
    gallery.annotator.serve('')
    gallery.look(Image, 'elsewhere')
    before = time.process_time()
    for _ in range(300):
        gallery.offer(PHOTOGRAPH[:2, :2])
    assert time.process_time() - before < 0.1
    assert not gallery.annotator._newest


@pytest.mark.skipif(sys.gettrace() is not None, reason='the measuring of coverage costs more')
def test_offering_takes_less_than_twenty_microseconds_even_while_somebody_looks(gallery):
    """Drawing may take as long as it likes: results do not wait."""
    gallery.annotator.serve('')
    gallery.look(Image, 'annotated')
    assert gallery.show(lambda: gallery.seen)
    data = array('B', PHOTOGRAPH.tobytes())
    frame = Frame(data, 480, 640, 'bgr8', 1920, header=Header())
    costs_ns = []
    for _ in range(300):
        start_ns = time.perf_counter_ns()
        gallery.annotator.offer('', frame, RESULT, TIMINGS, LABELS, GEOMETRY)
        costs_ns.append(time.perf_counter_ns() - start_ns)
        time.sleep(0.001)
    assert np.percentile(costs_ns, 25) < 20_000


def test_a_camera_too_fast_to_draw_loses_frames_not_time(gallery):
    """Only the newest waits, and that one is shown."""
    gallery.annotator.serve('')
    gallery.look(Image, 'annotated')
    assert gallery.show(lambda: gallery.seen)
    gallery.seen.clear()
    for number in range(200):
        gallery.offer(sec=1000 + number)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and not (
            gallery.seen and gallery.seen[-1].header.stamp.sec == 1199):
        gallery.executor.spin_once(timeout_sec=0.05)
    order = [msg.header.stamp.sec for msg in gallery.seen if msg.header.stamp.sec >= 1000]
    assert order[-1] == 1199 and order == sorted(order) and len(order) < 150


def test_a_frame_that_cannot_be_drawn_is_told_once_and_the_next_one_is_shown(gallery, capfd):
    """The thread survives whatever it is given."""
    gallery.annotator.serve('')
    gallery.look(Image, 'annotated')
    assert gallery.show(lambda: gallery.seen)
    for _ in range(5):
        gallery.offer(encoding='nonsense')
        time.sleep(0.05)
    gallery.seen.clear()
    assert gallery.show(lambda: gallery.seen)
    assert capfd.readouterr().err.count("cannot be annotated: encoding 'nonsense'") == 1


def test_a_closed_annotator_is_silent_and_its_thread_is_gone(gallery):
    """An inactive or ending node leaves nothing behind."""
    gallery.annotator.serve('')
    gallery.annotator.close()
    gallery.offer()
    assert not gallery.annotator._thread.is_alive()
    assert not [topic for topic, _ in gallery.node.get_publisher_names_and_types_by_node(
        'classifier', gallery.node.get_namespace()) if 'annotated' in topic]
