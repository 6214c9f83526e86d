"""``shufflenet_ros fetch`` as it is typed: in a process of its own, from a server of the test."""

import signal
import subprocess
import sys
import time

import pytest
from servers import Answer, closed_port, environment, FileServer, Proxy
from shufflenet_ros.catalogue import CATALOGUE, CHECKPOINTS, LABELS

ITEM = CHECKPOINTS[0]
HALF = 1_500_000
FALSE = bytes(LABELS.size)
SMALL_FILES = ('sh', '-c', 'ulimit -f 20 && exec "$@"', 'sh')
"""Blocks of 512 or 1024 bytes, as the shell has it: less than the labels in any case."""


@pytest.fixture
def weights(data):
    """Bytes of the authors' own checkpoint."""
    path = data / 'weights' / ITEM.file
    if not path.is_file():
        pytest.skip(f'{path} is not here; it is not part of the repository')
    return path.read_bytes()


def start(*arguments, wrapper=(), **variables):
    """Start the command, perhaps inside another one."""
    return subprocess.Popen(
        [*wrapper, sys.executable, '-m', 'shufflenet_ros.tools.cli', 'fetch',
         *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(**variables))


def fetch(*arguments, **options):
    """Exit code, standard output and standard error."""
    process = start(*arguments, **options)
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def mistake(*arguments, **options):
    """Fail with exit code 1 and give the one line that says why."""
    code, _, errors = fetch(*arguments, **options)
    assert code == 1 and len(errors.splitlines()) == 1
    return errors


@pytest.mark.parametrize('arguments', [(), ('--list',), ('--list', LABELS.name)])
def test_the_list_says_what_there_is_and_what_is_here(tmp_path, arguments):
    """Each item with its size, origin, licence, URL and hash; nothing is made."""
    code, output, errors = fetch(*arguments, XDG_CACHE_HOME=tmp_path / 'cache')
    assert (code, errors) == (0, '') and not list(tmp_path.iterdir())
    for item in CATALOGUE:
        assert f'{item.name}  (' in output and item.url in output and item.sha256 in output
        assert f'{item.origin}; licence {item.licence}' in output
    assert output.count('not here') == len(CATALOGUE) and 'top-1 57.3% as published' in output


def test_a_file_comes_from_a_mirror_once(tmp_path, weights):
    """The command that makes use of it is shown; the second run asks no server."""
    words = (ITEM.name, '--out', tmp_path, '--url')
    with FileServer(weights) as server:
        code, output, errors = fetch(*words, server.url)
    assert (code, errors) == (0, '') and server.paths == ['/file']
    assert f'{tmp_path / ITEM.file}: 3.0 MB, sha256 as expected' in output
    assert f'next: shufflenet_ros import {tmp_path / ITEM.file} --out' in output
    assert (tmp_path / ITEM.file).read_bytes() == weights and len(list(tmp_path.iterdir())) == 1
    code, output, errors = fetch(*words, f'http://127.0.0.1:{closed_port()}/file')
    assert (code, errors) == (0, '')
    assert f'{tmp_path / ITEM.file}: here already, sha256 as expected' in output


def test_without_a_folder_it_goes_into_the_cache(tmp_path, weights):
    """Where the list finds it, and its name alone is enough to import it."""
    cache = tmp_path / 'shufflenet_ros'
    with FileServer(weights) as server:
        code, output, _ = fetch(ITEM.name, '--url', server.url, XDG_CACHE_HOME=tmp_path)
    assert code == 0 and (cache / ITEM.file).read_bytes() == weights
    assert f'next: shufflenet_ros import {ITEM.name} --out' in output
    assert f'names of its classes: shufflenet_ros fetch {LABELS.name}' in output
    output = fetch('--list', XDG_CACHE_HOME=tmp_path)[1]
    assert f'{ITEM.name}  (3.0 MB, in {cache})' in output and output.count('not here') == 2


def test_a_stop_keeps_the_part_and_the_next_run_goes_on(tmp_path, weights):
    """Ctrl-C says how far it came; only the rest is asked for then."""
    words, part = (ITEM.name, '--out', tmp_path, '--url'), tmp_path / f'{ITEM.file}.part'
    with FileServer(weights, Answer(stop_after=HALF, holds=True)) as server:
        process = start(*words, server.url)
        deadline_s = time.monotonic() + 30
        while not part.is_file() or part.stat().st_size < HALF:
            assert time.monotonic() < deadline_s and process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (130, '')
        assert f'Stopped. The same command goes on after 1.5 MB of 3.0 MB in {part}' in output
        assert list(tmp_path.iterdir()) == [part]
        assert fetch(*words, server.url)[0] == 0
    assert server.ranges == [None, f'bytes={HALF}-']
    assert (tmp_path / ITEM.file).read_bytes() == weights and not part.exists()


def test_a_false_file_of_a_mirror_is_refused(tmp_path):
    """A mirror is trusted in nothing; no file is left."""
    with FileServer(FALSE) as server:
        line = mistake(LABELS.name, '--out', tmp_path, '--url', server.url)
    assert LABELS.sha256 in line and 'another file' in line and not list(tmp_path.iterdir())


def test_a_proxy_of_the_environment_is_used(tmp_path):
    """For http and no host excepted: the server sees the proxy's request alone."""
    with FileServer(FALSE) as server, Proxy() as proxy:
        words = (LABELS.name, '--out', tmp_path, '--url', server.url)
        line = mistake(*words, http_proxy=f'http://{proxy.address}')
        assert LABELS.sha256 in line and proxy.paths == [server.url]
        mistake(*words, http_proxy=f'http://{proxy.address}', no_proxy='127.0.0.1')
        assert proxy.paths == [server.url] and server.paths == ['/file', '/file']


def test_a_real_file_comes_through_a_proxy(tmp_path, weights):
    """Whole, though the proxy stands between."""
    with FileServer(weights) as server, Proxy() as proxy:
        code = fetch(ITEM.name, '--out', tmp_path, '--url', server.url,
                     http_proxy=f'http://{proxy.address}')[0]
    assert code == 0 and proxy.paths == [server.url]
    assert (tmp_path / ITEM.file).read_bytes() == weights


def test_a_disk_that_takes_no_more_is_one_line(tmp_path):
    """Told apart from the network: how much room is needed, and where else to put it."""
    with FileServer(FALSE) as server:
        line = mistake(LABELS.name, '--out', tmp_path, '--url', server.url, wrapper=SMALL_FILES)
    assert f'{LABELS.file}.part: cannot be written (File too large)' in line
    assert f'{LABELS.size} bytes are needed: make room' in line and server.ranges == [None]


def test_another_file_in_the_way_is_not_replaced(tmp_path):
    """It may be the user's own; no server is asked."""
    (tmp_path / LABELS.file).write_text('mine')
    (tmp_path / 'folder' / LABELS.file).mkdir(parents=True)
    with FileServer(FALSE) as server:
        words = (LABELS.name, '--url', server.url, '--out')
        assert 'remove it, or give another folder' in mistake(*words, tmp_path)
        assert 'is no file; give another folder' in mistake(*words, tmp_path / 'folder')
    assert (tmp_path / LABELS.file).read_text() == 'mine' and server.paths == []


@pytest.mark.parametrize('arguments, word', [
    (('shufflenet_v2',), "'shufflenet_v2': not in the catalogue; it has shufflenet_v1_g3_0.5x"),
    ((LABELS.name, 'dance'), "'dance': not in the catalogue"),
    (('--url', 'http://127.0.0.1/x'), '--url http://127.0.0.1/x: give the one NAME'),
    ((LABELS.name, ITEM.name, '--url', 'http://127.0.0.1/x'), 'give the one NAME'),
    ((LABELS.name, '--url', '/tmp/x'), "'/tmp/x': expected an URL"),
    ((LABELS.name, '--out', '/dev/null/x'), '/dev/null/x: cannot be made (Not a directory)')])
def test_a_mistake_is_one_line_and_nothing_is_made(tmp_path, arguments, word):
    """Exit code 1, and the value is named; no name is fetched before all are known."""
    assert word in mistake(*arguments, XDG_CACHE_HOME=tmp_path / 'cache')
    assert not list(tmp_path.iterdir())
