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
What this machine shows of processes that use Fast DDS: user, shared memory, sockets.

Fast DDS keeps each segment of shared memory as a file in /dev/shm, and a lock on a file beside it
while the process lives. /proc/locks, which everybody may read, names the process of each lock, so
that the size of a segment is known even of another user's process. What may not be read is left
out; nothing here raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
import os
from pathlib import Path
import re
import socket

from shufflenet_ros.process.middleware import USERS_VARIABLES

SHARED_MEMORY = Path('/dev/shm')
PID_BITS = 0xffff
"""So much of the process id stands in the GUID of each of its endpoints."""
SURE = 3
"""At and above this likelihood a process is the one that is looked for."""
LOCK_FILE = re.compile(r'(fastdds|fastrtps)_\w+_el')
"""Fast DDS 3, and Fast DDS 2."""


@dataclass(frozen=True, slots=True)
class FastDdsProcess:
    """What is known of one process."""

    pid: int
    name: str = ''
    """As it calls itself: bytes from outside."""
    user: int = 0
    """Number of the user whose rights it has."""
    segment_bytes: int = 0
    """Its largest segment in our /dev/shm; 0: none there."""
    is_fast_dds_2: bool = False
    """Whether it has Fast DDS 2 (Jazzy and older)."""
    is_apart: bool = False
    """Whether it has another /dev/shm, as in a container of its own."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Of ``USERS_VARIABLES`` those it was started with; empty where that may not be read."""


@dataclass(frozen=True, slots=True)
class UdpSockets:
    """The UDP sockets of this process."""

    buffer_bytes: int = 0
    """Largest receive buffer; 0: no socket."""
    dropped: int = 0
    """Datagrams that found no room in any of them, since they were opened."""
    allowed_bytes: int = 0
    """What the kernel lets a process ask for (net.core.rmem_max); 0: not to be read."""


def find_process(pid_bits: int) -> FastDdsProcess | None:
    """Find another process with Fast DDS whose id, as itself sees it, ends in these 16 bits."""
    locks = _held_locks()
    best = 0, 0
    # Locks show the processes of containers too, whose ids are others than those they see.
    for pids in (range(pid_bits, _last_pid() + 1, PID_BITS + 1), locks, _all_pids()):
        same = {pid for pid in pids if _inner_pid(pid) & PID_BITS == pid_bits} - {os.getpid()}
        best = max([best, *((_likelihood(pid, locks), pid) for pid in same)])
        if best[0] >= SURE:
            break
    return describe_process(best[1], locks) if best[0] else None


def describe_process(pid: int, locks: Mapping[int, set[tuple[int, int]]] | None = None
                     ) -> FastDdsProcess:
    """Give what is known of a process; ``locks`` are those that all processes hold."""
    held = (_held_locks() if locks is None else locks).get(pid, set())
    status = _status(pid)
    files = _lock_files(held)
    segments = [name.removesuffix('_el') for name in files if '_port' not in name]
    return FastDdsProcess(
        pid, status.get('Name', ''), int(status.get('Uid', '0 0').split()[1]),
        max(map(_size, segments), default=0),
        files[0].startswith('fastrtps') if files else 'libfastrtps' in _read(f'/proc/{pid}/maps'),
        not files and _has_other_memory(pid, held), _environment(pid))


def own_udp_sockets() -> UdpSockets:
    """Look at the UDP sockets of this process."""
    drops = {words[9]: int(words[12]) for table in ('udp', 'udp6')
             for words in map(str.split, _read(f'/proc/net/{table}').splitlines()[1:])}
    allowed = _read('/proc/sys/net/core/rmem_max').strip()
    buffers, dropped = [0], 0
    for number, inode in _own_sockets():
        if inode in drops:
            buffers.append(_receive_buffer(number))
            dropped += drops[inode]
    return UdpSockets(max(buffers), dropped, int(allowed or 0))


def _own_sockets() -> Iterator[tuple[int, str]]:
    """File descriptor and inode of each socket."""
    for name in os.listdir('/proc/self/fd'):
        with suppress(OSError):
            found = re.fullmatch(r'socket:\[(\d+)]', os.readlink(f'/proc/self/fd/{name}'))
            if found:
                yield int(name), found[1]


def _receive_buffer(number: int) -> int:
    with suppress(OSError), socket.socket(fileno=os.dup(number)) as one:
        # The kernel doubles what is asked for.
        return one.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
    return 0


def _held_locks() -> dict[int, set[tuple[int, int]]]:
    """Process id to device and inode of the files that it has locked as Fast DDS does."""
    held: dict[int, set[tuple[int, int]]] = {}
    for line in _read('/proc/locks').splitlines():
        words = line.split()
        if words[1] == 'FLOCK':
            major, minor, inode = words[5].split(':')
            held.setdefault(int(words[4]), set()).add(
                (os.makedev(int(major, 16), int(minor, 16)), int(inode)))
    return held


def _lock_files(held: Iterable[tuple[int, int]]) -> list[str]:
    """Names of those locked files that Fast DDS has in our /dev/shm."""
    try:
        device = SHARED_MEMORY.stat().st_dev
        inodes = {inode for where, inode in held if where == device}
        with os.scandir(SHARED_MEMORY) as entries:
            return [entry.name for entry in entries
                    if inodes and entry.inode() in inodes and LOCK_FILE.fullmatch(entry.name)]
    except OSError:
        return []


def _likelihood(pid: int, locks: Mapping[int, set[tuple[int, int]]]) -> int:
    """How sure it is that a process uses Fast DDS; 0: it does not."""
    held = locks.get(pid, set())
    if _lock_files(held):
        return SURE + 1
    maps = _read(f'/proc/{pid}/maps')
    if maps:
        return SURE * ('libfastdds' in maps or 'libfastrtps' in maps)
    if _has_memory_locks(held):
        return 2
    # Another user's that may be it; one of the kernel has no command line.
    return int(bool(_read(f'/proc/{pid}/cmdline')))


def _has_other_memory(pid: int, held: Iterable[tuple[int, int]]) -> bool:
    try:
        other = os.stat(f'/proc/{pid}/root{SHARED_MEMORY}').st_dev
        return other != SHARED_MEMORY.stat().st_dev
    except OSError:  # another user's: locks elsewhere, or the process ids of a container
        return _has_memory_locks(held) or len(_status(pid).get('NSpid', '').split()) > 1


def _has_memory_locks(held: Iterable[tuple[int, int]]) -> bool:
    """Whether files are locked that lie on no disk."""
    return any(os.major(device) == 0 for device, _ in held)


def _inner_pid(pid: int) -> int:
    """Give the id that a process has for itself; -1 where there is none such."""
    status = _status(pid)
    return int(status.get('NSpid', str(pid)).split()[-1]) if status else -1


def _last_pid() -> int:
    return int(_read('/proc/sys/kernel/pid_max').strip() or PID_BITS)


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir('/proc') if name.isdigit()]


def _status(pid: int) -> dict[str, str]:
    lines = _read(f'/proc/{pid}/status').splitlines()
    return {key: value.strip() for key, _, value in (line.partition(':') for line in lines)}


def _environment(pid: int) -> dict[str, str]:
    pairs = (entry.partition('=') for entry in _read(f'/proc/{pid}/environ').split('\0'))
    return {name: value for name, _, value in pairs if name in USERS_VARIABLES}


def _size(name: str) -> int:
    try:
        return (SHARED_MEMORY / name).stat().st_size
    except OSError:
        return 0


def _read(path: str) -> str:
    """Text of a file of the kernel; empty where it may not be read, or is gone."""
    try:
        return Path(path).read_text('utf-8', 'replace')
    except OSError:
        return ''
