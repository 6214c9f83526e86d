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

"""The cure for lost images is that of their loss: each provoked by real processes."""

from contextlib import ExitStack
from dataclasses import replace
import os
import subprocess
import time

from node.driver import driving
from node.processes import STALL_S
import pytest
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image
from shufflenet_ros.node.health.loss_advice import LossAdvice
from shufflenet_ros.node.health.loss_cures import cure_of, LossFacts, SEEN_NOWHERE
from shufflenet_ros.process.fast_dds import (
    describe_process,
    FastDdsProcess,
    find_process,
    own_udp_sockets,
    UdpSockets,
)
from shufflenet_ros.process.files import share_dir
from shufflenet_ros.process.middleware import PROFILE_VARIABLES

SHARED_MEMORY_OF_ITS_OWN = ('unshare', '--mount', '--ipc', '--pid', '--fork', '--mount-proc', 'sh',
                            '-c', 'mount -t tmpfs none /dev/shm && exec "$@"', 'sh')
LARGE, SMALL = (share_dir() / 'config' / name for name in ('fastdds.xml', 'fastdds_small.xml'))
VGA, FOUR_K = 640 * 480 * 3, 4096 * 2160 * 3
MB = 1 << 20
OURS = FastDdsProcess(1, 'classifier', 0, 67 * MB)
THEIRS = FastDdsProcess(4711, 'usb_cam', 0, 67 * MB)
GOOD = LossFacts(topic='/image_raw', camera=THEIRS, own=OURS, image_bytes=VGA, profile=LARGE,
                 sockets=UdpSockets(4 * MB, 0, 4 * MB))


def camera(**facts):
    return replace(GOOD, camera=replace(THEIRS, **facts))


@pytest.mark.parametrize('facts, words', [
    (GOOD, ['too busy']),
    (camera(segment_bytes=549408), [
        '4711 (usb_cam)', '0.5 MB', '0.9 MB', f'set {PROFILE_VARIABLES[0]}={LARGE} ']),
    (camera(segment_bytes=549408, is_fast_dds_2=True), ['versions', 'same ROS distribution']),
    (replace(camera(segment_bytes=549408, is_fast_dds_2=True),
             own=replace(OURS, is_fast_dds_2=True)), [f'set {PROFILE_VARIABLES[1]}={LARGE} ']),
    (camera(segment_bytes=549408, environment={PROFILE_VARIABLES[0]: '/x\n.xml'}), [
        '(/x\\n.xml, which it has, gave no more)']),
    (replace(camera(segment_bytes=549408), free_bytes=6 * MB), ['6.0 MB free', '--shm-size']),
    (replace(camera(segment_bytes=17 * MB), image_bytes=FOUR_K), [
        '17.0 MB', '25.3 MB', f'segment_size of {4 * FOUR_K} ', str(LARGE)]),
    (camera(user=4321), ['user 4321', 'root', 'both as the same']),
    (camera(user=4321, is_apart=True, segment_bytes=0), ['4711', '--ipc=host', 'the same user']),
    (replace(GOOD, camera=None), ['cannot be seen', '--ipc=host']),
    (camera(segment_bytes=0, environment={'FASTDDS_BUILTIN_TRANSPORTS': 'UDPv4'}), [
        '4711', 'FASTDDS_BUILTIN_TRANSPORTS=UDPv4', 'unset', 'compressed']),
    (replace(GOOD, own=replace(OURS, segment_bytes=0)), ['this node uses no shared', 'UDP']),
    (replace(camera(segment_bytes=0), sockets=UdpSockets(106496, 31, 212992)), [
        '4711', '31 datagrams', 'rmem_max']),
    (replace(GOOD, camera=None, is_same_host=False), ['another machine', 'compressed']),
    (replace(GOOD, is_same_host=False), ['4711', 'start both again', '--network=host']),
    (replace(GOOD, camera=None, is_same_host=False, is_reliable=True), [
        'qos_overrides./image_raw.subscription.reliability to reliable']),
    (replace(GOOD, camera=None, is_same_host=False, sockets=UdpSockets(106496, 31, 212992)), [
        'sysctl -w net.core.rmem_max=4194304', '31 datagrams', '0.1 MB']),
    (replace(GOOD, camera=None, is_same_host=False, sockets=UdpSockets(106496, 31, 4 * MB)), [
        f'start this node with {PROFILE_VARIABLES[0]}={LARGE}', '31 datagrams']),
    (replace(GOOD, camera=None, is_same_host=False, sockets=UdpSockets(4 * MB, 31, 4 * MB)), [
        'receiveBufferSize', '31 datagrams']),
    (replace(GOOD, is_fast_dds=False, middleware='rmw_cyclonedds_cpp'), [
        'rmw_cyclonedds_cpp', 'rmem_max', 'compressed'])])
def test_facts_have_their_cure_in_one_line(facts, words):
    """Each with the figures and names that a user needs."""
    answer = cure_of(facts)
    assert all(word in answer for word in words), answer
    assert '\n' not in answer
    assert (answer == SEEN_NOWHERE) == (facts == GOOD)


class Drivers:
    """Cameras in processes of their own, and a node that subscribes to each."""

    def __init__(self, context, namespace, stack):
        self.node = Node('watcher', context=context, namespace=namespace)
        self.executor = SingleThreadedExecutor(context=context)
        self.executor.add_node(self.node)
        self.received = {}
        self._stack = stack
        self._topics = {}
        stack.callback(self.node.destroy_node)

    def start(self, topic, *before, **options):
        """Start a camera, and subscribe to it."""
        numbers = self.received[topic] = []
        name = self._topics[topic] = self.node.resolve_topic_name(topic)
        self.node.create_subscription(
            Image, topic, lambda msg: numbers.append(msg.header.stamp.sec),
            qos_profile_sensor_data)
        return self._stack.enter_context(driving(name, *before, **options))

    def lost(self, topic):
        """How many images are missing between the first and the last received."""
        numbers = self.received[topic]
        return numbers[-1] - numbers[0] + 1 - len(numbers) if numbers else 0

    def advice(self, topic, image_bytes=VGA):
        """Give the cure for a camera's losses, once it is known."""
        name = self._topics[topic]
        self.wait(lambda: self.node.count_publishers(name))
        return LossAdvice(self.node, name).advice(image_bytes)

    def wait(self, condition, timeout=STALL_S):
        """Spin until the condition holds."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline
            self.executor.spin_once(timeout_sec=0.02)


@pytest.fixture(scope='module')
def drivers(context):
    """Start a camera of each kind that this machine allows, all at once."""
    with ExitStack() as stack:
        found = Drivers(context, f'/losses_{os.getpid()}', stack)
        found.default = found.start('default', rate_hz=30)
        found.start('good', **dict.fromkeys(PROFILE_VARIABLES, str(LARGE)))
        found.start('small', **dict.fromkeys(PROFILE_VARIABLES, str(SMALL)))
        found.can_unshare = not subprocess.run([*SHARED_MEMORY_OF_ITS_OWN, 'true']).returncode
        if found.can_unshare:
            found.apart = found.start('apart', *SHARED_MEMORY_OF_ITS_OWN, rate_hz=30)
        if os.getuid() == 0:
            found.start('user', user=4321)
        yield found


def test_a_camera_without_profile_loses_images_and_is_told_so(drivers):
    """Its process has the default of Fast DDS, 512 KB, and one image needs more."""
    answer = drivers.advice('default')
    assert f'process {drivers.default.pid} ' in answer
    variable = PROFILE_VARIABLES[describe_process(os.getpid()).is_fast_dds_2]
    assert '0.5 MB' in answer and f'{variable}={LARGE.parent}' in answer
    drivers.wait(lambda: drivers.lost('default'))


def test_nothing_is_blamed_on_a_camera_with_the_profile(drivers):
    """Shared memory of both has room."""
    assert drivers.advice('good') == SEEN_NOWHERE
    assert drivers.advice('small') == SEEN_NOWHERE


def test_a_profile_may_be_too_small(drivers):
    """The small one holds no two images of 4096x2160."""
    answer = drivers.advice('small', FOUR_K)
    assert '16.8 MB' in answer and 'segment_size' in answer


def test_a_container_of_its_own_is_seen(drivers):
    """It has a /dev/shm and process ids of its own, so that not one image arrives."""
    if not drivers.can_unshare:
        pytest.skip('this kernel, or who runs the tests, allows no namespaces')
    answer = drivers.advice('apart')
    assert '--ipc=host' in answer and 'of the camera has another /dev/shm' in answer
    assert not drivers.received['apart']


def test_a_camera_of_another_user_is_seen(drivers):
    """Its segments cannot be opened."""
    if os.getuid():
        pytest.skip('only root may start a process of another user')
    answer = drivers.advice('user')
    assert 'user 4321' in answer and 'root' in answer


def test_a_topic_without_publisher_has_no_advice(drivers):
    """There is nothing to look at."""
    assert LossAdvice(drivers.node, '/nobody').advice() == ''


def test_this_process_is_seen_as_it_is(drivers):
    """Segments of its own, sockets with the buffers of the profile."""
    own = describe_process(os.getpid())
    assert own.segment_bytes > MB and not own.is_apart and own.user == os.getuid()
    sockets = own_udp_sockets()
    assert 0 < sockets.buffer_bytes <= max(sockets.allowed_bytes, 4 * MB)
    assert find_process(os.getpid() & 0xffff) is None, 'no other process has its number'
