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
Results in bags: the mcap files of ``replay``, and recordings of a node's outputs.

A bag has ``vision_msgs/msg/Classification`` on topics below the one of ``LabelInfo``, as the node
publishes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, ExitStack
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from shufflenet_ros.comparison.read_tables import KEY, Table
from shufflenet_ros.core.errors import ConfigurationError, one_line
from shufflenet_ros.core.text import plain
from shufflenet_ros.node.public_names import CLASSIFICATION as RESULTS
from shufflenet_ros.node.public_names import CLASSIFICATION_RAW

CLASSIFICATION, LABEL_INFO = 'vision_msgs/msg/Classification', 'vision_msgs/msg/LabelInfo'
ENDING = f'/{RESULTS}'
LEFT_OUT = f'/{CLASSIFICATION_RAW}'
"""Results before their average over time, beside the averages that are read."""
SECOND_NS = 1_000_000_000
FILES = ('.mcap', '.db3')
PACKED = ('.zst', '.zstd')
LONGEST_RECORD = 1 << 30
"""Bytes of a record in a packed file, whose size nobody knows."""


class Message(NamedTuple):
    """One message of a bag as it was recorded."""

    topic: str
    kind: str
    received_ns: int
    data: bytes


class BagTable(NamedTuple):
    """Results of one bag."""

    table: Table
    is_node: bool
    """Whether a node published them: times are then those of its results."""
    remarks: tuple[str, ...]


def is_bag(path: Path) -> bool:
    """Whether something is a bag that may hold results, by what it begins with."""
    if path.is_dir():
        return bool(_files(path))
    with path.open('rb') as file:
        begin = file.read(16)
    return begin.startswith((b'\x89MCAP0', b'SQLite format 3\0')) or (
        path.suffix in PACKED and _storage_of(path) == '.mcap')


def read_bag(path: Path) -> BagTable:
    """Read results out of a bag. Raises ConfigurationError where it has none."""
    try:
        import mcap  # noqa: F401
        import rosbags  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(f'{plain(path)}: reading bags needs rosbags and mcap ({error}): '
                                 'pip install mcap rosbags') from error
    provenance: dict[str, Any] = {}
    remarks: list[str] = []
    found: list[Message] = []
    for file in _files(path):
        try:
            found += _messages(file, provenance, remarks)
        except Exception as error:  # those of the libraries share no base class
            raise ConfigurationError(f'{plain(file)}: cannot be read as a bag '
                                     f'({plain(one_line(error), 200)})') from error
    if not any(one.kind == CLASSIFICATION for one in found):
        raise ConfigurationError(
            f'{plain(path)}: no results in it; expected a topic of {CLASSIFICATION}, as '
            '`shufflenet_ros replay` writes and the node publishes it')
    found.sort(key=lambda one: one.received_ns)
    try:
        return _table(found, provenance, remarks)
    except ConfigurationError:
        raise
    except Exception as error:  # whatever damaged bytes may cause
        raise ConfigurationError(f'{plain(path)}: a message in it is damaged '
                                 f'({plain(one_line(error), 200)})') from error


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(one for one in path.iterdir() if one.is_file()
                  and (one.suffix in FILES or _storage_of(one) == '.mcap'))


def _storage_of(path: Path) -> str:
    return path.with_suffix('').suffix if path.suffix in PACKED else path.suffix


def _messages(path: Path, provenance: dict[str, Any], remarks: list[str]) -> Iterable[Message]:
    if path.suffix == '.db3':
        return list(_of_database(path))
    return list(_of_mcap(path, provenance, remarks))


def _of_mcap(path: Path, provenance: dict[str, Any], remarks: list[str]) -> Iterator[Message]:
    """Read it from its beginning on: no index is needed, and a truncated file is read too."""
    from mcap.records import Channel, Metadata, Schema
    from mcap.records import Message as Record
    from mcap.stream_reader import StreamReader
    from shufflenet_ros.recordings.packed import open_file, unpacked_message
    kinds: dict[int, str] = {}
    channels: dict[int, tuple[str, str]] = {}
    limit = LONGEST_RECORD if path.suffix in PACKED else path.stat().st_size
    with open_file(path) as file:
        try:
            for one in StreamReader(file, record_size_limit=limit).records:
                if isinstance(one, Schema):
                    kinds[one.id] = one.name
                elif isinstance(one, Channel):
                    channels[one.id] = one.topic, kinds.get(one.schema_id, '')
                elif isinstance(one, Metadata) and one.name == KEY:
                    provenance.update(_provenance(one.metadata))
                elif isinstance(one, Record) and one.channel_id in channels:
                    topic, kind = channels[one.channel_id]
                    if _is_read(topic, kind):
                        yield Message(topic, kind, one.log_time, bytes(unpacked_message(one.data)))
        except Exception as error:  # those of damaged bytes share no base class
            if not channels:
                raise
            remarks.append(f'{plain(path.name)}: read up to where it is damaged '
                           f'({plain(one_line(error), 100) or type(error).__name__})')


def _is_read(topic: str, kind: str) -> bool:
    return kind == LABEL_INFO or (kind == CLASSIFICATION and not topic.endswith(LEFT_OUT))


def _provenance(metadata: dict[str, str]) -> dict[str, Any]:
    """Values that are objects of JSON are read; all others are text."""
    found: dict[str, Any] = {}
    for name, value in metadata.items():
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def _of_database(path: Path) -> Iterator[Message]:
    from rosbags.rosbag2 import Reader
    from shufflenet_ros.recordings.packed import unpacked_message
    with ExitStack() as stack:
        # The library builds a URI of the path: signs such as ? and # must not be in it.
        link = Path(stack.enter_context(TemporaryDirectory())) / 'bag.db3'
        link.symlink_to(path.resolve())
        reader = Reader(link)
        reader.open()
        stack.enter_context(closing(reader))
        chosen = [one for one in reader.connections if _is_read(one.topic, one.msgtype)]
        if chosen:
            for one, received_ns, data in reader.messages(chosen):
                yield Message(one.topic, one.msgtype, received_ns, bytes(unpacked_message(data)))


def _table(messages: list[Message], provenance: dict[str, Any],
           remarks: list[str]) -> BagTable:
    from shufflenet_ros.replay.messages import message_store
    store = message_store()
    prefixes = sorted({one.topic.rpartition('/')[0] for one in messages if one.kind == LABEL_INFO},
                      key=len, reverse=True)
    names: dict[str, dict[str, str]] = {}
    columns: dict[str, list[Any]] = {name: [] for name in (
        'topic', 'received_ns', 'stamp_ns', 'best', 'score', 'label', 'problem')}
    # Labels are latched: a recorder may get them after the first results.
    for one in reversed(messages):
        if one.kind == LABEL_INFO:
            names[one.topic.rpartition('/')[0]] = _names(store, one)
    for one in messages:
        if one.kind == LABEL_INFO:
            names[one.topic.rpartition('/')[0]] = _names(store, one)
            continue
        msg = store.deserialize_cdr(one.data, one.kind)
        prefix = next((each for each in prefixes if one.topic.startswith(f'{each}/')), '')
        best = msg.results[0] if msg.results else None
        label = names.get(prefix, {}).get(best.class_id, best.class_id) if best else ''
        stamp = msg.header.stamp
        stamp_ns = stamp.sec * SECOND_NS + stamp.nanosec
        row = (_image_topic(one.topic, prefix), one.received_ns, stamp_ns, label,
               best.score if best else 0.0, label, '')
        for column, value in zip(columns.values(), row):
            column.append(value)
    if not prefixes:
        remarks.append('no LabelInfo was recorded, so classes are numbers')
    return BagTable(Table(provenance, columns), not provenance, tuple(remarks))


def _names(store: Any, info: Message) -> dict[str, str]:
    """Give the names of classes by their ids."""
    class_map = store.deserialize_cdr(info.data, info.kind).class_map
    return {str(one.class_id): one.class_name for one in class_map}


def _image_topic(topic: str, prefix: str) -> str:
    """Give the topic of the images: that of the result, less what stands around it."""
    bare = topic[:-len(ENDING)] if topic.endswith(ENDING) else topic
    return bare[len(prefix):] or prefix or topic
