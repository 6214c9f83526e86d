"""
Images out of recordings: rosbag2 (sqlite3 and mcap, compressed too) and rosbag of ROS 1.

The only file that knows ``rosbags``. Image messages have had the same fields in every release, so
they are read by the fields that are known here: bags without type definitions, or with broken
ones of other types, are as good as any. What an image holds is decoded elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.rosbag1 import Reader as Reader1
from rosbags.rosbag2 import Reader as Reader2
from rosbags.typesys import get_typestore, Stores

from shufflenet_ros.core.errors import BagError, FrameError, one_line
from shufflenet_ros.core.frame import CompressedFrame, Frame
from shufflenet_ros.recordings.cut_off import CutOffFile, is_cut_off

RAW, COMPRESSED = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
SECOND_NS = 1_000_000_000
STORAGE = ('.mcap', '.db3')
METADATA = 'metadata.yaml'
CURES = {'.mcap': 'mcap recover {} -o whole.mcap saves what is left',
         '.db3': 'sqlite3 {} .recover | sqlite3 whole.db3 saves what is left',
         '.bag': 'rosbag reindex {} makes its index anew'}
ROS_1, ROS_2 = get_typestore(Stores.ROS1_NOETIC), get_typestore(Stores.ROS2_KILTED)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One image message of a bag."""

    topic: str
    received_ns: int
    """When it was recorded."""
    stamp_ns: int = 0
    """Of its header; 0 where there is none."""
    frame_id: str = ''
    frame: Frame | CompressedFrame | None = None
    trouble: str = ''
    """Why there is no frame."""


class Bag:
    """One recording, open for reading; a context manager."""

    def __init__(self, path: Path, say: Callable[[str], None] = lambda line: None) -> None:
        """Open it; ``say`` is told what is odd about it. Raises BagError."""
        self.path = path
        self.name = path.stem if path.is_file() else path.resolve().name
        self._stack = ExitStack()
        try:
            self._readers = [self._open(part, say) for part in _parts(path, say)]
        except BaseException:
            self._stack.close()
            raise
        # The parts of an unfinished recording: _10 comes after _9.
        self._readers.sort(key=lambda reader: reader.start_time)

    def __enter__(self) -> Bag:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def topics(self) -> dict[str, str]:
        """Topic to type, of all kinds, in alphabetical order."""
        return dict(sorted((one.topic, one.msgtype) for reader in self._readers
                           for one in reader.connections))

    @property
    def start_ns(self) -> int:
        """When its first message was recorded."""
        return min(reader.start_time for reader in self._readers)

    @property
    def seconds(self) -> float:
        """From its first message to its last."""
        end_ns = max(reader.end_time for reader in self._readers)
        return max(0, end_ns - self.start_ns) / SECOND_NS

    def images(self, topics: Sequence[str], start_s: float = 0.0,
               end_s: float | None = None) -> Iterator[Arrival]:
        """
        Give the images of some topics in the order in which they were recorded.

        ``start_s`` and ``end_s`` count from the first message. Raises BagError where the bag is
        damaged; what came before is good.
        """
        if not any(reader.message_count for reader in self._readers):
            return
        first_ns = self.start_ns
        start, stop = (None if value is None else first_ns + round(value * SECOND_NS)
                       for value in (start_s or None, end_s))
        for reader in self._readers:
            chosen = [one for one in reader.connections
                      if one.topic in topics and one.msgtype in (RAW, COMPRESSED)]
            if not chosen:
                continue
            deserialize = (ROS_1.deserialize_ros1 if isinstance(reader, Reader1) else
                           ROS_2.deserialize_cdr)
            try:
                for connection, received_ns, data in reader.messages(chosen, start, stop):
                    yield _arrival(connection.topic, connection.msgtype, received_ns, data,
                                   deserialize)
            except Exception as error:  # of the storage: those of rosbags share no base class
                raise BagError(f'{self.path}: damaged, so only its beginning was read '
                               f'({_reason(error)})') from error

    def _open(self, path: Path, say: Callable[[str], None]) -> Any:
        reader = _opened(path, say)
        try:
            return self._stack.enter_context(reader)
        except Exception as error:  # those of rosbags and its storages share no base class
            raise _unreadable(path, error) from error


def image_topics(topics: dict[str, str]) -> list[str]:
    """Choose those that carry images."""
    return [topic for topic, kind in topics.items() if kind in (RAW, COMPRESSED)]


def _parts(path: Path, say: Callable[[str], None]) -> list[Path]:
    """Find what to open: the bag itself, or the files of a recording that was not finished."""
    if not path.exists():
        raise BagError(f'{path}: no such bag')
    if not path.is_dir():
        return [path]
    files = sorted(one for one in path.iterdir() if one.suffix in STORAGE)
    has_metadata = (path / METADATA).is_file()
    if has_metadata and not any(is_cut_off(one) for one in files):
        return [path]
    if not files:
        raise BagError(f'{path}: neither {METADATA} nor a {" or ".join(STORAGE)} file in it'
                       f'{_advice(path)}')
    if not has_metadata:
        say(f'{path}: no {METADATA}, so the recording was not finished; reading its files one by '
            'one')
    return files


def _advice(path: Path) -> str:
    below = sorted(one.parent.name for one in path.glob(f'*/{METADATA}'))
    if below:
        return f'; bags are below it: give {path / below[0]}, or {path}/* for all'
    if any(path.glob('*.zst*')):
        return f'; its files are compressed and need it: ros2 bag reindex {path}'
    return '; expected a folder that ros2 bag record has made, or a .bag file of ROS 1'


def _opened(path: Path, say: Callable[[str], None]) -> Any:
    """Open one bag or file with the reader for it, for use as a context manager."""
    try:
        if path.suffix == '.bag':
            return Reader1(path)
        if path.is_file() and is_cut_off(path):
            say(f'{path}: cut off, reading what is whole')
            return Reader2(CutOffFile(path))
        _refuse_journal(path)
        return Reader2(path)
    except BagError:
        raise
    except Exception as error:  # those of rosbags and its storages share no base class
        raise _unreadable(path, error) from error


def _refuse_journal(path: Path) -> None:
    journal = Path(f'{path}-wal')
    if journal.is_file() and journal.stat().st_size:
        raise BagError(f'{path}: its last messages are still in {journal.name}; have them written '
                       f"back first: sqlite3 {path} 'PRAGMA wal_checkpoint(TRUNCATE)'")


def _unreadable(path: Path, error: Exception) -> BagError:
    reason = _reason(error)
    # The reader of a folder names the file that it stopped at, if it is not the metadata.
    files = [one for one in path.iterdir() if one.suffix in STORAGE] if path.is_dir() else [path]
    culprit = next((one for one in files if str(one) in reason or one == path), None)
    if path.is_dir() and culprit is None:
        cure = f'ros2 bag reindex {path} makes its metadata anew'
    else:
        cure = CURES.get(culprit.suffix, 'expected a folder that ros2 bag record has made, or a '
                         '.mcap, .db3 or .bag file').format(culprit)
    return BagError(f'{path}: cannot be read as a bag ({reason}); {cure}')


def _arrival(topic: str, kind: str, received_ns: int, data: bytes,
             deserialize: Callable[[bytes, str], Any]) -> Arrival:
    try:
        msg = deserialize(data, kind)
        stamp = msg.header.stamp
        known = (topic, received_ns, stamp.sec * SECOND_NS + stamp.nanosec, msg.header.frame_id)
    except Exception as error:  # whatever damaged bytes may cause
        return Arrival(topic, received_ns,
                       trouble=f'no message of type {kind} ({_reason(error)})')
    try:
        return Arrival(*known, _frame(msg, kind))
    except FrameError as error:
        return Arrival(*known, trouble=str(error))


def _frame(msg: Any, kind: str) -> Frame | CompressedFrame:
    data = np.ascontiguousarray(msg.data)
    if kind == COMPRESSED:
        return CompressedFrame(data, msg.format)
    return Frame(data, msg.height, msg.width, msg.encoding, msg.step,
                 is_bigendian=bool(msg.is_bigendian))


def _reason(error: Exception) -> str:
    return one_line(error) or type(error).__name__
