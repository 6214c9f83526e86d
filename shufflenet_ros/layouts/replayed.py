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

"""What a file of results shows: the mcap file that ``shufflenet_ros replay`` writes."""

from __future__ import annotations

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError, system_reason
from shufflenet_ros.core.text import plain
from shufflenet_ros.layouts.shown import Shown, ShownCamera
from shufflenet_ros.node.public_names import CLASSIFICATION, LABEL_INFO
from shufflenet_ros.process.files import PACKAGE

CURE = 'give an mcap file of the folder that shufflenet_ros replay wrote'
ANNOTATIONS = 'annotations'
RECORD_BYTES = 2 ** 28
TYPE = 'vision_msgs/msg/Classification'


def replay_shown(path: Path) -> Shown:
    """
    Give the topics of a replay with the images of its recording.

    The images lie in the recording: both files are opened together. Raises ConfigurationError for
    a file that is no such results.
    """
    topics, labels = _read(path)
    prefix = next((topic.removesuffix(f'/{LABEL_INFO}') for topic in topics
                   if topic.endswith(f'/{LABEL_INFO}')), None)
    if prefix is None or labels is None:
        raise ConfigurationError(f'{path}: no results of a replay; {CURE}')
    cameras = tuple(_camera(prefix, topic, topics) for topic, kind in sorted(topics.items())
                    if kind == TYPE and topic.endswith(f'/{CLASSIFICATION}'))
    if not cameras:
        raise ConfigurationError(f'{path}: holds no result of an image; replay a recording with '
                                 'images')
    return Shown(cameras, labels)


def _camera(prefix: str, topic: str, topics: Mapping[str, str]) -> ShownCamera:
    image = topic.removesuffix(f'/{CLASSIFICATION}').removeprefix(prefix)
    annotations = f'{prefix}{image}/{ANNOTATIONS}'
    return ShownCamera(image.strip('/') or image, image, topic,
                       annotations=annotations if annotations in topics else '')


def _read(path: Path) -> tuple[dict[str, str], tuple[str, ...] | None]:
    """Topics with their types, and the names of the classes; None where they are not there."""
    try:
        from mcap.reader import SeekingReader
    except ImportError as error:
        raise ConfigurationError(f'reading results needs mcap ({error}): pip install '
                                 "'.[replay]' in the folder of the source") from error
    try:
        with path.open('rb') as file:
            # Metadata and the summary are small: a longer record is a damaged length.
            reader = SeekingReader(file, record_size_limit=RECORD_BYTES)
            summary = reader.get_summary()
            topics = {} if summary is None else {
                channel.topic: summary.schemas[channel.schema_id].name
                for channel in summary.channels.values()}
            records = [record.metadata for record in reader.iter_metadata()
                       if record.name == PACKAGE]
    except OSError as error:
        raise ConfigurationError(
            f'{path}: cannot be read ({system_reason(error)}); {CURE}') from error
    except Exception as error:  # those of damaged bytes share no base class
        raise ConfigurationError(
            f'{path}: no mcap file, or a damaged one ({plain(error)}); {CURE}') from error
    return topics, _labels(records[0]) if records else None


def _labels(record: Mapping[str, str]) -> tuple[str, ...] | None:
    try:
        model: Any = json.loads(record['model'])
        return tuple(str(label) for label in model['labels'])
    except (KeyError, TypeError, ValueError):
        return None
