"""``shufflenet_ros fetch`` as a user types it, against servers of this machine."""

import random
import signal
import subprocess
import sys

import pytest
from servers import Answer, closed_port, environment, FileServer, Proxy
from shufflenet_ros.catalogue import CATALOGUE, CHECKPOINTS, LABELS

ITEM = CHECKPOINTS[0]
OTHER = random.Random(0).randbytes(LABELS.size)
"""As long as the labels, but something else."""


class Fetch:
    """The command, with a cache of its own."""

    def __init__(self, cache):
        self.folder = cache / 'shufflenet_ros'
        self._cache = cache

    def start(self, *arguments, **variables):
        """Start it as a process."""
        return subprocess.Popen(
            [sys.executable, '-m', 'shufflenet_ros.tools.cli', 'fetch', *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment(XDG_CACHE_HOME=self._cache, **variables))

    def __call__(self, *arguments, **variables):
        """Exit code, standard output and standard error."""
        process = self.start(*arguments, **variables)
        output, errors = process.communicate(timeout=30)
        return process.returncode, output, errors


@pytest.fixture
def fetch(tmp_path):
    return Fetch(tmp_path)


@pytest.fixture
def content(data):
    return (data / 'weights' / ITEM.file).read_bytes()


def test_a_list_says_all_there_is_to_know(fetch):
    """With --list, or without a name; nothing is asked for nor written."""
    code, output, _ = fetch('--list')
    assert code == 0 and fetch() == (0, output, '')
    for item in CATALOGUE:
        for word in (item.name, item.url, item.sha256, item.licence, item.origin, item.what):
            assert word in output
    assert '57.3%' in output and output.count('not here') == 3
    assert not fetch.folder.exists()


def test_a_checkpoint_comes_from_a_mirror(fetch, content):
    """It says where the file is and what to type next; a second time nothing is asked for."""
    with FileServer(content) as server:
        code, output, errors = fetch(ITEM.name, '--url', server.url)
        again = fetch(ITEM.name, '--url', server.url)
        assert len(server.paths) == 1
    path = fetch.folder / ITEM.file
    assert (code, errors) == (0, '') and path.read_bytes() == content
    assert f'{path}: 3.0 MB, sha256 as expected' in output
    assert f'next: shufflenet_ros import {ITEM.name} --out models/imagenet' in output
    assert f'shufflenet_ros fetch {LABELS.name}' in output
    assert again[0] == 0 and f'{path}: here already' in again[1]
    assert f'in {fetch.folder}' in fetch('--list')[1]


def test_another_folder_is_taken_as_it_is(fetch, content, tmp_path):
    """The next command then names the file, since no other verb looks there."""
    with FileServer(content) as server:
        code, output, _ = fetch(ITEM.name, '--url', server.url, '--out', tmp_path / 'there')
    path = tmp_path / 'there' / ITEM.file
    assert code == 0 and path.read_bytes() == content and not fetch.folder.exists()
    assert f'shufflenet_ros import {path} --out' in output


def test_a_stopped_download_goes_on(fetch, content):
    """Ctrl-C keeps what came, says so, and costs only the rest next time."""
    with FileServer(content, Answer(stop_after=2_000_000, holds=True)) as server:
        process = fetch.start(ITEM.name, '--url', server.url)
        assert server.halfway.wait(20)
        part = fetch.folder / f'{ITEM.file}.part'
        while not part.is_file() or part.stat().st_size < 2_000_000:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
        assert (process.returncode, errors) == (130, '')
        assert f'goes on after 2.0 MB of 3.0 MB in {part}' in output
        assert fetch(ITEM.name, '--url', server.url)[0] == 0
        assert server.ranges == [None, 'bytes=2000000-']
    assert (fetch.folder / ITEM.file).read_bytes() == content and not part.exists()


def test_what_comes_through_a_proxy(fetch, content):
    """As the environment has it, for a host that only the proxy reaches."""
    with FileServer(content) as server, Proxy() as proxy:
        code, _, errors = fetch(ITEM.name, '--url', server.url,
                                http_proxy=f'http://{proxy.address}', no_proxy='')
        assert (code, errors) == (0, '') and proxy.paths == [server.url]


def test_another_file_is_refused(fetch):
    """One line with both digests; nothing is left to be taken for the file."""
    with FileServer(OTHER) as server:
        code, _, errors = fetch(LABELS.name, '--url', server.url)
    assert code == 1 and len(errors.splitlines()) == 1
    assert LABELS.sha256 in errors and server.url in errors and '--url' in errors
    assert not list(fetch.folder.iterdir())


def test_offline_it_says_how_to_do_without(fetch):
    """At once, in one line: the address, the digest, the place for the file."""
    url = f'http://127.0.0.1:{closed_port()}/file'
    code, _, errors = fetch(LABELS.name, '--url', url)
    assert code == 1 and len(errors.splitlines()) == 1
    for word in (url, 'offline', LABELS.sha256, f'put it at {fetch.folder / LABELS.file}'):
        assert word in errors
    assert not list(fetch.folder.iterdir())


def test_a_file_in_the_way_is_not_replaced(fetch):
    """It may be dear to someone."""
    fetch.folder.mkdir()
    (fetch.folder / LABELS.file).write_text('mine')
    code, _, errors = fetch(LABELS.name)
    assert code == 1 and 'is another file' in errors and LABELS.sha256 in errors
    assert (fetch.folder / LABELS.file).read_text() == 'mine'


def test_a_full_disk_is_told(fetch, tmp_path):
    """Where the system lets no file grow beyond 8 kB: one line, and what came is kept."""
    with FileServer(OTHER) as server:
        done = subprocess.run(
            ['bash', '-c', f'ulimit -f 8; exec {sys.executable} -m shufflenet_ros.tools.cli fetch '
             f'{LABELS.name} --url {server.url}'], capture_output=True, text=True,
            env=environment(XDG_CACHE_HOME=tmp_path, PYTHONDONTWRITEBYTECODE=1))
    assert done.returncode == 1 and 'cannot be written (File too large)' in done.stderr
    assert (fetch.folder / f'{LABELS.file}.part').stat().st_size == 8192


@pytest.mark.parametrize('arguments, word', [
    (('nothing',), "'nothing': not in the catalogue"),
    (('--url', 'http://localhost/x'), 'give the one NAME'),
    ((*(item.name for item in CHECKPOINTS), '--url', 'http://localhost/x'), 'give the one NAME'),
    ((ITEM.name, '--url', 'file:///etc/hosts'), "'file:///etc/hosts': expected an URL"),
    ((ITEM.name, '--out', '/proc/x'), '/proc/x: cannot be made')])
def test_a_mistake_is_one_line(fetch, arguments, word):
    """And nothing is asked for nor written."""
    code, output, errors = fetch(*arguments)
    assert (code, output) == (1, '') and len(errors.splitlines()) == 1 and word in errors
    assert not fetch.folder.exists()


def test_it_needs_nothing_heavy():
    """It runs on a machine where no torch, numpy or OpenCV is installed."""
    code = ('import sys\n'
            'for name in ("torch", "onnx", "onnxruntime", "cv2", "numpy", "yaml"):\n'
            '    sys.modules[name] = None\n'
            'from shufflenet_ros.tools.cli import main\n'
            'sys.exit(main(["fetch", "--list"]))')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, '')
