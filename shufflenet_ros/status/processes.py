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

"""Processes of this machine that run a classifier, whoever started them and in whatever domain."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path

from shufflenet_ros.process.fast_dds import describe_process
from shufflenet_ros.process.machine import field, read_text, ROOT
from shufflenet_ros.status.facts import Process
from shufflenet_ros.status.ros_setup import shown_variables

EXECUTABLE, MODULE = 'classifier_node', 'node.classifier_node'
ARGUMENTS = '--ros-args'
NAMES = ('__ns:=', '__node:=', '__name:=')
SIMULATED = 'use_sim_time:='


def classifier_processes(root: Path = ROOT) -> tuple[Process, ...]:
    """List them by process id; what another user's process does not show is left out."""
    return tuple(_describe(root, pid, words) for pid, words in sorted(_commands(root))
                 if _is_classifier(words))


def _commands(root: Path) -> Iterator[tuple[int, list[str]]]:
    for folder in (root / 'proc').iterdir():
        if folder.name.isdigit():
            yield int(folder.name), read_text(folder / 'cmdline').split('\0')[:-1]


def _is_classifier(words: list[str]) -> bool:
    """Whether Python runs our executable, or its module; no launcher or debugger before it."""
    names = [Path(word).name for word in words[:6]]
    if not names or not (names[0].startswith('python') or names[0] == EXECUTABLE):
        return False
    before = names[:names.index(ARGUMENTS)] if ARGUMENTS in names else names
    return EXECUTABLE in before or MODULE in before


def _describe(root: Path, pid: int, words: list[str]) -> Process:
    status = read_text(root / f'proc/{pid}/status')
    user = (field(status, 'Uid').split() + ['0', '0'])[1]
    shared = describe_process(pid)
    swapped = field(status, 'VmSwap').split()
    arguments = words[words.index(ARGUMENTS) + 1:] if ARGUMENTS in words else []
    return Process(
        pid, _age(root, pid), int(user) == os.geteuid(), user == '0', shared.is_apart,
        shared.segment_bytes, 1024 * int(swapped[0]) if swapped else 0,
        _variables(root, pid), tuple(word for word in arguments if word.startswith(NAMES)),
        _simulated(arguments))


def _simulated(arguments: list[str]) -> bool | None:
    said = [word.removeprefix(SIMULATED) for word in arguments if word.startswith(SIMULATED)]
    return said[-1].lower() == 'true' if said else None


def _variables(root: Path, pid: int) -> dict[str, str] | None:
    """Read the environment that a process was started with."""
    text = read_text(root / f'proc/{pid}/environ')
    pairs = (entry.partition('=') for entry in text.split('\0'))
    return shown_variables({name: value for name, _, value in pairs}) if text else None


def _age(root: Path, pid: int) -> float:
    """Give the seconds since a process was started."""
    # Its name may hold blanks and brackets: fields are counted from the last bracket.
    words = read_text(root / f'proc/{pid}/stat').rpartition(')')[2].split()
    up = read_text(root / 'proc/uptime').split()
    if len(words) < 20 or not up:
        return 0.0
    return max(0.0, float(up[0]) - int(words[19]) / os.sysconf('SC_CLK_TCK'))
