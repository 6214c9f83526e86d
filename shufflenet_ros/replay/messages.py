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
Results as messages in CDR, the same as a node publishes, written without ROS.

Fields and constants are those of vision_msgs 4, std_msgs and Foxglove's schemas for
``foxglove_msgs`` (https://docs.foxglove.dev/docs/sdk/schemas).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from rosbags.typesys import get_types_from_msg, get_typestore, Stores
from shufflenet_ros.core.class_text import class_text
from shufflenet_ros.core.palette import look_of, opacity_of, rgba
from shufflenet_ros.recordings.image_messages import SECOND_NS
from shufflenet_ros.replay.results import (
    Answer,
    FrameResult,
    NamedHypothesis,
    RegionResult,
)

CLASSIFICATION, LABEL = 'vision_msgs/msg/Classification', 'std_msgs/msg/String'
DETECTIONS = 'vision_msgs/msg/Detection2DArray'
LABEL_INFO, VISION_INFO = 'vision_msgs/msg/LabelInfo', 'vision_msgs/msg/VisionInfo'
ANNOTATIONS = 'foxglove_msgs/msg/ImageAnnotations'
DEFINITIONS = {
    'vision_msgs/msg/ObjectHypothesis': 'string class_id\nfloat64 score\n',
    CLASSIFICATION: 'std_msgs/Header header\nObjectHypothesis[] results\n',
    'vision_msgs/msg/ObjectHypothesisWithPose':
        'ObjectHypothesis hypothesis\ngeometry_msgs/PoseWithCovariance pose\n',
    'vision_msgs/msg/Point2D': 'float64 x\nfloat64 y\n',
    'vision_msgs/msg/Pose2D': 'Point2D position\nfloat64 theta\n',
    'vision_msgs/msg/BoundingBox2D': 'Pose2D center\nfloat64 size_x\nfloat64 size_y\n',
    'vision_msgs/msg/Detection2D':
        'std_msgs/Header header\nObjectHypothesisWithPose[] results\nBoundingBox2D bbox\n'
        'string id\n',
    DETECTIONS: 'std_msgs/Header header\nDetection2D[] detections\n',
    'vision_msgs/msg/VisionClass': 'uint16 class_id\nstring class_name\n',
    LABEL_INFO: 'std_msgs/Header header\nVisionClass[] class_map\nfloat32 threshold\n',
    VISION_INFO: 'std_msgs/Header header\nstring method\nstring database_location\n'
                 'int32 database_version\n',
    'foxglove_msgs/msg/Point2': 'float64 x\nfloat64 y\n',
    'foxglove_msgs/msg/Color': 'float64 r\nfloat64 g\nfloat64 b\nfloat64 a\n',
    'foxglove_msgs/msg/CircleAnnotation':
        'builtin_interfaces/Time timestamp\nPoint2 position\nfloat64 diameter\n'
        'float64 thickness\nColor fill_color\nColor outline_color\n',
    'foxglove_msgs/msg/PointsAnnotation':
        'uint8 UNKNOWN=0\nuint8 POINTS=1\nuint8 LINE_LOOP=2\nuint8 LINE_STRIP=3\n'
        'uint8 LINE_LIST=4\nbuiltin_interfaces/Time timestamp\nuint8 type\nPoint2[] points\n'
        'Color outline_color\nColor[] outline_colors\nColor fill_color\nfloat64 thickness\n',
    'foxglove_msgs/msg/TextAnnotation':
        'builtin_interfaces/Time timestamp\nPoint2 position\nstring text\nfloat64 font_size\n'
        'Color text_color\nColor background_color\n',
    ANNOTATIONS: 'CircleAnnotation[] circles\nPointsAnnotation[] points\n'
                 'TextAnnotation[] texts\n',
}
FONT_SHARE, SMALLEST_FONT = 1 / 18, 12
"""Height of letters as a part of that of the image, and in pixels at least."""
SMALLEST_CELL_FONT = 8
LETTER_WIDTH = 0.6
"""Of a letter, as a part of its height."""
LINE_LOOP, FRAME_THICKNESS = 2, 1.0
METHOD = 'shufflenet_v1'


class Messages:
    """Makes the messages of one model."""

    def __init__(self, labels: Sequence[str], threshold: float) -> None:
        """``threshold`` is the score that hypotheses had to reach."""
        self._labels = labels
        self._threshold = threshold
        self._store = message_store()
        self._kinds = self._store.types
        self._white = self._new('foxglove_msgs/msg/Color', 1.0, 1.0, 1.0, 1.0)
        self._black = self._new('foxglove_msgs/msg/Color', 0.0, 0.0, 0.0, 0.7)
        self._clear = self._new('foxglove_msgs/msg/Color', 0.0, 0.0, 0.0, 0.0)
        self._no_pose = self._new(
            'geometry_msgs/msg/PoseWithCovariance',
            self._new('geometry_msgs/msg/Pose', self._new('geometry_msgs/msg/Point', 0., 0., 0.),
                      self._new('geometry_msgs/msg/Quaternion', 0., 0., 0., 1.)), np.zeros(36))

    def schema(self, kind: str) -> bytes:
        """Give the definition of a type and of all that it holds, as ``ros2msg`` schemas are."""
        text, _ = self._store.generate_msgdef(kind, ros_version=2)
        return text.encode()

    def classification(self, result: FrameResult) -> bytes | None:
        """
        Best hypothesis first; ``class_id`` is the index in the label list as a string.

        None where the image was classified in cells only.
        """
        return self._classification(result, result.answer)

    def raw(self, result: FrameResult) -> bytes | None:
        """Give the same without the average over time."""
        return None if result.raw is None else self._classification(result, result.raw)

    def regions(self, result: FrameResult) -> bytes:
        """One detection for each cell, as ``~/regions`` has it."""
        return self._detections(result, [one.answer for one in result.regions])

    def raw_regions(self, result: FrameResult) -> bytes:
        """Give the same without the average over time."""
        return self._detections(result, [one.raw or one.answer for one in result.regions])

    def label(self, result: FrameResult) -> bytes:
        """Give the class in words, as ``~/label`` has it."""
        return self._packed(LABEL, self._words(result.answer))

    def label_info(self, stamp_ns: int) -> bytes:
        """Give the map from id to name, and the threshold."""
        names = [self._new('vision_msgs/msg/VisionClass', number, name)
                 for number, name in enumerate(self._labels)]
        return self._packed(LABEL_INFO, self._stamped(stamp_ns, ''), names, self._threshold)

    def vision_info(self, stamp_ns: int, model: str, precision: str, location: str) -> bytes:
        """Say which model it was; ``location`` is the topic that has the labels."""
        return self._packed(VISION_INFO, self._stamped(stamp_ns, ''),
                            f'{METHOD} {model} {precision}', location, 1)

    def annotations(self, result: FrameResult) -> bytes:
        """
        Give the class in words, to be drawn into the upper left corner of the image.

        Each cell gets a frame, and its class in its lower left corner.
        """
        size = max(SMALLEST_FONT, result.height * FONT_SHARE)
        stamp = self._time(result.stamp_ns)
        texts = [self._text(stamp, size / 2, size * 1.5, self._words(result.answer), size)
                 ] if result.best or not result.regions else []
        texts += [self._cell_text(stamp, one, size) for one in result.regions]
        frames = [self._frame(stamp, one) for one in result.regions]
        return self._packed(ANNOTATIONS, [], frames, texts)

    def _cell_text(self, stamp: Any, cell: RegionResult, largest: float) -> Any:
        """Write the class of a cell as large as it fits into the width of the cell."""
        words = self._words(cell.answer)
        size = max(SMALLEST_CELL_FONT, min(
            largest, cell.height / 3, cell.width / (LETTER_WIDTH * max(1, len(words)))))
        return self._text(stamp, cell.x + size / 4, cell.y + cell.height - size / 4, words, size)

    def _text(self, stamp: Any, x: float, y: float, words: str, size: float) -> Any:
        return self._new('foxglove_msgs/msg/TextAnnotation', stamp,
                         self._new('foxglove_msgs/msg/Point2', x, y), words, size, self._white,
                         self._black)

    def _frame(self, stamp: Any, cell: RegionResult) -> Any:
        """Draw the edges of a cell."""
        right, bottom = cell.x + cell.width, cell.y + cell.height
        corners = [self._new('foxglove_msgs/msg/Point2', float(x), float(y)) for x, y in (
            (cell.x, cell.y), (right, cell.y), (right, bottom), (cell.x, bottom))]
        outline, fill = self._colours(cell.answer)
        return self._new('foxglove_msgs/msg/PointsAnnotation', stamp, LINE_LOOP, corners,
                         outline, [], fill, FRAME_THICKNESS)

    def _colours(self, answer: Answer) -> tuple[Any, Any]:
        """Outline and fill of a cell: those that annotated images of the node have."""
        if not answer.hypotheses:
            return self._white, self._clear
        colour = look_of(answer.hypotheses[0].class_id).colour
        return tuple(self._new('foxglove_msgs/msg/Color', *rgba(colour, opacity))
                     for opacity in (1.0, opacity_of(answer.score)))

    def _classification(self, result: FrameResult, answer: Answer) -> bytes | None:
        if not answer.best:
            return None
        results = [self._hypothesis(one) for one in answer.hypotheses]
        return self._packed(CLASSIFICATION, self._header(result), results)

    def _detections(self, result: FrameResult, answers: Sequence[Answer]) -> bytes:
        header = self._header(result)
        return self._packed(DETECTIONS, header, [
            self._detection(header, cell, answer)
            for cell, answer in zip(result.regions, answers)])

    def _detection(self, header: Any, cell: RegionResult, answer: Answer) -> Any:
        results = [self._new('vision_msgs/msg/ObjectHypothesisWithPose', self._hypothesis(one),
                             self._no_pose) for one in answer.hypotheses]
        centre = self._new('vision_msgs/msg/Point2D', cell.x + cell.width / 2,
                           cell.y + cell.height / 2)
        box = self._new('vision_msgs/msg/BoundingBox2D',
                        self._new('vision_msgs/msg/Pose2D', centre, 0.0),
                        float(cell.width), float(cell.height))
        return self._new('vision_msgs/msg/Detection2D', header, results, box, cell.id)

    def _hypothesis(self, one: NamedHypothesis) -> Any:
        return self._new('vision_msgs/msg/ObjectHypothesis', str(one.class_id), one.score)

    def _words(self, answer: Answer) -> str:
        if not answer.best:
            return ''
        return class_text(answer.best, answer.score, self._threshold, not answer.label)

    def _header(self, result: FrameResult) -> Any:
        return self._stamped(result.stamp_ns, result.frame_id)

    def _stamped(self, stamp_ns: int, frame_id: str) -> Any:
        return self._new('std_msgs/msg/Header', self._time(stamp_ns), frame_id)

    def _time(self, stamp_ns: int) -> Any:
        seconds, nanoseconds = divmod(stamp_ns, SECOND_NS)
        # ROS 1 counts seconds without a sign: the bits stay.
        return self._new('builtin_interfaces/msg/Time',
                         (seconds + 2 ** 31) % 2 ** 32 - 2 ** 31, nanoseconds)

    def _new(self, kind: str, *values: Any) -> Any:
        return self._kinds[kind](*values)

    def _packed(self, kind: str, *values: Any) -> bytes:
        return bytes(self._store.serialize_cdr(self._new(kind, *values), kind))


@lru_cache(maxsize=1)
def message_store() -> Any:
    """Give the type store of ``rosbags`` with the types of ``DEFINITIONS``."""
    store = get_typestore(Stores.ROS2_HUMBLE)
    types: dict[str, Any] = {}
    for name, text in DEFINITIONS.items():
        types.update(get_types_from_msg(text, name))
    store.register({name: kind for name, kind in types.items() if name in DEFINITIONS})
    return store
