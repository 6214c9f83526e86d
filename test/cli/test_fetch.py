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

"""``shufflenet_ros fetch`` as it is typed: in a process of its own, from servers of the test."""

from contextlib import suppress
import random
import signal
import subprocess
import sys
import time

from downloads.servers import Answer, closed_port, environment, FileServer, Proxy
import pytest
from shufflenet_ros.downloads.catalogue import CATALOGUE, CHECKPOINTS, LABELS

ITEM = CHECKPOINTS[0]
HALF = 1_500_000
OTHER = random.Random(0).randbytes(LABELS.size)
"""As long as the labels, but something else."""
ROOM = 8192
LITTLE_ROOM = ('bash', '-c', f'ulimit -f {ROOM // 1024} && exec "$@"', 'bash')
"""The system lets no file grow beyond ``ROOM`` bytes."""


class Fetch:
    """The command, with a cache of its own."""

    def __init__(self, cache):
        self.folder = cache / 'shufflenet_ros'
        self._cache = cache

    def start(self, *arguments, wrapper=(), **variables):
        """Start it as a process, perhaps inside another command."""
        return subprocess.Popen(
            [*wrapper, sys.executable, '-m', 'shufflenet_ros.cli.main', 'fetch',
             *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment(XDG_CACHE_HOME=self._cache, **variables))

    def __call__(self, *arguments, **options):
        """Exit code, standard output and standard error."""
        process = self.start(*arguments, **options)
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors

    def size_of_parts(self):
        """Count the bytes in the cache, where files may come and go meanwhile."""
        with suppress(FileNotFoundError):
            return sum(path.stat().st_size for path in self.folder.iterdir())
        return 0

    def mistake(self, *arguments, **options):
        """Fail with exit code 1 and give the one line that says why."""
        code, _, errors = self(*arguments, **options)
        assert code == 1 and len(errors.splitlines()) == 1
        return errors


@pytest.fixture
def fetch(tmp_path):
    """Give the command; the folder of the test is empty until it makes something."""
    return Fetch(tmp_path / 'cache')


@pytest.fixture
def weights(data):
    """Bytes of the authors' own checkpoint."""
    path = data / 'weights' / ITEM.file
    if not path.is_file():
        pytest.skip(f'{path} is not here; it is not part of the repository')
    return path.read_bytes()


@pytest.mark.parametrize('arguments', [('--list',), ('--list', LABELS.name)])
def test_a_list_says_all_there_is_to_know(fetch, tmp_path, arguments):
    """With --list, or without a name; nothing is asked for nor written."""
    code, output, errors = fetch(*arguments)
    assert (code, errors) == (0, '') and fetch() == (0, output, '')
    for item in CATALOGUE:
        assert f'{item.name}  (' in output and f'{item.origin}; licence {item.licence}' in output
        for word in (item.url, item.sha256, item.what):
            assert word in output
    assert output.count('not here') == len(CATALOGUE) == 3
    assert 'top-1 57.3% as published' in output and not list(tmp_path.iterdir())


def test_a_file_comes_from_a_mirror_once(fetch, tmp_path, weights):
    """The command that makes use of it names the file; the second run asks no server."""
    folder = tmp_path / 'there'
    words, path = (ITEM.name, '--out', folder, '--url'), folder / ITEM.file
    with FileServer(weights) as server:
        code, output, errors = fetch(*words, server.url)
    assert (code, errors) == (0, '') and server.paths == ['/file']
    assert f'{path}: 3.0 MB, sha256 as expected' in output
    assert f'next: shufflenet_ros import {path} --out models/imagenet' in output
    assert path.read_bytes() == weights and list(folder.iterdir()) == [path]
    code, output, errors = fetch(*words, f'http://127.0.0.1:{closed_port()}/file')
    assert (code, errors) == (0, '') and f'{path}: here already, sha256 as expected' in output
    assert not fetch.folder.exists()


def test_without_a_folder_it_goes_into_the_cache(fetch, weights):
    """Where the list finds it, and its name alone is enough to import it."""
    path = fetch.folder / ITEM.file
    with FileServer(weights) as server:
        code, output, errors = fetch(ITEM.name, '--url', server.url)
        again = fetch(ITEM.name, '--url', server.url)
        assert len(server.paths) == 1
    assert (code, errors) == (0, '') and path.read_bytes() == weights
    assert f'{path}: 3.0 MB, sha256 as expected' in output
    assert f'next: shufflenet_ros import {ITEM.name} --out models/imagenet' in output
    assert f'names of its classes: shufflenet_ros fetch {LABELS.name}' in output
    assert again[0] == 0 and f'{path}: here already' in again[1]
    output = fetch('--list')[1]
    assert f'{ITEM.name}  (3.0 MB, in {fetch.folder})' in output and output.count('not here') == 2


def test_a_stop_leaves_nothing_and_the_next_run_starts_again(fetch, weights):
    """Ctrl-C says so, and no half file is there to be taken for the whole."""
    with FileServer(weights, Answer(stop_after=HALF, holds=True)) as server:
        process = fetch.start(ITEM.name, '--url', server.url)
        assert server.halfway.wait(60)
        deadline_s = time.monotonic() + 60
        while not fetch.size_of_parts():
            assert time.monotonic() < deadline_s and process.poll() is None
            time.sleep(0.01)
        assert not (fetch.folder / ITEM.file).exists()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (130, '')
        assert f'Stopped; nothing of {ITEM.name} is kept' in output
        assert not list(fetch.folder.iterdir())
        assert fetch(ITEM.name, '--url', server.url)[0] == 0
    assert len(server.paths) == 2
    path = fetch.folder / ITEM.file
    assert path.read_bytes() == weights and list(fetch.folder.iterdir()) == [path]


def test_a_false_file_of_a_mirror_is_refused(fetch):
    """A mirror is trusted in nothing; no file is left to be taken for the right one."""
    with FileServer(OTHER) as server:
        line = fetch.mistake(LABELS.name, '--url', server.url)
    for word in (LABELS.sha256, 'another file', server.url, '--url'):
        assert word in line
    assert not list(fetch.folder.iterdir())


def test_a_proxy_of_the_environment_is_used(fetch):
    """For http and no host excepted: the server sees the proxy's request alone."""
    with FileServer(OTHER) as server, Proxy() as proxy:
        words, variables = (LABELS.name, '--url', server.url), {
            'http_proxy': f'http://{proxy.address}'}
        assert LABELS.sha256 in fetch.mistake(*words, **variables)
        assert proxy.paths == [server.url]
        fetch.mistake(*words, no_proxy='127.0.0.1', **variables)
        assert proxy.paths == [server.url] and server.paths == ['/file', '/file']


def test_a_real_file_comes_through_a_proxy(fetch, weights):
    """Whole, though the proxy stands between."""
    with FileServer(weights) as server, Proxy() as proxy:
        code, _, errors = fetch(ITEM.name, '--url', server.url,
                                http_proxy=f'http://{proxy.address}', no_proxy='')
    assert (code, errors) == (0, '') and proxy.paths == [server.url]
    assert (fetch.folder / ITEM.file).read_bytes() == weights


def test_offline_it_says_how_to_do_without(fetch):
    """At once, in one line: the address, the digest, the place for the file."""
    url = f'http://127.0.0.1:{closed_port()}/file'
    line = fetch.mistake(LABELS.name, '--url', url)
    for word in (url, 'offline', LABELS.sha256, f'put it at {fetch.folder / LABELS.file}'):
        assert word in line
    assert not list(fetch.folder.iterdir())


def test_a_disk_that_takes_no_more_is_one_line(fetch):
    """Told apart from the network: how much room is needed; nothing is left."""
    with FileServer(OTHER) as server:
        line = fetch.mistake(LABELS.name, '--url', server.url, wrapper=LITTLE_ROOM,
                             PYTHONDONTWRITEBYTECODE=1)
    assert f'{fetch.folder / LABELS.file}: cannot be written (File too large)' in line
    assert f'{LABELS.size} bytes are needed: make room' in line and len(server.paths) == 1
    assert not list(fetch.folder.iterdir())


def test_another_file_in_the_way_is_not_replaced(fetch, tmp_path):
    """It may be the user's own; no server is asked."""
    (tmp_path / LABELS.file).write_text('mine')
    (tmp_path / 'folder' / LABELS.file).mkdir(parents=True)
    with FileServer(OTHER) as server:
        words = (LABELS.name, '--url', server.url, '--out')
        line = fetch.mistake(*words, tmp_path)
        assert 'is another file' in line and LABELS.sha256 in line
        assert 'remove it, or give another folder' in line
        assert 'is no file; give another folder' in fetch.mistake(*words, tmp_path / 'folder')
    assert (tmp_path / LABELS.file).read_text() == 'mine' and server.paths == []


@pytest.mark.parametrize('arguments, word', [
    (('shufflenet_v2',), "'shufflenet_v2': not in the catalogue; it has shufflenet_v1_g3_0.5x"),
    ((LABELS.name, 'dance'), "'dance': not in the catalogue"),
    (('--url', 'http://127.0.0.1/x'), '--url http://127.0.0.1/x: give the one NAME'),
    ((*(item.name for item in CHECKPOINTS), '--url', 'http://127.0.0.1/x'), 'give the one NAME'),
    ((LABELS.name, ITEM.name, '--url', 'http://127.0.0.1/x'), 'give the one NAME'),
    ((LABELS.name, '--url', '/tmp/x'), "'/tmp/x': expected an URL"),
    ((ITEM.name, '--url', 'file:///etc/hosts'), "'file:///etc/hosts': expected an URL"),
    ((ITEM.name, '--out', '/proc/x'), '/proc/x: cannot be made'),
    ((LABELS.name, '--out', '/dev/null/x'), '/dev/null/x: cannot be made (Not a directory)')])
def test_a_mistake_is_one_line_and_nothing_is_made(fetch, tmp_path, arguments, word):
    """Exit code 1, and the value is named; no name is fetched before all are known."""
    code, output, errors = fetch(*arguments)
    assert (code, output) == (1, '') and len(errors.splitlines()) == 1 and word in errors
    assert not list(tmp_path.iterdir())


def run_without(packages, *words):
    """Run the command where some packages are not installed."""
    code = ('import sys\n'
            f'for name in {packages}: sys.modules[name] = None\n'
            'from shufflenet_ros.cli.main import main\n'
            f'sys.exit(main({["fetch", *map(str, words)]}))')
    return subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)


def test_a_list_needs_nothing_heavy():
    """It runs on a machine where no torch, numpy, OpenCV or pooch is installed."""
    done = run_without(('torch', 'onnx', 'onnxruntime', 'cv2', 'numpy', 'yaml', 'pooch',
                        'requests', 'urllib3'), '--list')
    assert (done.returncode, done.stderr) == (0, '')


def test_without_pooch_the_command_that_installs_it_is_named(tmp_path):
    """A robot may have the packages of apt alone."""
    done = run_without(('pooch',), LABELS.name, '--out', tmp_path / 'out')
    assert done.returncode == 1 and 'pip install pooch' in done.stderr
    assert len(done.stderr.splitlines()) == 1 and not list(tmp_path.iterdir())


def test_a_fetched_name_is_found_without_the_network_library(fetch):
    """``import`` and ``train --from`` need no pooch for a file that is there."""
    fetch.folder.mkdir(parents=True)
    code = ('import sys\n'
            'for name in ("pooch", "requests", "urllib3", "numpy", "rich"):\n'
            '    sys.modules[name] = None\n'
            'from shufflenet_ros.core.errors import DownloadError\n'
            'from shufflenet_ros.downloads.catalogue import checkpoint_path\n'
            'try:\n'
            f'    checkpoint_path({ITEM.name!r})\n'
            'except DownloadError as error:\n'
            '    print(error)')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True,
                          env=environment(XDG_CACHE_HOME=fetch.folder.parent))
    assert done.returncode == 0 and f'shufflenet_ros fetch {ITEM.name}' in done.stdout
