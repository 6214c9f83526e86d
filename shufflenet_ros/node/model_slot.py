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
The model of the node: loaded beside the running one, then put in its place.

What is published about a model (``~/label_info``, ``~/vision_info``, the parameter ``labels``)
changes together with it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.node import Node
from rclpy.parameter import Parameter
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.frame import Classification
from shufflenet_ros.core.text import plain
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.forms import NATIVE
from shufflenet_ros.inference.model_card import find_model, load_model, ModelSpec
from shufflenet_ros.inference.precision import select_engine, Selection
from shufflenet_ros.inference.sessions import CPU
from shufflenet_ros.inference.trial import try_out
from shufflenet_ros.monitoring.facts import ModelFacts
from shufflenet_ros.node.conversions import label_info_to_msg, vision_info_to_msg
from shufflenet_ros.node.outputs.label_topic import label_text
from shufflenet_ros.node.parameters.values import Parameters
from shufflenet_ros.node.public_names import LABEL_INFO, VISION_INFO
from shufflenet_ros.node.qos import LATCHED_QOS
from shufflenet_ros.process.allocator import give_back_free_memory
from shufflenet_ros.process.files import shipped_models
from shufflenet_ros.process.thread_priority import at_full_priority
from std_msgs.msg import Header
from vision_msgs.msg import LabelInfo, VisionInfo

LABELS = 'labels'


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that is checked, loaded and warm."""

    name: str
    """The value of the parameter ``model`` that it was loaded for."""
    spec: ModelSpec
    selection: Selection
    """Which form of it runs, and why."""

    @property
    def engine(self) -> Engine:
        """What runs."""
        return self.selection.engine

    def classifier(self, parameters: Parameters) -> Classifier:
        """Make a classifier of it."""
        return Classifier(
            self.engine, self.spec.geometry, parameters.top_k, self.threshold(parameters),
            keeps_scores=parameters.smoothing.is_on)

    def threshold(self, parameters: Parameters) -> float:
        """Score that its hypotheses must reach: the user's, or else that of its card."""
        return parameters.threshold if parameters.threshold >= 0 else self.spec.threshold or 0.0

    def facts(self, error: str = '') -> ModelFacts:
        """Give diagnostics what runs, and why the model asked for last does not."""
        return ModelFacts(self.spec.name, self.engine.requested_providers, self.engine.providers,
                          error)

    def values(self, parameters: Parameters) -> dict[str, Any]:
        """Give diagnostics the values that are shown with the model."""
        return {'folder': self.spec.folder, 'precision': self.engine.precision,
                'form': self.selection.form, 'form_from': self.selection.reason,
                **({'not_native': why} if (why := self.selection.why_not_native) else {}),
                'classes': len(self.spec.labels), 'input': str(self.spec.geometry),
                'threshold': self.threshold(parameters),
                'threshold_from': self._threshold_from(parameters)}

    def describe(self, parameters: Parameters) -> str:
        """Say in one line for the log what runs."""
        return (f'model {plain(self.spec.name)} {self.selection.form} ({len(self.spec.labels)} '
                f'classes, {self.spec.geometry}) on {self.engine.providers[0]}, '
                f'threshold {self.threshold(parameters):g} ({self._threshold_from(parameters)})')

    def _threshold_from(self, parameters: Parameters) -> str:
        if parameters.threshold >= 0:
            return 'parameter'
        return 'default, the card has none' if self.spec.threshold is None else "model's card"


def model_folder(name: str) -> Path:
    """Find a model by name or path; raises ModelError."""
    return find_model(name, shipped_models())


def load(parameters: Parameters, logger: RcutilsLogger) -> LoadedModel:
    """
    Check, load and warm up the model that the parameters name, on the providers they name.

    Raises ModelError and ConfigurationError; nothing that runs is touched.
    """
    if parameters.intra_op_num_threads > 1 or {*parameters.execution_providers} - {CPU, 'CPU'}:
        # Their threads are started while the session is made, and take part in every inference.
        return at_full_priority(lambda: _load(parameters, logger))
    return _load(parameters, logger)


def _load(parameters: Parameters, logger: RcutilsLogger) -> LoadedModel:
    spec = load_model(model_folder(parameters.model))
    _try_out(spec, parameters.precision)
    selection = select_engine(spec, parameters.precision, **parameters.session_settings())
    if selection.times_ms:
        logger.info(f'{plain(selection.reason)}, so {selection.engine.name} runs')
    if selection.why_not_native and spec.has_form('int8', NATIVE):
        logger.warning(f'int8_native does not run: {plain(selection.why_not_native)}')
    elif selection.why_not_native:  # a model of before: nothing is wrong with it
        logger.info(f'int8_native does not run: {plain(selection.why_not_native)}')
    return LoadedModel(parameters.model, spec, selection)


def _try_out(spec: ModelSpec, precision: str) -> None:
    """Try a model out apart, unless it comes with the package."""
    if shipped_models().resolve() not in spec.folder.resolve().parents:
        try_out(spec, [precision])


class ModelSlot:
    """Holds the model that runs, and publishes its labels and infos."""

    def __init__(self, node: Node, model: LoadedModel, database_version: int) -> None:
        """``database_version`` is that of the last model this node had; 0 for none."""
        self._node = node
        self.model = model
        self.database_version = database_version
        self._label_info = node.create_publisher(LabelInfo, f'~/{LABEL_INFO}', LATCHED_QOS)
        self._vision_info = node.create_publisher(VisionInfo, f'~/{VISION_INFO}', LATCHED_QOS)
        self._sets_labels = False
        self._names: tuple[str, ...] = ()
        self._threshold = 0.0

    def use(self, model: LoadedModel, threshold: float) -> None:
        """Hold this model: set its labels, publish labels and infos under the next version."""
        self.model = model
        self.database_version += 1
        self._names = tuple(plain(label) for label in model.spec.labels)
        self._set_labels(model.spec.labels)
        self.publish_labels(threshold)
        self._vision_info.publish(vision_info_to_msg(
            self._header(), f'shufflenet_v1 {model.spec.name} {model.engine.precision}',
            f'{self._node.get_fully_qualified_name()}/{LABELS}', self.database_version))
        self._warn_of_missing_providers(model.engine)
        give_back_free_memory()

    def publish_labels(self, threshold: float) -> None:
        """Publish the labels and the threshold that results have to reach."""
        self._threshold = threshold
        self._label_info.publish(
            label_info_to_msg(self._header(), self.model.spec.labels, threshold))

    def label_of(self, classification: Classification) -> str:
        """Name the class of a frame that this model classified, in words."""
        return label_text(classification, self._names, self._threshold)

    def is_label_change(self, names: Collection[str]) -> bool:
        """Whether these parameters hold the labels, and it is not this slot that sets them."""
        return LABELS in names and not self._sets_labels

    def destroy(self) -> None:
        """Destroy the topics and undeclare the labels."""
        self._node.destroy_publisher(self._label_info)
        self._node.destroy_publisher(self._vision_info)
        if self._node.has_parameter(LABELS):
            self._node.undeclare_parameter(LABELS)

    def _header(self) -> Header:
        return Header(stamp=self._node.get_clock().now().to_msg())

    def _warn_of_missing_providers(self, engine: Engine) -> None:
        for name in engine.missing_providers:
            self._node.get_logger().warning(
                f'execution provider {name} does not run; onnxruntime fell back to '
                f'{", ".join(engine.providers)}. Install what it needs, or take it out of '
                'execution_providers')

    def _set_labels(self, labels: tuple[str, ...]) -> None:
        # Not read-only for rclpy, which would refuse the node itself; see is_label_change().
        self._sets_labels = True
        try:
            if not self._node.has_parameter(LABELS):
                self._node.declare_parameter(LABELS, list(labels), ParameterDescriptor(
                    description='Class names of the model in index order.',
                    additional_constraints='Set by the node, together with the model.'),
                    ignore_override=True)
            else:
                self._node.set_parameters([Parameter(LABELS, value=list(labels))])
        finally:
            self._sets_labels = False
