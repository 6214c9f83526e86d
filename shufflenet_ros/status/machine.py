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
The machine at this moment: processor, what slows it down, memory, limits of a container, clock.

Everything is read from files of Linux that everybody may read, and one system call.
"""

from __future__ import annotations

from collections.abc import Iterator
import ctypes
import os
from pathlib import Path
import platform

from shufflenet_ros.process.machine import CORES, field, governor, processor, read_text, ROOT
from shufflenet_ros.status.facts import Machine

POLICY = 'cpufreq'
PI_THROTTLED = 'sys/devices/platform/soc/soc:firmware/get_throttled'
PI_BITS = {0: 'too low a voltage now', 1: 'frequency capped now', 2: 'throttled now',
           3: 'near the limit of its temperature now', 16: 'too low a voltage since it started',
           17: 'frequency was capped since it started', 18: 'throttled since it started'}
"""Of a Raspberry Pi; see "vcgencmd get_throttled" in its documentation."""
UNSYNCHRONIZED = 0x40
"""STA_UNSYNC of adjtimex(2)."""


def machine(root: Path = ROOT) -> Machine:
    """Describe the machine; ``root`` is the folder that /proc, /sys and /etc lie in."""
    cpu = processor(root)
    memory = read_text(root / 'proc/meminfo')
    quota, held_back = _quota(root)
    cores = sorted((root / CORES).glob('cpu[0-9]*'))
    most, allowed = _frequencies(cores)
    return Machine(
        system=_system(root), kernel=platform.release(), architecture=platform.machine(),
        board=cpu.board, processor=cpu.name, features=cpu.features,
        cores=os.cpu_count() or 1, cores_allowed=len(os.sched_getaffinity(0)),
        cores_by_quota=quota, held_back=held_back, is_container=_is_container(root),
        load=_load(root),
        governors=tuple(sorted({governor(int(core.name[3:]), root) for core in cores} - {''})),
        frequency_driver=_first(cores, f'{POLICY}/scaling_driver'),
        energy_preference=_first(cores, f'{POLICY}/energy_performance_preference'),
        power_mode=read_text(root / 'var/lib/nvpmodel/status').strip(),
        most_mhz=most, allowed_mhz=allowed, temperature_c=_temperature(root),
        throttling=tuple(_throttling(root, cores)),
        memory_bytes=_kilobytes(memory, 'MemTotal'),
        available_bytes=_kilobytes(memory, 'MemAvailable'),
        swap_bytes=_kilobytes(memory, 'SwapTotal'),
        swap_used_bytes=_kilobytes(memory, 'SwapTotal') - _kilobytes(memory, 'SwapFree'),
        is_clock_synchronized=is_clock_synchronized(),
        receive_buffer_bytes=_number(root / 'proc/sys/net/core/rmem_max'))


def is_clock_synchronized() -> bool | None:
    """Ask the kernel whether its clock follows another one; None where it does not say."""
    class Status(ctypes.Structure):
        """The beginning of ``struct timex``; ``modes`` of 0 changes nothing."""

        _fields_ = [('modes', ctypes.c_uint), ('offset', ctypes.c_long), ('freq', ctypes.c_long),
                    ('maxerror', ctypes.c_long), ('esterror', ctypes.c_long),
                    ('status', ctypes.c_int), ('rest', ctypes.c_byte * 512)]

    status = Status()
    ask = getattr(ctypes.CDLL(None), 'adjtimex', None)
    if ask is None or ask(ctypes.byref(status)) < 0:
        return None
    return not status.status & UNSYNCHRONIZED


def _system(root: Path) -> str:
    lines = read_text(root / 'etc/os-release').splitlines()
    found = next((line for line in lines if line.startswith('PRETTY_NAME=')), '')
    return found.partition('=')[2].strip('"\'') or platform.system()


def _quota(root: Path) -> tuple[float, int]:
    """Cores that a quota gives this process, and how often it was held back (cgroups)."""
    found: list[tuple[float, int]] = []
    for line in read_text(root / 'proc/self/cgroup').splitlines():
        number, controllers, path = (line.split(':', 2) + ['', ''])[:3]
        if number == '0':
            found += _quotas(root / 'sys/fs/cgroup', path, 'cpu.max')
        elif 'cpu' in controllers.split(','):
            found += _quotas(root / 'sys/fs/cgroup/cpu', path, 'cpu.cfs_quota_us')
    return min((one for one in found if one[0]), default=(0.0, 0))


def _quotas(mount: Path, path: str, name: str) -> Iterator[tuple[float, int]]:
    """Look at a group and all that it lies in: each may have a quota."""
    folder = mount / path.strip('/')
    # The path of a container's group may be one that it cannot see.
    for place in (folder, *folder.parents):
        words = read_text(place / name).split()
        if words and words[0].isdigit():
            period = words[1] if words[1:] else read_text(place / 'cpu.cfs_period_us').strip()
            held_back = read_text(place / 'cpu.stat').partition('nr_throttled ')[2].split()
            if period.isdigit() and int(period):
                yield int(words[0]) / int(period), int((held_back or ['0'])[0])
        if place == mount:
            return


def _is_container(root: Path) -> bool:
    groups = read_text(root / 'proc/1/cgroup')
    return any((root / name).exists() for name in ('.dockerenv', 'run/.containerenv')) or any(
        word in groups for word in ('/docker', '/kubepods', '/lxc', '/podman'))


def _load(root: Path) -> float:
    words = read_text(root / 'proc/loadavg').split()
    return float(words[0]) if words else 0.0


def _frequencies(cores: list[Path]) -> tuple[float, float]:
    """Give what a core can at most, and what it is allowed (MHz), of the one slowed down most."""
    pairs = [(_number(core / POLICY / 'cpuinfo_max_freq') / 1000,
              _number(core / POLICY / 'scaling_max_freq') / 1000) for core in cores]
    return min(((most, allowed) for most, allowed in pairs if most and allowed),
               key=lambda pair: pair[1] / pair[0], default=(0.0, 0.0))


def _temperature(root: Path) -> float:
    zones = (root / 'sys/class/thermal').glob('thermal_zone*/temp')
    return max((_number(zone) / 1000 for zone in zones), default=0.0)


def _throttling(root: Path, cores: list[Path]) -> Iterator[str]:
    bits = read_text(root / PI_THROTTLED).strip().removeprefix('0x')
    if bits:
        yield from (text for bit, text in PI_BITS.items() if int(bits, 16) >> bit & 1)
    for device in sorted((root / 'sys/class/thermal').glob('cooling_device*')):
        kind = read_text(device / 'type').strip()
        if _number(device / 'cur_state') > 0 and ('cpu' in kind.lower() or kind == 'Processor'):
            yield f'cooled by {kind} now'
    times = max((_number(core / 'thermal_throttle/core_throttle_count') for core in cores),
                default=0)
    if times:
        yield f'slowed down {times} times by its temperature since it started'


def _first(cores: list[Path], name: str) -> str:
    return read_text(cores[0] / name).strip() if cores else ''


def _kilobytes(text: str, name: str) -> int:
    words = field(text, name).split()
    return 1024 * int(words[0]) if words else 0


def _number(path: Path) -> int:
    text = read_text(path).strip()
    return int(text) if text.lstrip('-').isdigit() else 0
