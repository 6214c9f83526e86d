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
Frames through the real classifier node, one by one: the next is sent when the last is answered.

The node is a process of its own, in a namespace that nobody else has, and on this machine only.
Its input is reliable, so that nothing gets lost. Each frame travels under a stamp of its own: the
node drops what is older than its last result, and recorded stamps may be 0, repeat or go
backwards. The answer under that stamp is the answer to the frame, whatever its own header says.

A frame that the node refuses has no answer. Therefore, after a while without one, a small image is
sent behind it: frames of a camera are served in order, so once that one is answered the frame
before it will not be, and the counters in ``~/frame_latency`` say whether it was refused (it
counts as ``failed``) or replaced by the small image, in which case it is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, ExitStack
from dataclasses import replace
from functools import partial
from itertools import count
import os
from pathlib import Path
import re
import secrets
import time
from typing import Any

import cv2
from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.core.encoding.compressed import EVERYTHING
from shufflenet_ros.core.encoding.decode import decode_with_size
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import (
    AnyFrame,
    Classification,
    CompressedFrame,
    Frame,
    Hypothesis,
    PartResult,
    STAGES,
    StageTimings,
)
from shufflenet_ros.core.parts import Box, Part, View
from shufflenet_ros.core.text import plain
from shufflenet_ros.inference.model_card import find_model, load_model, ModelSpec
from shufflenet_ros.node.public_names import CLASSIFICATION, FRAME_LATENCY, REGIONS
from shufflenet_ros.node.stamps import stamp_ns_of
from shufflenet_ros.player.messages import image_message, time_of
from shufflenet_ros.player.node_process import NodeError, NodeProcess
from shufflenet_ros.process.files import shipped_models
from shufflenet_ros.process.middleware import prepare_middleware, this_machine_only
from std_msgs.msg import Header
from vision_msgs.msg import Classification as ClassificationMsg
from vision_msgs.msg import Detection2DArray

START_TIMEOUT_S = 120.0
"""For the node to load its model and answer a first image."""
ANSWER_TIMEOUT_S = 60.0
"""For one frame, however large."""
LINE_TIMEOUT_S = 2.0
"""For a line of the node's log to come here."""
LEAST_PATIENCE_S, MOST_PATIENCE_S = 0.02, 0.25
"""Without an answer for so long, it is asked whether there will be one."""
PATIENCE = 5
"""Times that a frame may take longer than is usual before that."""
PROBE_EVERY_S = 0.1
NUMBERS = count()
DEEP_QOS = QoSProfile(depth=1000)


class NodeReplay:
    """
    A classifier like :class:`shufflenet_ros.core.classifier.Classifier`: that of a running node.

    A context manager, for one thread. ``timings`` are all stages of the last frame.
    """

    def __init__(self, model: str | Path, precision: str = 'int8', top_k: int = 5,
                 threshold: float | None = None, view: View = EVERYTHING,
                 keeps_scores: bool = False) -> None:
        """
        Check the model; the node starts with the context.

        ``model`` is a name or a path, ``threshold`` None for that of the card; ``keeps_scores``
        keeps those of all classes with each result. Raises ModelError.
        """
        self._spec: ModelSpec = load_model(find_model(str(model), shipped_models()))
        self._precision, self._top_k = precision, top_k
        self._view, self._keeps_scores = view, keeps_scores
        self._threshold = (self._spec.threshold or 0.0) if threshold is None else threshold
        self._stack = ExitStack()
        self._last_ns = 0
        self._usual_s = MOST_PATIENCE_S
        """How long answers take: a moving mean."""
        self.timings: StageTimings | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return tuple(self._spec.labels)

    @property
    def form(self) -> str:
        """Which form of the model the node runs, as its log names it; '' where it does not."""
        ready = re.compile(rf'model {re.escape(plain(self._spec.name))} (.+?) \(\d+ classes')
        # The first answer may be here sooner than that line.
        self._spin(lambda: bool(self._process.lines_with('ready: model')), LINE_TIMEOUT_S)
        found = [match[1] for line in self._process.lines_with('ready: model')
                 if (match := ready.search(line))]
        return found[-1] if found else ''

    @property
    def pid(self) -> int:
        """Number of the process of the node."""
        return self._process.pid

    def __enter__(self) -> NodeReplay:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def classify(self, frame: AnyFrame) -> tuple[Classification, tuple[int, int, int, int]]:
        """
        Give the frame's classification and four durations (ns), as the core does.

        The node's times have a resolution of 1000 ns. Raises FrameError for a frame that the node
        refuses, and NodeError where the node has ended or does not answer any more.
        """
        camera = self._cameras['compressed' if isinstance(frame, CompressedFrame) else 'raw']
        camera.answers.clear()
        msg = image_message(frame, Header())
        deadline_s = time.monotonic() + ANSWER_TIMEOUT_S
        patience_s = min(MOST_PATIENCE_S, max(LEAST_PATIENCE_S, PATIENCE * self._usual_s))
        while not self._answered(camera, msg, patience_s, deadline_s):
            patience_s *= 4  # it was replaced: the node needs longer to take it
        result, values = camera.answers[stamp_ns_of(msg.header)]
        return self._read(result, values) if values else self._refuse(frame)

    def _answered(self, camera: _Camera, msg: Any, patience_s: float, deadline_s: float) -> bool:
        """Send a frame; True with an answer or a refusal, False where it must be sent again."""
        failed = camera.failed
        stamp_ns, start_s = self._send(camera, msg), time.monotonic()
        if self._spin(lambda: stamp_ns in camera.answers, patience_s):
            self._usual_s += 0.1 * (time.monotonic() - start_s - self._usual_s)
            return True
        probe_ns = self._send(camera, camera.probe)
        if not self._spin(lambda: not camera.answers.keys().isdisjoint((stamp_ns, probe_ns)),
                          deadline_s - time.monotonic()):
            raise NodeError(f'the classifier node gave no answer for {ANSWER_TIMEOUT_S:.0f} s; '
                            f'{self._process.last_lines()}')
        if stamp_ns not in camera.answers and camera.failed > failed:
            camera.answers[stamp_ns] = None, {}
        return stamp_ns in camera.answers

    def _read(self, result: Any, values: dict[str, str]) -> tuple[
            Classification, tuple[int, int, int, int]]:
        ages, *others = (round(float(values[f'{stage}_ms']) * 1e6) for stage in STAGES)
        self.timings = StageTimings(ages, *others)
        _, decode_ns, preprocess_ns, inference_ns, postprocess_ns, _ = others
        whole, regions = result
        classification = Classification(()) if whole is None else self._of(
            Hypothesis(int(one.class_id), one.score) for one in whole.results)
        if regions is not None:
            classification = replace(classification, parts=tuple(
                PartResult(_part_of(one), self._of(
                    Hypothesis(int(found.hypothesis.class_id), found.hypothesis.score)
                    for found in one.results)) for one in regions.detections))
        return classification, (decode_ns, preprocess_ns, inference_ns, postprocess_ns)

    def _of(self, hypotheses: Iterable[Hypothesis]) -> Classification:
        """Give what the core gives of what the node gives, which is the best, whatever score."""
        found = list(hypotheses)
        scores = [one.score for one in sorted(found, key=lambda one: one.index)]
        return Classification(
            tuple(one for one in found[:self._top_k] if one.score >= self._threshold), found[0],
            scores=scores if self._keeps_scores else ())

    def _refuse(self, frame: AnyFrame) -> Any:
        """Raise why a frame was refused: the node runs this same core, and logs few of them."""
        decode_with_size(frame, self._spec.geometry, self._view)
        raise FrameError(f'refused by the classifier node; {self._process.last_lines()}')

    def _send(self, camera: _Camera, msg: Any) -> int:
        """Publish under a stamp that no other message has, and later than all before it."""
        self._last_ns = max(self._last_ns + 1, time.time_ns())
        msg.header.stamp = time_of(self._last_ns)
        camera.publisher.publish(msg)
        return self._last_ns

    def _spin(self, condition: Callable[[], bool], seconds: float) -> bool:
        deadline_s = time.monotonic() + seconds
        while not condition():
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return False
            self._process.check()
            self._executor.spin_once(timeout_sec=min(left_s, 0.1))
        return True

    def _start(self) -> None:
        prepare_middleware()
        namespace = f'/replay_{os.getpid()}_{next(NUMBERS)}_{secrets.token_hex(4)}'
        self._process = NodeProcess(namespace, self._parameters(namespace))
        self._stack.callback(self._process.close)
        self._make_node(namespace)
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while silent := [one for one in self._cameras.values() if not one.answers]:
            if time.monotonic() > deadline_s:
                raise NodeError('the classifier node did not answer within '
                                f'{START_TIMEOUT_S:.0f} s; {self._process.last_lines()}')
            if silent[0].publisher.get_subscription_count():
                self._send(silent[0], silent[0].probe)
            self._spin(partial(bool, silent[0].answers), PROBE_EVERY_S)

    def _parameters(self, namespace: str) -> dict[str, Any]:
        """Give what the node is started with; its threshold is applied here, see ``_read``."""
        topics = (f'{namespace}/raw/image_raw', f'{namespace}/compressed/image_raw/compressed')
        region = self._view.region
        top_k = max(self._top_k, len(self._spec.labels)) if self._keeps_scores else self._top_k
        return {'model': str(self._spec.folder.resolve()), 'precision': self._precision,
                'top_k': top_k, 'threshold': 0.0, 'annotate': False,
                'region': [region.x, region.y, region.width, region.height],
                'grid': str(self._view.grid or ''), 'classify_whole': self._view.has_whole,
                'cameras': ['raw', 'compressed'], 'image_transport': ['raw', 'compressed'],
                **{f'qos_overrides.{topic}.subscription.reliability': 'reliable'
                   for topic in topics}}

    def _make_node(self, namespace: str) -> None:
        context = Context()
        with _environment(this_machine_only()):
            rclpy.init(args=[], context=context,
                       signal_handler_options=SignalHandlerOptions.NO)
        self._stack.callback(lambda: rclpy.try_shutdown(context=context))
        node = Node('replay', namespace=namespace, context=context, use_global_arguments=False,
                    enable_rosout=False, start_parameter_services=False)
        self._stack.callback(node.destroy_node)
        self._executor = SingleThreadedExecutor(context=context)
        self._stack.callback(self._executor.shutdown)
        self._executor.add_node(node)
        self._cameras = {
            'raw': _Camera(node, 'raw', Image, 'raw/image_raw', _probe(), self._view),
            'compressed': _Camera(
                node, 'compressed', CompressedImage, 'compressed/image_raw/compressed',
                _compressed_probe(), self._view)}


class _Camera:
    """One camera of the node, seen from outside."""

    def __init__(self, node: Node, name: str, kind: type, topic: str, probe: AnyFrame,
                 view: View) -> None:
        self.publisher: Publisher = node.create_publisher(kind, topic, QoSProfile(depth=5))
        self.probe = image_message(probe, Header())
        """A small image that every model can take."""
        self.failed = 0
        """Frames that the node has refused so far, as far as it is known."""
        self.answers: dict[int, tuple[Any, dict[str, str]]] = {}
        """Stamp (ns) to result, and what ``frame_latency`` says; nothing of a refused one."""
        self._results: dict[int, Any] = {}
        self._regions: dict[int, Any] = {}
        self._view = view
        self._values: dict[int, dict[str, str]] = {}
        if view.has_whole:
            node.create_subscription(ClassificationMsg, f'classifier/{name}/{CLASSIFICATION}',
                                     self._take_result, DEEP_QOS)
        if view.grid is not None:
            node.create_subscription(Detection2DArray, f'classifier/{name}/{REGIONS}',
                                     self._take_regions, DEEP_QOS)
        node.create_subscription(DiagnosticArray, f'classifier/{name}/{FRAME_LATENCY}',
                                 self._take_latency, DEEP_QOS)

    def _take_result(self, msg: ClassificationMsg) -> None:
        self._results[stamp_ns_of(msg.header)] = msg
        self._join()

    def _take_regions(self, msg: Detection2DArray) -> None:
        self._regions[stamp_ns_of(msg.header)] = msg
        self._join()

    def _take_latency(self, msg: DiagnosticArray) -> None:
        values = {pair.key: pair.value for pair in msg.status[0].values}
        self.failed = max(self.failed, int(values['failed']))
        self._values[stamp_ns_of(msg.header)] = values
        self._join()

    def _join(self) -> None:
        """Make an answer of the results and the latency of the same frame."""
        whole = self._results.keys() if self._view.has_whole else self._values.keys()
        cells = self._regions.keys() if self._view.grid is not None else self._values.keys()
        for stamp_ns in self._values.keys() & whole & cells:
            results = self._results.pop(stamp_ns, None), self._regions.pop(stamp_ns, None)
            self.answers[stamp_ns] = results, self._values.pop(stamp_ns)


def _part_of(detection: Any) -> Part:
    """Give id and pixels of a cell."""
    centre, box = detection.bbox.center.position, detection.bbox
    return Part(detection.id, Box(
        round(centre.y - box.size_y / 2), round(centre.x - box.size_x / 2), round(box.size_y),
        round(box.size_x)))


def _probe() -> Frame:
    return Frame(bytes(32 * 32 * 3), 32, 32, 'bgr8', 32 * 3)


def _compressed_probe() -> CompressedFrame:
    black = np.zeros((32, 32, 3), np.uint8)
    return CompressedFrame(cv2.imencode('.jpg', black)[1].tobytes(), 'jpeg')


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Have variables in the environment for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ |= variables
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
