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

"""Which plugins of rqt this machine has, and what to install for the others."""

from __future__ import annotations

from collections.abc import Sequence
import os
from pathlib import Path
from xml.etree import ElementTree

from ament_index_python.packages import get_packages_with_prefixes


def installed_of(plugins: Sequence[str]) -> list[str]:
    """
    Give those plugins (``rqt_plot/Plot``) that are installed, in order.

    One that is not must not stand in a perspective: rqt then waits for it, and restores nothing.
    """
    prefixes = get_packages_with_prefixes()
    return [plugin for plugin in plugins
            if _is_described(plugin, prefixes.get(package_of(plugin), ''))]


def package_of(plugin: str) -> str:
    """Give the ROS package that brings a plugin."""
    return plugin.partition('/')[0]


def apt_package(package: str) -> str:
    """Name the package of apt that has a ROS package."""
    return f'ros-{os.environ.get("ROS_DISTRO") or "<distro>"}-{package.replace("_", "-")}'


def _is_described(plugin: str, prefix: str) -> bool:
    """Whether the package has a ``plugin.xml`` with the class."""
    package, _, name = plugin.partition('/')
    try:
        classes = ElementTree.parse(Path(prefix, 'share', package, 'plugin.xml')).iter('class')
    except (OSError, ElementTree.ParseError):
        return False
    return any(one.get('name') == name for one in classes)
