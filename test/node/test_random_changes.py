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
Two clients change the node at random while its camera is killed again and again.

``CHANGES=200 KILLS=20 pytest test/node/test_random_changes.py`` does more of it.
"""

import os
import random

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import ChangeState
from node.driver import driving, PIXELS
from node.processes import started
from node.workbench import (
    Bench,
    FOLDER,
    hypotheses_of,
    offline,
    other_model,
    unaccounted,
    values_of,
)
import numpy as np
import pytest
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from shufflenet_ros.process.middleware import PROFILE_VARIABLES
from vision_msgs.msg import Classification

pytestmark = pytest.mark.slow

CHANGES, KILLS = int(os.environ.get('CHANGES', 30)), int(os.environ.get('KILLS', 3))
TRANSITIONS = ('deactivate', 'activate', 'cleanup', 'configure', 'activate', 'activate')
PROFILE = {name: os.environ[name] for name in PROFILE_VARIABLES if name in os.environ}


def change(client, rng, models):
    """Begin one change, which may be refused; the future of its answer."""
    if rng.random() < 0.4:
        request = ChangeState.Request()
        request.transition.label = rng.choice(TRANSITIONS)
        return client.call_later(ChangeState, 'change_state', request)
    name, value = rng.choice([
        ('model', rng.choice(models)), ('top_k', rng.randint(1, 10)),
        ('max_rate_hz', rng.choice([0.0, 20.0])), ('annotate', rng.random() < 0.5)])
    return client.call_later(SetParameters, 'set_parameters', SetParameters.Request(
        parameters=[Parameter(name, value=value).to_parameter_msg()]))


def test_no_image_is_unaccounted_and_no_result_under_the_wrong_labels(make_bench, tmp_path):
    """Sets and transitions of two clients, and a camera that dies: each frame is explained."""
    bench, rng = make_bench(cameras=()), random.Random(1)
    other = other_model(tmp_path / 'other')
    pixels = np.frombuffer(PIXELS, np.uint8).reshape(480, 640, 3)
    expected = {folder: offline(pixels, folder, top_k=10) for folder in (FOLDER, other)}
    assert expected[FOLDER][0] != expected[other][0]
    results, latencies = [], []
    bench.subscribe(Classification, 'classification', results.append)
    bench.subscribe(DiagnosticArray, 'frame_latency', latencies.append)
    second = Bench(bench.namespace, cameras=())
    clients = {bench: None, second: None}
    with started(bench, '-p', 'precision:=int8') as node:
        node.wait_for('ready')
        for _ in range(KILLS):
            before, changed = len(results), 0
            with driving(f'{bench.namespace}/image_raw', rate_hz=60, **PROFILE) as camera:
                while changed < CHANGES / KILLS:
                    for client, pending in clients.items():
                        if pending is None or pending.done():
                            clients[client] = change(client, rng, ['surfaces', str(other)])
                            changed += 1
                        client.executor.spin_once(timeout_sec=0.01)
                for client, pending in clients.items():
                    assert client.wait(pending.done)
                for label in ('configure', 'activate'):
                    bench.transit(label)
                assert bench.wait(lambda: len(results) > before + 5)
                camera.kill()
        bench.spin(0.5)
        second.node.destroy_node()
        assert not node.find('Traceback')
    assert [one.header for one in results] == [one.header for one in latencies]
    for result, latency in zip(results, latencies):
        status = latency.status[0]
        model = other if status.message.startswith('other_') else FOLDER
        found = hypotheses_of(result)
        assert found == expected[model][:len(found)] and found
        assert unaccounted(values_of(latency)) == 0
