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
The arguments of a launch file: declared, read, and refused where they are unknown or cannot be.

launch itself ignores an argument that no file declares, and a mistyped one would change nothing.
launch comes with ROS 2 from apt alone, so that it is imported only when a function runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain

OF_LAUNCH = {'launch-prefix', 'launch-prefix-filter'}
"""Arguments that launch itself reads."""
EXPECTED = {int: 'a whole number', float: 'a number', bool: 'true or false'}


class LaunchArguments:
    """The arguments that one launch file takes."""

    def __init__(self, file: str, known: Mapping[str, tuple[Any, str]], others: str = '') -> None:
        """
        Take the path of the file, and each argument with its default and its description.

        ``others`` says where what is no argument can be set; it ends the line of an unknown one.
        """
        self._file = Path(file)
        self._known = known
        self._others = others

    def declared(self) -> list[Any]:
        """Give the actions that declare the arguments."""
        from launch.actions import DeclareLaunchArgument

        return [DeclareLaunchArgument(name, default_value=default, description=description)
                for name, (default, description) in self._known.items()]

    def values(self, context: Any) -> dict[str, str]:
        """
        Give the text of each argument.

        Raises ConfigurationError where another one was given to this file.
        """
        from launch.substitutions import LaunchConfiguration

        self._check_names(context)
        return {name: LaunchConfiguration(name).perform(context) for name in self._known}

    def _check_names(self, context: Any) -> None:
        given = [include.launch_arguments for include in self._includes(context)]
        for name in (_text_of(name, context) for pairs in given for name, _ in pairs):
            if name not in self._known and name not in OF_LAUNCH:
                raise ConfigurationError(
                    f'{plain(name)}: unknown{self._meant(name)}; known are '
                    f'{", ".join(self._known)}{self._others}')
        if not given:
            self._warn_of_likely_mistakes(context)

    def _warn_of_likely_mistakes(self, context: Any) -> None:
        """Warn where an argument that might be meant for another file is almost one of ours."""
        from launch.logging import get_logger

        for name in context.launch_configurations.keys() - self._known.keys():
            if self._meant(name):
                get_logger(self._file.name).warning(
                    plain(f'launch argument {name}: not one of this file{self._meant(name)}', 400))

    def _meant(self, name: str) -> str:
        """Ask for the argument that a name is almost, as ", did you mean ...?"."""
        close = get_close_matches(name, self._known, 1, 0.8)
        return f', did you mean {close[0]}?' if close else ''

    def _includes(self, context: Any) -> list[Any]:
        """
        Actions that include the file, with the arguments of each; ros2 launch makes one as well.

        None are found where an OpaqueFunction or an event made them: launch does not say by whom.
        """
        start = getattr(context.get_locals_as_dict().get('event'), 'launch_description', None)
        return [] if start is None else [
            include for include in _includes_below(start)
            if Path(include.launch_description_source.location).resolve() == self._file.resolve()]


def check_node_names(value: Mapping[str, str]) -> None:
    """Raise ConfigurationError where ``name`` or ``namespace`` can be none."""
    for argument, parts in (('name', [value['name']]),
                            ('namespace', filter(None, value['namespace'].split('/')))):
        if not all(part.isidentifier() and part.isascii() for part in parts):
            raise ConfigurationError(f'{argument}: {value[argument]!r}, expected letters, digits '
                                     'and underscores, no digit first')


def full_name(value: Mapping[str, str], context: Any) -> str:
    """Name of the node with its namespace, in those that the files around have pushed."""
    outer = context.launch_configurations.get('ros_namespace', '')
    namespace = value['namespace'] if value['namespace'].startswith('/') else (
        f'{outer}/{value["namespace"]}')
    return '/'.join(['', *(part for part in namespace.split('/') if part), value['name']])


def words_of(text: str) -> list[str]:
    """Words of a list such as ``front,rear`` or ``[front, rear]``; none of an empty text."""
    text = text.strip()
    if text.startswith('[') and text.endswith(']'):
        text = text[1:-1]
    return [word.strip().strip('\'"') for word in text.split(',')] if text.strip() else []


def parsed(name: str, text: str, kind: type) -> Any:
    """Give the value of an argument as a parameter of type int, float or bool has it."""
    try:
        return {'true': True, 'false': False}[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        raise ConfigurationError(f'{name}: {text!r}, expected {EXPECTED[kind]}') from None


def _includes_below(entity: Any) -> Iterator[Any]:
    """Give each action that includes a launch file, however deep."""
    from launch.actions import IncludeLaunchDescription

    for inner in entity.describe_sub_entities():
        if isinstance(inner, IncludeLaunchDescription):
            yield inner
        yield from _includes_below(inner)


def _text_of(substitutions: Any, context: Any) -> str:
    """Text of what launch takes as text or substitutions."""
    from launch.utilities import normalize_to_list_of_substitutions, perform_substitutions

    return perform_substitutions(context, normalize_to_list_of_substitutions(substitutions))
