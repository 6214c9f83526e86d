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
Hostile images through a running node: every one counted, and the other camera as before.

    make fuzz FRAMES=10000 SEED=7
"""

import os
from pathlib import Path
import re
import time

from diagnostic_msgs.msg import DiagnosticArray
from fuzz.hostile import compressed_fields, frame_id, raw_fields, stamp_fields
from node.processes import started
from node.workbench import IMAGE, published, unaccounted, values_of
import numpy as np
import pytest
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

FRAMES, SEED = int(os.environ.get('FRAMES', 400)), int(os.environ.get('SEED', 1))
RELIABLE = QoSProfile(depth=1000)
MAX_GROWTH_KB = 256 * 1024
MAX_LINES_PER_S = 10
RATE_HZ = 30.0

pytestmark = [pytest.mark.slow, pytest.mark.fuzz, pytest.mark.timeout(120 + FRAMES // 10)]


class Attack:
    """Two cameras that send hostile images, one that sends good ones, and what is counted."""

    def __init__(self, bench):
        self.bench, self.rng = bench, np.random.default_rng(SEED)
        self.hostile = {
            'front': bench.node.create_publisher(Image, 'front/image_raw', RELIABLE),
            'rear': bench.node.create_publisher(
                CompressedImage, 'rear/image_raw/compressed', RELIABLE)}
        self.latest, self.sent = {}, dict.fromkeys(self.hostile, 0)
        bench.node.create_subscription(DiagnosticArray, '/diagnostics', self._keep, 10)

    def send_both(self):
        """Send one hostile image with each camera."""
        for camera in self.hostile:
            self._send(camera)

    def stream(self, seconds, attack=lambda: None):
        """Send good images at their rate; the share of them that had a result."""
        self.bench.results['good'].clear()
        start, sent = time.monotonic(), 0
        while (passed := time.monotonic() - start) < seconds:
            if passed * RATE_HZ >= sent:
                sent += 1
                self.bench.send('good', stamp=self.bench.node.get_clock().now().to_msg())
            attack()
            self.bench.executor.spin_once(timeout_sec=0.001)
        self.bench.spin(0.5)
        return len(self.bench.results['good']) / sent

    def counters(self):
        """Wait for a report after the last image; the counters of the hostile cameras."""
        self.latest.clear()
        assert self.bench.wait(lambda: all(name in self.latest for name in self.hostile), 5)
        return {name: self.latest[name] for name in self.hostile}

    def _send(self, camera):
        now_ns = self.bench.node.get_clock().now().nanoseconds
        header = Header(frame_id=frame_id(self.rng))
        header.stamp.sec, header.stamp.nanosec = stamp_fields(self.rng, now_ns)
        kind, fields = ((Image, raw_fields) if camera == 'front'
                        else (CompressedImage, compressed_fields))
        self.hostile[camera].publish(kind(header=header, **fields(self.rng)))
        self.sent[camera] += 1

    def _keep(self, msg):
        for status in msg.status:
            camera = status.name.rpartition(': ')[2]
            if camera in self.hostile:
                self.latest[camera] = {
                    item.key: float(item.value) for item in status.values
                    if item.key in ('received', 'classified', 'replaced', 'limited', 'expired',
                                    'out_of_order', 'failed', 'missed', 'lost')}


def rss_kb(process):
    status = Path(f'/proc/{process.process.pid}/status').read_text()
    return int(status.partition('VmRSS:')[2].split()[0])


def test_hostile_images_harm_nothing_but_themselves(make_bench):
    """Counters exact, memory and log bounded, and the good camera keeps 95 % of its rate."""
    bench = make_bench(cameras=('good',))
    attack = Attack(bench)
    words = [word for publisher in attack.hostile.values() for word in (
        '-p', f'qos_overrides.{publisher.topic_name}.subscription.reliability:=reliable',
        '-p', f'qos_overrides.{publisher.topic_name}.subscription.depth:=1000')]
    with started(bench, '-p', 'precision:=int8', '-p', 'cameras:=[front,rear,good]', '-p',
                 'image_transport:=[raw,compressed,raw]', *words) as process:
        process.wait_for('ready')
        bench.settle()
        assert bench.wait(lambda: all(
            publisher.get_subscription_count() for publisher in attack.hostile.values()))
        bench.ask('good', pixels=IMAGE)
        usual = attack.stream(3)
        memory_kb, lines, start = rss_kb(process), len(process.lines), time.monotonic()
        shares = []
        while sum(attack.sent.values()) < FRAMES:
            shares.append(attack.stream(5, attack.send_both))
        elapsed_s = time.monotonic() - start
        counters = attack.counters()
        for camera, values in counters.items():
            assert published(values) == attack.sent[camera]
            assert unaccounted(values) == 0, values
        assert unaccounted(values_of(bench.latencies['good'][-1])) == 0
        assert not process.find('Traceback')
        written = process.lines[lines:]
        growth_kb = rss_kb(process) - memory_kb
        print(f'{sum(attack.sent.values())} images in {elapsed_s:.0f} s (seed {SEED}): good '
              f'camera {usual:.1%}, then {np.mean(shares):.1%}; '
              f'{len(written) / elapsed_s:.1f} lines/s; {growth_kb / 1024:.0f} MB more; '
              f'{counters}')
        assert growth_kb < MAX_GROWTH_KB
        assert len(written) <= MAX_LINES_PER_S * elapsed_s
        assert not any(re.search(r'[\x00-\x08\x0b-\x1f\x7f]', line) for line in written)
        assert np.mean(shares) >= 0.95 * usual
        assert process.end()[0] == 0
