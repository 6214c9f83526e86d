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
Databases of rosbag2 whose pages are damaged or cut off: message by message, as far as sqlite can.

The index of times says which messages there are; each of them is looked up alone, so that one in
a damaged page costs no other. Where that index is damaged as well, messages are looked up by
their numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
import io
from pathlib import Path
import sqlite3
from urllib.parse import quote

from shufflenet_ros.recordings.storage import IMAGES, kind_of, LeftOut, NEVER_NS, RawMessage


class DamagedDatabase:
    """One damaged database, opened anew for each question."""

    def __init__(self, path: Path) -> None:
        """Read its topics. Raises sqlite3.Error where not even those can be read."""
        self._uri = f'file:{quote(str(path.absolute()))}?immutable=1'
        with closing(self._connect()) as database:
            self._topics = {number: (topic, kind_of(kind)) for number, topic, kind in
                            database.execute('SELECT id, name, type FROM topics')}
            times = [time_ns for time_ns, _ in _messages(database)[0]]
        self.topics = dict(self._topics.values())
        self.start_ns, self.end_ns = (
            (min(times), max(times) + 1) if times else (NEVER_NS, 0))

    def messages(self, topics: Collection[str], start_ns: int,
                 stop_ns: int) -> Iterator[RawMessage]:
        """Messages of images on some topics by time. Raises LeftOut at the end for the others."""
        lost = 0
        with closing(self._connect()) as database:
            known, is_complete = _messages(database)
            for time_ns, number in known:
                if not start_ns <= time_ns < stop_ns:
                    continue
                try:
                    place, data = database.execute(
                        'SELECT topic_id, data FROM messages WHERE id = ?', (number,)).fetchone()
                    topic, kind = self._topics[place]
                    if topic in topics and kind in IMAGES:
                        yield RawMessage(topic, kind, time_ns, data)
                except (sqlite3.Error, TypeError, KeyError, ValueError):
                    lost += 1
        count = str(lost) if is_complete else 'an unknown number of'
        raise LeftOut(f'pages of the database are malformed; {count} messages in them, of any '
                      'topic, left out')

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._uri, uri=True)


def cut_bytes(path: Path) -> int:
    """Say how many bytes of a database are missing behind its end."""
    with path.open('rb') as file:
        head = file.read(32)
        there = file.seek(0, io.SEEK_END)
    page, pages = int.from_bytes(head[16:18], 'big'), int.from_bytes(head[28:32], 'big')
    # The largest size does not fit into its two bytes.
    return max(0, (65536 if page == 1 else page) * pages - there)


def _messages(database: sqlite3.Connection) -> tuple[list[tuple[int, int]], bool]:
    """Give time (ns) and number of messages by time, and whether these are all that were there."""
    try:
        return database.execute('SELECT timestamp, id FROM messages INDEXED BY timestamp_idx '
                                'ORDER BY timestamp, id').fetchall(), True
    except sqlite3.Error:
        found: list[tuple[int, int]] = []
        _look_up(database, found, 0, _last_number(database) + 1)
        return sorted(found), False


def _last_number(database: sqlite3.Connection) -> int:
    """Give the highest number of a message, or one that is above it."""
    try:
        return int(database.execute('SELECT max(id) FROM messages').fetchone()[0] or 0)
    except sqlite3.Error:
        # A page holds at least one message, or a part of one.
        return int(database.execute('PRAGMA page_count').fetchone()[0]) * 100


def _look_up(database: sqlite3.Connection, found: list[tuple[int, int]], first: int,
             behind: int) -> None:
    """Find the messages with some numbers; where that fails, in each half of them."""
    try:
        found += database.execute('SELECT timestamp, id FROM messages WHERE id >= ? AND id < ?',
                                  (first, behind)).fetchall()
    except sqlite3.Error:
        middle = (first + behind) // 2
        if middle > first:
            _look_up(database, found, first, middle)
            _look_up(database, found, middle, behind)
