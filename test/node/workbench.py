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

"""Cameras, subscriptions and service clients around one classifier in its own process."""

from array import array
from collections import deque
from contextlib import contextmanager
import hashlib
from pathlib import Path
import shutil
import time

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import ChangeState, GetState
from node.processes import NO_TRANSITION, STALL_S
import numpy as np
from rcl_interfaces.srv import DescribeParameters, GetParameters, SetParameters
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter, parameter_value_to_python
from rclpy.qos import qos_profile_sensor_data, QoSProfile
from sensor_msgs.msg import Image
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.demo.image_sources import Flight
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
from std_msgs.msg import Header
from vision_msgs.msg import Classification
import yaml

FOLDER = Path(__file__).resolve().parent.parent.parent / 'models' / 'surfaces'
MODEL = load_model(FOLDER)
IMAGE = Flight(320, 240, 10.0).view(1.0)[0]
DROPS = ('limited', 'expired', 'out_of_order', 'failed')
DEEP = QoSProfile(depth=1000)


class Bench:
    """Everything that a test needs around the classifier of a namespace."""

    def __init__(self, namespace, cameras=('',)):
        self.node = rclpy.create_node('bench', namespace=namespace)
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.namespace = namespace
        self.clients = {}
        self.stamp = 1000
        self.results = {camera: deque() for camera in cameras}
        self.latencies = {camera: deque() for camera in cameras}
        self.images = {}
        self.publish_images(cameras)
        for camera in cameras:
            self.subscribe(Classification, self.topic(camera, 'classification'),
                        self.results[camera].append)
            self.subscribe(DiagnosticArray, self.topic(camera, 'frame_latency'),
                        self.latencies[camera].append)

    def publish_images(self, cameras):
        """Advertise the images of some cameras."""
        for camera in cameras:
            self.images[camera] = self.node.create_publisher(
                Image, f'{camera}/image_raw' if camera else 'image_raw', qos_profile_sensor_data)

    @contextmanager
    def without_images(self):
        """Publish no images meanwhile: where GIDs are not told, those of two are not counted."""
        cameras = list(self.images)
        while self.images:
            self.node.destroy_publisher(self.images.popitem()[1])
        yield
        self.publish_images(cameras)
        self.settle()

    @staticmethod
    def topic(camera, name):
        """Name of an output of a camera below the classifier."""
        return f'{camera}/{name}' if camera else name

    def subscribe(self, kind, topic, callback, qos=DEEP):
        """Subscribe to one of the classifier's topics."""
        # rclpy looks at the signature, which built-in functions do not have.
        return self.node.create_subscription(
            kind, f'classifier/{topic}', lambda msg: callback(msg), qos)

    def wait(self, condition, timeout=STALL_S):
        """Spin until the condition holds; its last value."""
        deadline = time.monotonic() + timeout
        while not condition() and time.monotonic() < deadline:
            self.executor.spin_once(timeout_sec=0.02)
        return condition()

    def spin(self, seconds):
        """Spin for a while."""
        self.wait(lambda: False, seconds)

    def is_connected(self):
        """Whether all publishers and subscribers have found each other."""
        return all(
            self.images[camera].get_subscription_count() and all(
                self.node.count_publishers(f'classifier/{self.topic(camera, name)}')
                for name in ('classification', 'frame_latency'))
            for camera in self.images)

    def settle(self):
        """Wait until all publishers and subscribers have found each other."""
        assert self.wait(self.is_connected)
        self.spin(0.2)

    def settle_all_cameras(self):
        """Settle, and have a result of each camera: images reach the classifier."""
        self.settle()
        for camera in self.images:
            self.ask(camera)

    def send(self, camera='', pixels=IMAGE, stamp=None, **fields):
        """
        Publish one image and return its header.

        It is bgr8 unless ``fields`` of its message say otherwise; ``stamp`` is in s, or a Time
        message, or a second later than the last one.
        """
        if stamp is None:
            self.stamp = stamp = self.stamp + 1
        header = Header(frame_id='optical')
        if hasattr(stamp, 'nanosec'):
            header.stamp = stamp
        else:
            header.stamp.sec, header.stamp.nanosec = int(stamp), round(stamp % 1 * 1e9)
        height, width = pixels.shape[:2]
        self.images[camera].publish(Image(**{
            'header': header, 'height': height, 'width': width, 'encoding': 'bgr8',
            'step': pixels[0].nbytes, 'data': array('B', pixels.tobytes()), **fields}))
        return header

    def ask(self, camera='', **options):
        """Publish one image and wait for its result and latency; best effort may lose it."""
        for _ in range(STALL_S):
            header = self.send(camera, **options)
            if self.wait(lambda: self.answers(camera, header), 1):
                return self.answers(camera, header)
        raise AssertionError('no result')

    def publish_until_answered(self, publisher, msg, camera=''):
        """Publish a message until its result is there: discovery may take some seconds."""
        for _ in range(2 * STALL_S):
            publisher.publish(msg)
            if self.wait(lambda: self.answers(camera, msg.header), 0.5):
                return self.answers(camera, msg.header)
        raise AssertionError('no result')

    def answers(self, camera, header):
        """Give result and values of the latency under a header, or None while one is missing."""
        found = [next((answer for answer in reversed(answers) if answer.header == header), None)
                 for answers in (self.results[camera], self.latencies[camera])]
        return (found[0], values_of(found[1])) if all(found) else None

    def stream(self, seconds, rate_hz=30.0, meanwhile=None):
        """Publish on all cameras at a rate, then wait for the rest; how many images each sent."""
        start, sent = time.monotonic(), 0
        while (passed := time.monotonic() - start) < seconds:
            if passed * rate_hz >= sent:
                sent += 1
                for camera in self.images:
                    self.send(camera, stamp=self.node.get_clock().now().to_msg())
            if meanwhile is not None:
                meanwhile(passed)
            self.executor.spin_once(timeout_sec=0.002)
        self.spin(0.3)
        return sent

    def call(self, kind, name, request):
        """Call a service of the classifier."""
        future = self.call_later(kind, name, request)
        assert self.wait(future.done, STALL_S), f'{name} did not answer'
        return future.result()

    def call_later(self, kind, name, request):
        """Call a service and return the future of its answer."""
        if name not in self.clients:
            self.clients[name] = self.connect(kind, name)
        return self.clients[name].call_async(request)

    def connect(self, kind, name):
        """
        Make a client of a service, and wait until an answer has arrived.

        The server drops an answer whose reader it has not found within 100 ms (issue 842 of
        ros2/rmw_fastrtps), and finds it up to 3 s later where a datagram of discovery got lost.
        So what changes nothing is asked until it is answered: then no answer is lost any more.
        """
        client = self.node.create_client(kind, f'classifier/{name}')
        assert self.wait(client.service_is_ready, STALL_S), f'there is no {name}'
        nothing = kind.Request()
        if kind is ChangeState:
            nothing.transition.label = NO_TRANSITION
        deadline = time.monotonic() + STALL_S
        while time.monotonic() < deadline:
            if self.wait(client.call_async(nothing).done, 2):
                return client
        raise AssertionError(f'{name} did not answer')

    def forget_clients(self):
        """Destroy the clients of a classifier that has ended: another one must find new ones."""
        while self.clients:
            self.node.destroy_client(self.clients.popitem()[1])

    def set(self, **parameters):
        """Set parameters; the result of the (first) one."""
        return self.set_later(**parameters)(True)

    def set_later(self, **parameters):
        """Begin to set; a function that gives the result, or None while it is not there."""
        future = self.call_later(SetParameters, 'set_parameters', SetParameters.Request(
            parameters=[Parameter(name, value=value).to_parameter_msg()
                        for name, value in parameters.items()]))

        def result(wait=False):
            if wait:
                assert self.wait(future.done, STALL_S)
            return future.result().results[0] if future.done() else None
        return result

    def get(self, name):
        """Value of a parameter."""
        answer = self.call(GetParameters, 'get_parameters', GetParameters.Request(names=[name]))
        return parameter_value_to_python(answer.values[0]) if answer.values else None

    def describe(self, name):
        """Descriptor of a parameter."""
        return self.call(DescribeParameters, 'describe_parameters',
                         DescribeParameters.Request(names=[name])).descriptors[0]

    def transit(self, label):
        """Whether a transition succeeded."""
        request = ChangeState.Request()
        request.transition.label = label
        return self.call(ChangeState, 'change_state', request).success

    def state(self):
        """Label of the state of the lifecycle."""
        return self.call(GetState, 'get_state', GetState.Request()).current_state.label


def values_of(latency):
    """Read the values of a frame_latency message."""
    return {item.key: float(item.value) for item in latency.status[0].values}


def unaccounted(values):
    """Images received that became nothing, and those missed that are neither of its kinds."""
    became = values['classified'] + sum(values[name] for name in DROPS)
    return abs(values['received'] - became) + abs(
        values['missed'] - values['replaced'] - values['lost'])


def published(values):
    """Images published since the first one that was received, as the counters have it."""
    return values['received'] + values['missed']


def hypotheses_of(result):
    """Pairs of index and score of a result."""
    return [(int(found.class_id), found.score) for found in result.results]


def offline(pixels=IMAGE, folder=FOLDER, top_k=5, threshold=0.0, encoding='bgr8'):
    """Pairs of index and score that the core alone gives."""
    spec = load_model(folder)
    frame = Frame(pixels.tobytes(), *pixels.shape[:2], encoding, pixels[0].nbytes)
    classifier = Classifier(Engine(spec), spec.geometry, top_k, threshold)
    return [(hypothesis.index, hypothesis.score)
            for hypothesis in classifier.classify(frame)[0].hypotheses]


def other_model(folder, prefix='other_', crop_fraction=0.5, threshold=None):
    """
    Write a model that differs from the shipped one: other names, and another crop.

    Its crop gives other scores, so that a result shows which of the two models gave it. Its card
    has a ``threshold`` if one is given.
    """
    shutil.copytree(FOLDER, folder)
    labels = ''.join(f'{prefix}{label}\n' for label in MODEL.labels)
    (folder / 'labels.txt').write_text(labels)
    card = yaml.safe_load((folder / 'card.yaml').read_text())
    card['name'] = folder.name
    card['input']['crop_fraction'] = crop_fraction
    if threshold is not None:
        card['threshold'] = threshold
    card['files']['labels.txt']['sha256'] = hashlib.sha256(labels.encode()).hexdigest()
    (folder / 'card.yaml').write_text(yaml.safe_dump(card))
    return folder


def noise(seed, shape=(120, 160, 3)):
    """Random pixels."""
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
