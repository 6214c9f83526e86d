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

"""Recordings that are whole, but not as most recorders write them: no message is lost."""

import shlex
import shutil
import sqlite3
import subprocess
import sys

from mcap.reader import make_reader
from mcap.writer import CompressionType, IndexType, Writer
from node.recorded_frames import message_of, record, STORE
import pytest
from recordings.bags import export, RAW, record_images, SECOND_NS, START_NS, TOPIC, views
from rosbags.rosbag1 import Writer as Writer1
from rosbags.typesys import get_typestore, Stores
from shufflenet_ros.core.errors import BagError
from shufflenet_ros.recordings.export import check_bags
from shufflenet_ros.recordings.mcap_records import OpenChunk
from shufflenet_ros.recordings.reader import Bag
from shufflenet_ros.recordings.topic_choice import image_topics
import zstandard

REAR = '/rear/image_raw'
COUNT = 60


def messages(count=COUNT, kind=RAW):
    """Topic, time (ns) and CDR of small images of two cameras in turn."""
    image = views(1)[0][::8, ::8].copy()
    return [((TOPIC, REAR)[number % 2], START_NS + number * SECOND_NS // 30, bytes(
        STORE.serialize_cdr(message_of(image, START_NS + number, kind), kind)))
        for number in range(count)]


def write(path, sent, profile='ros2', schema=RAW, encoding='cdr', schema_encoding='ros2msg',
          **layout):
    """Write messages as an mcap file of some layout."""
    with path.open('wb') as file:
        writer = Writer(file, chunk_size=20_000, **layout)
        writer.start(profile)
        number = writer.register_schema(schema, schema_encoding, b'')
        channels = {topic: writer.register_channel(topic, encoding, number)
                    for topic in (TOPIC, REAR)}
        for topic, time_ns, data in sent:
            writer.add_message(channels[topic], time_ns, data, time_ns)
        writer.finish()
    return path


def read(path, topics=None, whole=True):
    """Give the times of all images, each readable."""
    with Bag(path) as bag:
        found = list(bag.images(topics or image_topics(bag.topics)))
    assert not whole or all(one.frame for one in found)
    return [one.received_ns for one in found]


LAYOUTS = {
    'as usual': {}, 'lz4': {'compression': CompressionType.LZ4},
    'fastwrite': {'compression': CompressionType.NONE, 'use_chunking': False,
                  'index_types': IndexType.NONE, 'use_statistics': False,
                  'use_summary_offsets': False, 'repeat_channels': False,
                  'repeat_schemas': False},
    'no chunks': {'use_chunking': False}, 'no index': {'index_types': IndexType.NONE},
    'no index of messages': {'index_types': IndexType.CHUNK},
    'no index of chunks': {'index_types': IndexType.MESSAGE},
    'no statistics': {'use_statistics': False},
    'no channels in the summary': {'repeat_channels': False, 'repeat_schemas': False}}
CLOCKS = {
    'set back': lambda times: times[20:] + times[:20],
    'set back twice': lambda times: times[40:] + times[20:40] + times[:20],
    'backwards': lambda times: times[::-1],
    'standing': lambda times: times[:1] * len(times),
    'zero': lambda times: [0] * len(times)}


@pytest.mark.parametrize('clock', CLOCKS)
@pytest.mark.parametrize('layout', LAYOUTS)
def test_every_message_of_an_mcap_is_read_by_time(tmp_path, layout, clock):
    """Whatever it indexes, and whatever the clock did; also of one camera alone."""
    sent = messages()
    times = CLOCKS[clock]([time_ns for _, time_ns, _ in sent])
    sent = [(topic, time_ns, data) for (topic, _, data), time_ns in zip(sent, times)]
    path = write(tmp_path / 'drive.mcap', sent, **LAYOUTS[layout])
    assert read(path) == sorted(times)
    assert read(path, [REAR]) == sorted(times[1::2])


@pytest.mark.parametrize('layout', LAYOUTS)
def test_a_window_of_time_gives_its_messages(tmp_path, layout):
    """Of chunks that are passed over by their times, and of files without such times."""
    sent = messages()
    path = write(tmp_path / 'drive.mcap', sent[30:] + sent[:30], **LAYOUTS[layout])
    with Bag(path) as bag:
        found = [one.received_ns for one in bag.images([TOPIC, REAR], 0.5, 1.2)]
    begin, end = START_NS + SECOND_NS // 2, START_NS + 12 * SECOND_NS // 10
    assert found == [time_ns for _, time_ns, _ in sent if begin <= time_ns < end] != []


def test_chunks_outside_a_window_are_not_unpacked(tmp_path, monkeypatch):
    """A few seconds of a long drive cost no more than reading its bytes."""
    path = write(tmp_path / 'drive.mcap', messages())
    unpacked = []
    monkeypatch.setattr('shufflenet_ros.recordings.mcap_stream.OpenChunk',
                        lambda chunk: unpacked.append(chunk) or OpenChunk(chunk))
    with Bag(path) as bag:
        every = len(list(bag.images([TOPIC]))) and len(unpacked)
        unpacked.clear()
        assert list(bag.images([TOPIC], 1.0, 1.1))
    assert 0 < len(unpacked) < every / 2


def test_beyond_the_buffer_messages_come_as_they_were_written(tmp_path, monkeypatch):
    """The order may suffer from a clock set back far, the count never."""
    monkeypatch.setattr('shufflenet_ros.recordings.mcap_stream.SORTED_MESSAGES', 5)
    sent = messages()
    path = write(tmp_path / 'drive.mcap', sent[30:] + sent[:30])
    times = read(path)
    assert times != sorted(times) == [time_ns for _, time_ns, _ in sent]


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
@pytest.mark.parametrize('form', ['folder', 'no metadata', 'file'])
def test_messages_compressed_one_by_one_need_no_metadata(tmp_path, storage, form):
    """The bytes themselves tell."""
    bag = record(tmp_path / 'drive', {TOPIC: RAW, REAR: RAW}, [
        (topic, time_ns, data) for topic, time_ns, data in messages()], storage, 'message')
    file, = (one for one in bag.iterdir() if one.suffix != '.yaml')
    if form != 'folder':
        (bag / 'metadata.yaml').unlink()
    assert len(read(file if form == 'file' else bag)) == COUNT


@pytest.mark.parametrize('suffix', ['.zst', '.zstd'])
@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
@pytest.mark.parametrize('form', ['folder', 'no metadata', 'file'])
def test_packed_files_are_read_one_by_one(tmp_path, monkeypatch, storage, suffix, form):
    """And nothing of them stays behind."""
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path / 'temporary'))
    (tmp_path / 'temporary').mkdir()
    bag = record(tmp_path / 'drive', {TOPIC: RAW, REAR: RAW}, messages(), storage)
    file, = (one for one in bag.iterdir() if one.suffix != '.yaml')
    packed = file.with_name(file.name + suffix)
    packed.write_bytes(zstandard.compress(file.read_bytes()))
    file.unlink()
    if form == 'no metadata':
        (bag / 'metadata.yaml').unlink()
    assert len(read(bag if form == 'folder' else packed)) == COUNT
    assert not list((tmp_path / 'temporary').iterdir())


def test_a_packed_file_that_is_cut_gives_what_is_whole(tmp_path):
    """As a disk that was full leaves it; the truncation is said."""
    content = write(tmp_path / 'a.mcap', messages()).read_bytes()
    packer, packed = zstandard.ZstdCompressor().compressobj(), b''
    for start in range(0, len(content), 2000):
        packed += packer.compress(content[start:start + 2000])
        packed += packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    (tmp_path / 'a.mcap.zst').write_bytes(packed[:len(packed) // 2])
    assert COUNT / 4 < len(read(tmp_path / 'a.mcap.zst')) < COUNT * 3 / 4
    said = []
    Bag(tmp_path / 'a.mcap.zst', said.append)
    assert 'truncated, reading what is whole' in said[0]


@pytest.mark.parametrize('profile', ['', 'ros1', 'x'])
@pytest.mark.parametrize('schema', [RAW, 'sensor_msgs/Image', 'sensor_msgs::msg::dds_::Image_'])
def test_an_mcap_is_read_by_its_schemas(tmp_path, profile, schema):
    """Not by the profile of its header; types have more than one way to be written."""
    path = write(tmp_path / 'drive.mcap', messages(), profile, schema)
    assert len(read(path)) == COUNT
    packed = [(topic, ns, zstandard.compress(data)) for topic, ns, data in messages()]
    assert len(read(write(tmp_path / 'packed.mcap', packed, profile, schema))) == COUNT


@pytest.mark.parametrize('encoding', ['json', 'protobuf', ''])
def test_images_of_another_encoding_are_refused_by_name(tmp_path, encoding):
    """One line says what they are."""
    path = write(tmp_path / 'drive.mcap', messages(), '', RAW, encoding)
    with pytest.raises(BagError, match=f'{RAW} in {encoding or "no encoding"}, expected cdr'):
        check_bags([path], ())


def ros1(path, compression=None, count=COUNT):
    """Record messages as ROS 1 does; give their serialized bytes."""
    store, image, found = get_typestore(Stores.ROS1_NOETIC), views(1)[0][::8, ::8].copy(), []
    writer = Writer1(path)
    writer.chunk_threshold = 20_000
    if compression:
        writer.set_compression(compression)
    with writer:
        connection = writer.add_connection(TOPIC, RAW, typestore=store)
        for number in range(count):
            msg = message_of(image, START_NS + number, RAW)
            header = store.types['std_msgs/msg/Header'](
                seq=number, stamp=msg.header.stamp, frame_id='optical')
            msg = store.types[RAW](header, *(getattr(msg, name) for name in (
                'height', 'width', 'encoding', 'is_bigendian', 'step', 'data')))
            found.append(bytes(store.serialize_ros1(msg, RAW)))
            writer.write(connection, START_NS + number * SECOND_NS // 30, found[-1])
    return found


def test_an_mcap_of_ros_1_messages_is_read(tmp_path):
    """As conversion of old bags writes them."""
    sent = [(TOPIC, START_NS + number, data)
            for number, data in enumerate(ros1(tmp_path / 'a.bag'))]
    path = write(tmp_path / 'a.mcap', sent, 'ros1', 'sensor_msgs/Image', 'ros1', 'ros1msg')
    assert len(read(path)) == COUNT


@pytest.mark.parametrize('compression', [None, Writer1.CompressionFormat.BZ2,
                                         Writer1.CompressionFormat.LZ4])
@pytest.mark.parametrize('name', ['cut.bag', 'cut.bag.active', 'cut'])
def test_a_cut_off_bag_of_ros_1_gives_what_is_whole(tmp_path, compression, name):
    """Without its index, and cut in the middle of a chunk."""
    ros1(tmp_path / 'a.bag', compression)
    content = (tmp_path / 'a.bag').read_bytes()
    counts = []
    for share in (0.1, 0.5, 0.8, 0.999):
        (tmp_path / name).write_bytes(content[:int(share * len(content))])
        counts.append(len(read(tmp_path / name, [TOPIC])))
    assert counts == sorted(counts) and counts[-1] == COUNT
    assert compression or COUNT / 2 - 3 < counts[1] < COUNT / 2 + 3


@pytest.mark.parametrize('name', ['a#b', 'a?b=c', 'a%20b', 'two  blanks', "it's", '"q"', '\u6771'])
@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_folders_of_any_name_are_read(tmp_path, monkeypatch, storage, name):
    """Absolute, relative, by a link, with a slash behind; a cure can be pasted into a shell."""
    (tmp_path / name).mkdir()
    # The library that writes the databases cannot write below such names.
    bag = tmp_path / name / 'drive'
    record_images(tmp_path / 'drive', views(3), storage=storage).rename(bag)
    (tmp_path / 'link').symlink_to(bag)
    monkeypatch.chdir(tmp_path)
    for path in (bag, bag.relative_to(tmp_path), tmp_path / 'link', f'{name}/drive/'):
        assert len(read(type(bag)(path))) == 3
    file, = (one for one in bag.iterdir() if one.suffix != '.yaml')
    file.write_bytes(b'text' * 100)
    with pytest.raises(BagError) as caught:
        Bag(file)
    assert str(file) in shlex.split(str(caught.value).rpartition('; ')[2])


def test_a_missing_piece_is_said_and_the_others_are_read(tmp_path):
    """A split recording of which one file was not copied."""
    bag = record_images(tmp_path / 'drive', views(3))
    text = (bag / 'metadata.yaml').read_text()
    text = text.replace('- drive.mcap\n', '- drive.mcap\n  - b.mcap\n')
    (bag / 'metadata.yaml').write_text(text)
    counts, said = export([bag], tmp_path / 'out')
    assert counts[TOPIC].written == 3 and any('missing' in line and 'b.mcap' in line
                                              for line in said)


def test_an_unreadable_piece_costs_no_other(tmp_path):
    """The others are read first, then it is named."""
    bag = record_images(tmp_path / 'drive', views(3))
    (bag / 'metadata.yaml').unlink()
    (bag / 'drive_1.mcap').write_bytes(b'')
    with pytest.raises(BagError, match='drive_1.mcap seems to be empty'):
        export([bag], tmp_path / 'out')
    assert len(list((tmp_path / 'out').glob('*.jpg'))) == 3


@pytest.mark.parametrize('mode', ['WAL', 'DELETE'])
def test_a_killed_database_gives_what_sqlite_gives(tmp_path, mode):
    """A journal beside it is written back into a copy."""
    bag = record(tmp_path / 'drive', {TOPIC: RAW, REAR: RAW}, messages(), 'sqlite3')
    (bag / 'metadata.yaml').unlink()
    file, = bag.glob('*.db3')
    code = ('import os, sqlite3, sys\nd = sqlite3.connect(sys.argv[1])\n'
            f'd.execute("PRAGMA journal_mode={mode}")\nd.execute("PRAGMA cache_size=5")\n'
            'sql = "INSERT INTO messages SELECT id + {}, topic_id, timestamp, data FROM messages '
            'WHERE id <= 60"\nd.execute(sql.format(100))\nd.commit()\n'
            'd.execute(sql.format(200))\nos.kill(os.getpid(), 9)')
    subprocess.run([sys.executable, '-c', code, str(file)], check=False)
    assert [one for one in bag.iterdir() if '.db3-' in one.name]
    copy = shutil.copytree(bag, tmp_path / 'copy')
    assert len(read(bag)) == sqlite3.connect(copy / file.name).execute(
        'SELECT count(*) FROM messages').fetchone()[0] == 2 * COUNT


@pytest.mark.parametrize('with_metadata', [True, False])
def test_pieces_are_unpacked_one_at_a_time(tmp_path, monkeypatch, with_metadata):
    """A split recording need not fit into the folder for temporary files as a whole."""
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path / 'temporary'))
    (tmp_path / 'temporary').mkdir()
    sent = messages()
    bag = record(tmp_path / 'drive', {TOPIC: RAW, REAR: RAW}, sent[:20], 'sqlite3', 'file')
    for number in (1, 2):
        other = record(tmp_path / f'other{number}', {TOPIC: RAW, REAR: RAW},
                       sent[20 * number:20 * number + 20], 'sqlite3', 'file')
        next(other.glob('*.zstd')).rename(bag / f'drive_{number}.db3.zstd')
    metadata = bag / 'metadata.yaml'
    metadata.write_text(metadata.read_text().replace(
        '- drive.db3.zstd\n', ''.join(f'- {name}.db3.zstd\n  ' for name in (
            'drive_2', 'drive_1', 'drive')).rstrip(' ')))
    if not with_metadata:
        metadata.unlink()
    with Bag(bag) as opened:
        times = []
        for one in opened.images([TOPIC, REAR]):
            times.append(one.received_ns)
            assert len(list((tmp_path / 'temporary').iterdir())) == 1
        assert times == [time_ns for _, time_ns, _ in sent]
    assert not list((tmp_path / 'temporary').iterdir())


@pytest.mark.parametrize('number', [1, -1])
@pytest.mark.parametrize('with_index', [True, False])
@pytest.mark.parametrize('harm, says', [
    ('bytes', 'the checksum of 1 of its chunks is wrong: their .* images were read, and may'),
    ('length', '1 of its chunks not read to their end; the first: a record in it is no record')])
def test_a_damaged_chunk_costs_no_other(tmp_path, harm, says, with_index, number):
    """The chunks before and behind it are read, its own images where they can be told apart."""
    path = write(tmp_path / 'drive.mcap', messages(), compression=CompressionType.NONE)
    content = bytearray(path.read_bytes())
    with path.open('rb') as file:
        chunk = make_reader(file).get_summary().chunk_indexes[number]
    place = chunk.chunk_start_offset + chunk.chunk_length // 2
    content[place:place + 50] = b'\xff' * 50
    if harm == 'length':
        place = content.index(b'\x05', chunk.chunk_start_offset + 9 + 40)
        content[place + 1:place + 9] = b'\xff' * 8
    path.write_bytes(content if with_index else content[:-20])
    times = []
    with Bag(path) as bag, pytest.raises(BagError, match=says):
        for one in bag.images([TOPIC, REAR]):
            times.append(one.received_ns)
    every = [time_ns for _, time_ns, _ in messages()]
    assert times == [time_ns for time_ns in every if harm == 'bytes' or not (
        chunk.message_start_time <= time_ns <= chunk.message_end_time)]


def test_a_damaged_piece_costs_no_other(tmp_path):
    """Of a split recording, pieces behind the damaged one are read as well."""
    sent = messages()
    (tmp_path / 'drive').mkdir()
    for number in range(3):
        write(tmp_path / 'drive' / f'drive_{number}.mcap', sent[20 * number:20 * number + 20],
              use_chunking=False)
    path = tmp_path / 'drive' / 'drive_1.mcap'
    content = bytearray(path.read_bytes())
    place = len(content) // 2
    content[place:place + 3000] = b'\xff' * 3000
    path.write_bytes(content)
    times = []
    with Bag(tmp_path / 'drive') as bag, pytest.raises(BagError, match='only its beginning'):
        for one in bag.images([TOPIC, REAR]):
            times.append(one.received_ns)
    assert times[:20] == [ns for _, ns, _ in sent[:20]] and 45 < len(times) < COUNT
    assert times[-20:] == [ns for _, ns, _ in sent[40:]]
