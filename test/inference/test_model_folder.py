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

"""A model folder appears whole or not at all, also where the process dies between two renames."""

from pathlib import Path
import shutil

import pytest
from shufflenet_ros.inference import model_folder
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.model_folder import move_into_place, recover
from shufflenet_ros.process.files import exchange_names

SURFACES = Path(__file__).resolve().parents[2] / 'models' / 'surfaces'


@pytest.fixture
def folders(tmp_path):
    """Make a new model in a scratch folder and an old one in place; they differ by a file."""
    old, new = tmp_path / 'model', tmp_path / 'scratch'
    for folder in (old, new):
        shutil.copytree(SURFACES, folder)
        (folder / 'mark').write_text(folder.name)
    return old, new


@pytest.mark.parametrize('can_exchange', [True, False])
def test_a_new_model_takes_the_place_of_the_old_one(folders, can_exchange, monkeypatch):
    """In one step where the system can, in two where it cannot; nothing else is left."""
    old, new = folders
    if not can_exchange:
        monkeypatch.setattr(model_folder, 'exchange_names', lambda one, other: False)
    move_into_place(new, old)
    assert (old / 'mark').read_text() == 'scratch'
    assert [path.name for path in old.parent.iterdir()] == ['model']


def test_two_folders_exchange_their_names(folders):
    """Neither name is ever free."""
    old, new = folders
    assert exchange_names(old, new)
    assert (old / 'mark').read_text() == 'scratch' and (new / 'mark').read_text() == 'model'
    assert not exchange_names(old, old.parent / 'missing')


def test_death_between_two_renames_loses_nothing(folders, monkeypatch):
    """The old model waits under another name, and the next start puts it back."""
    old, new = folders
    monkeypatch.setattr(model_folder, 'exchange_names', lambda one, other: False)
    renamed = Path.rename

    def die_at_the_second(self, target):
        if self == new:
            raise KeyboardInterrupt
        return renamed(self, target)

    monkeypatch.setattr(Path, 'rename', die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        move_into_place(new, old)
    monkeypatch.undo()
    assert not old.exists()
    recover(old)
    assert (old / 'mark').read_text() == 'model' and load_model(old)
    move_into_place(new, old)
    assert (old / 'mark').read_text() == 'scratch'


def test_a_leftover_of_a_finished_exchange_is_removed(folders):
    """Where the new model is in place, the old one under its other name is only a leftover."""
    old, new = folders
    new.rename(old.with_name('.model-previous'))
    recover(old)
    assert (old / 'mark').read_text() == 'model'
    assert [path.name for path in old.parent.iterdir()] == ['model']
