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

"""Known problems of how ROS 2 is set up in this shell: names, profile, shared memory."""

from __future__ import annotations

from collections.abc import Iterator

from shufflenet_ros.process.middleware import PROFILE_VARIABLES, TRANSPORTS_VARIABLE
from shufflenet_ros.status.facts import Facts, Library
from shufflenet_ros.status.finding import error, Finding, note, warn
from shufflenet_ros.status.ros_setup import DOMAIN, LOCALHOST, RANGE, RMW

DOCUMENT = '"Images get lost" in docs/troubleshooting.md'
RANGES = ('SUBNET', 'LOCALHOST', 'OFF', 'SYSTEM_DEFAULT')
MOST_DOMAIN, MOST_SAFE_DOMAIN = 232, 101
"""Above the second, ports may be those that Linux gives to other programs."""
SAFE_AGAIN = 215
DEFAULT_SEGMENT = 1 << 20
LEAST_FREE = 16 << 20
"""Shared memory for one process of the small profile (bytes)."""
STALE = 16 << 20
SOCKET_BYTES = 4 << 20
WITHOUT_MEMORY = ('UDP', 'TCP', 'NONE')


def ros_not_sourced(facts: Facts) -> Iterator[Finding]:
    """Say why rclpy cannot be imported."""
    ros, found = facts.ros, facts.software.libraries.get('rclpy', Library())
    if not found.error:
        return
    if ros.installed and not ros.sourced:
        yield error('ros_not_sourced', f'rclpy cannot be imported: {found.error}; ROS 2 '
                    f'{", ".join(ros.installed)} is installed, but not sourced in this shell',
                    f'source /opt/ros/{ros.installed[-1]}/setup.bash')
    elif ros.sourced:
        yield error('rclpy_of_another_python', f'rclpy cannot be imported: {found.error}; ROS 2 '
                    f'{ros.sourced[0]} is sourced, but this Python {facts.software.python} '
                    f'({facts.software.environment}) is not its own',
                    "run the system's /usr/bin/python3, in a venv made with "
                    '--system-site-packages, and without conda')
    else:
        yield error('ros_missing', f'rclpy cannot be imported: {found.error}',
                    'install ROS 2 and source its setup.bash (without it: train, replay, compare '
                    'and bench work, the node does not)')


def vision_msgs_missing(facts: Facts) -> Iterator[Finding]:
    """Say that the messages of results are missing."""
    libraries = facts.software.libraries
    found, rclpy = libraries.get('vision_msgs', Library()), libraries.get('rclpy', Library())
    if found.error and not rclpy.error:
        distribution = facts.ros.distribution or 'DISTRO'
        yield error('vision_msgs_missing', f'vision_msgs cannot be imported: {found.error}',
                    f'sudo apt install ros-{distribution}-vision-msgs')


def several_distributions(facts: Facts) -> Iterator[Finding]:
    """Say that one process would get libraries of two distributions."""
    if len(facts.ros.sourced) > 1:
        yield error('several_distributions', f'{" and ".join(facts.ros.sourced)} are sourced in '
                    'one shell', 'open a new shell and source one setup.bash (look into '
                    '~/.bashrc)')


def domain_unusable(facts: Facts) -> Iterator[Finding]:
    """Say that the ports of the domain do not exist, or may be taken."""
    text = facts.ros.variables.get(DOMAIN, '')
    number = int(text) if text.isascii() and text.isdigit() else -1
    if text and not 0 <= number <= MOST_DOMAIN:
        yield error('domain_unusable', f'{DOMAIN}={text}; expected 0 to {MOST_DOMAIN}',
                    f'export {DOMAIN}=0 to {MOST_SAFE_DOMAIN}, the same for all')
    elif MOST_SAFE_DOMAIN < number < SAFE_AGAIN:
        yield note('domain_unusable', f'{DOMAIN}={text}: its ports may be taken by other '
                   'programs', f'export {DOMAIN}=0 to {MOST_SAFE_DOMAIN}, the same for all')


def range_unknown(facts: Facts) -> Iterator[Finding]:
    """Say that the variable which limits discovery has another effect than meant."""
    ros = facts.ros
    value = ros.variables.get(RANGE, '')
    if value and ros.distribution == 'humble':
        yield warn('range_unknown', f'{RANGE} has no effect on Humble',
                   f'export {LOCALHOST}=1 keeps ROS 2 on this machine there')
    elif value and value.upper() not in RANGES:
        yield warn('range_unknown', f'{RANGE}={value}; expected one of {", ".join(RANGES)}',
                   f'export {RANGE}=LOCALHOST, or unset it')
    elif value.upper() == 'OFF':
        yield error('range_unknown', f'{RANGE}=OFF: no node finds another one',
                    f'export {RANGE}=LOCALHOST, or unset it')


def localhost_wins(facts: Facts) -> Iterator[Finding]:
    """Say that the older variable counts more than the newer one."""
    variables = facts.ros.variables
    if (variables.get(LOCALHOST) == '1' and facts.ros.distribution != 'humble'
            and variables.get(RANGE, '').upper() != 'LOCALHOST'):
        yield note('localhost_wins', f'{LOCALHOST}=1 keeps ROS 2 on this machine, whatever '
                   f'{RANGE} says', f'unset {LOCALHOST}; export {RANGE}=LOCALHOST says the same')


def profile_unusable(facts: Facts) -> Iterator[Finding]:
    """Say that Fast DDS goes on without a profile: most images get lost."""
    profile = facts.ros.profile
    if profile.error:
        yield error('profile_unusable', f'the Fast DDS profile {profile.path} '
                    f'({profile.chosen_by}) cannot be used: {profile.error}',
                    f'unset {profile.chosen_by}, and this package sets its own')


def profile_too_small(facts: Facts) -> Iterator[Finding]:
    """Say that the user's profile leaves images no room in shared memory."""
    profile = facts.ros.profile
    if not profile.path or profile.error or profile.chosen_by == 'this package':
        return
    cure = ('unset it (this package sets its own), or take over the transports of '
            f'config/{facts.shared_memory.fitting_profile or "fastdds.xml"}; see {DOCUMENT}')
    if not profile.shared_memory:
        yield warn('profile_too_small', f'the Fast DDS profile {profile.path} '
                   f'({profile.chosen_by}) has no shared memory: images go over UDP', cure)
    elif profile.segment_bytes < DEFAULT_SEGMENT:
        size = profile.segment_bytes or DEFAULT_SEGMENT // 2
        yield warn('profile_too_small', f'the Fast DDS profile {profile.path} '
                   f'({profile.chosen_by}) gives {size / (1 << 20):.1f} MB of shared memory, less '
                   'than one 640x480 image', cure)


def profile_of_another_version(facts: Facts) -> Iterator[Finding]:
    """Say that this Fast DDS reads another variable than the one that is set."""
    new, old = PROFILE_VARIABLES
    variables = facts.ros.variables
    if facts.ros.fast_dds == 2 and new in variables and old not in variables:
        yield warn('profile_of_another_version', f'{new} is set, but the Fast DDS of '
                   f'{facts.ros.distribution or "this machine"} reads {old}',
                   f'export {old}={variables[new]}')
    elif facts.ros.fast_dds == 3 and old in variables and new not in variables:
        yield note('profile_of_another_version', f'{old} is an older name; Fast DDS 3 still '
                   'reads it, with a warning', f'export {new}={variables[old]}')


def transports_without_memory(facts: Facts) -> Iterator[Finding]:
    """Say that images go over UDP, where one lost datagram loses the whole image."""
    value = facts.ros.variables.get(TRANSPORTS_VARIABLE, '')
    if value.upper().startswith(WITHOUT_MEMORY):
        yield warn('transports_without_memory', f'{TRANSPORTS_VARIABLE}={value}: images go over '
                   'UDP and get lost more easily', f'unset {TRANSPORTS_VARIABLE}, unless camera '
                   'and node have different users or machines')
    elif value and not facts.ros.profile.path:
        yield warn('transports_without_memory', f'{TRANSPORTS_VARIABLE}={value}: this package '
                   'sets no profile then, and Fast DDS by itself has less shared memory than one '
                   'image', f'unset {TRANSPORTS_VARIABLE}')


def shared_memory_short(facts: Facts) -> Iterator[Finding]:
    """Say that there is not enough for a process with the profile."""
    memory = facts.shared_memory
    free = f'{memory.free_bytes / (1 << 20):.0f} MB'
    if not memory.total_bytes:
        yield error('shared_memory_short', 'there is no /dev/shm: images go over UDP',
                    'mount it (a container: --ipc=host, or --shm-size=512m)')
    elif memory.free_bytes < LEAST_FREE:
        yield error('shared_memory_short', f'/dev/shm has {free} free, less than one process '
                    'takes', 'start the container with --shm-size=512m or --ipc=host, and remove '
                    'what ended processes left (fastdds shm clean)')
    elif memory.fitting_profile == 'fastdds_small.xml':
        yield note('shared_memory_short', f'/dev/shm has {free} free: this package takes its '
                   'small profile, 16 MB for each process', 'for large images start the container '
                   'with --shm-size=512m or --ipc=host')


def stale_segments(facts: Facts) -> Iterator[Finding]:
    """Say what ended processes left in shared memory."""
    memory = facts.shared_memory
    if memory.stale_segments:
        make = warn if memory.stale_bytes > memory.free_bytes else note
        yield make('stale_segments', f'{memory.stale_segments} segment(s) of ended processes '
                   f'hold {memory.stale_bytes / (1 << 20):.0f} MB of /dev/shm',
                   'fastdds shm clean (or remove /dev/shm/fast* while no ROS 2 node runs)')
    if memory.foreign_stale_segments:
        make = warn if memory.foreign_stale_bytes > memory.free_bytes else note
        yield make('foreign_segments', f'{memory.foreign_stale_segments} segment(s) of ended '
                   f'processes of other users hold {memory.foreign_stale_bytes / (1 << 20):.0f} '
                   'MB of /dev/shm, which you may not remove',
                   'sudo rm /dev/shm/fast* while no ROS 2 node runs, or start again')


def another_middleware(facts: Facts) -> Iterator[Finding]:
    """Say that the profile and the search for lost images are for Fast DDS alone."""
    rmw = facts.software.middleware or facts.ros.variables.get(RMW, '')
    if rmw and 'fastrtps' not in rmw:
        cure = 'give its sockets room'
        if facts.machine.receive_buffer_bytes < SOCKET_BYTES:
            cure = f'sudo sysctl -w net.core.rmem_max={SOCKET_BYTES}'
        yield note('another_middleware', f'{rmw} is used: the Fast DDS profile of this package '
                   'has no effect, and causes of lost images are not seen',
                   f'where images get lost: {cure}, or RMW_IMPLEMENTATION=rmw_fastrtps_cpp for '
                   'all')


RULES = (ros_not_sourced, vision_msgs_missing, several_distributions, domain_unusable,
         range_unknown, localhost_wins, profile_unusable, profile_too_small,
         profile_of_another_version, transports_without_memory, shared_memory_short,
         stale_segments, another_middleware)
