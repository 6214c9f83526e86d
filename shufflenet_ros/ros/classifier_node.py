"""
The classifier node: camera images in, classifications with the latency of every frame out.

Subscribes
    ``image_raw`` (sensor_msgs/Image): sensor data QoS, depth 1; rgb8, bgr8 or mono8.
Publishes
    ``~/classification`` (vision_msgs/Classification): reliable; the header is the image's own.
    ``~/frame_latency`` (diagnostic_msgs/DiagnosticArray): reliable; one status a frame under the
    frame's header: ``<stage>_ms`` for each stage, ``total_ms`` (their sum: the age of the image
    when its classification had been published; ``nan`` where the image has no stamp), and the
    counters ``received``, ``classified``, ``replaced``, ``failed``.
    ``~/label_info`` (vision_msgs/LabelInfo), ``~/vision_info`` (vision_msgs/VisionInfo): latched.
Reads the parameters
    See :mod:`shufflenet_ros.ros.parameters`; ``labels`` holds the class names.

Newest frame only: the callback leaves the image in a mailbox, one worker thread classifies, and
what a newer image replaced is counted. A bad image is counted, logged and forgotten; a bad model
or parameter ends the node at start with one line and exit code 1.
"""

from __future__ import annotations

from collections.abc import Sequence
import os
import sys
import threading
import time

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import Executor
from rclpy.node import Node
from sensor_msgs.msg import Image
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.pipeline import Classifier, describe, Pipeline
from shufflenet_ros.core.types import Classification, Frame, StageTimings
from shufflenet_ros.engine import Engine, fastest_engine
from shufflenet_ros.environment import prepare, share_dir
from shufflenet_ros.malloc import keep_large_blocks
from shufflenet_ros.model_card import find_model, load_model, ModelSpec
from shufflenet_ros.ros.conversions import (
    classification_to_msg, frame_from_msg, label_info_to_msg, latency_to_msg, vision_info_to_msg)
from shufflenet_ros.ros.parameters import declare_labels, declare_parameters, Parameters
from shufflenet_ros.ros.qos import LATCHED_QOS, RESULT_QOS, SENSOR_QOS
from shufflenet_ros.ros.run import run
from std_msgs.msg import Header
from vision_msgs.msg import Classification as ClassificationMsg
from vision_msgs.msg import LabelInfo, VisionInfo

CAMERA = 'image_raw'
REPEAT_AFTER_S = 5.0
# Three ways for the executor's thread to give way to the worker: rclpy tidies up for a millisecond
# or two after every image, and that image would have to wait for its inference meanwhile.
PAUSE_S = 5e-4
"""The executor rests this long when it has handed an image over."""
HANDOVER_S = 5e-5
"""How long it may keep the interpreter when the worker wants it (Python's default: 5 ms)."""
EXECUTOR_NICENESS = 6
"""How much later it gets a core than the worker where both want the same one."""


class ClassifierNode(Node):
    """The middleware around one pipeline; it is the pipeline's sink."""

    def __init__(self) -> None:
        """Load the model and start to serve; raises ShufflenetRosError where that cannot be."""
        super().__init__('classifier')
        parameters = declare_parameters(self)
        spec = load_model(find_model(parameters.model, share_dir() / 'models'))
        engine = self._load(spec, parameters)
        self._logged_at: dict[str, float] = {}
        self._results = self.create_publisher(ClassificationMsg, '~/classification', RESULT_QOS)
        self._latencies = self.create_publisher(DiagnosticArray, '~/frame_latency', RESULT_QOS)
        self._latch_model(f'{spec.name} {engine.precision}', spec.labels, parameters.threshold)
        self._pipeline = Pipeline(
            Classifier(engine, spec.geometry, parameters.top_k, parameters.threshold), self)
        self._pipeline.start()
        self.create_subscription(Image, 'image_raw', self._receive, SENSOR_QOS)
        self.get_logger().info(
            f'ready: model {spec.name} {engine.precision} ({len(spec.labels)} classes, '
            f'{spec.geometry.width}x{spec.geometry.height}) on {engine.providers[0]}')

    def _load(self, spec: ModelSpec, parameters: Parameters) -> Engine:
        settings = {
            'intra_op_num_threads': parameters.intra_op_num_threads,
            'allow_spinning': parameters.allow_spinning,
            'execution_providers': parameters.execution_providers}
        if parameters.precision == 'auto':
            engine, times_ms = fastest_engine(spec, **settings)
            times = ', '.join(f'{name} {ms:.2f} ms' for name, ms in times_ms.items())
            self.get_logger().info(f'precision auto: {times} here, so {engine.precision} runs')
            return engine
        engine = Engine(spec, precision=parameters.precision, **settings)
        engine.warm_up()
        return engine

    def close(self) -> None:
        """Stop the worker; afterwards nothing is published any more."""
        self._pipeline.stop()

    def publish(self, camera: str, frame: Frame, classification: Classification) -> None:
        """Publish a result under its image's own header (pipeline sink)."""
        self._results.publish(classification_to_msg(frame.header, classification))

    def report(self, camera: str, frame: Frame, timings: StageTimings) -> None:
        """Publish a frame's timings under its image's own header (pipeline sink)."""
        self._latencies.publish(latency_to_msg(
            frame.header, self.get_name(), camera, timings, self._pipeline.counters(camera)))

    def reject(self, camera: str, error: Exception) -> None:
        """Log why an image was refused, the same reason at most every few seconds."""
        reason, now = describe(error), time.monotonic()
        if now - self._logged_at.get(reason, -REPEAT_AFTER_S) < REPEAT_AFTER_S:
            return
        if len(self._logged_at) > 100:  # reasons may hold sizes that never repeat
            self._logged_at.clear()
        self._logged_at[reason] = now
        self.get_logger().warning(f'image on {camera} refused: {reason}')

    def _receive(self, msg: Image) -> None:
        received_ns = time.monotonic_ns()
        now_ns = self.get_clock().now().nanoseconds
        try:
            frame = frame_from_msg(msg, received_ns, now_ns)
        except FrameError as error:
            self._pipeline.refuse(CAMERA, error)
        else:
            self._pipeline.submit(CAMERA, frame)
            time.sleep(PAUSE_S)

    def _latch_model(self, name: str, labels: Sequence[str], threshold: float) -> None:
        header = Header(stamp=self.get_clock().now().to_msg())
        location = declare_labels(self, labels)
        self._label_info = self.create_publisher(LabelInfo, '~/label_info', LATCHED_QOS)
        self._label_info.publish(label_info_to_msg(header, labels, threshold))
        self._vision_info = self.create_publisher(VisionInfo, '~/vision_info', LATCHED_QOS)
        self._vision_info.publish(vision_info_to_msg(header, f'shufflenet_v1 {name}', location, 1))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the node until a signal ends it (exit code 0); 1 for a bad model or parameter."""
    prepare()
    keep_large_blocks()
    sys.setswitchinterval(HANDOVER_S)
    return run('classifier_node', argv, ClassifierNode, _serve)


def _serve(node: ClassifierNode, executor: Executor) -> None:
    if sys.platform == 'linux':
        # Linux has a niceness for each thread: this one, not the worker, becomes nicer.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), EXECUTOR_NICENESS)
    executor.spin()
