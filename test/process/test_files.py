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

"""Files of results appear whole or not at all, and every fault is one line with its cure."""

import os
from pathlib import Path
import subprocess
import sys

import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.process.files import nested, prepare_file, room_on_disk, write_whole, writing


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path):
    """Nothing else is left in its folder."""
    path = tmp_path / 'found.json'
    path.write_text('old')
    path.chmod(0o640)
    write_whole(path, 'new \udcff')
    assert path.read_text() == 'new \\udcff' and path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('there', [True, False])
def test_a_full_disk_leaves_what_was_there(tmp_path, small_files, there):
    """One line, and no half of the new file under any name."""
    path = tmp_path / 'found.json'
    if there:
        path.write_text('old')
    with small_files(1000), pytest.raises(ConfigurationError, match='found.json: cannot be writt'):
        write_whole(path, 'x' * 10_000)
    assert [one.read_text() for one in tmp_path.iterdir()] == ['old'] * there


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    """Results may lie elsewhere than where they are looked for."""
    (tmp_path / 'elsewhere').mkdir()
    (tmp_path / 'link').symlink_to('elsewhere/found.json')
    prepare_file(tmp_path / 'link')
    write_whole(tmp_path / 'link', 'new')
    assert (tmp_path / 'link').is_symlink()
    assert (tmp_path / 'elsewhere' / 'found.json').read_text() == 'new'


def test_a_neighbour_of_the_user_stays(tmp_path):
    """Whatever it is called: half a file has a name that nobody has."""
    for name in ('found.json.part', '.found.json.part', 'found.json~'):
        (tmp_path / name).write_text('mine')
    write_whole(tmp_path / 'found.json', 'new')
    assert [path.read_text() for path in tmp_path.iterdir()].count('mine') == 3


def test_devices_and_pipes_are_written_as_they_are(tmp_path):
    """The standard output as a file; a full device is one line."""
    prepare_file(Path('/dev/full'))
    with pytest.raises(ConfigurationError, match='/dev/full: cannot be written .No space left'):
        write_whole(Path('/dev/full'), 'x')
    code = ('from pathlib import Path\nfrom shufflenet_ros.process import files\n'
            'for prepare in (files.prepare_file, lambda path: files.write_whole(path, "x")):\n'
            '    prepare(Path("/dev/stdout"))')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, 'x', '')
    with (tmp_path / 'output').open('w') as output:
        subprocess.run([sys.executable, '-c', code], stdout=output, check=True)
    assert (tmp_path / 'output').read_text() == 'x' and len(list(tmp_path.iterdir())) == 1
    assert Path('/dev/full').is_char_device()


@pytest.mark.parametrize('name', ['x' * 300, 'x' * 10_000, 'a\0b', 'file/below'])
def test_names_that_no_file_can_have_are_one_line(tmp_path, name):
    """Before the work."""
    (tmp_path / 'file').write_text('')
    with pytest.raises(ConfigurationError, match='give another'):
        prepare_file(tmp_path / name)


def test_other_errors_of_writing_are_named_with_their_cure(tmp_path):
    """Only a full disk, where the work reads as well."""
    with pytest.raises(ConfigurationError, match='here: cannot be written .*; do this'):
        with writing(Path('here'), 'do this'):
            (tmp_path / 'missing' / 'x').write_text('x')
    with pytest.raises(FileNotFoundError), room_on_disk(tmp_path):
        (tmp_path / 'missing').read_text()
    with pytest.raises(ConfigurationError, match='make room'), room_on_disk(tmp_path):
        raise OSError(28, os.strerror(28))


@pytest.mark.parametrize('one, other, expected', [
    ('a', 'a', True), ('a', 'a/b', True), ('a/b', 'a', True), ('a', 'ab', False),
    ('link', 'a/b', True), ('a/new', 'link', True), ('a/../c', 'a', False), ('c/new', 'a', False)])
def test_folders_in_one_another_are_seen_through_links(tmp_path, one, other, expected):
    """Also where one of them is not there yet."""
    for folder in ('a/b', 'ab', 'c'):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / 'link').symlink_to('a')
    assert nested(tmp_path / one, tmp_path / other) is expected
