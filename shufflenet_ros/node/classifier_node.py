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
The classifier node: camera images in, classifications with the latency of every frame out.

A lifecycle node: configure loads the model, activate subscribes, deactivate stops the input,
cleanup releases the model; with ``autostart`` (default) it configures and activates itself.

Subscribes, while active
    ``image_raw``, or ``<camera>/image_raw`` for each of the ``cameras`` (sensor_msgs/Image), or
    ``.../compressed`` (sensor_msgs/CompressedImage): sensor data QoS, depth 1.
    ``~/rois`` or ``~/<camera>/rois`` (vision_msgs/Detection2DArray), where the parameter ``rois``
    says so: reliable, depth 10.
Publishes, under ``~/`` or ``~/<camera>/``
    ``classification`` (vision_msgs/Classification): reliable; the header is the image's own.
    ``frame_latency`` (diagnostic_msgs/DiagnosticArray): reliable; one status a frame under the
    frame's header: its class in words, ``<stage>_ms`` for each stage, ``total_ms`` (their sum: the
    age of the image when its classification had been published; ``nan`` where the image has no
    stamp), the counters of :class:`shufflenet_ros.core.frame.Counters`, and the
    ``database_version`` of the model.
    ``label`` (std_msgs/String), ``latency/<stage>_ms`` (std_msgs/Float32), ``annotated``
    (sensor_msgs/Image) and ``annotated/compressed`` (sensor_msgs/CompressedImage): while they
    have subscribers.
    ``detections`` (vision_msgs/Detection2DArray) and ``detections_latency``
    (diagnostic_msgs/DiagnosticArray): for each message of ``rois`` whose image is there; see
    :mod:`shufflenet_ros.node.detections`.
Publishes once for all cameras
    ``~/label_info`` (vision_msgs/LabelInfo), ``~/vision_info`` (vision_msgs/VisionInfo): latched.
    ``/diagnostics`` (diagnostic_msgs/DiagnosticArray): at 1 Hz.
Reads the parameters
    See :mod:`shufflenet_ros.node.parameters.table`; ``labels`` holds the class names.

Newest frame only: the middleware keeps the newest image of each camera, a worker takes it and
classifies, and what a newer image replaced is counted. A bad image is counted and logged, and the
next one is classified. A bad model or parameter fails the transition, and with ``autostart`` ends
the node with one line and exit code 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
import gc
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.clock import JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.executors import Executor
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from shufflenet_ros.core.errors import describe, ShufflenetRosError
from shufflenet_ros.core.frame import Counters
from shufflenet_ros.core.text import plain
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.monitoring.facts import ModelFacts
from shufflenet_ros.monitoring.rules import state_text
from shufflenet_ros.node.health.diagnostics import Diagnostics
from shufflenet_ros.node.model_slot import load, LoadedModel, model_folder
from shufflenet_ros.node.parameters.changes import ParameterChanges, refusal
from shufflenet_ros.node.parameters.ranges import integer_range, offer
from shufflenet_ros.node.parameters.table import definitions
from shufflenet_ros.node.parameters.thresholds import PREFIX
from shufflenet_ros.node.parameters.values import (
    declare_parameters,
    Parameters,
    read_parameters,
)
from shufflenet_ros.node.run import run
from shufflenet_ros.node.runtime import Runtime
from shufflenet_ros.process.allocator import keep_large_blocks, share_heaps
from shufflenet_ros.process.middleware import prepare_middleware
from shufflenet_ros.process.output import guard_output
from shufflenet_ros.process.thread_priority import full_priority_kept, shorten_switch_interval

STATE_AFTER = {'configure': 'inactive', 'activate': 'active', 'deactivate': 'inactive',
               'cleanup': 'unconfigured', 'shutdown': 'finalized',
               'error processing': 'unconfigured'}
"""Transition to the state that it leads to."""
MAX_INPUTS_LENGTH = 2000
"""Of what is said of all inputs (characters)."""


class ClassifierNode(LifecycleNode):
    """Transitions and changes of parameters; what they act on is the runtime."""

    def __init__(self) -> None:
        """Declare the parameters; raises ConfigurationError for one that cannot be."""
        super().__init__('classifier')
        self.parameters = declare_parameters(self)
        self._definitions = definitions(self.parameters.cameras)
        self._runtime: Runtime | None = None
        self._prepared: LoadedModel | None = None
        self._database_version = 0
        self._error: Exception | None = None
        self._is_starting = False
        self._diagnostics = Diagnostics(self, self._counters, self._at_work_s)
        self.add_on_set_parameters_callback(self._validate)
        self._changes = ParameterChanges(self, self._definitions, self._prepare, self._apply)
        if not self.parameters.autostart:
            self.get_logger().info(state_text('unconfigured'))
        self._jumps = self.get_clock().create_jump_callback(
            JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1)),
            post_callback=self._clock_jumped)

    def bring_up(self) -> None:
        """Configure and activate; raises the error that stopped it."""
        self._is_starting = True
        for trigger in (self.trigger_configure, self.trigger_activate):
            if trigger() != TransitionCallbackReturn.SUCCESS:
                raise self._error or ShufflenetRosError('a transition failed; its log says why')
        self._is_starting = False

    def close(self) -> None:
        """Stop the threads; afterwards nothing is published any more. From any thread."""
        runtime = self._runtime
        if runtime is not None:
            runtime.stop()
        self._changes.close()

    def destroy_node(self) -> None:
        """Destroy the state machine as well: it would keep the node alive in the middleware."""
        super().destroy_node()
        machine: Any = getattr(self, '_state_machine', None)
        if hasattr(machine, 'destroy_when_not_in_use'):
            machine.destroy_when_not_in_use()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the model and advertise the outputs."""
        return self._run_transition('configure', self._configure)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Warm up, subscribe and classify."""
        return self._run_transition('activate', self._activate)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Take no more images; the model stays."""
        return self._run_transition('deactivate', self._deactivate)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release model, topics and threads."""
        return self._run_transition('cleanup', self._cleanup)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release everything for good, diagnostics included."""
        return self._run_transition('shutdown', self._shutdown)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release everything, so that the node can be configured again."""
        return self._run_transition('error processing', self._cleanup)

    def _configure(self) -> None:
        self.parameters = read_parameters(self)
        model = load(self.parameters, self.get_logger())
        self._runtime = Runtime(
            self, self.parameters, model, self._database_version, self._diagnostics)
        self._diagnostics.set_thresholds(self.parameters.thresholds_of)
        self._report_model(self._runtime)

    def _activate(self) -> None:
        # A full collection takes 50 ms, all of them for what lives as long as the node; frozen,
        # that is passed over, and a collection takes less than a tenth of a millisecond.
        gc.collect()
        gc.freeze()
        runtime = self._configured_runtime()
        runtime.activate()
        self.get_logger().info(f'ready: {runtime.model.describe(self.parameters)}; reads '
                               f'{plain(runtime.describe_inputs(), MAX_INPUTS_LENGTH)}')

    def _deactivate(self) -> None:
        gc.unfreeze()
        self._configured_runtime().deactivate()

    def _cleanup(self) -> None:
        gc.unfreeze()
        self._prepared = None
        if self._runtime is not None:
            runtime, self._runtime = self._runtime, None
            runtime.destroy()
            del runtime
            gc.collect()  # topics and their callbacks refer to each other; no frame waits for it
        self._diagnostics.set_model(ModelFacts())

    def _shutdown(self) -> None:
        self._cleanup()
        self._diagnostics.close()

    def _configured_runtime(self) -> Runtime:
        assert self._runtime is not None, 'the lifecycle configures before it activates'
        return self._runtime

    def _run_transition(self, name: str, work: Callable[[], None]) -> TransitionCallbackReturn:
        """Do the work; rclpy itself would not show an error."""
        try:
            work()
        except Exception as error:
            self._error = error
            if self._runtime is None:
                self._diagnostics.set_model(ModelFacts(error=describe(error)))
            if not self._is_starting:
                self.get_logger().error(f'{name} failed: {describe(error)}')
            is_known = isinstance(error, ShufflenetRosError)
            return (TransitionCallbackReturn.FAILURE if is_known
                    else TransitionCallbackReturn.ERROR)
        self._enter(STATE_AFTER[name])
        return TransitionCallbackReturn.SUCCESS

    def _enter(self, state: str) -> None:
        """Report a state, and say what it means where no results come in it."""
        self._diagnostics.set_state(state)
        if state != 'active' and not self._is_starting:
            self.get_logger().info(state_text(state))

    def _prepare(self, changes: dict[str, Any]) -> None:
        """Load another model beside the running one (background thread)."""
        if 'model' in changes:
            parameters = replace(read_parameters(self), model=str(changes['model']))
            if self._runtime is None:
                load_model(model_folder(parameters.model))
            else:
                self._prepared = self._load_beside(self._runtime, parameters)

    def _load_beside(self, runtime: Runtime, parameters: Parameters) -> LoadedModel:
        try:
            return load(parameters, self.get_logger())
        except ShufflenetRosError as error:
            model = runtime.model
            self._diagnostics.set_model(model.facts(str(error)), model.values(self.parameters))
            raise

    def _validate(self, parameters: list[Parameter]) -> SetParametersResult:
        """Check parameters before they are set; nothing but a prepared model is changed."""
        changes = {parameter.name: parameter.value for parameter in parameters}
        if self._runtime is not None and self._runtime.is_label_change(changes.keys()):
            return refusal('labels come with the model; set the parameter model')
        changes = {name: value for name, value in changes.items() if name in self._definitions}
        try:
            read_parameters(self, changes)
            if 'model' in changes and not self._is_prepared(changes['model']):
                self._prepare(changes)
        except ShufflenetRosError as error:
            return refusal(str(error))
        return SetParametersResult(successful=True)

    def _is_prepared(self, name: str) -> bool:
        return self._prepared is not None and self._prepared.name == name

    def _apply(self, parameters: Sequence[Parameter]) -> None:
        """Let changed parameters take effect between two frames."""
        names = {parameter.name for parameter in parameters} & self._definitions.keys()
        if self._runtime is None or not names:
            return
        self.parameters = read_parameters(self)
        self._diagnostics.set_thresholds(self.parameters.thresholds_of)
        if all(name.startswith(PREFIX) for name in names):
            return  # no frame is touched by them
        model, self._prepared = self._prepared if 'model' in names else None, None
        self._runtime.apply(self.parameters, model)
        if model is not None:
            self.get_logger().info(f'now {model.describe(self.parameters)}')
            self._report_model(self._runtime)
        else:
            self._diagnostics.set_model_values(self._runtime.model.values(self.parameters))

    def _report_model(self, runtime: Runtime) -> None:
        """Give diagnostics what runs, and remember its version for the next runtime."""
        model = runtime.model
        self._database_version = runtime.database_version
        self._diagnostics.set_model(model.facts(), model.values(self.parameters))
        offer(self, 'top_k', integer_range(1, len(model.spec.labels)))

    def _counters(self, camera: str) -> Counters:
        return self._runtime.counters(camera) if self._runtime is not None else Counters()

    def _at_work_s(self, camera: str) -> float:
        return self._runtime.at_work_s(camera) if self._runtime is not None else 0.0

    def _clock_jumped(self, jump: TimeJump) -> None:
        if self._runtime is not None:
            self._runtime.restart_order()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the node until a signal ends it (exit code 0); 1 for a bad model or parameter."""
    prepare_middleware()
    share_heaps()
    guard_output()
    shorten_switch_interval()
    return run('classifier_node', argv, _make, _spin)


def _make() -> ClassifierNode:
    node = ClassifierNode()
    if node.parameters.tune_malloc:
        keep_large_blocks()
    try:
        if node.parameters.autostart:
            node.bring_up()
    except ShufflenetRosError:
        node.destroy_node()
        raise
    return node


def _spin(node: ClassifierNode, executor: Executor) -> None:
    with full_priority_kept():
        executor.spin()
