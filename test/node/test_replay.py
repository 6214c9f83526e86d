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

"""A bag through the real node under simulated time: every result is the offline core's."""

from collections import Counter
import os
from pathlib import Path
import subprocess
import sys
import time

from diagnostic_msgs.msg import DiagnosticArray
from node import recorded_frames as recordings
from node.processes import running
import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.frame import STAGES
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.node.stamps import stamp_ns_of
from shufflenet_ros.process.middleware import prepare_middleware
from vision_msgs.msg import Classification

pytestmark = pytest.mark.slow

MODEL = load_model(Path(__file__).resolve().parent.parent.parent / 'models' / 'surfaces')
NAMESPACE = f'/replay_{os.getpid()}'
FRAMES = 45
ANSWERED = 0.9
"""Share of the images that must have a result: best effort and newest-only may cost some."""


class Recorder:
    """All results and latencies, with the time of their arrival (s, monotonic)."""

    def __init__(self):
        self.node = rclpy.create_node('recorder', namespace=NAMESPACE)
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.results, self.latencies = [], []
        for kind, topic, kept in ((Classification, 'classification', self.results),
                                  (DiagnosticArray, 'frame_latency', self.latencies)):
            self.node.create_subscription(
                kind, f'classifier/{topic}',
                lambda msg, kept=kept: kept.append((time.monotonic(), msg)),
                QoSProfile(depth=1000))

    def play(self, bag, loops=1, pause_at=-1, pause_s=0.0):
        """Play the bag and give the results, then the latencies, in the order of arrival."""
        self.results.clear()
        self.latencies.clear()
        player = subprocess.Popen([
            sys.executable, str(Path(__file__).with_name('bag_player.py')), str(bag), str(loops),
            str(pause_at), str(pause_s), '--ros-args', '-r', f'__ns:={NAMESPACE}'])
        try:
            end = time.monotonic() + 30
            while time.monotonic() < end:
                self.executor.spin_once(timeout_sec=0.05)
                if player.poll() is not None:
                    end = min(end, time.monotonic() + 0.5)
            assert player.poll() == 0, 'the player found no subscriber, or failed'
        finally:
            player.kill()
        return list(self.results), list(self.latencies)


@pytest.fixture(scope='module')
def transport(request):
    """Raw images, unless the test asks for compressed ones."""
    return getattr(request, 'param', 'raw')


@pytest.fixture(scope='module')
def bag(tmp_path_factory, transport):
    """One and a half seconds of real footage."""
    path = tmp_path_factory.mktemp('bag') / 'flight'
    recordings.write(path, FRAMES, transport)
    assert list(path.glob('*.mcap'))
    return path


@pytest.fixture(scope='module')
def offline(bag):
    """Stamp to frame id and hypotheses, of the core alone."""
    classifier = Classifier(Engine(MODEL), MODEL.geometry)
    _, kind, messages = recordings.read(bag)
    return {stamp_ns: (frame_id, [(one.index, one.score) for one in classifier.classify(
        frame)[0].hypotheses]) for stamp_ns, frame_id, frame in (
            recordings.frame_of(cdr, kind) for _, cdr in messages)}


@pytest.fixture(scope='module')
def recorder(transport):
    prepare_middleware()
    rclpy.init()
    with running('node.classifier_node', '-r', f'__ns:={NAMESPACE}', '-p', 'use_sim_time:=true',
                 '-p', 'precision:=int8', '-p', f'image_transport:={transport}') as node:
        node.wait_for('ready')
        recorder = Recorder()
        yield recorder
        assert 'Traceback' not in node.end()[1]
    rclpy.shutdown()


def check_results(results, offline, loops=1):
    """Compare every result with the core; as many as there should be, in order of their stamps."""
    assert len(offline) == FRAMES
    stamps = []
    for _, msg in results:
        stamps.append(stamp_ns_of(msg.header))
        frame_id, hypotheses = offline[stamps[-1]]
        assert msg.header.frame_id == frame_id == 'belly_optical_frame'
        assert [(int(one.class_id), one.score) for one in msg.results] == hypotheses
    assert ANSWERED * loops * FRAMES <= len(stamps) <= loops * FRAMES
    assert max(Counter(stamps).values()) == loops
    backwards = sum(later <= earlier for earlier, later in zip(stamps, stamps[1:]))
    assert backwards == loops - 1


def check_latencies(latencies, results):
    """Compare the ages with the clock of the bag; today's would be years away."""
    assert [msg.header for _, msg in latencies] == [msg.header for _, msg in results]
    for _, msg in latencies:
        values = {item.key: float(item.value) for item in msg.status[0].values}
        # The clock ticks every 10 ms, so an image may seem to come before its time.
        assert -50 < values['age_at_receipt_ms'] < 500
        assert values['total_ms'] == pytest.approx(
            sum(values[f'{stage}_ms'] for stage in STAGES), abs=0.01)
        assert values['failed'] == 0


def test_a_bag_gives_the_results_of_the_offline_core(bag, offline, recorder):
    """Frame by frame: same hypotheses bit for bit, same header, ages in the time of the bag."""
    results, latencies = recorder.play(bag)
    check_results(results, offline)
    check_latencies(latencies, results)


def test_a_looped_bag_goes_on_when_the_clock_jumps_back(bag, offline, recorder):
    """The second time is as good as the first: nothing waits for the old time to come again."""
    results, latencies = recorder.play(bag, loops=2)
    check_results(results, offline, loops=2)
    check_latencies(latencies, results)


def test_a_paused_bag_is_taken_up_where_it_stopped(bag, offline, recorder):
    """Time stands still in a pause, so that no image is old after it."""
    results, latencies = recorder.play(bag, pause_at=20, pause_s=1.0)
    check_results(results, offline)
    check_latencies(latencies, results)
    gaps = [later - earlier for (earlier, _), (later, _) in zip(results, results[1:])]
    assert max(gaps) > 0.9


@pytest.mark.parametrize('transport', ['compressed'], indirect=True, scope='module')
def test_a_bag_of_compressed_images_is_read_just_as_well(bag, offline, recorder):
    """As most bags of cameras are: jpeg, decoded by the node as by the core."""
    results, latencies = recorder.play(bag)
    check_results(results, offline)
    check_latencies(latencies, results)
