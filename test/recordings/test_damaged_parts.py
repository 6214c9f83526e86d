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

"""Recordings with damage in the middle, of killed recorders, and pieces that overlap in time."""

import os
from pathlib import Path
import random
import signal
import sqlite3
import subprocess
import sys
import time

from mcap.records import Message
from mcap.stream_reader import StreamReader
from mcap.writer import Writer
from node.recorded_frames import record
import pytest
from recordings.bags import RAW, SECOND_NS, START_NS, TOPIC
from recordings.test_unusual_recordings import COUNT, messages, read, REAR, ros1
from rosbags.rosbag1 import Writer as Writer1
from shufflenet_ros.core.errors import BagError
from shufflenet_ros.recordings.reader import Bag

KINDS = {TOPIC: RAW, REAR: RAW}


def taken(path, topics=(TOPIC, REAR)):
    """Give the times of the images that can be read, and what is said at the end."""
    times = []
    try:
        with Bag(path) as bag:
            for one in bag.images(topics):
                times.append(one.received_ns)
    except BagError as error:
        return times, str(error)
    return times, ''


@pytest.mark.parametrize('seed', range(6))
def test_a_malformed_database_is_read_row_by_row(tmp_path, seed):
    """At least what sqlite gives before it stops; the rest is counted."""
    file, = record(tmp_path / 'drive', KINDS, messages(200), 'sqlite3').glob('*.db3')
    content, rng = bytearray(file.read_bytes()), random.Random(seed)
    for _ in range(3):
        place = rng.randrange(12, len(content) // 4096) * 4096
        content[place:place + 4096] = rng.randbytes(4096)
    file.write_bytes(content)
    alone = 0
    try:
        for _ in sqlite3.connect(file).execute('SELECT data FROM messages ORDER BY timestamp'):
            alone += 1
    except sqlite3.Error:
        pass
    times, said = taken(tmp_path / 'drive')
    assert times == sorted(times) and len(set(times)) == len(times)
    every = {time_ns for _, time_ns, _ in messages(200)}
    assert len(every & set(times)) >= max(alone, 100)
    assert len(times) == 200 or 'pages of the database are malformed; ' in said


@pytest.mark.parametrize('compression', [None, Writer1.CompressionFormat.BZ2,
                                         Writer1.CompressionFormat.LZ4])
@pytest.mark.parametrize('with_index', [True, False])
def test_a_damaged_chunk_of_ros_1_costs_no_other(tmp_path, compression, with_index):
    """What is left out is counted: messages by the index, without it chunks."""
    ros1(tmp_path / 'a.bag', compression)
    content = bytearray((tmp_path / 'a.bag').read_bytes())
    middle = content.index(b'compression=', content.index(b'compression=') + 1) + 60
    content[middle:middle + 200] = b'\xff' * 200
    (tmp_path / 'a.bag').write_bytes(content if with_index else content[:-10])
    times, said = taken(tmp_path / 'a.bag', [TOPIC])
    assert COUNT - 25 < len(times) < COUNT and times == sorted(times)
    assert times[-1] == START_NS + (COUNT - 1) * SECOND_NS // 30
    assert 'of its messages and chunks left out; the first' in said


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_pieces_that_overlap_are_merged_by_time(tmp_path, storage):
    """Equal times keep the order of the files."""
    sent = messages()
    (tmp_path / 'drive').mkdir()
    pieces = sent[::3], sent[1::3], [*sent[2::3], sent[0]]
    for number, piece in enumerate(pieces):
        record(tmp_path / str(number), KINDS, piece, storage)
        file, = (one for one in (tmp_path / str(number)).iterdir() if one.suffix != '.yaml')
        file.rename(tmp_path / 'drive' / f'drive_{number + 9}{file.suffix}')
    times, _ = taken(tmp_path / 'drive')
    assert times == [sent[0][1], *(time_ns for _, time_ns, _ in sent)]
    with Bag(tmp_path / 'drive') as bag:
        between = [one.received_ns for one in bag.between([REAR], sent[10][1], sent[20][1])]
        assert bag.counts == {TOPIC: COUNT // 2 + 1, REAR: COUNT // 2} and bag.is_seekable
        assert (bag.start_ns, bag.end_ns) == (sent[0][1], sent[-1][1] + 1)
    assert between == [time_ns for topic, time_ns, _ in sent[10:20] if topic == REAR]


def test_two_types_on_a_topic_are_both_read(tmp_path):
    """And a channel without a schema costs nothing."""
    sent = messages(10)
    with (tmp_path / 'a.mcap').open('wb') as file:
        writer = Writer(file)
        writer.start('')
        writer.register_channel(TOPIC, 'cdr', 0)
        other = writer.register_schema('std_msgs/msg/String', 'ros2msg', b'')
        writer.register_channel(TOPIC, 'cdr', other)
        for number, (_, time_ns, data) in enumerate(sent):
            schema = writer.register_schema(RAW, 'ros2msg', bytes([number]))
            writer.add_message(writer.register_channel(TOPIC, 'cdr', schema), time_ns, data,
                               time_ns)
        writer.finish()
    assert read(tmp_path / 'a.mcap') == [time_ns for _, time_ns, _ in sent]


@pytest.mark.parametrize('form', ['says sqlite3', 'wrong counts', 'says zstd'])
def test_metadata_that_is_wrong_changes_nothing(tmp_path, form):
    """What a file is, its first bytes tell."""
    bag = record(tmp_path / 'drive', KINDS, messages())
    text = (bag / 'metadata.yaml').read_text()
    (bag / 'metadata.yaml').write_text({
        'says sqlite3': text.replace('storage_identifier: mcap', 'storage_identifier: sqlite3'),
        'wrong counts': text.replace('message_count: ', 'message_count: 9'),
        'says zstd': text.replace('compression_format: ""', 'compression_format: zstd').replace(
            'compression_mode: ""', 'compression_mode: file')}[form])
    assert len(read(bag)) == COUNT


KILLED = """
import sys
sys.path[:0] = {path!r}
from recordings.test_unusual_recordings import messages, RAW, REAR, TOPIC
sent = messages(60)
def forever():
    for number in range(10 ** 9):
        topic, _, data = sent[number % 60]
        yield topic, 10 ** 18 + number * 10 ** 6, data
        if number == 400:
            print(flush=True)
"""
WRITERS = {
    'mcap': """
from mcap.writer import CompressionType, Writer
writer = Writer(open(sys.argv[1] + '/a.mcap', 'wb'), chunk_size=50_000,
                compression=CompressionType.{})
writer.start('ros2')
schema = writer.register_schema(RAW, 'ros2msg', b'')
channels = {{topic: writer.register_channel(topic, 'cdr', schema) for topic in (TOPIC, REAR)}}
for topic, time_ns, data in forever():
    writer.add_message(channels[topic], time_ns, data, time_ns)
""",
    'sqlite3': """
import sqlite3
database = sqlite3.connect(sys.argv[1] + '/a.db3', isolation_level=None)
database.execute('PRAGMA journal_mode={}')
database.execute('PRAGMA cache_size=20')
database.execute('CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT '
                 'NULL, serialization_format TEXT NOT NULL, offered_qos_profiles TEXT NOT NULL)')
database.execute('CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, '
                 'timestamp INTEGER NOT NULL, data BLOB NOT NULL)')
database.execute('CREATE INDEX timestamp_idx ON messages (timestamp ASC)')
topics = (TOPIC, REAR)
for number, topic in enumerate(topics):
    database.execute("INSERT INTO topics VALUES(?, ?, ?, 'cdr', '')", (number, topic, RAW))
database.execute('BEGIN')
for number, (topic, time_ns, data) in enumerate(forever()):
    database.execute('INSERT INTO messages (topic_id, timestamp, data) VALUES (?, ?, ?)',
                     (topics.index(topic), time_ns, data))
    if number % 90 == 89:
        database.execute('COMMIT')
        database.execute('BEGIN')
"""}


@pytest.mark.parametrize('storage, form', [
    ('mcap', 'NONE'), ('mcap', 'ZSTD'), ('mcap', 'LZ4'), ('sqlite3', 'WAL'),
    ('sqlite3', 'DELETE')])
def test_a_killed_recorder_leaves_what_is_whole(tmp_path, storage, form):
    """SIGKILL at some moment: as many as mcap's stream reader or sqlite itself give."""
    places = [str(one) for one in Path(__file__).parents[1:3]]
    code = KILLED.format(path=places) + WRITERS[storage].format(form)
    with subprocess.Popen([sys.executable, '-c', code, str(tmp_path)],
                          stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        time.sleep(random.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
    times, said = taken(tmp_path)
    assert not said and len(times) > 100
    if storage == 'mcap':
        expected, size = 0, os.path.getsize(tmp_path / 'a.mcap')
        with (tmp_path / 'a.mcap').open('rb') as file:
            try:
                for one in StreamReader(file, record_size_limit=size).records:
                    expected += isinstance(one, Message)
            except Exception:  # at the end, of many kinds
                pass
    else:
        expected, = sqlite3.connect(tmp_path / 'a.db3').execute(
            'SELECT count(*) FROM messages').fetchone()
    assert len(times) == expected
