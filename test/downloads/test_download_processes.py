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

"""Getting one file while others get it too, or while the process is killed at it."""

from contextlib import suppress
import hashlib
import random
import signal
import subprocess
import sys
import time

from downloads.servers import Answer, environment, FileServer
import pytest
from shufflenet_ros.downloads.download import RemoteFile

CONTENT = random.Random(0).randbytes(300_000)
HALF = 123_456
CHILD = """
from pathlib import Path
import sys
from shufflenet_ros.downloads.download import download, RemoteFile
download(RemoteFile(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])))
"""


@pytest.fixture
def target(tmp_path):
    return tmp_path / 'weights' / 'file.bin'


def wait_until(reached):
    deadline_s = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def start(server, target):
    """Start a process of its own that gets the file."""
    sha256 = hashlib.sha256(server.content).hexdigest()
    file = RemoteFile(server.url, len(server.content), sha256, target)
    return subprocess.Popen([sys.executable, '-c', CHILD, file.url, str(file.size), file.sha256,
                             str(file.target)], env=environment())


def parts(target):
    """Give the bytes of each file in the folder, apart from files that go meanwhile."""
    found = []
    for path in target.parent.glob('*'):
        with suppress(FileNotFoundError):
            found.append(path.read_bytes())
    return found


def is_alone(target):
    """Whether the file is whole and nothing else is in its folder."""
    return target.read_bytes() == CONTENT and list(target.parent.iterdir()) == [target]


def test_half_a_file_never_has_its_name(target):
    """While the second half is held back, what came of the first has another name."""
    with FileServer(CONTENT, Answer(stop_after=HALF, holds=True)) as server:
        process = start(server, target)
        wait_until(lambda: any(parts(target)))
        assert not target.exists()
        part, = parts(target)
        assert len(part) <= HALF and CONTENT.startswith(part)
        server.go_on.set()
        assert process.wait(60) == 0
    assert is_alone(target)


def test_two_processes_get_the_same_file(target):
    """Each has a part of its own; whoever ends last leaves the same bytes."""
    held = Answer(stop_after=HALF, holds=True)
    with FileServer(CONTENT, held, held) as server:
        processes = [start(server, target) for _ in range(2)]
        wait_until(lambda: len([part for part in parts(target) if part]) == 2)
        assert not target.exists()
        server.go_on.set()
        assert [process.wait(60) for process in processes] == [0, 0]
    assert is_alone(target) and len(server.paths) == 2


@pytest.mark.parametrize('end', [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_is_ended_leaves_nothing_that_misleads(target, end):
    """Halfway: no file of that name, and after Ctrl-C nothing at all; the next one gets it."""
    with FileServer(CONTENT, Answer(stop_after=HALF, holds=True)) as server:
        process = start(server, target)
        wait_until(lambda: any(parts(target)))
        process.send_signal(end)
        assert process.wait(60) and not target.exists()
        if end == signal.SIGINT:
            assert parts(target) == []
        assert start(server, target).wait(60) == 0
    assert target.read_bytes() == CONTENT and len(server.paths) == 2


def test_a_crowd_gets_the_file(target):
    """However close they come between the last byte and the name, all of them have it."""
    held = Answer(stop_after=20, holds=True)
    with FileServer(CONTENT[:50], *8 * [held]) as server:
        crowd = [start(server, target) for _ in range(8)]
        try:
            wait_until(lambda: len(server.paths) == 8)
            server.go_on.set()
            assert [one.wait(60) for one in crowd] == 8 * [0]
        finally:
            for one in crowd:
                one.kill()
    assert target.read_bytes() == CONTENT[:50] and list(target.parent.iterdir()) == [target]
