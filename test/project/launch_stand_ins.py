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

"""Stand-ins for launch and launch_ros, which have no wheels: what a launch file takes of them."""

from pathlib import Path
import sys
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Substitution:
    """Stands in for those of launch: parts that become one text."""

    def __init__(self, parts):
        self.parts = parts

    def perform(self, context):
        """Give the text in a context, here a dict of the arguments."""
        if isinstance(self.parts, str):
            return context[self.parts]
        return '/'.join(part if isinstance(part, str) else part.perform(context)
                        for part in self.parts)


class Share(Substitution):
    """Stands in for FindPackageShare, which knows installed packages only."""

    def perform(self, context):
        """Give the checkout, which has the folders of the share."""
        return str(ROOT)


class Facts(dict):
    """Stands in for LaunchContext: the arguments, and the event that led here."""

    def __init__(self, configurations, start=None):
        super().__init__(configurations)
        self.launch_configurations = configurations
        self.start = start

    def get_locals_as_dict(self):
        """Give the event that asked for a launch description, as ros2 launch sends one."""
        return {'event': record(launch_description=self.start)} if self.start else {}


class Group:
    """Stands in for GroupAction and LaunchDescription: entities inside."""

    def __init__(self, actions=()):
        self.actions = actions

    def describe_sub_entities(self):
        """Give the entities."""
        return self.actions


class Include(Group):
    """Stands in for IncludeLaunchDescription: a file and its arguments."""

    def __init__(self, source, launch_arguments=()):
        super().__init__()
        self.launch_description_source = record(
            location=source if isinstance(source, str) else source.perform({}))
        self.launch_arguments = launch_arguments


def record(**facts):
    return SimpleNamespace(**facts)


WARNINGS, INFOS = [], []
"""What the launch file said to the logger of launch."""


STAND_INS = {
    'launch': {'LaunchDescription': list, 'LaunchDescriptionEntity': Group},
    'launch.actions': {
        'ExecuteProcess': record,
        'DeclareLaunchArgument': lambda name, **facts: record(name=name, **facts),
        'GroupAction': Group, 'IncludeLaunchDescription': Include,
        'OpaqueFunction': lambda function: function},
    'launch.launch_description_sources': {'PythonLaunchDescriptionSource': lambda path: path},
    'launch.logging': {
        'get_logger': lambda name: record(warning=WARNINGS.append, info=INFOS.append)},
    'launch.substitutions': {
        'LaunchConfiguration': Substitution, 'PathJoinSubstitution': Substitution},
    'launch.utilities': {
        'normalize_to_list_of_substitutions': lambda text: [text],
        'perform_substitutions': lambda context, texts: ''.join(texts)},
    'launch_ros': {},
    'launch_ros.actions': {'Node': record},
    'launch_ros.parameter_descriptions': {
        'ParameterValue': lambda value, value_type: record(value=value, value_type=value_type)},
    'launch_ros.substitutions': {
        'ExecutableInPackage': lambda executable, package: f'{package}/{executable}',
        'FindPackageShare': Share},
}


@pytest.fixture
def stand_ins(monkeypatch):
    """Put the stand-ins in the place of launch and launch_ros."""
    for name, members in STAND_INS.items():
        module = ModuleType(name)
        module.__dict__.update(members)
        monkeypatch.setitem(sys.modules, name, module)
