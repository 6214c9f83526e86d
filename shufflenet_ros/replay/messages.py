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

from rosbags.typesys import get_types_from_msg, get_typestore, Stores
from shufflenet_ros.core.class_text import class_text
from shufflenet_ros.recordings.image_messages import SECOND_NS
from shufflenet_ros.replay.results import FrameResult

CLASSIFICATION, LABEL = 'vision_msgs/msg/Classification', 'std_msgs/msg/String'
LABEL_INFO, VISION_INFO = 'vision_msgs/msg/LabelInfo', 'vision_msgs/msg/VisionInfo'
ANNOTATIONS = 'foxglove_msgs/msg/ImageAnnotations'
DEFINITIONS = {
    'vision_msgs/msg/ObjectHypothesis': 'string class_id\nfloat64 score\n',
    CLASSIFICATION: 'std_msgs/Header header\nObjectHypothesis[] results\n',
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

    def schema(self, kind: str) -> bytes:
        """Give the definition of a type and of all that it holds, as ``ros2msg`` schemas are."""
        text, _ = self._store.generate_msgdef(kind, ros_version=2)
        return text.encode()

    def classification(self, result: FrameResult) -> bytes:
        """Best hypothesis first; ``class_id`` is the index in the label list as a string."""
        results = [self._new('vision_msgs/msg/ObjectHypothesis', str(one.class_id), one.score)
                   for one in result.hypotheses]
        return self._packed(CLASSIFICATION, self._header(result), results)

    def label(self, result: FrameResult) -> bytes:
        """Give the class in words, as ``~/label`` has it."""
        return self._packed(LABEL, self._words(result))

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
        """Give the class in words, to be drawn into the upper left corner of the image."""
        size = max(SMALLEST_FONT, result.height * FONT_SHARE)
        text = self._new(
            'foxglove_msgs/msg/TextAnnotation', self._time(result.stamp_ns),
            self._new('foxglove_msgs/msg/Point2', size / 2, size * 1.5), self._words(result),
            size, self._white, self._black)
        return self._packed(ANNOTATIONS, [], [], [text])

    def _words(self, result: FrameResult) -> str:
        if not result.best:
            return ''
        return class_text(result.best, result.score, self._threshold, not result.label)

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
