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
How well cameras and model are, once a second, for rqt_robot_monitor and diagnostic_aggregator.

Publishes
    ``/diagnostics`` (diagnostic_msgs/DiagnosticArray), at 1 Hz on a steady clock, stamped by the
    node's own: one status for each camera, ``<node>: <camera>``, and ``<node>: model``.

The rules are those of :mod:`shufflenet_ros.monitoring.rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isnan, nan
import threading
import time
from typing import Any, NamedTuple

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import qos_check_compatible, QoSCompatibility, QoSProfile
from rclpy.subscription import Subscription
from shufflenet_ros.core.frame import Counters, StageTimings
from shufflenet_ros.core.text import plain
from shufflenet_ros.monitoring.camera_statistics import CameraStatistics, SPAN_NS
from shufflenet_ros.monitoring.clock import ClockMonitor
from shufflenet_ros.monitoring.rules import (
    camera_problems,
    CameraFacts,
    clock_problems,
    ClockFacts,
    Level,
    model_problems,
    ModelFacts,
    overall_status,
    Thresholds,
)
from shufflenet_ros.monitoring.windows import SUMMARY, Window
from shufflenet_ros.node.qos import RESULT_QOS
from std_msgs.msg import Header

PERIOD_S = 1.0


class _Camera(NamedTuple):
    """A camera and what its subscription asks for, kept because that may be destroyed by then."""

    title: str
    statistics: CameraStatistics
    topic: str
    type_name: str
    qos_profile: QoSProfile
    advice: Callable[[], str]


class Diagnostics:
    """
    Records what becomes of frames, and reports once a second.

    The ``record_...`` functions may be called from any thread and cost microseconds.
    """

    def __init__(self, node: Node, counters: Callable[[str], Counters],
                 thresholds: Thresholds = Thresholds()) -> None:
        """``counters`` gives what became of a camera's frames since the node started."""
        self._node = node
        self._counters = counters
        self._thresholds = thresholds
        self._cameras: dict[str, _Camera] = {}
        self._model = ModelFacts()
        self._model_values: Mapping[str, Any] = {}
        self._inferences = Window(span_ns=SPAN_NS)
        self._lock = threading.Lock()
        self._clock = ClockMonitor()
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', RESULT_QOS)
        # Under simulated time a timer of the node's clock would stand still with a paused bag.
        self._timer = node.create_timer(
            PERIOD_S, self._publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def add_camera(self, camera: str, subscription: Subscription, title: str = '',
                   advice: Callable[[], str] = str) -> None:
        """
        Begin to report on a camera, shown as ``title`` or by the name it has elsewhere.

        ``advice`` says how to get images that are published under another transport.
        """
        kind: Any = subscription.msg_type
        self._cameras[camera] = _Camera(
            title or camera or 'image_raw', CameraStatistics(
                time.monotonic_ns(), self._counters(camera), self._thresholds.silence_s),
            subscription.topic_name, f'{kind.__module__.partition(".")[0]}/msg/{kind.__name__}',
            subscription.qos_profile, advice)

    def remove_cameras(self) -> None:
        """Report on no camera any more: the node is inactive."""
        self._cameras.clear()

    def set_model(self, facts: ModelFacts, values: Mapping[str, Any] | None = None) -> None:
        """Report on this model from now on; ``values`` are shown with it as they are."""
        self._model, self._model_values = facts, dict(values or {})

    def set_model_values(self, values: Mapping[str, Any]) -> None:
        """Show these values with the model from now on; its facts stay."""
        self._model_values = dict(values)

    def record_arrival(self, camera: str, received_ns: int, stamp_ns: int,
                       age_ns: int | None, arrived: int = 1) -> None:
        """
        Record an image: monotonic clock, its stamp (0: none), its age then (None: unknown).

        ``arrived`` counts it and those before it that arrived and were not taken.
        """
        entry = self._cameras.get(camera)
        if entry is not None:
            entry.statistics.record_arrival(received_ns, stamp_ns, age_ns)

    def record_result(self, camera: str, timings: StageTimings) -> None:
        """Record the timings of an image whose result was sent."""
        now_ns = time.monotonic_ns()
        with self._lock:
            self._inferences.add(now_ns, timings.inference_ns)
        entry = self._cameras.get(camera)
        if entry is not None:
            entry.statistics.record_result(now_ns, timings)

    def record_failure(self, camera: str, reason: str) -> None:
        """Record why an image could not be classified."""
        entry = self._cameras.get(camera)
        if entry is not None:
            entry.statistics.record_failure(reason)

    def record_damage(self, camera: str, reason: str) -> None:
        """Record that an image was classified although its data are damaged."""
        entry = self._cameras.get(camera)
        if entry is not None:
            entry.statistics.record_damage(time.monotonic_ns(), reason)

    def close(self) -> None:
        """Destroy timer and topic; nothing is published any more."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_publisher(self._publisher)
        self._cameras.clear()

    def _publish(self) -> None:
        now_ns = time.monotonic_ns()
        clock = self._node.get_clock()
        now = clock.now()
        clock_facts = self._clock.compare(
            now_ns, now.nanoseconds, getattr(clock, 'ros_time_is_active', False))
        cameras = list(self._cameras.items())
        if clock_facts.has_jumped:
            for _, entry in cameras:
                entry.statistics.reset_ages()
        statuses = [self._camera_status(entry, self._counters(camera), now_ns, clock_facts)
                    for camera, entry in cameras]
        self._publisher.publish(DiagnosticArray(
            header=Header(stamp=now.to_msg()), status=[*statuses, self._model_status()]))

    def _camera_status(self, camera: _Camera, counters: Counters, now_ns: int,
                       clock_facts: ClockFacts) -> DiagnosticStatus:
        fitting, misfits, others = self._publishers_of(camera)
        facts, values = camera.statistics.snapshot(now_ns, counters, fitting, '; '.join(misfits))
        advice = '' if facts.has_arrived or fitting else camera.advice()
        facts = replace(facts, other_transport='; '.join(filter(None, (*others, advice))))
        problems = [*camera_problems(facts, self._thresholds), *clock_problems(clock_facts)]
        return _status_msg(*overall_status(problems, _ok_text(facts)),
                           f'{self._node.get_name()}: {camera.title}', camera.title,
                           {**values, 'publishers': fitting, 'topic': camera.topic})

    def _model_status(self) -> DiagnosticStatus:
        facts = self._model
        with self._lock:
            if self._inferences.has_ended(time.monotonic_ns()):
                self._inferences.clear()
            inference = dict.fromkeys(SUMMARY, nan) | self._inferences.summary_ms()
        values = {'model': facts.name, 'execution_providers': ', '.join(facts.running),
                  'requested_providers': ', '.join(facts.requested), **self._model_values,
                  **{f'inference_{name}_ms': ms for name, ms in inference.items()}}
        return _status_msg(*overall_status(model_problems(facts), f'{facts.name} runs'),
                           f'{self._node.get_name()}: model',
                           facts.hardware or ''.join(facts.running[:1]), values)

    def _publishers_of(self, camera: _Camera) -> tuple[int, list[str], list[str]]:
        """How many publishers fit, whose QoS does not and why, and who has another type."""
        misfits, others, fitting = [], [], 0
        for found in self._node.get_publishers_info_by_topic(camera.topic):
            compatibility, reason = qos_check_compatible(found.qos_profile, camera.qos_profile)
            if found.topic_type != camera.type_name:
                others.append(f'{found.node_name} publishes {found.topic_type} there, '
                              f'not {camera.type_name}')
            elif compatibility == QoSCompatibility.ERROR:
                misfits.append(f'{found.node_name}: {" ".join(reason.split())}')
            else:
                fitting += 1
        return fitting, misfits, others


def _ok_text(facts: CameraFacts) -> str:
    age = '' if isnan(facts.age_p95_ms) else (
        f', results {facts.age_p95_ms:.1f} ms after the stamp (p95)')
    return f'{facts.rate_hz:.1f} Hz{age}'


def _status_msg(level: Level, message: str, name: str, hardware_id: str,
                values: Mapping[str, Any]) -> DiagnosticStatus:
    return DiagnosticStatus(
        level=bytes([level]), name=name, hardware_id=hardware_id, message=plain(message, 1000),
        values=[KeyValue(key=key, value=f'{value:.3f}' if isinstance(value, float) else str(value))
                for key, value in values.items()])
