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
The running classifiers of this domain, as their public topics and the graph show them.

Subscribes to ``/diagnostics`` and to what :mod:`shufflenet_ros.observer` does, for a few seconds;
asks each node for ``use_sim_time``. Nothing is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
import os
from pathlib import Path
import time

from diagnostic_msgs.msg import DiagnosticArray
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node as RosNode
from rclpy.qos import QoSProfile
from rclpy.signals import SignalHandlerOptions
from shufflenet_ros.core.errors import one_line
from shufflenet_ros.core.frame import COUNTERS
from shufflenet_ros.monitoring.rules import Level
from shufflenet_ros.node.health.topic_advice import TYPES
from shufflenet_ros.node.image_source import WITHHELD
from shufflenet_ros.node.public_names import DIAGNOSTICS, LIFECYCLE, MODEL
from shufflenet_ros.node.qos import never_called
from shufflenet_ros.node.rclpy_versions import take
from shufflenet_ros.observer.node_observer import find_classifiers, NodeObserver
from shufflenet_ros.observer.observed import ObservedCamera, ObservedNode
from shufflenet_ros.observer.readings import Status, statuses_of
from shufflenet_ros.observer.settings import Settings
from shufflenet_ros.process.fast_dds import find_process
from shufflenet_ros.status.facts import Camera, Graph, Node, Report
from shufflenet_ros.status.live.endpoints import ends_of, host_of, process_of
from shufflenet_ros.status.model_on_disk import model_on_disk, ModelOnDisk

SIMULATED = 'use_sim_time'
CLOCK = '/clock'
UPDATE_S = 0.05
GRACE_S = 4.0
"""So much longer a node is waited for that was found: its first answers may get lost."""
REPORTS_QOS = QoSProfile(depth=200)


def look(seconds: float, asked_for: str = '') -> Graph:
    """
    Listen for so many seconds; ``asked_for`` is the full name of the one node to show.

    What rclpy cannot do is the ``error`` of the answer.
    """
    try:
        # Ctrl-C shall end this command at once, as any other.
        rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    except Exception as error:  # whatever a middleware raises that is not there
        return Graph(error=one_line(error), asked_for=asked_for)
    try:
        return _look(seconds, asked_for)
    except (RuntimeError, rclpy.exceptions.InvalidHandle) as error:
        return Graph(error=one_line(error), asked_for=asked_for)
    finally:
        rclpy.try_shutdown()


def _look(seconds: float, asked_for: str) -> Graph:
    node = rclpy.create_node(f'_shufflenet_ros_status_{os.getpid()}', enable_rosout=False,
                             start_parameter_services=False)
    watch = _Watch(node, asked_for)
    begin_s = time.monotonic()
    while (passed_s := time.monotonic() - begin_s) < seconds or (
            passed_s < seconds + GRACE_S and watch.is_waiting()):
        watch.update()
    graph = watch.graph(passed_s)
    node.destroy_node()
    return graph


class _Watch:
    """All classifiers that are seen while it is updated."""

    def __init__(self, node: RosNode, asked_for: str) -> None:
        self._node = node
        self._asked_for = asked_for
        self._observers: dict[str, NodeObserver] = {}
        self._settings: dict[str, Settings] = {}
        self._found: set[str] = set()
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(node)
        self._reports = node.create_subscription(
            DiagnosticArray, DIAGNOSTICS, never_called, REPORTS_QOS, callback_group=WITHHELD)

    def update(self) -> None:
        """Find nodes, and take what has come."""
        self._found |= find_classifiers(self._node).keys() | set(self._reporting())
        for name in sorted(self._found - self._observers.keys()):
            if self._asked_for in ('', name):
                self._observers[name] = NodeObserver(self._node, name)
                self._observers[name].want_frames(False)
                self._settings[name] = Settings(self._node, name, (SIMULATED,))
        for observer in self._observers.values():
            observer.update()
        for settings in self._settings.values():
            settings.update()
        self._executor.spin_once(timeout_sec=UPDATE_S)

    def is_waiting(self) -> bool:
        """Whether a node that was found, or is asked for, has not said all of it yet."""
        if self._asked_for and self._asked_for not in self._observers:
            return True
        return any(_is_incomplete(observer.observed) or not self._settings[name].values
                   for name, observer in self._observers.items())

    def graph(self, listened_s: float) -> Graph:
        """Give what was seen."""
        topics = dict(self._node.get_topic_names_and_types())
        ours = tuple(f'{name}/' for name in self._found)
        images = (name for name, kinds in topics.items()
                  if set(kinds) & set(TYPES.values()) and not name.startswith(ours)
                  and self._node.count_publishers(name))
        names = [f'{namespace.rstrip("/")}/{name}'
                 for name, namespace in self._node.get_node_names_and_namespaces()]
        nodes = tuple(self._describe(name, observer.observed, max(1, names.count(name)))
                      for name, observer in sorted(self._observers.items()))
        return Graph(
            listened_s=listened_s, clocks=self._node.count_publishers(CLOCK),
            image_topics=tuple(sorted(images)), asked_for=self._asked_for,
            found=tuple(sorted(self._found)),
            pids=tuple(sorted({self._pid(name) for name in self._found} - {0})), nodes=nodes)

    def _reporting(self) -> Iterator[str]:
        """Name the nodes that report, also those that have no model and so no topics yet."""
        while (taken := take(self._reports)) is not None:
            for status in statuses_of(taken.msg):
                if status.name.endswith(f': {LIFECYCLE}') and (
                        status.name == f'{status.hardware_id.removeprefix("/")}: {LIFECYCLE}'):
                    yield status.hardware_id

    def _describe(self, name: str, observed: ObservedNode, namesakes: int) -> Node:
        simulated = self._settings[name].values.get(SIMULATED)
        pid = self._pid(name)
        model = dict(observed.model.values) if observed.model else {}
        disk = ModelOnDisk()
        if pid and model.get('folder'):
            # Simulated time is not that of the files.
            loaded_ns = observed.loaded_ns if simulated is False else 0
            disk = model_on_disk(Path(model['folder']), loaded_ns)
        return Node(
            name=name, state=observed.state, namesakes=namesakes, pid=pid, model=model,
            card=disk.card, card_error=disk.error, changed_on_disk=disk.changed,
            cameras=tuple(self._camera(name, camera) for camera in observed.cameras.values()),
            reports=tuple(_reports(observed)), uses_simulated_time=simulated)

    def _camera(self, classifier: str, camera: ObservedCamera) -> Camera:
        status = camera.status or Status('')
        topic = status.values.get('topic', '')
        ends = ends_of(self._node, topic, classifier) if topic else None
        return Camera(
            name=camera.title, topic=topic, rate_hz=camera.rate_hz,
            age_p50_ms=status.number('total_p50_ms'), age_p95_ms=status.number('total_p95_ms'),
            age_at_receipt_ms=status.number('age_at_receipt_p50_ms'),
            result_hz=camera.result_hz,
            counters={name: getattr(camera.counters, name) for name in COUNTERS},
            publishers=ends.publishers if ends else (),
            subscription=ends.subscription if ends else None)

    def _pid(self, name: str) -> int:
        """Find the process of a node; 0 where it is not on this machine, or cannot be told."""
        ours = [info for info in self._node.get_subscriptions_info_by_topic(DIAGNOSTICS)
                if info.node_name == self._node.get_name()]
        for info in self._node.get_publishers_info_by_topic(DIAGNOSTICS):
            if f'{info.node_namespace.rstrip("/")}/{info.node_name}' == name and ours and (
                    host_of(info) == host_of(ours[0]) and process_of(info) >= 0):
                found = find_process(process_of(info))
                return found.pid if found else 0
        return 0


def _is_incomplete(observed: ObservedNode) -> bool:
    """Whether a node has not reported, or not twice of a camera, or not which model it has."""
    if observed.lifecycle is None:
        return True
    has_no_info = bool(observed.cameras) and not observed.method
    return has_no_info or any(camera.status is not None and isnan(camera.result_hz)
                              for camera in observed.cameras.values())


def _reports(observed: ObservedNode) -> Iterator[Report]:
    """Give every status that the node reported, well or not, cameras first."""
    for about, status in (*((camera.title, camera.status) for camera in observed.cameras.values()),
                          (MODEL, observed.model), (LIFECYCLE, observed.lifecycle)):
        if status is not None:
            yield Report(about, Level(status.level).name.lower(), status.message)
