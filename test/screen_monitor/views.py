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

"""Views of a classifier that runs, as messages would make them; without ROS."""

from rich.cells import cell_len
from shufflenet_ros.core.frame import COUNTERS
from shufflenet_ros.monitoring.rules import Level
from shufflenet_ros.node.public_names import LATENCY_KEYS
from shufflenet_ros.observer.observed import ObservedNode
from shufflenet_ros.observer.readings import FrameLatency, Result, Status
from shufflenet_ros.screen_monitor.figures import figures_of
from shufflenet_ros.screen_monitor.view import View

SECOND_NS = 1_000_000_000
SETTINGS = {'model': 'surfaces', 'threshold': -1.0, 'top_k': 5, 'max_rate_hz': 0.0,
            'max_age_ms': 150.0}
LABELS = {'0': 'grass', '1': 'gravel', '2': 'paving_stones'}


def view_of(names, labels=None, findings=(), seconds=20, replaced=0):
    """
    Make a view of a node with some cameras, each with results at 10 Hz.

    ``findings`` are (level, camera, text). The total of frame ``n`` is ``n`` ms.
    """
    node = ObservedNode('/robot1/classifier')
    node.set_cameras(list(names))
    node.labels = labels or LABELS
    wrong = {camera: (level, text) for level, camera, text in findings}
    for second in range(seconds):
        node.record_statuses([
            *(_status(node, camera, wrong, 10 * (second + 1), replaced * second)
              for camera in node.cameras.values()),
            Status('robot1/classifier: model', Level.OK, '', '', {
                'model': 'surfaces', 'form': 'int8_native avx2', 'threshold': '0.7',
                'execution_providers': 'CPUExecutionProvider'}),
            Status('robot1/classifier: lifecycle', Level.OK, 'active', '', {'state': 'active'})],
            float(second))
        for number in range(10 * second, 10 * second + 10):
            for camera in node.cameras.values():
                stamp_ns = (1000 + second) * SECOND_NS + number % 10 * SECOND_NS // 10
                camera.record_latency(FrameLatency(
                    stamp_ns, (*range(1, len(LATENCY_KEYS)), float(number)), 0, ''), 0)
                camera.record_result(Result(stamp_ns, tuple(
                    (key, 0.8 / (1 + place)) for place, key in enumerate(node.labels))),
                    node.labels, float(second))
    names = list(node.cameras)
    return View(node=node, now_s=seconds - 0.5, nodes=[node.name], settings=SETTINGS,
                camera=names[0] if names else '',
                figures={name: figures_of(camera) for name, camera in node.cameras.items()})


def text_of(lines):
    """Give lines as strings."""
    return [line.plain for line in lines]


def widest(lines):
    """Cells of the widest line."""
    return max(cell_len(line.plain) for line in lines)


def _status(node, camera, wrong, received, replaced):
    level, text = wrong.get(camera.name, (Level.OK, ''))
    counters = dict.fromkeys(COUNTERS, '0') | {
        'received': str(received), 'classified': str(received), 'replaced': str(replaced),
        'missed': str(replaced), 'frame_rate_node': '10.0'}
    return Status(f'robot1/classifier: {camera.title}', level, text, '', counters)
