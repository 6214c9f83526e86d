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

"""The classifier node in a process of its own, and the last lines that it printed."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
import os
import subprocess
import sys
import threading
from typing import Any

from shufflenet_ros.core.errors import ShufflenetRosError
from shufflenet_ros.core.text import plain
from shufflenet_ros.node.public_names import DIAGNOSTICS
from shufflenet_ros.process.middleware import parameter_words, this_machine_only

KEPT_LINES, SHOWN_LINES = 50, 3
LINE_LENGTH = 250
"""Characters of a line that a message shows."""
END_TIMEOUT_S = 5.0


class NodeError(ShufflenetRosError):
    """The classifier node does not start, has ended, or does not answer."""


class NodeProcess:
    """One running classifier node; it ends with this process."""

    def __init__(self, namespace: str, parameters: Mapping[str, Any]) -> None:
        """Start it; nothing but that namespace, on this machine, ever sees its topics."""
        words = ['--ros-args', '-r', f'__ns:={namespace}', '--disable-rosout-logs',
                 '--disable-external-lib-logs', '-r', f'{DIAGNOSTICS}:={namespace}{DIAGNOSTICS}',
                 *parameter_words(parameters)]
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        # A session of its own: Ctrl-C in the terminal is for this process, which ends the node.
        self._process = subprocess.Popen(
            [sys.executable, '-m', 'shufflenet_ros.player.node_child', *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, env=os.environ | this_machine_only() | {
                'PYTHONUNBUFFERED': '1', 'RCUTILS_COLORIZED_OUTPUT': '0',
                'RCUTILS_CONSOLE_OUTPUT_FORMAT': '[{severity}] {message}'})
        self._reader = threading.Thread(target=self._read, name='node', daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def lines_with(self, word: str) -> list[str]:
        """Those of the last lines that hold a word."""
        return [line for line in tuple(self._lines) if word in line]

    def check(self) -> None:
        """Raise NodeError where the node has ended."""
        code = self._process.poll()
        if code is not None:
            self._reader.join(1.0)
            raise NodeError(f'the classifier node ended with {_code(code)}; {self.last_lines()}')

    def last_lines(self) -> str:
        """Say what it printed last."""
        shown = [plain(line, LINE_LENGTH) for line in tuple(self._lines)[-SHOWN_LINES:]]
        return f'its last lines: {" | ".join(shown)}' if shown else 'it printed nothing'

    def close(self) -> None:
        """End it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(1.0)

    def _read(self) -> None:
        assert self._process.stdout is not None, 'it is a pipe'
        with self._process.stdout as output:
            for line in output:
                self._lines.append(line.decode('utf-8', 'replace').rstrip())


def _code(code: int) -> str:
    return f'signal {-code}' if code < 0 else f'exit code {code}'
