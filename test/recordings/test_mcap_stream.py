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

"""mcap files that are cut anywhere, or have no index: what is whole is read."""

from io import BytesIO
import random
import re
import time

from mcap.opcode import Opcode
from mcap.records import Channel, Message
from mcap.stream_reader import StreamReader
from mcap.writer import CompressionType, IndexType, Writer
from node.recorded_frames import message_of, record, STORE
import numpy as np
import pytest
from recordings.bags import COMPRESSED, RAW, SECOND_NS, START_NS, TOPIC, views
from shufflenet_ros.core.errors import BagError
from shufflenet_ros.recordings.mcap_records import is_truncated
from shufflenet_ros.recordings.reader import Bag
import zstandard

OTHER = '/rear/image_raw/compressed'
CHUNK = 6000
RANDOM_CUTS = 60
LAYOUTS = {
    'zstd': {'compression': CompressionType.ZSTD},
    'lz4': {'compression': CompressionType.LZ4},
    'uncompressed': {'compression': CompressionType.NONE},
    'without checksums': {'compression': CompressionType.NONE, 'enable_crcs': False},
    'without chunks': {'use_chunking': False}}


@pytest.fixture(scope='module')
def messages():
    """Topic, time of recording (ns) and CDR of small images of two cameras, in order."""
    found = []
    for image in views(12):
        for topic, kind in ((TOPIC, RAW), (OTHER, COMPRESSED)):
            stamp_ns = START_NS + len(found) * SECOND_NS // 10
            msg = message_of(image[::4, ::4].copy(), stamp_ns, kind)
            found.append((topic, stamp_ns, bytes(STORE.serialize_cdr(msg, kind))))
    return found


def write(path, messages, **layout):
    """Write messages as an mcap file of ROS 2 in some layout."""
    with path.open('wb') as file:
        writer = Writer(file, chunk_size=CHUNK, **layout)
        writer.start('ros2')
        channels = {topic: writer.register_channel(topic, 'cdr', writer.register_schema(
            kind, 'ros2msg', b'')) for topic, kind in ((TOPIC, RAW), (OTHER, COMPRESSED))}
        for topic, time_ns, data in messages:
            writer.add_message(channels[topic], time_ns, data, time_ns)
        writer.finish()
    return path


def expected(content):
    """Give the times of the whole messages that mcap itself reads, until it fails."""
    times, channels = [], set()
    try:
        for one in StreamReader(BytesIO(content), validate_crcs=True).records:
            if isinstance(one, Channel):
                channels.add(one.id)
            # Zeros behind the cut may look like a message, but of no channel.
            if isinstance(one, Message) and one.channel_id in channels:
                times.append(one.log_time)
    except Exception:  # at the cut, of many kinds
        pass
    return times


def found(path, topics=(TOPIC, OTHER), whole=True):
    """Give the times of the images of a bag, until it is damaged; all ``whole``, with a stamp."""
    times = []
    try:
        with Bag(path) as bag:
            for arrival in bag.images(topics):
                assert not whole or arrival.frame and arrival.stamp_ns == arrival.received_ns
                times.append(arrival.received_ns)
    except BagError:
        assert not whole
    return times


def boundaries(content):
    """Offsets behind every record, outside of chunks."""
    file = BytesIO(content)
    return [file.tell() for _ in StreamReader(file, emit_chunks=True).records]


@pytest.mark.parametrize('tail', [b'', bytes(2000)], ids=['cut', 'then zeros'])
@pytest.mark.parametrize('layout', LAYOUTS)
def test_wherever_a_file_is_cut_all_whole_messages_are_read(tmp_path, messages, layout, tail):
    """Around every record and at random places: as many as mcap itself reads, as they were."""
    path = write(tmp_path / 'drive.mcap', messages, **LAYOUTS[layout])
    content, rng = path.read_bytes(), random.Random(0)
    assert found(path) == expected(content) == [time_ns for _, time_ns, _ in messages]
    cuts = {end + shift for end in boundaries(content) for shift in (-1, 0, 1)}
    cuts |= {rng.randrange(9, len(content)) for _ in range(RANDOM_CUTS)}
    lengths = set()
    for cut in sorted(cuts):
        if cut >= len(content):
            continue
        path.write_bytes(content[:cut] + tail)
        times = found(path, whole=not tail)
        assert is_truncated(path) and times == expected(content[:cut] + tail), cut
        lengths.add(len(times))
    assert min(lengths) == 0 and max(lengths) == len(messages) and len(lengths) > 4


@pytest.mark.parametrize('layout', [
    {'index_types': IndexType.NONE}, {'use_chunking': False},
    {'index_types': IndexType.NONE, 'use_statistics': False, 'repeat_channels': False,
     'repeat_schemas': False, 'use_summary_offsets': False}],
    ids=['chunks', 'no chunks', 'no summary'])
@pytest.mark.parametrize('with_metadata', [True, False])
def test_a_whole_file_without_an_index_need_not_be_in_order(tmp_path, messages, layout,
                                                            with_metadata):
    """As two cameras are recorded whose messages overtake each other; each chunk is sorted."""
    mixed = [messages[number ^ 1] for number in range(len(messages))]
    bag = tmp_path / 'drive'
    record(bag, {TOPIC: RAW, OTHER: COMPRESSED}, messages)
    write(bag / 'drive.mcap', mixed, **layout)
    if not with_metadata:
        (bag / 'metadata.yaml').unlink()
    times = found(bag)
    assert sorted(times) == [time_ns for _, time_ns, _ in messages]
    for topic in (TOPIC, OTHER):
        assert found(bag, (topic,)) == [ns for name, ns, _ in messages if name == topic]
    if 'use_chunking' not in layout:
        assert sum(a > b for a, b in zip(times, times[1:])) < len(messages) / 4


def test_a_part_of_a_truncated_file_can_be_taken(tmp_path, messages):
    """By topic and by seconds, as of any other; its length is that of what is whole."""
    path = write(tmp_path / 'drive.mcap', messages, use_chunking=False)
    content = path.read_bytes()
    path.write_bytes(content[:boundaries(content)[13]])
    whole = expected(path.read_bytes())
    with Bag(path) as bag:
        assert bag.topics == {TOPIC: RAW, OTHER: COMPRESSED} and bag.start_ns == START_NS
        assert bag.seconds == pytest.approx((whole[-1] - START_NS) / SECOND_NS, abs=1e-6)
        taken = [arrival.received_ns for arrival in bag.images((TOPIC,), 0.2, 0.6)]
    assert taken == [START_NS + SECOND_NS // 10 * number for number in (2, 4)]


def test_messages_that_were_compressed_one_by_one_are_read(tmp_path, messages):
    """Only the metadata would say so, which a recorder that was killed does not write."""
    compress = zstandard.ZstdCompressor().compress
    path = write(tmp_path / 'drive.mcap', [(topic, time_ns, compress(data))
                                           for topic, time_ns, data in messages])
    content = path.read_bytes()
    path.write_bytes(content[:-8])
    assert found(path) == [time_ns for _, time_ns, _ in messages]


@pytest.mark.parametrize('layout', ['uncompressed', 'zstd', 'lz4'])
def test_damage_before_the_cut_costs_its_chunk(tmp_path, messages, layout):
    """A checksum finds it, and what lies behind it is read as well."""
    path = write(tmp_path / 'drive.mcap', messages, **LAYOUTS[layout])
    content = bytearray(path.read_bytes())
    start = boundaries(content)[4 if layout == 'uncompressed' else 3]
    content[start + 200:start + 300] = b'\xff' * 100
    path.write_bytes(content[:-30])
    before = expected(bytes(content[:-30]))
    taken = []
    with Bag(path) as bag, pytest.raises(BagError, match='damaged, .*1 of its chunks'):
        taken.extend(arrival.received_ns for arrival in bag.images((TOPIC, OTHER)))
    assert taken[:len(before)] == before and len(before) < len(taken) <= len(messages)


@pytest.mark.parametrize('length', [1 << 40, 1 << 62, (1 << 64) - 1])
@pytest.mark.parametrize('place', [1, 9 + 36], ids=['record', 'data of a chunk'])
def test_a_length_that_no_file_has_takes_no_memory(tmp_path, messages, place, length):
    """A damaged byte is enough for it; what came before is read."""
    path = write(tmp_path / 'drive.mcap', messages, compression=CompressionType.ZSTD)
    content = bytearray(path.read_bytes())
    second = boundaries(content)[3]
    assert content[second] == Opcode.CHUNK
    content[second + place:second + place + 8] = length.to_bytes(8, 'little')
    path.write_bytes(content[:-8])
    times = [time_ns for _, time_ns, _ in messages]
    taken = found(path, whole=False)
    assert 0 < len(taken) < len(times) and taken == times[:len(taken)]


def test_much_room_that_was_never_written_is_passed_over(tmp_path, messages):
    """A file system may have set aside hundreds of megabytes, which read as zeros."""
    path = write(tmp_path / 'drive.mcap', messages, use_chunking=False)
    content = path.read_bytes()
    with path.open('r+b') as file:
        file.truncate(boundaries(content)[13])
        file.truncate(len(content) + 300_000_000)
    start_s = time.monotonic()
    assert len(found(path)) == len(expected(content[:boundaries(content)[13]])) > 5
    # Nine bytes after the other, mcap takes two minutes for that.
    assert time.monotonic() - start_s < 30


def test_every_image_is_the_message_s_own(tmp_path, messages):
    """Bytes, size and encoding, read from a truncated file."""
    path = write(tmp_path / 'drive.mcap', messages)
    path.write_bytes(path.read_bytes()[:-1])
    with Bag(path) as bag:
        for arrival, (topic, _, data) in zip(bag.images((TOPIC, OTHER)), messages, strict=True):
            msg = STORE.deserialize_cdr(data, RAW if topic == TOPIC else COMPRESSED)
            assert arrival.topic == topic and re.fullmatch('belly_.*', arrival.frame_id)
            np.testing.assert_array_equal(arrival.frame.data, msg.data)
