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

"""What a process needs in its environment before ROS 2 starts: Fast DDS profile, ament index."""

from __future__ import annotations

from collections.abc import Mapping
import json
import os
from pathlib import Path
import sys
from typing import Any

from shufflenet_ros.process.files import share_dir

PROFILE_VARIABLES = ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE')
"""Read by Fast DDS 3 (Kilted and newer), and by Fast DDS 2 (Jazzy and older)."""
TRANSPORTS_VARIABLE = 'FASTDDS_BUILTIN_TRANSPORTS'
USERS_VARIABLES = (*PROFILE_VARIABLES, TRANSPORTS_VARIABLE)
"""A profile names its transports, so that the choice in the last one would count no more."""
USERS_FILES = ('DEFAULT_FASTDDS_PROFILES.xml', 'DEFAULT_FASTRTPS_PROFILES.xml')
"""What Fast DDS 3 and 2 read in the current folder; its names must not meet ours."""
FAST_DDS_2 = ('humble', 'iron', 'jazzy')
LARGE_PROFILE_BYTES = 256 * 1024 * 1024
"""Free shared memory (bytes) for four processes of the large profile, 64 MiB each."""


def prepare_middleware() -> None:
    """
    Set what large images and the pip wheels of ROS need; what the user has set stays.

    Call it before ``rclpy.init``. The Fast DDS profile makes room for images in shared memory;
    without it most best-effort images of 640x480 and above are lost, and no error says so.
    """
    if not _has_users_transports():
        profile = str(share_dir() / 'config' / profile_for(free_shared_memory()))
        os.environ |= dict.fromkeys(_profile_variables(), profile)
    # Unlike a sourced setup.bash, the wheels do not set the prefix of their ament index.
    if (Path(sys.prefix) / 'share' / 'ament_index').is_dir():
        os.environ.setdefault('AMENT_PREFIX_PATH', sys.prefix)


def this_machine_only() -> dict[str, str]:
    """Give the variable that keeps ROS 2 on this machine; only Humble has the older one."""
    if os.environ.get('ROS_DISTRO') == 'humble':
        return {'ROS_LOCALHOST_ONLY': '1'}
    return {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}


def parameter_words(parameters: Mapping[str, Any]) -> list[str]:
    """Give the words of a command line behind ``--ros-args`` that set parameters of a node."""
    # They are read as YAML, of which JSON is a part.
    return [word for name, value in parameters.items()
            for word in ('-p', f'{name}:={json.dumps(value, ensure_ascii=False)}')]


def profile_for(free_bytes: int) -> str:
    """
    Name the Fast DDS profile in ``config/`` for that many free bytes of shared memory.

    Where a process cannot get its segment, Fast DDS falls back to UDP and loses most images.
    """
    return 'fastdds.xml' if free_bytes >= LARGE_PROFILE_BYTES else 'fastdds_small.xml'


def free_shared_memory() -> int:
    """Free bytes of /dev/shm; 0 where there is none."""
    try:
        found = os.statvfs('/dev/shm')
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize


def _has_users_transports() -> bool:
    if any(name in os.environ for name in USERS_VARIABLES):
        return True
    is_read = os.environ.get('SKIP_DEFAULT_XML_FILE') != '1'
    return is_read and any(Path(name).exists() for name in USERS_FILES)


def _profile_variables() -> tuple[str, ...]:
    """Name what this Fast DDS reads: Kilted warns of the older name; both where it is unknown."""
    fast_dds_3, fast_dds_2 = PROFILE_VARIABLES
    distro = os.environ.get('ROS_DISTRO')
    # Wheels set no ROS_DISTRO, and win over a sourced ROS 2.
    libraries = Path(sys.prefix) / 'lib'
    if (libraries / 'libfastdds.so').exists():
        return (fast_dds_3,)
    if (libraries / 'libfastrtps.so').exists() or distro in FAST_DDS_2:
        return (fast_dds_2,)
    return (fast_dds_3,) if distro else PROFILE_VARIABLES
