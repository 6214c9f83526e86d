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

"""Bags of ROS 1 whose chunks are whole, but not their index; mcap files with wrong labels."""

import os
import random
import struct

from node.recorded_frames import message_of, STORE
import pytest
from recordings.bags import RAW, SECOND_NS, START_NS, TOPIC, views
from recordings.test_damaged_parts import taken
from recordings.test_unusual_recordings import COUNT, messages, REAR, ros1, write
from rosbags.rosbag1 import Writer as Writer1
from rosbags.rosbag1.reader import Header, read_uint32, RecordType
from rosbags.typesys import get_typestore, Stores
from shufflenet_ros.recordings.reader import Bag

HEADER = 13
"""Where the header of a bag begins, behind the line that names the format."""
ALL = [START_NS + number * SECOND_NS // 30 for number in range(COUNT)]
ROS_1 = get_typestore(Stores.ROS1_NOETIC)


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    """Give the bytes of a whole bag of several chunks, of each compression."""
    found = {}
    for compression in (None, *Writer1.CompressionFormat):
        path = tmp_path_factory.mktemp('ros1') / 'a.bag'
        ros1(path, compression)
        found[compression] = path.read_bytes()
    return found


def places(content, kind, start=HEADER):
    """Give where the outer records of a kind begin, with the place of their data."""
    found = []
    with open(os.memfd_create('bag'), 'w+b') as file:
        file.write(content)
        file.seek(start)
        while (begin := file.tell()) < len(content):
            header = Header.read(file)
            length = read_uint32(file)
            if header.get_uint8('op') == kind:
                found.append((begin, file.tell(), length))
            file.seek(length, os.SEEK_CUR)
    return found


def changed(content, record, field, value):
    """Write another value into a field of the header of a record."""
    place = content.index(f'{field}='.encode(), record[0]) + len(field) + 1
    assert place + len(value) <= record[1]
    content[place:place + len(value)] = value


def index_entries(change):
    """Change the offset of each message in the index."""
    def change_all(content):
        for _, data, length in places(content, RecordType.IDXDATA):
            for place in range(data + 8, data + length, 12):
                old, = struct.unpack_from('<I', content, place)
                struct.pack_into('<I', content, place, change(old) % 2 ** 32)
    return change_all


def index_times(content):
    for _, data, length in places(content, RecordType.IDXDATA):
        for place in range(data, data + length, 12):
            struct.pack_into('<I', content, place, 5)


def header_field(field, value):
    """Give what the header of the bag says another value."""
    return lambda content: changed(content, places(content, RecordType.BAGHEADER)[0], field, value)


def chunk_places(change):
    """Change where the list of chunks has each chunk."""
    def change_all(content):
        found = places(content, RecordType.CHUNK_INFO)
        starts = [one[0] for one in places(content, RecordType.CHUNK)]
        for number, one in enumerate(found):
            changed(content, one, 'chunk_pos', struct.pack('<Q', change(starts, number)))
    return change_all


def without_connections(content):
    found = places(content, RecordType.CONNECTION)
    for begin, data, length in reversed(found):
        del content[begin:data + length]
    header_field('conn_count', bytes(4))(content)


def cut_index_lengths(content):
    for _, data, _ in places(content, RecordType.IDXDATA)[::-1]:
        struct.pack_into('<I', content, data - 4, 2 ** 31)


def chunk_info_times(content):
    for one in places(content, RecordType.CHUNK_INFO):
        changed(content, one, 'start_time', bytes(8))
        changed(content, one, 'end_time', bytes(8))


HARMS = {
    'offsets too large by a header': index_entries(lambda old: old + 49),
    'offsets too small': index_entries(lambda old: old - 49),
    'offsets into messages': index_entries(lambda old: old + 500),
    'offsets behind the chunk': index_entries(lambda old: old + 10 ** 9),
    'offsets all the same': index_entries(lambda old: 0),
    'times of the index': index_times,
    'index behind the file': header_field('index_pos', struct.pack('<Q', 10 ** 12)),
    'index of 64 bits': header_field('index_pos', b'\xff' * 8),
    'index in a chunk': header_field('index_pos', struct.pack('<Q', 9000)),
    'index at the header': header_field('index_pos', struct.pack('<Q', HEADER)),
    'no connections counted': header_field('conn_count', bytes(4)),
    'too many connections': header_field('conn_count', b'\xff\xff\0\0'),
    'no chunks counted': header_field('chunk_count', bytes(4)),
    'one chunk counted': header_field('chunk_count', b'\1\0\0\0'),
    'too many chunks': header_field('chunk_count', b'\xff\xff\0\0'),
    'chunks behind the file': chunk_places(lambda starts, number: 10 ** 12),
    'chunks in chunks': chunk_places(lambda starts, number: starts[number] + 7),
    'chunks all the same': chunk_places(lambda starts, number: starts[0]),
    'chunks in another order': chunk_places(lambda starts, number: starts[number - 1]),
    'no connections in the index': without_connections,
    'lengths of the index': cut_index_lengths,
    'times of chunks': chunk_info_times}


@pytest.mark.parametrize('harm', HARMS)
def test_a_wrong_index_costs_nothing(tmp_path, whole, harm):
    """All messages are read, by time; and those of a window."""
    for compression, content in whole.items():
        content = bytearray(content)
        HARMS[harm](content)
        assert content != whole[compression]
        path = tmp_path / f'{compression}.bag'
        path.write_bytes(content)
        times, said = taken(path, [TOPIC])
        assert (times, said) == (ALL, '')
        with Bag(path) as bag:
            assert (bag.start_ns, bag.end_ns, bag.counts) == (ALL[0], ALL[-1] + 1, {TOPIC: COUNT})
            assert [one.received_ns for one in bag.images([TOPIC], 0.5, 1.0)] == [
                one for one in ALL if SECOND_NS // 2 <= one - START_NS < SECOND_NS]


def test_a_wrong_index_is_said_and_a_right_one_is_used(tmp_path, whole):
    """Nothing is said of a whole bag, whose parts are read alone."""
    (tmp_path / 'a.bag').write_bytes(whole[None])
    said = []
    with Bag(tmp_path / 'a.bag', said.append) as bag:
        assert bag.is_seekable and not said
    content = bytearray(whole[None])
    HARMS['offsets too small'](content)
    (tmp_path / 'a.bag').write_bytes(content)
    with Bag(tmp_path / 'a.bag', said.append) as bag:
        assert not bag.is_seekable
    assert said == [f'{tmp_path}/a.bag: its index does not fit its chunks, reading all of them '
                    'instead']


@pytest.mark.parametrize('wrong', [(0,), (1,), (0, 1), (5,)])
@pytest.mark.parametrize('change', [lambda old: old + 49, lambda old: 0, lambda old: 10 ** 9])
def test_wrong_entries_of_one_chunk_are_searched_there(tmp_path, wrong, change):
    """In one that nobody compares at first; its first two messages have the same time."""
    ros1(tmp_path / 'a.bag', count=2 * COUNT)
    content = bytearray((tmp_path / 'a.bag').read_bytes())
    chunks = places(content, RecordType.CHUNK)
    assert len(chunks) > 5
    _, data, length = places(content, RecordType.IDXDATA)[1]
    second, = struct.unpack_from('<I', content, data + 20)
    time = content.index(b'time=', chunks[1][1] + second) + 5
    expected = [START_NS + number * SECOND_NS // 30 for number in range(2 * COUNT)]
    first = struct.unpack_from('<II', content, data)
    same = expected.index(first[0] * SECOND_NS + first[1])
    expected[same + 1] = expected[same]
    content[time:time + 8] = content[data + 12:data + 20] = content[data:data + 8]
    for number in wrong:
        place = data + number * 12 + 8
        struct.pack_into('<I', content, place, change(*struct.unpack_from('<I', content, place)))
    (tmp_path / 'a.bag').write_bytes(content)
    assert taken(tmp_path / 'a.bag', [TOPIC]) == (expected, '')
    with Bag(tmp_path / 'a.bag') as bag:
        stamps = [one.stamp_ns for one in bag.images([TOPIC])]
        assert bag.is_seekable and sorted(stamps) == [*range(START_NS, START_NS + 2 * COUNT)]


def test_no_damage_of_an_index_is_a_traceback(tmp_path, whole):
    """Random bytes behind the chunks: what is in them is read all the same."""
    for seed in range(20):
        rng, content = random.Random(seed), bytearray(whole[None])
        last = max(data + length for _, data, length in places(content, RecordType.CHUNK))
        for _ in range(20):
            content[rng.randrange(last, len(content))] = rng.randrange(256)
        (tmp_path / 'a.bag').write_bytes(content)
        assert taken(tmp_path / 'a.bag', [TOPIC])[0] == ALL


@pytest.fixture(scope='module')
def both_forms(tmp_path_factory):
    """Give the same messages in the form of ROS 1 and in CDR."""
    ros_1 = [(TOPIC, START_NS + number, data) for number, data in enumerate(
        ros1(tmp_path_factory.mktemp('forms') / 'a.bag', count=5))]
    return ros_1, messages(5)


@pytest.mark.parametrize('labels, is_doubtful', [
    (('', 'sensor_msgs/Image', 'cdr', 'ros1msg'), True), (('ros2', RAW, 'ros1', 'ros2msg'), True),
    (('ros1', RAW, 'ros1', 'ros2idl'), True), (('ros1', RAW, 'cdr', ''), True),
    (('ros2', RAW, 'ros1', ''), True), (('x', RAW, 'ros1', ''), False),
    (('ros2', 'sensor_msgs/Image', 'ros1', 'ros1msg'), False),
    (('ros1', RAW, 'cdr', 'ros2msg'), False)])
def test_labels_that_contradict_each_other(tmp_path, both_forms, labels, is_doubtful):
    """Both forms are read then, and it is said; where labels agree, they are believed."""
    profile, schema, encoding, schema_encoding = labels
    said = []
    for sent, form in zip(both_forms, ('ros1', 'cdr')):
        path = write(tmp_path / f'{form}.mcap', sent, profile, schema, encoding, schema_encoding)
        with Bag(path, said.append) as bag:
            found = [*bag.images([TOPIC, REAR])]
        right = is_doubtful or form == encoding
        assert len(found) == 5 and all((one.frame is not None) == right for one in found)
        assert not right or [(one.stamp_ns, one.frame_id) for one in found] == [
            (START_NS + number, found[0].frame_id) for number in range(5)]
    assert ['of another ROS than the encoding' in line for line in said] == [True] * len(said)
    assert bool(said) == is_doubtful


@pytest.mark.parametrize('seq', [0, 1, 256])
@pytest.mark.parametrize('frame_id', ['', 'cam', 'left'])
@pytest.mark.parametrize('form', ['png', 'jpeg'])
def test_one_form_is_never_taken_for_the_other(tmp_path, seq, frame_id, form):
    """The counter of ROS 1 may look like the head of CDR, and lengths of strings may fit."""
    kind = 'sensor_msgs/msg/CompressedImage'
    msg = message_of(views(1)[0], START_NS, kind)
    msg.header.frame_id, msg.format = frame_id, form
    header = ROS_1.types['std_msgs/msg/Header'](
        seq=seq, stamp=msg.header.stamp, frame_id=frame_id)
    old = ROS_1.types[kind](header, form, msg.data)
    for data in (STORE.serialize_cdr(msg, kind), ROS_1.serialize_ros1(old, kind)):
        for labels in (('ros1', 'ros2msg'), ('cdr', 'ros1msg')):
            path = write(tmp_path / 'a.mcap', [(TOPIC, START_NS, bytes(data))], '', kind, *labels)
            with Bag(path) as bag:
                one, = bag.images([TOPIC])
            assert (one.stamp_ns, one.frame_id, one.frame.format) == (START_NS, frame_id, form)
            assert bytes(one.frame.data) == bytes(msg.data)


def test_bytes_of_neither_form_are_said_to_be_none(tmp_path):
    """With what is wrong by each of the two."""
    path = write(tmp_path / 'a.mcap', [(TOPIC, START_NS, b'\0\1\0\0' + b'x' * 50)], '', RAW, 'cdr',
                 'ros1msg')
    with Bag(path) as bag:
        one, = bag.images([TOPIC])
    assert 'neither as its schema says: ' in one.problem and '; nor as its encoding' in one.problem
