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

"""Recordings as power cuts, full disks and old releases leave them."""

import os
from pathlib import Path
import shutil
import sqlite3
import subprocess
import sys

from node.recorded_frames import message_of, record, STORE
import pytest
from recordings.bags import export, RAW, record_images, START_NS, TOPIC, views
from rosbags.rosbag1 import Writer as Writer1
from rosbags.typesys import get_typestore, Stores
from shufflenet_ros.core.errors import BagError, ConfigurationError
from shufflenet_ros.recordings.export import check_bags
from shufflenet_ros.recordings.reader import Bag


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_a_recording_without_metadata_is_read_file_by_file(tmp_path, storage):
    """As a recorder that was killed leaves it."""
    bag = record_images(tmp_path / 'drive', views(4), storage=storage)
    (bag / 'metadata.yaml').unlink()
    counts, said = export([bag], tmp_path / 'out')
    assert counts[TOPIC].written == 4 and 'the recording was not finished' in said[0]


@pytest.mark.parametrize('with_metadata', [True, False])
@pytest.mark.parametrize('share', [0.9, 0.5, 0.05])
def test_a_cut_off_mcap_gives_what_is_whole(tmp_path, share, with_metadata):
    """Up to the last whole chunk; also where zeros follow, and after ros2 bag reindex."""
    images = [image.repeat(4, 0).repeat(4, 1) for image in views(8)]
    bag = record_images(tmp_path / 'drive', images)
    file, = bag.glob('*.mcap')
    content = file.read_bytes()
    file.write_bytes(content[:int(share * len(content))] + bytes(5000))
    if not with_metadata:
        (bag / 'metadata.yaml').unlink()
    if share < 0.1:
        with pytest.raises(BagError, match='no topic with images; it has none at all'):
            check_bags([bag], ())
        return
    counts, said = export([bag], tmp_path / 'out')
    assert 8 * share - 2 < counts[TOPIC].written < 8
    assert any('truncated, reading what is whole' in line for line in said)


def test_a_database_of_an_old_release_needs_no_definitions(tmp_path):
    """Before Iron, sqlite bags held no message definitions."""
    bag = record_images(tmp_path / 'drive', views(3), storage='sqlite3')
    with sqlite3.connect(next(bag.glob('*.db3'))) as database:
        for table in ('schema', 'metadata', 'message_definitions'):
            database.execute(f'DROP TABLE {table}')
        database.execute('ALTER TABLE topics DROP COLUMN type_description_hash')
    assert export([bag], tmp_path / 'out')[0][TOPIC].written == 3


def test_a_bag_of_ros_1_is_read_as_well(tmp_path):
    """Messages of the same fields, in another serialization."""
    store, images = get_typestore(Stores.ROS1_NOETIC), views(3)
    with Writer1(tmp_path / 'old.bag') as writer:
        connection = writer.add_connection(TOPIC, RAW, typestore=store)
        for number, image in enumerate(images):
            msg = message_of(image, START_NS + number * 10 ** 9, RAW)
            header = store.types['std_msgs/msg/Header'](
                seq=number, stamp=msg.header.stamp, frame_id='optical')
            msg = store.types[RAW](header, *(getattr(msg, name) for name in (
                'height', 'width', 'encoding', 'is_bigendian', 'step', 'data')))
            writer.write(connection, START_NS + number * 10 ** 9, store.serialize_ros1(msg, RAW))
    assert export([tmp_path / 'old.bag'], tmp_path / 'out')[0][TOPIC].written == 3


def test_messages_that_are_still_in_the_journal_are_not_passed_over(tmp_path):
    """A reader that ignored the journal would see an empty bag; the files stay as they are."""
    bag = record_images(tmp_path / 'drive', views(3), storage='sqlite3')
    (bag / 'metadata.yaml').unlink()
    file, = bag.glob('*.db3')
    database = sqlite3.connect(file)
    database.execute('PRAGMA journal_mode=WAL')
    database.execute('INSERT INTO messages SELECT 9, topic_id, timestamp + 1, data FROM messages '
                     'WHERE id = 3')
    database.commit()
    copy = Path(shutil.copytree(bag, tmp_path / 'killed'))
    database.close()
    before = {one.name: one.read_bytes() for one in copy.iterdir()}
    counts = export([copy], tmp_path / 'out')[0][TOPIC]
    assert (counts.messages, counts.written) == (4, 3)
    assert before == {one.name: one.read_bytes() for one in copy.iterdir()}


@pytest.mark.parametrize('storage, place, length', [
    ('mcap', 0.5, 2_000_000), ('sqlite3', 0.7, 200_000)])
def test_damage_in_the_middle_is_said(tmp_path, storage, place, length):
    """What is good is written, and the next bag is read all the same."""
    images = [image.repeat(4, 0).repeat(4, 1) for image in views(8)]
    bag = record_images(tmp_path / 'drive', images, storage=storage)
    other = record_images(tmp_path / 'other', views(12)[8:], topic='/other')
    file, = (one for one in bag.iterdir() if one.suffix != '.yaml')
    content = bytearray(file.read_bytes())
    start = int(place * len(content))
    content[start:start + length] = b'\xff' * length
    file.write_bytes(content)
    with pytest.raises(BagError, match='drive: damaged, '):
        export([bag, other], tmp_path / 'out')
    names = [path.name for path in (tmp_path / 'out').glob('*.jpg')]
    assert 0 < sum(name.startswith('drive') for name in names) < 8
    assert sum(name.startswith('other') for name in names) == 4


@pytest.mark.parametrize('break_it, words', [
    (lambda bag: shutil.rmtree(bag), 'no such bag'),
    (lambda bag: [one.unlink() for one in bag.iterdir()], 'expected a folder that ros2 bag'),
    (lambda bag: (bag / 'metadata.yaml').write_text('[]'), 'ros2 bag reindex'),
    (lambda bag: (bag / 'metadata.yaml').write_text('a: ['), 'ros2 bag reindex'),
    (lambda bag: (bag / 'drive.mcap').write_bytes(b''), 'seems to be empty'),
    (lambda bag: (bag / 'drive.mcap').unlink(), 'database files are missing'),
    (lambda bag: (bag / 'metadata.yaml').write_text(
        (bag / 'metadata.yaml').read_text().replace('storage_identifier: mcap',
                                                    'storage_identifier: tape')), "plugin 'tape'"),
    (lambda bag: bag.rename(bag.parent / 'x') and (bag.mkdir(), (bag.parent / 'x').rename(
        bag / 'run1')), r'bags are below it: give .*run1'),
])
def test_a_bag_that_cannot_be_opened_says_what_to_do(tmp_path, break_it, words):
    """One line, before anything is written."""
    bag = record_images(tmp_path / 'drive', views(1))
    break_it(bag)
    with pytest.raises(BagError, match=words) as caught:
        check_bags([bag], ())
    assert '\n' not in str(caught.value) and str(bag) in str(caught.value)


def test_a_bag_that_may_not_be_read_is_one_line(tmp_path):
    """As one that a recorder wrote as root; and a folder that is called like a file is none."""
    bag = record_images(tmp_path / 'drive', views(2))
    (bag / 'x.mcap').mkdir()
    assert export([bag], tmp_path / 'out')[0][TOPIC].written == 2
    code = ('import os, sys\nfrom pathlib import Path\n'
            'from shufflenet_ros.recordings.reader import Bag\n'
            'os.setuid(54321)\nBag(Path(sys.argv[1]))')
    for path in (bag, bag / 'drive.mcap'):
        path.chmod(0)
        done = subprocess.run([sys.executable, '-c', code, str(path)], capture_output=True,
                              text=True)
        if 'Operation not permitted' in done.stderr:
            pytest.skip('only root can become another user')
        assert f'BagError: {path}: cannot be read (Permission denied)' in done.stderr
        path.chmod(0o755)


def test_a_damaged_database_is_pointed_to_what_recovers_it(tmp_path):
    """New metadata would not help there."""
    bag = record_images(tmp_path / 'drive', views(8), storage='sqlite3')
    file = bag / 'drive.db3'
    file.write_bytes(file.read_bytes()[:100] + b'\xff' * 100_000)
    with pytest.raises(BagError, match=r'cannot be read as a bag .*; sqlite3 .*db3 .recover'):
        check_bags([bag], ())


def test_a_file_that_is_no_bag_is_refused(tmp_path):
    """Whatever its name says."""
    for name in ('a.mcap', 'a.db3', 'a.bag', 'a.txt'):
        (tmp_path / name).write_bytes(b'text' * 100)
        with pytest.raises(BagError, match=f'{name}: cannot be read as a bag'):
            Bag(tmp_path / name)


def test_a_name_that_is_no_text_is_one_line(tmp_path):
    """Such a bag is read; where it is none, the message can be shown anywhere."""
    bag = record_images(tmp_path / os.fsdecode(b'\xff\x1b[31m'), views(1), storage='sqlite3')
    with Bag(bag) as opened:
        assert opened.topics == {TOPIC: RAW}
    for file in bag.glob('*.db3'):
        file.write_bytes(b'text' * 100)
    with pytest.raises(BagError) as caught:
        Bag(bag)
    assert str(caught.value).isprintable() and 'cannot be read as a bag' in str(caught.value)


def test_what_is_neither_a_file_nor_a_folder_is_refused_at_once(tmp_path):
    """A pipe that nobody writes into, a device without an end, names that no file has."""
    os.mkfifo(tmp_path / 'pipe.mcap')
    for path in (tmp_path / 'pipe.mcap', Path('/dev/zero'), Path('/dev/null')):
        with pytest.raises(BagError, match=f'{path}: neither a folder nor a plain file; expected'):
            Bag(path)
    for name in ('x' * 300, 'x' * 10_000, 'a\0b'):
        with pytest.raises(BagError):
            Bag(tmp_path / name)


def test_topics_that_carry_no_images_are_named(tmp_path):
    """The list of what there is helps to find the right one."""
    kind = 'std_msgs/msg/String'
    bag = record(tmp_path / 'talk', {'/talk': kind}, [
        ('/talk', START_NS, STORE.types[kind](data='hello'))])
    with pytest.raises(BagError, match=r'no topic with images; it has /talk \(std_msgs/msg/Strin'):
        check_bags([bag], ())
    other = record_images(tmp_path / 'drive', views(1))
    with pytest.raises(ConfigurationError, match=f'/rear: is in no recording; .*images: {TOPIC}'):
        check_bags([other], ('/rear',))
