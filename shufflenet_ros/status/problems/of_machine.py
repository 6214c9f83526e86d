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

"""Known problems of the machine: what slows it down, memory, clock."""

from __future__ import annotations

from collections.abc import Iterator

from shufflenet_ros.status.facts import Facts
from shufflenet_ros.status.finding import error, Finding, note, warn

SAVING = ('powersave', 'conservative')
ADAPTIVE_DRIVERS = ('intel_pstate', 'amd-pstate-epp', 'amd_pstate_epp')
"""Their governor ``powersave`` follows the load; the energy preference says how eagerly."""
PERFORMANCE = 'sudo cpupower frequency-set -g performance (Jetson: sudo jetson_clocks)'
HOT_C = 85.0
CAPPED = 0.9
LEAST_AVAILABLE = 0.05
SWAP_SHARE = 0.1
BUSY = 1.5


def saving_governor(facts: Facts) -> Iterator[Finding]:
    """Say that the processor stays slow under the short work of a frame."""
    machine = facts.machine
    saving = [name for name in machine.governors if name in SAVING]
    if saving and machine.frequency_driver not in ADAPTIVE_DRIVERS:
        yield warn('saving_governor', f'the processor saves power (governor {saving[0]}), which '
                   'can double every stage at 30 Hz', PERFORMANCE)
    elif saving and machine.energy_preference == 'power':
        yield warn('saving_governor', 'the processor saves power (energy_performance_preference '
                   'power), which can double every stage at 30 Hz', PERFORMANCE)


def slow_to_follow(facts: Facts) -> Iterator[Finding]:
    """Say that the frequency follows the load later than the work of a frame needs it."""
    found = [name for name in facts.machine.governors if name in ('ondemand', 'schedutil')]
    if found:
        yield note('slow_to_follow', f'the frequency follows the load (governor {found[0]}): '
                   'stages take longer at low rates', f'to measure, or for the lowest latency: '
                   f'{PERFORMANCE}')


def frequency_capped(facts: Facts) -> Iterator[Finding]:
    """Say that a core may not run as fast as it could."""
    machine = facts.machine
    if 0 < machine.allowed_mhz < CAPPED * machine.most_mhz:
        yield warn('frequency_capped', f'a core may run at {machine.allowed_mhz:.0f} MHz of '
                   f'{machine.most_mhz:.0f} MHz', 'look at the power mode (Jetson: sudo nvpmodel '
                   '-q), the supply and the cooling')


def throttled(facts: Facts) -> Iterator[Finding]:
    """Say that heat or a weak supply slow the processor down, or did so before."""
    found = facts.machine.throttling
    if found:
        make = warn if any(text.endswith('now') for text in found) else note
        yield make('throttled', f'the processor is slowed down: {"; ".join(found)}',
                   'cool it, and give it the supply that the board asks for')


def hot(facts: Facts) -> Iterator[Finding]:
    """Say that it is close to where processors slow down."""
    if facts.machine.temperature_c >= HOT_C:
        yield warn('hot', f'{facts.machine.temperature_c:.0f} degrees Celsius: it slows down, or '
                   'soon will', 'cool it')


def quota_holds_back(facts: Facts) -> Iterator[Finding]:
    """Say that a container's quota stops processes for up to a tenth of a second."""
    machine = facts.machine
    if not machine.cores_by_quota:
        return
    make = warn if machine.held_back or machine.cores_by_quota < 1 else note
    yield make('quota_holds_back', f'a quota gives {machine.cores_by_quota:g} of {machine.cores} '
               f'cores, and has stopped its processes {machine.held_back} times: images wait '
               'meanwhile', 'start the container without --cpus (docker) or limits.cpu '
               '(Kubernetes); --cpuset-cpus gives it whole cores instead')


def busy(facts: Facts) -> Iterator[Finding]:
    """Say that more processes want to run than there are cores."""
    machine = facts.machine
    if machine.load > BUSY * machine.cores:
        yield warn('busy', f'{machine.load:.1f} processes wanted to run in the last minute, on '
                   f'{machine.cores} core(s): frames wait', 'end what is not needed (top), or '
                   'give the node cores of its own')


def memory_short(facts: Facts) -> Iterator[Finding]:
    """Say that the system may end a process."""
    machine = facts.machine
    if machine.memory_bytes and machine.available_bytes < LEAST_AVAILABLE * machine.memory_bytes:
        yield error('memory_short', f'{_mb(machine.available_bytes)} of '
                    f'{_mb(machine.memory_bytes)} of memory are available: the system may end a '
                    'process', 'end what is not needed, or add swap')


def swapping(facts: Facts) -> Iterator[Finding]:
    """Say that memory went to the disk, from where it takes milliseconds to come back."""
    machine = facts.machine
    for process in facts.processes:
        if process.swapped_bytes:
            yield warn('swapping', f'{_mb(process.swapped_bytes)} of classifier process '
                       f'{process.pid} lie in the swap: frames wait for the disk',
                       'give the machine more free memory, then start the node again')
            return
    if machine.swap_used_bytes > SWAP_SHARE * machine.memory_bytes > 0:
        yield note('swapping', f'{_mb(machine.swap_used_bytes)} of swap are in use: memory was '
                   'short', 'end what is not needed')


def clock_not_synchronized(facts: Facts) -> Iterator[Finding]:
    """Say that the clock may differ from that of a camera on another machine."""
    if facts.machine.is_clock_synchronized is False:
        yield note('clock_not_synchronized', 'the clock of this machine follows no other one: '
                   'ages are wrong where a camera is on another machine',
                   'sudo apt install chrony (timedatectl set-ntp true), or PTP')


RULES = (memory_short, saving_governor, throttled, hot, frequency_capped, quota_holds_back, busy,
         swapping, slow_to_follow, clock_not_synchronized)


def _mb(size: int) -> str:
    return f'{size / (1 << 20):.0f} MB'
