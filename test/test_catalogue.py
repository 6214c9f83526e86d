"""What can be fetched: names, the folder of the cache, and only the very bytes from there."""

from dataclasses import replace
import hashlib
from pathlib import Path

import pytest
from shufflenet_ros.catalogue import (
    cache_folder, CATALOGUE, checkpoint_of, checkpoint_path, CHECKPOINTS, find_item, is_fetched,
    LABELS, path_of)
from shufflenet_ros.core.digest import sha256_of
from shufflenet_ros.core.errors import ConfigurationError, DownloadError
from shufflenet_ros.download import check_url

CONTENT = b'tench\ngoldfish\n'
SMALL = replace(LABELS, name='two_fish', file='two_fish.txt', size=len(CONTENT),
                sha256=hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Give the folder of a cache of the test's own, which exists."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    folder = tmp_path / 'shufflenet_ros'
    folder.mkdir()
    return folder


def test_every_item_can_be_told_apart_and_checked():
    """Names, files and hashes are unlike; each has a whole hash and an URL of a fixed commit."""
    for key in ('name', 'file', 'sha256', 'url'):
        assert len({getattr(item, key) for item in CATALOGUE}) == len(CATALOGUE) == 3
    for item in CATALOGUE:
        check_url(item.url)
        assert len(item.sha256) == 64 and set(item.sha256) <= set('0123456789abcdef')
        assert any(len(part) == 40 for part in item.url.split('/')) and item.licence


@pytest.mark.parametrize('item', CHECKPOINTS, ids=lambda item: item.name)
def test_the_published_files_are_what_the_catalogue_says(data, item):
    """Size and hash, read from the authors' own files."""
    path = data / 'weights' / item.file
    if not path.is_file():
        pytest.skip(f'{path} is not here; it is not part of the repository')
    assert (path.stat().st_size, sha256_of(path)) == (item.size, item.sha256)


def test_an_item_is_found_by_its_name_alone():
    """A file or a part of a name is none; the error lists what there is."""
    assert [find_item(item.name) for item in CATALOGUE] == list(CATALOGUE)
    for name in ('shufflenet', LABELS.file, ''):
        with pytest.raises(ConfigurationError) as caught:
            find_item(name)
        assert str(caught.value).startswith(f'{name!r}: not in the catalogue')
        assert all(item.name in str(caught.value) for item in CATALOGUE)


@pytest.mark.parametrize('given, expected', [
    ('/var/cache/robot', '/var/cache/robot'), ('', '/home/robot/.cache'),
    ('cache', '/home/robot/.cache'), ('./cache', '/home/robot/.cache')])
def test_the_cache_is_where_xdg_has_it(monkeypatch, given, expected):
    """A relative path is ignored, as the XDG specification wants it."""
    monkeypatch.setenv('HOME', '/home/robot')
    monkeypatch.setenv('XDG_CACHE_HOME', given)
    assert cache_folder() == Path(expected) / 'shufflenet_ros'


def test_without_xdg_the_cache_is_in_the_home(monkeypatch):
    """As everywhere else."""
    monkeypatch.setenv('HOME', '/home/robot')
    monkeypatch.delenv('XDG_CACHE_HOME', raising=False)
    assert cache_folder() == Path('/home/robot/.cache/shufflenet_ros')


def test_a_fetched_file_is_given_by_its_path(cache):
    """It is the very file, in the cache or in another folder."""
    (cache / SMALL.file).write_bytes(CONTENT)
    assert path_of(SMALL) == cache / SMALL.file
    assert is_fetched(SMALL) and is_fetched(SMALL, cache)
    assert not is_fetched(SMALL, cache.parent)


def test_what_was_not_fetched_names_the_command(cache):
    """A part, a folder or nothing is no file; the line can be typed as it is."""
    (cache / f'{SMALL.file}.part').write_bytes(CONTENT)
    for make in (lambda: None, (cache / SMALL.file).mkdir):
        make()
        assert not is_fetched(SMALL)
        with pytest.raises(DownloadError) as caught:
            path_of(SMALL)
        assert str(caught.value) == (f'two_fish: not fetched yet (no {cache / SMALL.file}): '
                                     'shufflenet_ros fetch two_fish')


def test_a_damaged_file_is_never_given(cache):
    """Though its size is right; both hashes are named, and what to do."""
    damaged = CONTENT.replace(b'gold', b'cold')
    (cache / SMALL.file).write_bytes(damaged)
    assert not is_fetched(SMALL)
    with pytest.raises(DownloadError) as caught:
        path_of(SMALL)
    line = str(caught.value)
    assert hashlib.sha256(damaged).hexdigest() in line and f'expected {SMALL.sha256}' in line
    assert line.endswith('remove it, then: shufflenet_ros fetch two_fish')


def test_a_checkpoint_is_recognized_by_its_bytes():
    """Whatever its file is called; the labels are no checkpoint."""
    assert [checkpoint_of(item.sha256) for item in CHECKPOINTS] == list(CHECKPOINTS)
    assert checkpoint_of(LABELS.sha256) is None and checkpoint_of('') is None


def test_a_path_of_a_checkpoint_stays_as_it_is(cache, monkeypatch):
    """Also one to nothing, whose reader has the better words; the home is filled in."""
    monkeypatch.setenv('HOME', '/home/robot')
    for path in ('weights.pth', '/nowhere/weights.pth', str(cache), LABELS.name):
        assert checkpoint_path(path) == Path(path)
    assert checkpoint_path('~/weights.pth') == Path('/home/robot/weights.pth')


def test_a_name_of_a_checkpoint_is_looked_for_in_the_cache(cache):
    """And checked there like every fetched file."""
    item = CHECKPOINTS[0]
    with pytest.raises(DownloadError, match=f'shufflenet_ros fetch {item.name}$'):
        checkpoint_path(item.name)
    (cache / item.file).write_bytes(CONTENT)
    with pytest.raises(DownloadError, match='damaged or changed'):
        checkpoint_path(item.name)


def test_a_file_called_like_a_checkpoint_goes_before_the_cache(cache, tmp_path, monkeypatch):
    """Whoever puts one into the folder means it."""
    monkeypatch.chdir(tmp_path)
    Path(CHECKPOINTS[0].name).write_bytes(CONTENT)
    assert checkpoint_path(CHECKPOINTS[0].name) == Path(CHECKPOINTS[0].name)


def test_a_fetched_checkpoint_is_given_by_its_name(cache, data):
    """With the authors' own file in the cache."""
    item = CHECKPOINTS[0]
    source = data / 'weights' / item.file
    if not source.is_file():
        pytest.skip(f'{source} is not here; it is not part of the repository')
    (cache / item.file).symlink_to(source)
    assert checkpoint_path(item.name) == cache / item.file
