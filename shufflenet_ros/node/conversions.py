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
Messages to frames, and results to messages: the only file that knows the fields of both.

But for cells, which :mod:`.region_bytes` writes. The meaning of the fields is that of sensor_msgs,
vision_msgs 4 and diagnostic_msgs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.core.box_work import Answer, BoxTimings
from shufflenet_ros.core.frame import (
    Classification,
    CompressedFrame,
    Counters,
    Frame,
    RoiCounters,
    StageTimings,
)
from shufflenet_ros.node.public_names import (
    DETECTIONS_KEYS,
    DETECTIONS_STATUS,
    FRAME_KEYS,
    FRAME_STATUS,
    status_name,
)
from shufflenet_ros.node.stamps import stamp_ns_of
from std_msgs.msg import Header
from vision_msgs.msg import Classification as ClassificationMsg
from vision_msgs.msg import LabelInfo, ObjectHypothesis, VisionClass, VisionInfo


def frame_from_msg(msg: Image, received_ns: int, now_ns: int) -> Frame:
    """
    Borrow the image of a message.

    ``received_ns`` is the monotonic clock and ``now_ns`` the node's clock, both read when the
    message arrived. Raises FrameError for an image without pixels.
    """
    stamp_ns = stamp_ns_of(msg.header)
    return Frame(
        data=msg.data, height=msg.height, width=msg.width, encoding=msg.encoding, step=msg.step,
        received_ns=received_ns, age_at_receipt_ns=_age_ns(stamp_ns, now_ns), header=msg.header,
        is_bigendian=bool(msg.is_bigendian), stamp_ns=stamp_ns)


def compressed_frame_from_msg(msg: CompressedImage, received_ns: int,
                              now_ns: int) -> CompressedFrame:
    """
    Borrow the compressed image of a message; it is decoded where frames are classified.

    The clocks are those of :func:`frame_from_msg`. Raises FrameError for an image without data.
    """
    stamp_ns = stamp_ns_of(msg.header)
    return CompressedFrame(
        data=msg.data, format=msg.format, received_ns=received_ns,
        age_at_receipt_ns=_age_ns(stamp_ns, now_ns), header=msg.header, stamp_ns=stamp_ns)


def _age_ns(stamp_ns: int, now_ns: int) -> int | None:
    """Age of a message; None without a stamp, or while simulated time has not begun (0)."""
    return now_ns - stamp_ns if stamp_ns and now_ns else None


class ResultMessage:
    """The message of one camera's classifications, filled anew for each frame."""

    def __init__(self) -> None:
        self._results: list[ObjectHypothesis] = []
        self._msg = ClassificationMsg()

    def fill(self, header: Header, classification: Classification) -> ClassificationMsg:
        """
        Best hypothesis first; ``class_id`` is the index in the label list as a string.

        What is returned is the same message each time.
        """
        hypotheses = classification.hypotheses
        while len(self._results) < len(hypotheses):
            self._results.append(ObjectHypothesis())
        for result, hypothesis in zip(self._results, hypotheses):
            result.class_id = str(hypothesis.index)
            result.score = hypothesis.score
        self._msg.header = header
        self._msg.results = self._results[:len(hypotheses)]
        return self._msg


def label_info_to_msg(header: Header, labels: Sequence[str], threshold: float) -> LabelInfo:
    """Make the map from id to name, to be latched."""
    return LabelInfo(header=header, threshold=threshold, class_map=[
        VisionClass(class_id=index, class_name=label) for index, label in enumerate(labels)])


def vision_info_to_msg(header: Header, method: str, database_location: str,
                       database_version: int) -> VisionInfo:
    """Where the labels are found: ``database_location`` names the parameter that holds them."""
    return VisionInfo(header=header, method=method, database_location=database_location,
                      database_version=database_version)


class LatencyMessage:
    """
    The message of one camera's latencies, filled anew for each frame.

    To make its pairs of key and value takes longer than all else about them.
    """

    def __init__(self, name: str, camera: str) -> None:
        self._values = [KeyValue(key=key) for key in FRAME_KEYS]
        self._status = DiagnosticStatus(
            level=DiagnosticStatus.OK, name=status_name(name, FRAME_STATUS), hardware_id=camera,
            values=self._values)
        self._msg = DiagnosticArray(status=[self._status])

    def fill(self, header: Header, timings: StageTimings, counters: Counters,
             database_version: int, label: str, regions: int = 1,
             left_out: int = 0) -> DiagnosticArray:
        """
        Milliseconds of each stage and the total, then the counters, under the frame's stamp.

        ``database_version`` says by which model and labels the frame was classified; the message
        is the name of its class; ``regions`` says how many parts the stages are the sum of, and
        ``left_out`` for how many cells there was no time. What is returned is the same message
        each time.
        """
        texts = [f'{ms:.3f}' for ms in timings.milliseconds().values()]
        texts += map(str, (*counters.values(), database_version, regions, left_out))
        for pair, text in zip(self._values, texts):
            pair.value = text
        self._msg.header = header
        self._status.message = label
        return self._msg


class DetectionsLatencyMessage:
    """The message of the latencies of one camera's boxes, filled anew for each answer."""

    def __init__(self, name: str, topic: str) -> None:
        self._values = [KeyValue(key=key) for key in DETECTIONS_KEYS]
        status = DiagnosticStatus(
            level=DiagnosticStatus.OK, name=status_name(name, DETECTIONS_STATUS),
            hardware_id=topic, values=self._values)
        self._msg = DiagnosticArray(status=[status])

    def fill(self, header: Header, answer: Answer, timings: BoxTimings, counters: RoiCounters,
             database_version: int) -> DiagnosticArray:
        """
        Milliseconds of each stage for all boxes together, numbers of boxes, then the counters.

        The header is that of the detector's message. What is returned is the same message each
        time.
        """
        numbers: list[Any] = [
            len(answer.rois.boxes), len(answer.results), answer.left_out,
            answer.refused.total(), database_version, *counters.values()]
        texts = [f'{ms:.3f}' for ms in (
            *timings.stages.milliseconds().values(), timings.waited_ns / 1e6)]
        for pair, text in zip(self._values, (*texts, *map(str, numbers))):
            pair.value = text
        self._msg.header = header
        return self._msg
