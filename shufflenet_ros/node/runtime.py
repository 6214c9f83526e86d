"""
What the classifier node has from configure to cleanup: model, pipeline, cameras.

It is the pipeline's sink: results and timings go to the topics of the camera they belong to.
"""

from __future__ import annotations

from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from shufflenet_ros.core.errors import describe
from shufflenet_ros.core.frame import Classification, Counters, Frame, StageTimings
from shufflenet_ros.core.pipeline import Pipeline
from shufflenet_ros.node.annotator import Annotator
from shufflenet_ros.node.camera import Camera
from shufflenet_ros.node.diagnostics import Diagnostics
from shufflenet_ros.node.model_slot import LoadedModel, ModelSlot
from shufflenet_ros.node.parameters import Parameters
from shufflenet_ros.node.throttled_log import ThrottledLog

LOOK_EVERY_S = 1.0


class Runtime:
    """All that a configured node holds, whether active or not."""

    def __init__(self, node: Node, parameters: Parameters, model: LoadedModel,
                 database_version: int, diagnostics: Diagnostics) -> None:
        """Advertise everything; ConfigurationError where a QoS override cannot be."""
        self._node = node
        self._parameters = parameters
        self._log = ThrottledLog(node.get_logger())
        self._slot = ModelSlot(node, database_version)
        self._pipeline = Pipeline(model.classifier(parameters), self, parameters.workers)
        self._diagnostics = diagnostics
        self._annotator = Annotator(node)
        self._cameras: dict[str, Camera] = {}
        # A steady clock: simulated time may stand still.
        self._timer = node.create_timer(
            LOOK_EVERY_S, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))
        try:
            for name, transport in zip(parameters.cameras, parameters.image_transport):
                camera = Camera(node, name, transport, self._pipeline, diagnostics)
                self._cameras[camera.name] = camera
                self._annotator.serve(camera.name, camera.prefix)
        except Exception:
            self.destroy()
            raise
        self._slot.put(model, model.threshold(parameters))
        self._limit()

    @property
    def model(self) -> LoadedModel:
        """The model that classifies."""
        return self._slot.model

    @property
    def database_version(self) -> int:
        """How many models and label sets this node has had."""
        return self._slot.database_version

    def activate(self) -> None:
        """Warm up, subscribe, classify; ConfigurationError where a QoS override cannot be."""
        self.model.engine.warm_up(1)
        try:
            for camera in self._cameras.values():
                camera.open()
        except Exception:
            self.deactivate()
            raise
        self._pipeline.start()

    def deactivate(self) -> None:
        """Take no more images and finish those that are here; nothing is published afterwards."""
        self._diagnostics.leave()
        for camera in self._cameras.values():
            camera.close()
        self._pipeline.stop(drop=False)

    def stop(self) -> None:
        """End the workers because the process ends; may be called from any thread."""
        self._pipeline.stop()

    def destroy(self) -> None:
        """Let go of everything."""
        self.deactivate()
        for camera in self._cameras.values():
            camera.destroy()
        self._annotator.close()
        self._slot.destroy()
        self._node.destroy_timer(self._timer)

    def apply(self, parameters: Parameters, model: LoadedModel | None = None) -> None:
        """Take over changed parameters, and another model where one is given."""
        before, self._parameters = self._parameters, parameters
        chosen = model or self.model
        with self._pipeline.between_frames():
            self._pipeline.use_classifier(chosen.classifier(parameters))
            threshold = chosen.threshold(parameters)
            if model is not None:
                self._slot.put(model, threshold)
            elif threshold != chosen.threshold(before):
                self._slot.tell(threshold)
        self._limit()

    def refuses(self, names: set[str]) -> bool:
        """Whether somebody else wants to set what only the model may."""
        return self._slot.refuses(names)

    def counters(self, camera: str) -> Counters:
        """Count what became of the images of a camera."""
        return self._pipeline.counters(camera)

    def restart_order(self) -> None:
        """Accept older stamps: the clock has jumped."""
        self._pipeline.restart_order()

    def publish(self, camera: str, frame: Frame, classification: Classification) -> None:
        """Publish a result (pipeline sink)."""
        self._cameras[camera].publish(frame, classification)

    def report(self, camera: str, frame: Frame, classification: Classification,
               timings: StageTimings) -> None:
        """Publish a frame's timings, and offer it to be drawn (pipeline sink)."""
        self._cameras[camera].report(frame, timings, self._slot.database_version)
        self._diagnostics.report(camera, timings)
        if self._parameters.annotate:
            spec = self.model.spec
            self._annotator.offer(
                camera, frame, classification, timings, spec.labels, spec.geometry)

    def reject(self, camera: str, error: Exception) -> None:
        """Log why an image was refused (pipeline sink)."""
        reason = describe(error)
        self._diagnostics.reject(camera, reason)
        self._log.warn(f'image on {camera} refused: {reason}')

    def _limit(self) -> None:
        self._pipeline.limit(
            round(self._parameters.max_age_ms * 1e6), self._parameters.max_rate_hz)

    def _look(self) -> None:
        for camera in self._cameras.values():
            camera.look()
