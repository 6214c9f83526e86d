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
Results as an mcap file that stands beside the recording: the same times, topics under a prefix.

``log_time`` is that of the input, ``publish_time`` is ``header.stamp``. The two latched topics
come first. The format is that of https://mcap.dev/spec with the profile ``ros2``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mcap.writer import CompressionType, IndexType, Writer
from shufflenet_ros.node import public_names
from shufflenet_ros.replay.messages import (
    ANNOTATIONS,
    CLASSIFICATION,
    DETECTIONS,
    LABEL,
    LABEL_INFO,
    Messages,
    VISION_INFO,
)
from shufflenet_ros.replay.results import as_json, Extras, FrameResult
from shufflenet_ros.replay.tables import KEY

LATCHED = """- history: 1
  depth: 1
  reliability: 1
  durability: 1
  deadline: {sec: 9223372036, nsec: 854775807}
  lifespan: {sec: 9223372036, nsec: 854775807}
  liveliness: 1
  liveliness_lease_duration: {sec: 9223372036, nsec: 854775807}
  avoid_ros_namespace_conventions: false
"""
"""QoS as rosbag2 writes it: keep last 1, reliable, transient local."""
RELIABLE = LATCHED.replace('depth: 1', 'depth: 10').replace('durability: 1', 'durability: 2')
"""QoS of results: keep last 10, reliable, volatile."""
LAST_NS = 2 ** 64 - 1


class McapFile:
    """The results of one recording."""

    def __init__(self, path: Path, messages: Messages, prefix: str, annotations: bool,
                 provenance: Mapping[str, Any], extras: Extras = Extras()) -> None:
        """``prefix`` stands before the topic of the images, such as ``/classifier``."""
        self._messages, self._prefix = messages, prefix
        self._kinds: dict[str, tuple[str, Callable[[FrameResult], bytes | None]]] = {
            public_names.CLASSIFICATION: (CLASSIFICATION, messages.classification),
            public_names.LABEL: (LABEL, messages.label)}
        if extras.has_regions:
            self._kinds[public_names.REGIONS] = DETECTIONS, messages.regions
        if extras.has_raw:
            self._kinds[public_names.CLASSIFICATION_RAW] = CLASSIFICATION, messages.raw
        if extras.has_raw and extras.has_regions:
            self._kinds[public_names.REGIONS_RAW] = DETECTIONS, messages.raw_regions
        if annotations:
            self._kinds['annotations'] = (ANNOTATIONS, messages.annotations)
        self._provenance = provenance
        self._schemas: dict[str, int] = {}
        self._channels: dict[tuple[str, str], int] = {}
        self._sequences: dict[int, int] = {}
        self._file = path.open('wb')
        # Without attachments their index would be an empty group, which no reader expects.
        self._writer = Writer(
            self._file, compression=CompressionType.ZSTD,
            index_types=IndexType.CHUNK | IndexType.MESSAGE | IndexType.METADATA)
        self._writer.start('ros2', provenance['package'])
        self._writer.add_metadata(KEY, {
            name: value if isinstance(value, str) else as_json(value)
            for name, value in provenance.items()})
        self._is_begun = False

    def write(self, result: FrameResult) -> None:
        """Add the messages of one image; those that were damaged have none."""
        if not self._is_begun:
            self._begin(result.received_ns)
        if result.problem:
            return
        times_ns = result.received_ns, result.stamp_ns
        for name, (kind, make) in self._kinds.items():
            data = make(result)
            if data is not None:
                channel = self._channel(f'{self._prefix}{result.topic}/{name}', kind, RELIABLE)
                self._add(channel, times_ns, data)

    def close(self) -> None:
        """Write index and end; also a recording without images gets the latched topics."""
        if not self._is_begun:
            self._begin(0)
        self._writer.finish()
        self._file.close()

    def _begin(self, time_ns: int) -> None:
        """Write the latched topics."""
        self._is_begun = True
        model = self._provenance['model']
        labels, about = (f'{self._prefix}/{name}' for name in (
            public_names.LABEL_INFO, public_names.VISION_INFO))
        for topic, kind, data in (
                (labels, LABEL_INFO, self._messages.label_info(time_ns)),
                (about, VISION_INFO, self._messages.vision_info(
                    time_ns, model['name'], model['form'].partition('_')[0], labels))):
            self._add(self._channel(topic, kind, LATCHED), (time_ns, time_ns), data)

    def _add(self, channel: int, times_ns: tuple[int, int], data: bytes) -> None:
        number = self._sequences[channel] = self._sequences.get(channel, 0) + 1
        # The format knows no time before 1970, which damaged headers may have.
        log_ns, publish_ns = (min(max(0, time_ns), LAST_NS) for time_ns in times_ns)
        self._writer.add_message(channel, log_ns, data, publish_ns, number)

    def _channel(self, topic: str, kind: str, qos: str) -> int:
        if (topic, kind) not in self._channels:
            if kind not in self._schemas:
                self._schemas[kind] = self._writer.register_schema(
                    kind, 'ros2msg', self._messages.schema(kind))
            self._channels[topic, kind] = self._writer.register_channel(
                topic, 'cdr', self._schemas[kind], {'offered_qos_profiles': qos})
        return self._channels[topic, kind]
