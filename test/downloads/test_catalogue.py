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

"""What can be fetched: pinned by its digest, found where every verb looks for it."""

from pathlib import Path
import re
import subprocess
import sys

import pytest
from shufflenet_ros.core.errors import ConfigurationError, DownloadError
from shufflenet_ros.downloads.catalogue import (
    cache_folder,
    CATALOGUE,
    checkpoint_of,
    checkpoint_path,
    CHECKPOINTS,
    find_item,
    is_fetched,
    LABELS,
    path_of,
)
from shufflenet_ros.process.files import sha256_of


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Give a cache folder of its own."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    (tmp_path / 'shufflenet_ros').mkdir()
    return tmp_path / 'shufflenet_ros'


@pytest.mark.parametrize('item', CATALOGUE, ids=lambda item: item.name)
def test_every_address_is_of_one_commit(item):
    """What is behind it cannot change under its digest; no two items share a file."""
    assert re.fullmatch(r'https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/\S+',
                        item.url)
    assert re.fullmatch('[0-9a-f]{64}', item.sha256) and item.size > 10_000
    assert item.licence and item.origin and Path(item.file).name == item.file
    for of in (lambda one: one.name, lambda one: one.file, lambda one: one.sha256):
        assert sum(of(one) == of(item) for one in CATALOGUE) == 1


@pytest.mark.parametrize('item', CHECKPOINTS, ids=lambda item: item.name)
def test_the_digests_are_those_of_the_published_files(item, data):
    """Size and digest are of the files that others downloaded."""
    path = data / 'weights' / item.file
    assert (path.stat().st_size, sha256_of(path)) == (item.size, item.sha256)
    assert checkpoint_of(sha256_of(path)) is item


def test_an_unknown_name_or_digest():
    """The names are listed; of another digest nothing is known, not even where it is near."""
    with pytest.raises(ConfigurationError, match="'x': .*shufflenet_v1_g8_0.5x, imagenet_labels"):
        find_item('x')
    assert checkpoint_of(CHECKPOINTS[0].sha256[:-1] + '0') is None
    assert checkpoint_of(LABELS.sha256) is None


@pytest.mark.parametrize('variable', ['', 'relative/cache'])
def test_the_cache_is_that_of_the_user(variable, monkeypatch, tmp_path):
    """As the XDG specification has it, relative paths do not count."""
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.setenv('XDG_CACHE_HOME', variable)
    assert cache_folder() == tmp_path / '.cache' / 'shufflenet_ros'


def test_a_user_without_a_home_is_told(monkeypatch):
    """A container whose user has no entry; nothing is written below the current folder."""
    code = ('import os\n'
            'from shufflenet_ros.downloads.catalogue import cache_folder\n'
            'os.setuid(54321)\n'
            'cache_folder()')
    monkeypatch.delenv('HOME', raising=False)
    monkeypatch.delenv('XDG_CACHE_HOME', raising=False)
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    if 'Operation not permitted' in done.stderr:
        pytest.skip('only root can become a user without an entry')
    assert 'set XDG_CACHE_HOME' in done.stderr.splitlines()[-1]


def test_a_path_is_taken_as_it_is(cache, tmp_path, monkeypatch):
    """Also one to nothing, which whoever reads it reports; and a file of an item's name."""
    assert checkpoint_path('some/weights.pth') == Path('some/weights.pth')
    monkeypatch.chdir(tmp_path)
    name = CHECKPOINTS[0].name
    (tmp_path / name).write_text('mine')
    assert checkpoint_path(name) == Path(name)


def test_what_is_not_fetched_is_told_with_the_command(cache):
    """Missing or damaged: no other bytes are ever used."""
    item = CHECKPOINTS[0]
    with pytest.raises(DownloadError, match=f'not fetched yet.* fetch {item.name}'):
        checkpoint_path(item.name)
    (cache / item.file).write_bytes(bytes(item.size))
    assert not is_fetched(item)
    with pytest.raises(DownloadError, match=f'damaged or changed.*expected {item.sha256}'):
        path_of(item)


def test_what_is_fetched_is_found_by_its_name(cache, data):
    """Its bytes are looked at, not its name alone."""
    item = CHECKPOINTS[0]
    (cache / item.file).write_bytes((data / 'weights' / item.file).read_bytes())
    assert is_fetched(item) and checkpoint_path(item.name) == cache / item.file
