"""Getting one file while others look on, get it too, or are killed at it."""

import hashlib
import random
import signal
import subprocess
import sys
import time

from downloads.servers import Answer, environment, FileServer
import pytest

from shufflenet_ros.core.errors import DownloadError
from shufflenet_ros.downloads.download import download, Wanted

CONTENT = random.Random(0).randbytes(300_000)
KEPT = 123_456
CHILD = """
from pathlib import Path
import sys
from shufflenet_ros.downloads.download import download, Wanted
download(Wanted(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])))
"""
CROWD = """
from pathlib import Path
import sys
import time
from shufflenet_ros.core.errors import DownloadError
from shufflenet_ros.downloads.download import download, Wanted
end_s = time.monotonic() + 1.5
while time.monotonic() < end_s:
    try:
        download(Wanted(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])))
    except DownloadError as error:
        assert 'another process' in str(error)
"""


@pytest.fixture
def target(tmp_path):
    return tmp_path / 'weights' / 'file.bin'


def wanted_of(server, target):
    sha256 = hashlib.sha256(server.content).hexdigest()
    return Wanted(server.url, len(server.content), sha256, target)


def wait_until(reached):
    deadline_s = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def run(code, wanted):
    """Start a process of its own that gets the file."""
    return subprocess.Popen([sys.executable, '-c', code, wanted.url, str(wanted.size),
                             wanted.sha256, str(wanted.target)], env=environment())


def child(wanted):
    """Start a process that gets the file, and wait until it has the first half."""
    process = run(CHILD, wanted)
    wait_until(lambda: wanted.kept == KEPT)
    return process


def is_alone(target):
    """Whether the file is whole and nothing else is in its folder."""
    return target.read_bytes() == CONTENT and list(target.parent.iterdir()) == [target]


def test_half_a_file_never_has_its_name(target):
    """While the second half is held back only the part is there, with the first."""
    with FileServer(CONTENT, Answer(stop_after=KEPT, holds=True)) as server:
        wanted = wanted_of(server, target)
        process = child(wanted)
        assert list(target.parent.iterdir()) == [wanted.part]
        assert wanted.part.read_bytes() == CONTENT[:KEPT]
        server.go_on.set()
        assert process.wait(20) == 0
    assert is_alone(target)


def test_two_processes_do_not_write_one_part(target):
    """The second is told to wait, and the first gets its file."""
    with FileServer(CONTENT, Answer(stop_after=KEPT, holds=True)) as server:
        wanted = wanted_of(server, target)
        first = child(wanted)
        with pytest.raises(DownloadError, match='another process is getting this file; wait'):
            download(wanted)
        assert server.ranges == [None]
        server.go_on.set()
        assert first.wait(20) == 0
    assert is_alone(target)


def test_a_killed_process_leaves_a_part_to_go_on_with(target):
    """SIGKILL halfway costs neither the bytes nor the lock."""
    with FileServer(CONTENT, Answer(stop_after=KEPT, holds=True)) as server:
        wanted = wanted_of(server, target)
        process = child(wanted)
        process.kill()
        assert process.wait(20) == -signal.SIGKILL and not target.exists()
        process = run(CHILD, wanted)
        assert process.wait(20) == 0
    assert is_alone(target) and server.ranges == [None, f'bytes={KEPT}-']


def test_a_crowd_gets_the_file_or_is_told_to_wait(target):
    """However close they come between the last byte and the name, nothing else happens."""
    with FileServer(CONTENT[:50]) as server:
        wanted = wanted_of(server, target)
        crowd = [run(CROWD, wanted) for _ in range(4)]
        try:
            assert [one.wait(15) for one in crowd] == 4 * [0]
        finally:
            for one in crowd:
                one.kill()
    assert target.read_bytes() == CONTENT[:50] and len(server.ranges) > 4
