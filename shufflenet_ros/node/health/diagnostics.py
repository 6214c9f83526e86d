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
How well cameras, model and node are, once a second, for rqt_robot_monitor and the aggregator.

Publishes
    ``/diagnostics`` (diagnostic_msgs/DiagnosticArray), at 1 Hz on a steady clock, stamped by the
    node's own: one status for each camera while the node is active, ``<node>: <camera>``, then
    ``<node>: model`` and ``<node>: lifecycle``. ``<node>`` is the name with the namespace, so
    that no two robots share a status. Between them one status for each topic of a camera under
    the topic's own name, with five of the camera's values: greenwave_monitor looks for those.

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
from rclpy.clock import Clock, ClockChange, ClockType, JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.node import Node
from shufflenet_ros.core.frame import Counters, StageTimings
from shufflenet_ros.core.text import plain
from shufflenet_ros.monitoring.camera_statistics import CameraStatistics, SPAN_NS
from shufflenet_ros.monitoring.clock import ClockMonitor
from shufflenet_ros.monitoring.facts import CameraFacts, ClockFacts, ModelFacts
from shufflenet_ros.monitoring.rules import (
    camera_problems,
    clock_problems,
    Level,
    loses_images,
    model_problems,
    overall_status,
    state_text,
)
from shufflenet_ros.monitoring.thresholds import Thresholds
from shufflenet_ros.monitoring.windows import SUMMARY, Window
from shufflenet_ros.node.health.input_publishers import Found, InputPublishers
from shufflenet_ros.node.health.node_watch import full_name, NodeWatch
from shufflenet_ros.node.public_names import (
    DIAGNOSTICS,
    EXPECTED_FREQUENCY,
    LIFECYCLE,
    MODEL,
    NAMELESS,
    status_name,
    TOLERANCE,
    TOPIC_KEYS,
)
from shufflenet_ros.node.qos import RESULT_QOS
from std_msgs.msg import Header

PERIOD_S = 1.0


class _Camera(NamedTuple):
    """A camera, who publishes it, and who else wants to know how it is."""

    title: str
    statistics: CameraStatistics
    publishers: InputPublishers
    tell: Callable[[CameraFacts, Thresholds], None]
    more: Callable[[], Mapping[str, Any]]
    """Further values that are shown of it."""


class Diagnostics:
    """
    Records what becomes of frames, and reports once a second.

    The ``record_...`` functions may be called from any thread and cost microseconds.
    """

    def __init__(self, node: Node, counters: Callable[[str], Counters],
                 at_work_s: Callable[[str], float] = lambda camera: 0.0) -> None:
        """
        Report on a node from now on.

        ``counters`` gives what became of a camera's frames since the node started, ``at_work_s``
        how long no worker has been free for it (s).
        """
        self._node = node
        self._counters = counters
        self._at_work_s = at_work_s
        self._thresholds: Callable[[str], Thresholds] = lambda title: Thresholds()
        self._cameras: dict[str, _Camera] = {}
        self._model = ModelFacts()
        self._model_values: Mapping[str, Any] = {}
        self._inferences = Window(span_ns=SPAN_NS)
        self._lock = threading.Lock()
        self._watch = NodeWatch(node)
        self._clock = ClockMonitor()
        self._jumps = node.get_clock().create_jump_callback(
            JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1)),
            post_callback=self._record_jump)
        self._publisher = node.create_publisher(DiagnosticArray, DIAGNOSTICS, RESULT_QOS)
        # Under simulated time a timer of the node's clock would stand still with a paused bag.
        self._timer = node.create_timer(
            PERIOD_S, self._publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def add_camera(self, camera: str, publishers: InputPublishers, title: str = '',
                   tell: Callable[[CameraFacts, Thresholds], None] = lambda facts, limits: None,
                   more: Callable[[], Mapping[str, Any]] = dict) -> None:
        """
        Begin to report on a camera, shown as ``title`` or by the name it has elsewhere.

        ``tell`` gets what is known of it, and its thresholds, at each report; ``more`` gives
        further values to be shown.
        """
        self._cameras[camera] = _Camera(
            title or camera or NAMELESS,
            CameraStatistics(time.monotonic_ns(), self._counters(camera)), publishers, tell,
            more)

    def remove_cameras(self) -> None:
        """Report on no camera any more: the node is inactive."""
        self._cameras.clear()

    def set_thresholds(self, thresholds: Callable[[str], Thresholds]) -> None:
        """Judge by these from now on; they are a function of a camera's title."""
        self._thresholds = thresholds

    def set_state(self, label: str) -> None:
        """Report this state of the node's lifecycle from now on."""
        self._watch.state = label

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

        ``arrived`` counts it and those that reached this process since the last one, but were not
        taken.
        """
        entry = self._cameras.get(camera)
        if entry is not None:
            entry.statistics.record_arrival(received_ns, stamp_ns, age_ns, arrived)

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
        self._jumps.unregister()
        self._node.destroy_timer(self._timer)
        self._node.destroy_publisher(self._publisher)
        self._cameras.clear()

    def _record_jump(self, jump: TimeJump) -> None:
        if jump.clock_change == ClockChange.ROS_TIME_NO_CHANGE:
            self._clock.record_jump(jump.delta.nanoseconds / 1e9)

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
        statuses = [self._camera_status(camera, entry, now_ns, clock_facts)
                    for camera, entry in cameras]
        self._publisher.publish(DiagnosticArray(
            header=Header(stamp=now.to_msg()),
            status=[*statuses, *self._topic_statuses(statuses), self._model_status(),
                    self._node_status(now_ns)]))

    def _camera_status(self, camera: str, entry: _Camera, now_ns: int,
                       clock_facts: ClockFacts) -> DiagnosticStatus:
        limits, publishers = self._thresholds(entry.title), entry.publishers
        found = publishers.find()
        facts, values = entry.statistics.snapshot(
            now_ns, self._counters(camera), found.fitting, found.misfits, limits.silence_s,
            self._at_work_s(camera))
        facts = _with_advice(facts, limits, publishers, found)
        entry.tell(facts, limits)
        problems = [*camera_problems(facts, limits), *clock_problems(clock_facts)]
        return self._status(*overall_status(problems, _ok_text(facts)), entry.title,
                            publishers.topic, {**values, 'publishers': found.fitting,
                                               'topic': publishers.topic, **_expected(limits),
                                               **entry.more()})

    def _topic_statuses(self, cameras: list[DiagnosticStatus]) -> list[DiagnosticStatus]:
        """Say of each topic how its camera is: of the worst one where cameras share a topic."""
        worst_last = sorted(cameras, key=lambda status: status.level)
        return [DiagnosticStatus(
            level=status.level, name=topic, hardware_id=self._node.get_fully_qualified_name(),
            message=status.message, values=[
                value for value in status.values if value.key in TOPIC_KEYS])
            for topic, status in {one.hardware_id: one for one in worst_last}.items()]

    def _model_status(self) -> DiagnosticStatus:
        facts = self._model
        with self._lock:
            if self._inferences.has_ended(time.monotonic_ns()):
                self._inferences.clear()
            inference = dict.fromkeys(SUMMARY, nan) | self._inferences.summary_ms()
        values = {'model': facts.name, 'execution_providers': ', '.join(facts.running),
                  'requested_providers': ', '.join(facts.requested), **self._model_values,
                  **{f'inference_{name}_ms': ms for name, ms in inference.items()}}
        hardware = facts.hardware or ''.join(facts.running[:1])
        return self._status(*overall_status(model_problems(facts), f'{facts.name} runs'), MODEL,
                            f'{self._node.get_fully_qualified_name()} {hardware}'.strip(), values)

    def _node_status(self, now_ns: int) -> DiagnosticStatus:
        state = self._watch.state
        return self._status(
            *overall_status(self._watch.problems(now_ns), state_text(state)), LIFECYCLE,
            self._node.get_fully_qualified_name(), {'state': state})

    def _status(self, level: Level, message: str, title: str, hardware_id: str,
                values: Mapping[str, Any]) -> DiagnosticStatus:
        return DiagnosticStatus(
            level=bytes([level]), name=status_name(full_name(self._node), title),
            hardware_id=hardware_id, message=plain(message, 1000), values=[
                KeyValue(key=key, value=_shown(value)) for key, value in values.items()])


def _with_advice(facts: CameraFacts, limits: Thresholds, publishers: InputPublishers,
                 found: Found) -> CameraFacts:
    """Add what helps where no image comes, or not all of them do."""
    others, similar = found.others, ''
    if not found.fitting and not facts.has_arrived:
        others = '; '.join(filter(None, (others, publishers.other_transport())))
        if not others and not found.misfits:
            similar = publishers.similar_topics()
    advice = ''
    if loses_images(facts, limits):
        advice = publishers.loss_advice()
    elif found.fitting and facts.quiet_s > limits.silence_s:
        advice = publishers.cause_of_losses()
    return replace(
        facts, other_transport=others, similar_topics=similar, loss_advice=advice)


def _expected(limits: Thresholds) -> dict[str, float]:
    """Give the expected rate (Hz) and its tolerance (%) as greenwave_monitor has them."""
    is_expected = limits.expected_hz > 0
    return {EXPECTED_FREQUENCY: limits.expected_hz,
            TOLERANCE: 100 * (1 - limits.rate_share) if is_expected else 0.0}


def _ok_text(facts: CameraFacts) -> str:
    age = '' if isnan(facts.age_p95_ms) else (
        f', results {facts.age_p95_ms:.1f} ms after the stamp (p95)')
    rate = f'{facts.rate_hz:.1f} Hz' if facts.rate_hz else 'one image came'
    return f'{rate}{age}'


def _shown(value: Any) -> str:
    return f'{value:.3f}' if isinstance(value, float) else str(value)
