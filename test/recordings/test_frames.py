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

"""Frames out of real recordings, as the node would see them, with where they are from."""

import csv

import cv2
from node.recorded_frames import message_of, record
import numpy as np
import pytest
from recordings.bags import (
    COMPRESSED,
    export,
    RAW,
    raw_of,
    record_images,
    SECOND_NS,
    START_NS,
    TOPIC,
    views,
)
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.dataset.image_files import SUFFIXES
from shufflenet_ros.dataset.near_duplicates import near_duplicates, signatures
from shufflenet_ros.recordings.frame_folder import FrameFolder, TABLE
from shufflenet_ros.recordings.reader import Bag


def rows_of(out):
    with (out / TABLE).open(newline='') as file:
        return list(csv.DictReader(file))


def images_in(out):
    return sorted(path for path in out.iterdir() if path.suffix in SUFFIXES)


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
@pytest.mark.parametrize('kind', [RAW, COMPRESSED])
def test_a_recording_becomes_images_and_rows(tmp_path, storage, kind):
    """Each image is the message's own, under a name that sorts by time, with its provenance."""
    images = views(6)
    bag = record_images(tmp_path / 'drive', images, kind=kind, storage=storage)
    counts, _ = export([bag], tmp_path / 'out', '.png')
    assert counts[TOPIC].messages == counts[TOPIC].written == 6
    found, rows = images_in(tmp_path / 'out'), rows_of(tmp_path / 'out')
    assert [path.name for path in found] == [row['path'] for row in rows]
    assert found[1].name == f'drive_camera_image_raw_{START_NS + SECOND_NS // 2}.png'
    assert rows[1] == {'path': found[1].name, 'label': '', 'topic': TOPIC, 'bag': '../drive',
                       'stamp_ns': str(START_NS + SECOND_NS // 2),
                       'frame_id': 'belly_optical_frame'}
    for path, image in zip(found, images):
        if kind == COMPRESSED:
            image = cv2.imdecode(cv2.imencode('.jpg', image)[1], cv2.IMREAD_COLOR)
        np.testing.assert_array_equal(cv2.imread(str(path)), image)


@pytest.mark.parametrize('encoding, convert', [
    ('rgb8', lambda grey: np.dstack([grey] * 3)),
    ('mono16', lambda grey: grey.astype('<u2') * 256),
    ('bayer_rggb8', lambda grey: grey), ('yuyv', lambda grey: np.dstack([grey, 0 * grey + 128])),
    ('nv12', lambda grey: np.vstack([grey, 0 * grey[::2] + 128]))])
def test_every_encoding_of_the_node_is_read(tmp_path, encoding, convert):
    """Through the node's own decoder: a grey image comes out grey, whatever carried it."""
    grey = cv2.cvtColor(views(1)[0], cv2.COLOR_BGR2GRAY)
    msg = raw_of(np.ascontiguousarray(convert(grey)), encoding, START_NS)
    msg.height = grey.shape[0]
    bag = record(tmp_path / 'drive', {TOPIC: RAW}, [(TOPIC, START_NS, msg)])
    assert export([bag], tmp_path / 'out', '.png')[0][TOPIC].written == 1
    found = cv2.imread(str(images_in(tmp_path / 'out')[0])).astype(int)
    assert found.shape[:2] == grey.shape
    # YUV comes in limited range, and a mosaic is interpolated.
    slope = np.corrcoef(found[:, :, 1].ravel(), grey.ravel())[0, 1]
    assert slope > 0.97 and np.ptp(found, axis=2).mean() < 12


@pytest.mark.parametrize('storage, compression', [
    ('sqlite3', 'file'), ('sqlite3', 'message'), ('mcap', 'message'), ('mcap', 'storage')])
def test_compressed_recordings_are_read(tmp_path, storage, compression):
    """By file, by message, or by chunk of mcap."""
    bag = record(tmp_path / 'drive', {TOPIC: RAW}, [
        (TOPIC, START_NS, message_of(views(1)[0], START_NS, RAW))], storage, compression)
    assert export([bag], tmp_path / 'out')[0][TOPIC].written == 1


def test_time_and_similarity_thin_out_a_recording(tmp_path):
    """One in half a second; standing still gives one; each message ends in one count."""
    bag = record_images(tmp_path / 'drive', [views(1)[0]] * 20 + views(20)[1:], rate_hz=10.0)
    counts, _ = export([bag], tmp_path / 'out')
    one = counts[TOPIC]
    assert (one.messages, one.too_soon) == (39, 31)
    assert (one.near_duplicates, one.written) == (3, 5)
    found = [cv2.imread(str(path)) for path in images_in(tmp_path / 'out')]
    assert near_duplicates(signatures([image[:, :, ::-1].copy() for image in found])) == []


def test_a_second_run_adds_nothing_whatever_the_user_did(tmp_path):
    """Images sorted into folders, one deleted, labels filled in: all of it stays."""
    bag, out = record_images(tmp_path / 'drive', views(8)), tmp_path / 'out'
    export([bag], out)
    first, second, *_ = images_in(out)
    (out / 'lawn').mkdir()
    first.rename(out / 'lawn' / first.name)
    second.unlink()
    labelled = (out / TABLE).read_text().replace('.jpg,,', '.jpg,lawn,').rstrip('\n')
    (out / TABLE).write_text(labelled)
    counts, _ = export([bag], out)
    assert counts[TOPIC].written == 0 and counts[TOPIC].written_before == 8
    assert len(images_in(out)) == 6 and (out / TABLE).read_text() == labelled


def test_an_image_whose_row_is_missing_is_written_again(tmp_path):
    """A power cut may come between the two."""
    bag, out = record_images(tmp_path / 'drive', views(4)), tmp_path / 'out'
    export([bag], out)
    whole = (out / TABLE).read_text()
    (out / TABLE).write_text(''.join(whole.splitlines(keepends=True)[:-1]))
    assert export([bag], out)[0][TOPIC].written == 1
    assert (out / TABLE).read_text() == whole and len(images_in(out)) == 4


def test_another_run_goes_on_below_the_rows_of_a_spreadsheet(tmp_path):
    """Columns in another order and one more, no line end: rows stay whole."""
    bags = [record_images(tmp_path / name, images, start_ns=START_NS + number * SECOND_NS * 60)
            for number, (name, images) in enumerate((('a', views(2)), ('b', views(6)[2:])))]
    out = tmp_path / 'out'
    export(bags[:1], out)
    rows = rows_of(out)
    columns = ['label', 'mine', *(name for name in rows[0] if name != 'label')]
    (out / TABLE).write_text('\ufeff' + '\n'.join(
        [','.join(columns), *(','.join({**row, 'mine': 'x', 'label': 'lawn'}[name]
                                       for name in columns) for row in rows)]))
    export(bags, out)
    with (out / TABLE).open(newline='', encoding='utf-8-sig') as file:
        found = list(csv.DictReader(file))
    assert [(row['bag'], row['label'], row['mine']) for row in found] == [
        ('../a', 'lawn', 'x')] * 2 + [('../b', '', '')] * 4


def test_a_csv_of_another_kind_is_not_touched(tmp_path):
    """It is named, with what was expected."""
    (tmp_path / TABLE).write_text('path;label\n')
    with pytest.raises(ConfigurationError, match=r"columns \['path;label'\], expected path,label"):
        export([record_images(tmp_path / 'drive', views(1))], tmp_path)
    assert (tmp_path / TABLE).read_text() == 'path;label\n'


def test_bags_and_topics_of_one_name_do_not_collide(tmp_path):
    """Simulators start at the same time again and again; /a/b_c and /a_b/c look alike in names."""
    images = views(4)
    bags = [record(tmp_path / folder / 'drive', {'/a/b_c': RAW, '/a_b/c': RAW}, [
        (topic, START_NS, message_of(image, START_NS, RAW))
        for topic, image in zip(('/a/b_c', '/a_b/c'), images[start:])])
        for folder, start in (('one', 0), ('two', 2))]
    counts, _ = export(bags, tmp_path / 'out')
    assert [one.written for one in counts.values()] == [2, 2]
    stem = f'drive_a_b_c_{START_NS}'
    assert {path.stem for path in images_in(tmp_path / 'out')} == {
        stem, f'{stem}_2', f'{stem}_3', f'{stem}_4'}
    assert {path.name for path in images_in(tmp_path / 'out')} == {
        row['path'] for row in rows_of(tmp_path / 'out')}


def test_a_near_duplicate_of_another_bag_or_topic_is_left_out(tmp_path):
    """A camera recorded raw and compressed, in two copies of a bag, gives one set."""
    images = views(3)
    messages = [(topic, time_ns, message_of(image, time_ns, kind))
                for time_ns, image in zip(range(START_NS, START_NS + 3 * SECOND_NS, SECOND_NS),
                                          images)
                for topic, kind in (('/raw', RAW), ('/jpeg', COMPRESSED))]
    bags = [record(tmp_path / name, {'/raw': RAW, '/jpeg': COMPRESSED}, messages)
            for name in ('one', 'two')]
    counts, _ = export(bags, tmp_path / 'out')
    assert counts['/raw'].written == 3 and counts['/raw'].near_duplicates == 3
    assert counts['/jpeg'].written == 0 and counts['/jpeg'].near_duplicates == 6
    counts, _ = export(bags, tmp_path / 'all', min_similarity=None)
    assert counts['/raw'].written + counts['/jpeg'].written == 12


def test_without_stamps_the_time_of_recording_counts(tmp_path):
    """And that is said."""
    bag = record_images(tmp_path / 'drive', views(4), stamped=False)
    counts, _ = export([bag], tmp_path / 'out')
    assert counts[TOPIC].unstamped == counts[TOPIC].written == 4
    assert '4 without a stamp' in counts[TOPIC].remarks()[0]
    assert rows_of(tmp_path / 'out')[0]['stamp_ns'] == str(START_NS)


def test_stamps_that_stand_still_are_no_time(tmp_path):
    """One in half a second of the recording; named, said, and the same in a second run."""
    times_ns = [START_NS + number * SECOND_NS // 10 for number in range(20)]
    bag = record(tmp_path / 'drive', {TOPIC: RAW}, [
        (TOPIC, time_ns, message_of(image, 5 * SECOND_NS, RAW))
        for image, time_ns in zip(views(20), times_ns)])
    for written in (4, 0):
        counts, _ = export([bag], tmp_path / 'out')
        assert (counts[TOPIC].written, counts[TOPIC].written_before) == (written, 4 - written)
        assert counts[TOPIC].standing == 3 and 'stands still' in counts[TOPIC].remarks()[0]
    assert [row['stamp_ns'] for row in rows_of(tmp_path / 'out')] == [
        str(5 * SECOND_NS), *map(str, times_ns[5::5])]


@pytest.mark.parametrize('frame_id', [
    '=HYPERLINK("http://x","y")', '+1+1', '-1', '@SUM(A1)', '\t=1', '\uff1d1', 'a\0b',
    'a\nb,c\r\nd', '\x1b[31m', 'a\u2028b', '\u202eb', '\ufeffb'])
def test_a_cell_is_never_a_formula_nor_a_control_character(tmp_path, frame_id):
    """Whatever a driver calls its frame; a second run knows all rows."""
    msg = message_of(views(1)[0], START_NS, RAW)
    msg.header.frame_id = frame_id
    folder = tmp_path / '=cmd'
    folder.mkdir()
    bag = record(folder / '-1+1', {TOPIC: RAW}, [(TOPIC, START_NS, msg)])
    for written in (1, 0):
        assert export([bag], tmp_path / 'out')[0][TOPIC].written == written
    row, = rows_of(tmp_path / 'out')
    for value in row.values():
        assert value.isprintable() and value.lstrip()[:1] not in tuple('=+-@\uff1d')
    assert not row['path'].startswith(('.', '-')) and (tmp_path / 'out' / row['path']).is_file()
    found, = images_in(tmp_path / 'out')
    assert found.name == row['path']


@pytest.mark.parametrize('name', [
    'x' * 200, '\u6771\u4eac' * 30, '.hidden', '-1', 'a\nb', '[/b]'])
def test_bags_and_topics_of_any_name_are_written(tmp_path, name):
    """Names of files stay short enough, and a second run writes nothing."""
    topic = '/' + 'long_' * 100
    bag = record(tmp_path / name, {topic: RAW}, [
        (topic, START_NS, message_of(views(1)[0], START_NS, RAW))], 'sqlite3')
    for written in (1, 0):
        assert export([bag], tmp_path / 'out')[0][topic].written == written
    found, = images_in(tmp_path / 'out')
    assert found.name == rows_of(tmp_path / 'out')[0]['path']


@pytest.mark.parametrize('shape', [(1, 10_000), (10_000, 1)])
def test_an_image_that_no_jpeg_can_hold_is_counted(tmp_path, shape):
    """Its figure and the cure; the others are written."""
    line = raw_of(np.full((*shape, 3), 90, np.uint8), 'bgr8', START_NS)
    bag = record(tmp_path / 'drive', {'/line': RAW, TOPIC: RAW}, [
        ('/line', START_NS, line), (TOPIC, START_NS, message_of(views(1)[0], START_NS, RAW))])
    counts, _ = export([bag], tmp_path / 'out')
    assert (counts['/line'].undecodable, counts[TOPIC].written) == (1, 1)
    assert '--format png' in counts['/line'].remarks()[0]


def test_a_table_of_another_system_is_read(tmp_path):
    """U+2028 in a label ends no row; a NUL byte is refused with its line."""
    bag, out = record_images(tmp_path / 'drive', views(3)), tmp_path / 'out'
    export([bag], out)
    table = out / TABLE
    labelled = table.read_text().replace('.jpg,,', '.jpg,"la\u2028wn",')
    text = '\ufeff' + labelled.replace('\n', '\r\n')
    table.write_bytes(text.encode())
    assert export([bag], out)[0][TOPIC].written_before == 3
    table.write_bytes(text.replace('wn', '\0', 1).encode())
    with pytest.raises(ConfigurationError, match='line 2 has a NUL byte.* another --out'):
        export([bag], out)


@pytest.mark.parametrize('options, expected', [
    ({'start_s': 1.0}, [2, 3, 4, 5]), ({'end_s': 1.0}, [0, 1]),
    ({'start_s': 0.5, 'end_s': 2.0}, [1, 2, 3]), ({'limit': 3}, [0, 1, 2]),
    ({'every_s': 1.0}, [0, 2, 4])])
@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_a_part_of_a_recording_can_be_taken(tmp_path, storage, options, expected):
    """Seconds from its beginning, a number of frames, and both again in a second run."""
    bag = record_images(tmp_path / 'drive', views(6), storage=storage)
    for _ in range(2):
        export([bag], tmp_path / 'out', **options)
        assert [row['stamp_ns'] for row in rows_of(tmp_path / 'out')] == [
            str(START_NS + number * SECOND_NS // 2) for number in expected]


def test_what_cannot_be_decoded_is_counted_with_its_reason(tmp_path):
    """Distances, a damaged jpeg, bytes that are no message: the other images are taken."""
    image = views(1)[0]
    jpeg = message_of(image, START_NS, COMPRESSED)
    jpeg.data = jpeg.data[:len(jpeg.data) // 2]
    distances = [raw_of(np.ones((32, 32), np.uint16), '16UC1', START_NS + n) for n in range(3)]
    bag = record(tmp_path / 'drive', {TOPIC: RAW, '/depth': RAW, '/jpeg': COMPRESSED}, [
        (TOPIC, START_NS, b'\x00\x01\x00\x00rubbish'),
        *(('/depth', START_NS, msg) for msg in distances), ('/jpeg', START_NS, jpeg),
        (TOPIC, START_NS, message_of(image, START_NS, RAW))])
    counts, _ = export([bag], tmp_path / 'out')
    assert (counts[TOPIC].written, counts[TOPIC].undecodable) == (1, 1)
    assert 'no message of type sensor_msgs/msg/Image' in counts[TOPIC].remarks()[0]
    depth, = counts['/depth'].remarks()
    assert depth.startswith('undecodable, 3 times: ') and 'holds distances' in depth
    assert counts['/jpeg'].undecodable == 1 and 'jpeg' in counts['/jpeg'].remarks()[0]


def test_suffixes_are_those_that_train_reads(tmp_path):
    """Images of the user in the folder count as there, whatever their kind."""
    paths = [tmp_path / f'mine{suffix}' for suffix in sorted(SUFFIXES)]
    for path in paths:
        path.touch()
    assert FrameFolder(tmp_path, '.png', 95).images == paths


def test_topics_are_listed_with_types(tmp_path):
    """What the command says where no topic has images."""
    with Bag(record_images(tmp_path / 'drive', views(1))) as bag:
        assert bag.topics == {TOPIC: RAW} and bag.seconds < 1e-6
