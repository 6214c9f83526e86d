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

"""How this shell has ROS 2 set up, and which Fast DDS profile a process started in it gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import os
from pathlib import Path
import re
import sys
from xml.etree import ElementTree

from shufflenet_ros.core.errors import one_line
from shufflenet_ros.process.files import share_dir
from shufflenet_ros.process.middleware import (
    FAST_DDS_2,
    free_shared_memory,
    profile_for,
    PROFILE_VARIABLES,
    TRANSPORTS_VARIABLE,
    USERS_FILES,
    USERS_VARIABLES,
)
from shufflenet_ros.status.facts import Profile, Ros

DOMAIN, RMW, DISTRIBUTION = 'ROS_DOMAIN_ID', 'RMW_IMPLEMENTATION', 'ROS_DISTRO'
RANGE, LOCALHOST = 'ROS_AUTOMATIC_DISCOVERY_RANGE', 'ROS_LOCALHOST_ONLY'
SKIP = 'SKIP_DEFAULT_XML_FILE'
SHOWN = (DISTRIBUTION, DOMAIN, RMW, RANGE, LOCALHOST, *USERS_VARIABLES, SKIP,
         'RMW_FASTRTPS_USE_QOS_FROM_XML', 'RMW_FASTRTPS_PUBLICATION_MODE')
SECRET = ('ROS_STATIC_PEERS', 'ROS_DISCOVERY_SERVER', 'CYCLONEDDS_URI', 'ZENOH_ROUTER_CONFIG_URI',
          'ZENOH_SESSION_CONFIG_URI', 'ROS_SECURITY_ENABLE', 'ROS_SECURITY_KEYSTORE')
"""Only whether they are set is shown: they hold addresses of a network, or places of keys."""
IS_SET = 'set (not shown)'
OPT = Path('/opt/ros')
MAX_PROFILE_BYTES = 1 << 20


def ros_setup(environment: Mapping[str, str], rmw: str = '', opt: Path = OPT) -> Ros:
    """
    Describe the setup.

    ``environment`` is that of the shell, before :func:`prepare_middleware` adds what this package
    sets for itself; ``rmw`` the RMW implementation that rclpy takes.
    """
    installed = tuple(sorted(path.parent.name for path in opt.glob('*/setup.bash')))
    prefixes = environment.get('AMENT_PREFIX_PATH', '').split(os.pathsep)
    sourced = tuple(name for name in installed if str(opt / name) in prefixes)
    wheels = fast_dds_of_wheels()
    distribution = environment.get(DISTRIBUTION, '')
    fast_dds = wheels or (0 if not distribution else 2 if distribution in FAST_DDS_2 else 3)
    if rmw and 'fastrtps' not in rmw:
        fast_dds = 0
    return Ros(distribution, bool(wheels), installed, sourced, shown_variables(environment),
               fast_dds, profile(environment, fast_dds))


def fast_dds_of_wheels() -> int:
    """Give the version of Fast DDS that pip installed: 3, 2, or 0 where it did not."""
    libraries = Path(sys.prefix) / 'lib'
    if (libraries / 'libfastdds.so').exists():
        return 3
    return 2 if (libraries / 'libfastrtps.so').exists() else 0


def shown_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Give those variables that decide who finds whom, and how images travel; no others."""
    shown = {name: environment[name] for name in SHOWN if name in environment}
    return shown | dict.fromkeys((name for name in SECRET if name in environment), IS_SET)


def profile(environment: Mapping[str, str], fast_dds: int = 0,
            folder: Path | None = None) -> Profile:
    """
    Find the profile that Fast DDS reads in that environment, else the one of this package.

    ``fast_dds`` is its version, 0 where that is unknown; ``folder`` the current one.
    """
    found = _users_profile(environment, _read_by(fast_dds), folder or Path.cwd())
    if found is None and TRANSPORTS_VARIABLE in environment:
        return Profile()
    path, chosen_by = found or (
        share_dir() / 'config' / profile_for(free_shared_memory()), 'this package')
    try:
        has_memory, size = transports(_content(path))
    except (OSError, ValueError, ElementTree.ParseError) as error:
        reason = getattr(error, 'strerror', None) or one_line(error)
        return Profile(str(path), chosen_by, reason)
    return Profile(str(path), chosen_by, '', has_memory, size)


def transports(xml: bytes) -> tuple[bool, int]:
    """
    Read from a profile whether a participant may use shared memory, and its segment (bytes).

    A segment of 0 is that of Fast DDS's own default, as where no participant is the default one.
    See "XML profiles" and "Shared Memory
    Transport" in the documentation of Fast DDS. Raises ParseError, and ValueError for a file that
    is no profile.
    """
    root = ElementTree.fromstring(xml)
    if not any(_tag(one) in ('profiles', 'participant') for one in root.iter()):
        raise ValueError('is no Fast DDS profile')
    participant = next((one for one in root.iter() if _tag(one) == 'participant'
                        and one.get('is_default_profile') == 'true'), None)
    if participant is None:
        return True, 0
    kinds = {_text(one, 'transport_id'): one for one in root.iter()
             if _tag(one) == 'transport_descriptor'}
    used = [kinds[name] for name in _used(participant) if name in kinds]
    memory = [one for one in used if _text(one, 'type').upper() == 'SHM']
    if not memory:
        return _is_builtin(participant), 0
    return True, max(int(_text(one, 'segment_size') or 0) for one in memory)


def _content(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise ValueError('is no plain file')
    with path.open('rb') as file:
        content = file.read(MAX_PROFILE_BYTES + 1)
    if len(content) > MAX_PROFILE_BYTES:
        raise ValueError(f'has more than {MAX_PROFILE_BYTES} bytes')
    return content


def _users_profile(environment: Mapping[str, str], variables: Iterable[str],
                   folder: Path) -> tuple[Path, str] | None:
    for name in variables:
        if environment.get(name):
            return Path(environment[name]), name
    if environment.get(SKIP) != '1':
        for name in USERS_FILES:
            if (folder / name).exists():
                return folder / name, 'current folder'
    return None


def _read_by(fast_dds: int) -> tuple[str, ...]:
    """Variables that this version of Fast DDS reads; version 3 knows the older one as well."""
    return PROFILE_VARIABLES[1:] if fast_dds == 2 else PROFILE_VARIABLES


def _used(root: ElementTree.Element) -> list[str]:
    return [(one.text or '').strip() for users in root.iter() if _tag(users) == 'userTransports'
            for one in users]


def _is_builtin(root: ElementTree.Element) -> bool:
    """Whether the transports that Fast DDS has by itself stay, with shared memory among them."""
    chosen = [one for one in root.iter() if _tag(one) == 'builtinTransports']
    if chosen:
        word = (chosen[0].text or '').strip().upper()
        return not re.match('UDP|TCP|NONE', word)
    switched = [(one.text or '').strip().lower() for one in root.iter()
                if _tag(one) == 'useBuiltinTransports']
    return 'false' not in switched


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition('}')[2]


def _text(element: ElementTree.Element, name: str) -> str:
    return next(((one.text or '').strip() for one in element.iter() if _tag(one) == name), '')
