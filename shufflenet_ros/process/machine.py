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

"""
What kind of machine this is: processor, features that int8 depends on, board, governor.

Read from files of Linux, without privileges; what is not there is empty. ``root`` is the folder
that ``/proc`` and ``/sys`` lie in.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
import re
from typing import NamedTuple

ROOT = Path('/')
INT8_FEATURES = ('avx2', 'avx512f', 'avx512_vbmi', 'avx512_vnni', 'avx_vnni', 'amx_int8', 'asimd',
                 'asimddp', 'i8mm')
"""As /proc/cpuinfo names them; ``avx512vbmi`` there has its underscore here."""
CORES = 'sys/devices/system/cpu'


class Processor(NamedTuple):
    """The processor of this machine."""

    name: str
    """As the kernel or the board names it; empty where neither does."""
    features: tuple[str, ...]
    """Of ``INT8_FEATURES`` those that it has."""
    board: str
    """Name of the board in the device tree; empty on a PC."""


def processor(root: Path = ROOT) -> Processor:
    """Describe the processor, and the board that it is on."""
    info = read_text(root / 'proc/cpuinfo')
    words = {word.replace('avx512vbmi', 'avx512_vbmi') for word in info.split()}
    board = read_text(root / 'proc/device-tree/model').strip('\0\n ')
    return Processor(field(info, 'model name') or board,
                     tuple(name for name in INT8_FEATURES if name in words), board)


def governor(core: int, root: Path = ROOT) -> str:
    """Name the frequency governor of a core; empty where it has none."""
    return read_text(root / CORES / f'cpu{core}/cpufreq/scaling_governor').strip()


def versions(packages: tuple[str, ...]) -> Mapping[str, str]:
    """Give the versions of those Python packages (as pip calls them) that are installed."""
    return {name: found for name in packages if (found := _version(name))}


def read_text(path: Path) -> str:
    """Text of a file of the kernel; empty where it may not be read, or is not there."""
    try:
        return path.read_text('utf-8', 'replace')
    except (OSError, ValueError):
        return ''


def field(text: str, name: str) -> str:
    """Give what stands behind ``name`` and a colon in the first such line; empty without one."""
    found = re.search(rf'^{re.escape(name)}[^:\n]*:[ \t]*(.*)$', text, re.MULTILINE)
    return found[1].strip() if found else ''


def _version(package: str) -> str:
    try:
        return version(package) or ''
    except PackageNotFoundError:
        return ''
