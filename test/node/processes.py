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

"""A node in a process of its own, as on a robot, and what it says."""

from collections import deque
from contextlib import contextmanager
import os
from pathlib import Path
import re
import signal
import subprocess
import sys
import threading
import time

STALL_S = 60
"""For what is there in milliseconds unless the machine stalls; a test fails after it."""
NO_TRANSITION = 'nothing'
"""Label of no transition: a node that is asked for it warns, and changes nothing."""
LATEST = deque(maxlen=3)
"""Node processes that were started last: what they printed is shown where a test fails."""


class NodeProcess:
    """One running node; everything it prints is kept."""

    def __init__(self, module, *arguments, **options):
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'shufflenet_ros.process.entry_points', module, '--ros-args',
             *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=os.environ | {'RCUTILS_LOGGING_USE_STDOUT': '1', 'PYTHONUNBUFFERED': '1'},
            **options)
        self.lines = []
        LATEST.append(self)
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, word, timeout=STALL_S):
        """Wait until a line with ``word`` was printed and return it."""
        with self._changed:
            self._changed.wait_for(lambda: self.find(word) or not self._reader.is_alive(), timeout)
            assert self.find(word), f'{word!r} not in {self.lines}'
            return self.find(word)

    def wait_until_it_answers(self, number, timeout=STALL_S):
        """Wait until the process has taken a signal over, its first deed: see its mask."""
        status = Path(f'/proc/{self.process.pid}/status')
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            mask = int(re.search(r'SigBlk:\s*([0-9a-f]+)', status.read_text())[1], 16)
            if mask >> (number - 1) & 1:
                return
            time.sleep(0.005)
        raise AssertionError(f'signal {number} was not taken over in {timeout} s')

    def find(self, word):
        """First line with ``word``, or None."""
        return next((line for line in self.lines if word in line), None)

    @property
    def complaints(self):
        """Lines of WARN and above, but of images that a busy machine lost and of our clients."""
        return [line for line in self.lines if re.match(r'\[(WARN|ERROR|FATAL)\]', line)
                and 'lost on their way' not in line and f'matching {NO_TRANSITION} ' not in line]

    def end(self, *signals):
        """Send the signals (default: one SIGINT) and return exit code and output."""
        for number in signals or (signal.SIGINT,):
            self.process.send_signal(number)
        try:
            code = self.process.wait(STALL_S)
        finally:
            self.process.kill()
        self._reader.join(STALL_S)
        return code, '\n'.join(self.lines)

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip())
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


@contextmanager
def running(module, *arguments, **options):
    """Start a node process, with options of Popen; it is ended whatever happens."""
    node = NodeProcess(module, *arguments, **options)
    try:
        yield node
    finally:
        if node.process.poll() is None:
            node.end()


@contextmanager
def started(bench, *arguments, **options):
    """Start a classifier in the namespace of a bench."""
    try:
        with running('node.classifier_node', '-r', f'__ns:={bench.namespace}', *arguments,
                     **options) as process:
            yield process
    finally:
        bench.forget_clients()
