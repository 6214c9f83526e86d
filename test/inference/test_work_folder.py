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

"""A model folder appears whole or not at all, and nothing of the user's is ever deleted."""

import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys

import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.inference import work_folder
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.work_folder import WorkFolder
from shufflenet_ros.process.files import exchange_names

SURFACES = Path(__file__).resolve().parents[2] / 'models' / 'surfaces'
KILLED = """
from pathlib import Path
import os, signal, sys
from shufflenet_ros.inference import work_folder
target, moment, can_exchange = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == 'True'
if not can_exchange:
    work_folder.exchange_names = lambda one, other: False
work = work_folder.WorkFolder(target)
(work.path / 'new').rename(work.path / 'model')
steps = 0
def step(event, arguments):
    global steps
    if event in ('os.rename', 'os.remove', 'os.rmdir', 'ctypes.call_function'):
        steps += 1
        if steps == moment:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(step)
work.publish(work.path / 'model')
"""
"""Publishes a model and is killed just before a chosen change of the file system."""


def make(folder, name):
    """Copy the shipped model, under another name."""
    shutil.copytree(SURFACES, folder)
    card = folder / 'card.yaml'
    card.write_text(card.read_text().replace('name: surfaces', f'name: {name}', 1))


def name_of(folder):
    return load_model(folder).name


@pytest.fixture
def target(tmp_path):
    """Make an old model with files of the user in it."""
    target = tmp_path / 'model'
    make(target, 'old')
    (target / 'notes.txt').write_text('my notes')
    (target / 'photos' / 'grass').mkdir(parents=True)
    (target / 'photos' / 'grass' / '1.jpg').write_text('my image')
    (target / 'report' / 'mine.png').write_text('my plot')
    (target / 'link').symlink_to('photos')
    return target


def keeps_the_users_files(target):
    return ((target / 'notes.txt').read_text() == 'my notes'
            and (target / 'photos' / 'grass' / '1.jpg').read_text() == 'my image'
            and (target / 'report' / 'mine.png').read_text() == 'my plot'
            and os.readlink(target / 'link') == 'photos')


def publish(target, prepare=lambda folder: None):
    with WorkFolder(target) as work:
        folder = work.path / 'model'
        make(folder, 'new')
        prepare(folder)
        return work.publish(folder)


@pytest.mark.parametrize('can_exchange', [True, False])
def test_a_new_model_takes_the_place_of_the_old_one(target, can_exchange, monkeypatch):
    """In one step where the system can, in two where it cannot; nothing else is left."""
    if not can_exchange:
        monkeypatch.setattr(work_folder, 'exchange_names', lambda one, other: False)
    assert publish(target).name == 'new' == name_of(target)
    assert keeps_the_users_files(target)
    assert [path.name for path in target.parent.iterdir()] == ['model']
    assert sorted(path.name for path in target.iterdir()) == [
        'card.yaml', 'labels.txt', 'link', 'model.fp32.onnx', 'model.int8.native.onnx',
        'model.int8.s8.onnx', 'model.int8.u8.onnx', 'notes.txt', 'photos', 'report', 'report.html']


def test_files_that_only_the_old_model_had_go_with_it(target):
    """A model that was imported has no report: one of another model must not stay beside it."""
    def without_report(folder):
        shutil.rmtree(folder / 'report')
        (folder / 'report.html').unlink()

    publish(target, without_report)
    assert not (target / 'report.html').exists() and keeps_the_users_files(target)
    assert [path.name for path in (target / 'report').iterdir()] == ['mine.png']


def test_what_the_user_adds_meanwhile_stays(target):
    """Even under a name that the new model has as well."""
    with WorkFolder(target) as work:
        make(work.path / 'model', 'new')
        shutil.rmtree(target / 'report')
        (target / 'report').mkdir()
        (target / 'report.html').write_text('my page')
        (target / 'late.txt').write_text('mine')
        work.publish(work.path / 'model')
    assert (target / 'late.txt').read_text() == 'mine'
    assert (target / 'report.html.2').read_text() == 'my page'
    assert name_of(target) == 'new'


def test_two_folders_exchange_their_names(tmp_path):
    """Neither name is ever free."""
    for name in ('one', 'other'):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'mark').write_text(name)
    assert exchange_names(tmp_path / 'one', tmp_path / 'other')
    assert (tmp_path / 'one' / 'mark').read_text() == 'other'
    assert (tmp_path / 'other' / 'mark').read_text() == 'one'
    assert not exchange_names(tmp_path / 'one', tmp_path / 'missing')


@pytest.mark.slow
@pytest.mark.parametrize('can_exchange', [True, False])
def test_death_at_any_step_loses_nothing(target, can_exchange):
    """
    SIGKILL before each change of the file system: the next run finds a whole model.

    The user's files are there again with it, and in the end nothing is left over.
    """
    killed = 0
    for moment in range(1, 100):
        with WorkFolder(target) as work:
            assert keeps_the_users_files(target)
            make(work.path / 'new', 'new')
            (work.path / 'kept').write_text('')
        done = subprocess.run([sys.executable, '-c', KILLED, target, str(moment),
                               str(can_exchange)], capture_output=True, text=True)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        assert not target.exists() or name_of(target)
        if can_exchange:
            assert target.exists()
        if done.returncode == 0:
            break
        killed += 1
        (work.path / 'kept').unlink(missing_ok=True)
        with WorkFolder(target) as work:
            assert keeps_the_users_files(target) and name_of(target) in ('old', 'new')
            shutil.rmtree(work.path / 'new', ignore_errors=True)
    (work.path / 'kept').unlink()
    assert killed > 5 and publish(target).name == 'new' and keeps_the_users_files(target)
    assert [path.name for path in target.parent.iterdir()] == ['model']


def test_a_leftover_of_a_finished_exchange_is_removed(target):
    """Where the new model is in place, of the old one only the user's files count."""
    with WorkFolder(target) as work:
        make(work.path / 'finished', 'older')
        (work.path / 'finished' / 'mine').write_text('mine')
        (work.path / 'kept').write_text('')
    (work.path / 'kept').unlink()
    WorkFolder(target).close()
    assert name_of(target) == 'old' and (target / 'mine').read_text() == 'mine'
    assert [path.name for path in target.parent.iterdir()] == ['model']


@pytest.mark.parametrize('name', ['state.pt', 'lock', 'model', 'previous', 'notes.txt'])
def test_a_folder_of_the_user_beside_it_is_not_ours(target, name):
    """Whatever is in it: the work is refused, and it stays as it is."""
    own = target.with_name('.model-training')
    own.mkdir()
    (own / name).write_text('mine')
    with pytest.raises(ConfigurationError, match='not of shufflenet_ros and stays as it is'):
        WorkFolder(target)
    assert {path.name: path.read_text() for path in own.iterdir()} == {name: 'mine'}


@pytest.mark.parametrize('name', ['.model-training', '.model-previous'])
def test_a_link_or_another_folder_of_the_user_stays(target, tmp_path, name):
    """Nothing is written through a link, and a name alone makes nothing ours."""
    elsewhere = tmp_path / 'elsewhere'
    elsewhere.mkdir()
    (elsewhere / 'photo.jpg').write_text('mine')
    target.with_name(name).symlink_to('elsewhere')
    if name == '.model-training':
        with pytest.raises(ConfigurationError, match='not of shufflenet_ros'):
            WorkFolder(target)
    else:
        publish(target)
    assert [path.name for path in elsewhere.iterdir()] == ['photo.jpg']
    assert target.with_name(name).is_symlink()


def test_a_previous_folder_of_the_user_stays(target):
    """Earlier versions took it for theirs."""
    own = target.with_name('.model-previous')
    make(own, 'mine')
    publish(target)
    assert name_of(own) == 'mine'


def test_files_of_the_user_in_our_folder_stay(target):
    """It is then not removed."""
    with WorkFolder(target) as work:
        (work.path / 'notes.txt').write_text('mine')
    assert (work.path / 'notes.txt').read_text() == 'mine'
    WorkFolder(target).close()


def test_two_processes_do_not_make_the_same_model(target):
    """The second one is refused at once, and the first one's folder stays."""
    with WorkFolder(target) as work:
        with pytest.raises(ConfigurationError, match='another process is training it'):
            WorkFolder(target)
        assert work.path.is_dir()
    WorkFolder(target).close()
    assert [path.name for path in target.parent.iterdir()] == ['model']


def test_nothing_is_left_of_work_that_failed(tmp_path):
    """Neither the folder nor those above it that were made for it."""
    with pytest.raises(ValueError), WorkFolder(tmp_path / 'models' / 'deep' / 'x') as work:
        (work.scratch() / 'half').write_text('half')
        raise ValueError
    assert list(tmp_path.iterdir()) == []


def test_the_new_folder_may_be_used_by_those_who_used_the_old_one(target):
    """Its mode is taken over; a new one has what the user's umask says."""
    target.chmod(0o2770)
    publish(target)
    assert target.stat().st_mode & 0o7777 == 0o2770


def test_a_model_that_cannot_be_replaced_stays(target, monkeypatch):
    """A folder that is busy, say: one line, and the old model with all its files is there."""
    monkeypatch.setattr(work_folder, 'exchange_names', lambda one, other: False)
    renamed = Path.rename

    def busy(self, place):
        if self == target:
            raise OSError(16, 'Device or resource busy')
        return renamed(self, place)

    monkeypatch.setattr(Path, 'rename', busy)
    with pytest.raises(ConfigurationError, match='resource busy.* run the same command again'):
        publish(target)
    assert name_of(target) == 'old' and keeps_the_users_files(target)
    assert [path.name for path in target.parent.iterdir()] == ['model']
