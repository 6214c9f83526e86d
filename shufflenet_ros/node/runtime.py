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
What the classifier node has from configure to cleanup: model, pipeline, cameras.

It is the pipeline's sink: results and timings go to the topics of the camera they belong to.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from shufflenet_ros.core.box_work import Answer
from shufflenet_ros.core.errors import describe
from shufflenet_ros.core.frame import (
    AnyFrame,
    Classification,
    CompressedFrame,
    Counters,
    Delivery,
    StageTimings,
)
from shufflenet_ros.core.pipeline import Pipeline
from shufflenet_ros.core.smoothing import Smoother
from shufflenet_ros.core.text import plain
from shufflenet_ros.node.camera import Camera
from shufflenet_ros.node.camera_topics import image_topic
from shufflenet_ros.node.detections import Detections
from shufflenet_ros.node.health.diagnostics import Diagnostics
from shufflenet_ros.node.image_source import ImageSource
from shufflenet_ros.node.model_slot import LoadedModel, ModelSlot
from shufflenet_ros.node.outputs.annotator import Annotator
from shufflenet_ros.node.parameters.values import Parameters
from shufflenet_ros.node.throttled_log import ThrottledLog
from shufflenet_ros.process.output import take_complaints

CHECK_PERIOD_S = 1.0
SWITCH_TIMEOUT_S = 1.0
"""A change waits so long for the frames at work: it holds the executor up."""


class Runtime:
    """All that a configured node holds, whether active or not."""

    def __init__(self, node: Node, parameters: Parameters, model: LoadedModel,
                 database_version: int, diagnostics: Diagnostics) -> None:
        """Advertise everything; ConfigurationError where a QoS override cannot be."""
        self._node = node
        self._parameters = parameters
        self._log = ThrottledLog(node.get_logger())
        self._slot = ModelSlot(node, model, database_version)
        self._detections: dict[str, Detections] = {}
        self._pipeline = self._make_pipeline(model)
        self._source: ImageSource | None = None
        self._diagnostics = diagnostics
        self._annotator = Annotator(node)
        self._cameras: dict[str, Camera] = {}
        self._faults = 0
        # A steady clock: simulated time may stand still.
        self._timer = node.create_timer(
            CHECK_PERIOD_S, self._report_faults, clock=Clock(clock_type=ClockType.STEADY_TIME))
        try:
            self._add_cameras()
        except Exception:
            self.destroy()
            raise
        self._slot.use(model, model.threshold(parameters))
        self._smooth(parameters, model.threshold(parameters))
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
            subscriptions = {
                name: camera.subscribe() for name, camera in self._cameras.items()}
            subscriptions |= {
                found.name: found.subscribe() for found in self._detections.values()}
        except Exception:
            self.deactivate()
            raise
        self._source = ImageSource(
            self._node.context, subscriptions, self._take,
            {found.name: found.work.waits_ns for found in self._detections.values()})
        self._pipeline.start(self._source)

    def describe_inputs(self) -> str:
        """Say in words for the log what is subscribed to."""
        return ', '.join([
            *(camera.describe_input() for camera in self._cameras.values()),
            *(found.describe_input() for found in self._detections.values())])

    def deactivate(self) -> None:
        """Finish the images that are here and take no more; nothing is published afterwards."""
        self._diagnostics.remove_cameras()
        self._pipeline.stop(drop=False)
        self._close_source()
        for camera in self._cameras.values():
            camera.unsubscribe()
        for found in self._detections.values():
            found.unsubscribe()

    def stop(self) -> None:
        """End the workers because the process ends; may be called from any thread."""
        self._pipeline.stop()
        self._close_source()

    def destroy(self) -> None:
        """Destroy all topics, threads and the timer."""
        self.deactivate()
        for camera in self._cameras.values():
            camera.destroy()
        for found in self._detections.values():
            found.destroy()
        self._annotator.close()
        self._slot.destroy()
        self._node.destroy_timer(self._timer)

    def apply(self, parameters: Parameters, model: LoadedModel | None = None) -> None:
        """
        Take over changed parameters, and another model where one is given.

        Where an inference hangs, its image is given up for another model; any other change takes
        effect after it.
        """
        before, self._parameters = self._parameters, parameters
        current = model or self.model
        threshold = current.threshold(parameters)
        with self._pipeline.between_frames(SWITCH_TIMEOUT_S) as is_at_rest:
            self._pipeline.use_classifier(current.classifier(parameters))
            if model is not None or _averaged(before) != _averaged(parameters):
                self._smooth(parameters, threshold)
            if model is not None:
                if not is_at_rest:
                    self._pipeline.give_up()
                self._slot.use(model, threshold)
            elif threshold != current.threshold(before):
                self._slot.publish_labels(threshold)
        if model is not None and not is_at_rest:
            self._log.warn(f'an inference of the model before still ran after '
                           f'{SWITCH_TIMEOUT_S:g} s: its image has no result')
            self._pipeline.restart()
        self._limit()

    def is_label_change(self, names: Collection[str]) -> bool:
        """Whether these parameters hold the labels, which only the node itself may set."""
        return self._slot.is_label_change(names)

    def counters(self, camera: str) -> Counters:
        """Count what became of the images of a camera."""
        return self._pipeline.counters(camera)

    def at_work_s(self, camera: str) -> float:
        """How long no worker has been free for a camera (s)."""
        return self._pipeline.at_work_s(camera)

    def restart_order(self) -> None:
        """Accept older stamps: the clock has jumped."""
        self._pipeline.restart_order()

    def publish(self, camera: str, frame: AnyFrame, classification: Classification,
                raw: Classification | None) -> None:
        """Publish a result (pipeline sink)."""
        self._cameras[camera].publish(frame, classification, raw)

    def report(self, camera: str, frame: AnyFrame, classification: Classification,
               timings: StageTimings) -> None:
        """Publish a frame's timings, and have it annotated (pipeline sink)."""
        self._cameras[camera].report(
            frame, timings, self._slot.database_version, self._slot.label_of(classification),
            classification)
        self._diagnostics.record_result(camera, timings)
        is_damaged = isinstance(frame, CompressedFrame) and self._is_damaged(camera)
        if self._parameters.annotate:
            spec = self.model.spec
            self._annotator.submit(
                camera, frame, classification, timings, spec.labels, spec.geometry, is_damaged,
                self._pipeline.view_of(camera), self._cameras[camera].has_boxes)

    def reject(self, camera: str, error: Exception) -> None:
        """Log why an image was refused (pipeline sink)."""
        take_complaints()  # the error says what they say
        reason = describe(error)
        self._diagnostics.record_failure(camera, reason)
        self._log.warn(f'image on {camera} refused: {reason}', camera)

    def record(self, camera: str, delivery: Delivery, arrived: int) -> None:
        """Take note of an image after all that became of it (pipeline sink)."""
        self._cameras[camera].record(delivery, arrived)

    def _close_source(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            source.close()
        for camera in self._cameras.values():
            camera.stop_taking()

    def _take(self, camera: str) -> Delivery | None:
        return self._cameras[camera].take()

    def _is_damaged(self, camera: str) -> bool:
        """Whether libraries complained about an image of a camera that was classified just now."""
        may_be_drawn = self._annotator.draws_damaged
        complaints = take_complaints()
        if not complaints or may_be_drawn or self._annotator.draws_damaged:
            return False
        reason = plain(complaints[0])
        self._diagnostics.record_damage(camera, reason)
        self._log.warn(f'image on {camera} is damaged ({reason}) and was classified all the same; '
                       'check the link and the encoder of the camera', camera)
        return True

    def _draw_boxes(self, camera: str, answer: Answer) -> None:
        """Have the boxes of an image drawn on it, be it none of them."""
        if self._parameters.annotate:
            spec = self.model.spec
            self._annotator.submit_boxes(camera, answer.frame, answer.results, spec.labels,
                                         spec.geometry, self._pipeline.view_of(camera))

    def _make_pipeline(self, model: LoadedModel) -> Pipeline:
        """Make that of all cameras, and of the boxes of those that have some."""
        parameters = self._parameters
        for name in parameters.cameras:
            if name in parameters.roi_cameras:
                self._detections[name] = Detections(
                    self._node, name, parameters.roi_settings, lambda: self.database_version,
                    partial(self._draw_boxes, image_topic(name)))
        return Pipeline(
            model.classifier(parameters), self,
            [image_topic(name) for name in parameters.cameras], parameters.workers,
            {found.name: found.work for found in self._detections.values()})

    def _add_cameras(self) -> None:
        for found in self._detections.values():
            found.advertise()
        for name, transport in zip(self._parameters.cameras, self._parameters.image_transport):
            camera = Camera(self._node, name, transport, self._pipeline, self._diagnostics,
                            self._detections.get(name))
            self._cameras[camera.name] = camera
            self._annotator.add_camera(camera.name, camera.prefix)

    def _limit(self) -> None:
        parameters = self._parameters
        self._pipeline.limit(parameters.max_age_ns, parameters.max_rate_hz)
        for found in self._detections.values():
            found.use(parameters.roi_settings)
        self._pipeline.look_at({image_topic(name): view
                                for name, view in parameters.views.items()},
                               parameters.grid_max_ns)

    def _smooth(self, parameters: Parameters, threshold: float) -> None:
        """Begin new averages, where any are asked for."""
        self._pipeline.use_smoothers({
            image_topic(name): Smoother(parameters.smoothing, parameters.top_k, threshold)
            for name in parameters.cameras} if parameters.smoothing.is_on else {})

    def _report_faults(self) -> None:
        """Say that a worker had to be started again: an error that no image caused."""
        faults, reason = self._pipeline.fault
        if faults != self._faults:
            self._faults = faults
            text = f'a worker failed and was started again: {reason}'
            self._diagnostics.set_model(
                self.model.facts(text), self.model.values(self._parameters))
            self._log.warn(text)


def _averaged(parameters: Parameters) -> tuple[Any, ...]:
    """Give what averages over time follow from: after a change of it they begin anew."""
    return (parameters.smoothing, parameters.top_k, parameters.threshold,
            tuple(parameters.views.items()))
