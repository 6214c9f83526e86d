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
Shared memory as Fast DDS uses it here: what is free, and what ended processes left behind.

Fast DDS keeps each segment as a file, and a lock on a file beside it while its process lives. The
lock is tried for an instant without waiting: that tells living processes of other containers too.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
import re

from shufflenet_ros.process.fast_dds import SHARED_MEMORY
from shufflenet_ros.process.middleware import profile_for
from shufflenet_ros.status.facts import SharedMemory

SEGMENT = re.compile(r'(fastdds|fastrtps)_[0-9a-f]+')
"""Fast DDS 3, and Fast DDS 2; those of ports have other names."""
LOCK = '_el'


def shared_memory(folder: Path = SHARED_MEMORY) -> SharedMemory:
    """Look at a folder of shared memory; all 0 where there is none."""
    try:
        room = os.statvfs(folder)
        names = [name for name in os.listdir(folder) if SEGMENT.fullmatch(name)]
    except OSError:
        return SharedMemory()
    living, stale, foreign = 0, [0], [0]
    for name in names:
        if _is_locked(folder / f'{name}{LOCK}'):
            living += 1
            continue
        try:
            found = (folder / name).stat()
        except OSError:  # gone meanwhile
            continue
        (stale if found.st_uid == os.geteuid() else foreign).append(found.st_blocks * 512)
    free = room.f_bavail * room.f_frsize
    return SharedMemory(
        room.f_blocks * room.f_frsize, free, profile_for(free), living, len(stale) - 1, sum(stale),
        len(foreign) - 1, sum(foreign))


def _is_locked(path: Path) -> bool:
    """Whether a process holds the lock; also where that cannot be told."""
    try:
        with path.open('rb') as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except OSError:
        return True
