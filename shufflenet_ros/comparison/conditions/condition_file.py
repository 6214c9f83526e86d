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
The file of conditions: what it may say, and what is wrong with one.

Its words are those of driving_log_replayer_v2
(https://tier4.github.io/driving_log_replayer_v2/scenario_format): ``Evaluation``, ``Conditions``,
``condition_list``, ``group_type``, ``condition_type``, ``PassRate``, ``value_range``,
``judgement``, ``time``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf, isfinite
from pathlib import Path
from typing import Any, TypeAlias

from shufflenet_ros.comparison.conditions.lines_of_yaml import read_yaml, Section
from shufflenet_ros.comparison.conditions.metric_names import check_metric, METRICS
from shufflenet_ros.comparison.results import cleaned
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain

CLASS, METRIC = 'classification', 'metric'
GROUP_TYPES = ('all_of', 'any_of')
SHARES = ('percentage_larger_than', 'percentage_less_than')
DURATIONS = ('duration_larger_than', 'duration_less_than')
TYPES = (*GROUP_TYPES, *SHARES, *DURATIONS)
PASS_RATE = 'PassRate'
TOP = ('ScenarioFormatVersion', 'ScenarioName', 'ScenarioDescription', 'SensorModel',
       'VehicleModel', 'VehicleId', 'Evaluation', 'Conditions')
EVALUATION = ('UseCaseName', 'UseCaseFormatVersion', 'Datasets', 'Conditions')
GROUP_KEYS = ('group_name', 'group_type', 'condition_list')
SCOPE_KEYS = ('condition_name', 'condition_class', 'result', 'recording', 'topic', 'time')
CLASS_KEYS = (*SCOPE_KEYS, 'label', 'label_of', 'condition_type', 'percentage_threshold',
              'duration_threshold', PASS_RATE, 'judgement')
METRIC_KEYS = (*SCOPE_KEYS, 'metric_name', 'value_range')
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Scope:
    """Which frames a condition is about."""

    result: str = ''
    """``A`` or ``B``; empty for B where there are two, else A."""
    recording: str = ''
    """Empty for all, as ``topic``."""
    topic: str = ''
    start: float = -inf
    """Seconds from the beginning of the recording on; from 10^8 on, time of recording."""
    end: float = inf


@dataclass(frozen=True, slots=True)
class ClassCondition:
    """How often or how long frames have one of some classes."""

    name: str
    scope: Scope
    labels: tuple[str, ...]
    """An empty one stands for frames whose best class did not reach the threshold."""
    label_of: str
    """Column: ``label`` or ``best``."""
    rule: str
    """One of ``TYPES``, or ``PassRate``."""
    threshold: float
    """Share (0 to 1) or seconds; without meaning for ``all_of`` and ``any_of``."""
    is_negative: bool


@dataclass(frozen=True, slots=True)
class MetricCondition:
    """A figure that must lie in a range, both ends included."""

    name: str
    scope: Scope
    metric: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all must hold, or any."""

    name: str
    kind: str
    members: tuple[Condition, ...]


Condition: TypeAlias = 'ClassCondition | MetricCondition | Group'


def read_conditions(path: Path) -> tuple[Condition, ...]:
    """
    Read a file of conditions.

    Raises ConfigurationError that names the key, its line and what was expected.
    """
    return _File(path).conditions(read_yaml(path))


class _File:
    """One file while it is checked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: set[str] = set()

    def conditions(self, content: Any) -> tuple[Condition, ...]:
        top = self._section(content, 1, 'the file', TOP)
        if 'Evaluation' in top:
            top = self._section(top['Evaluation'], top.lines['Evaluation'], 'Evaluation',
                                EVALUATION)
        if 'Conditions' not in top:
            raise self._wrong(top.line, 'Conditions is missing; expected it at the top, or in '
                              'Evaluation')
        return self._list(top, 'Conditions')

    def _list(self, section: Section, key: str) -> tuple[Condition, ...]:
        items, line = section[key], section.lines[key]
        if not isinstance(items, list) or not items:
            raise self._wrong(line, f'{key}: expected a list with at least one condition, each '
                              'begun by a dash')
        return tuple(self._condition(one, line) for one in items)

    def _condition(self, content: Any, line: int) -> Condition:
        if not isinstance(content, Section):
            raise self._wrong(line, f'{plain(content, 60)!r} in the list, expected a condition '
                              'with condition_name, or a group with group_name')
        if any(key in content for key in GROUP_KEYS):
            return self._group(content)
        kinds = {CLASS: CLASS_KEYS, METRIC: METRIC_KEYS}
        default = METRIC if 'metric_name' in content else CLASS
        kind = self._choice(content, 'condition_class', tuple(kinds), default)
        self._section(content, content.line, 'a condition', kinds[kind])
        name = self._name(content, 'condition_name')
        make = self._class_condition if kind == CLASS else self._metric_condition
        return make(content, name, self._scope(content))

    def _group(self, content: Section) -> Group:
        self._section(content, content.line, 'a group', GROUP_KEYS)
        name = self._name(content, 'group_name')
        self._needed(content, 'condition_list')
        self._needed(content, 'group_type')
        return Group(name, self._choice(content, 'group_type', GROUP_TYPES, ''),
                     self._list(content, 'condition_list'))

    def _class_condition(self, content: Section, name: str, scope: Scope) -> ClassCondition:
        self._needed(content, 'label')
        given = content['label'] if isinstance(content['label'], list) else [content['label']]
        labels = tuple(cleaned(self._scalar(content, 'label', one)) for one in given)
        if not labels:
            raise self._wrong(content.lines['label'], 'label: expected a class, or a list of some')
        rule, threshold = self._rule(content)
        return ClassCondition(
            name, scope, labels, self._choice(content, 'label_of', ('label', 'best'), 'label'),
            rule, threshold,
            self._choice(content, 'judgement', ('positive', 'negative'), 'positive') == 'negative')

    def _rule(self, content: Section) -> tuple[str, float]:
        """Give how frames are counted, with its threshold as a share or in seconds."""
        given = [key for key in (PASS_RATE, 'condition_type') if key in content]
        if len(given) != 1:
            raise self._wrong(content.line, f'expected one of {PASS_RATE} and condition_type, '
                              f'{"both are" if given else "none is"} there')
        rule = PASS_RATE if given == [PASS_RATE] else self._choice(
            content, 'condition_type', TYPES, '')
        key = {PASS_RATE: PASS_RATE, **dict.fromkeys(SHARES, 'percentage_threshold'),
               **dict.fromkeys(DURATIONS, 'duration_threshold')}.get(rule)
        for other in ('percentage_threshold', 'duration_threshold'):
            if other in content and other != key:
                raise self._wrong(content.lines[other], f'{other} has no meaning for {rule}')
        if key is None:
            return rule, 0.0
        self._needed(content, key)
        most = {PASS_RATE: 100.0, 'percentage_threshold': 1.0}.get(key, inf)
        value = self._number(content, key, 0.0, most)
        return rule, value / 100 if key == PASS_RATE else value

    def _metric_condition(self, content: Section, name: str, scope: Scope) -> MetricCondition:
        for key in ('metric_name', 'value_range'):
            self._needed(content, key)
        metric = self._scalar(content, 'metric_name', content['metric_name'])
        reason = check_metric(metric)
        if reason:
            near = get_close_matches(metric, METRICS, 1)
            hint = f'; did you mean {near[0]}?' if near else ''
            raise self._wrong(content.lines['metric_name'], f'metric_name: {reason}{hint}')
        low, high = self._range(content, 'value_range', 'min', 'max')
        return MetricCondition(name, scope, metric, low, high)

    def _scope(self, content: Section) -> Scope:
        low, high = self._range(content, 'time', 'start', 'end') if 'time' in content else (
            -inf, inf)
        recording, topic = (
            cleaned(self._scalar(content, key, content[key])) if key in content else ''
            for key in ('recording', 'topic'))
        return Scope(self._choice(content, 'result', ('A', 'B'), ''), recording, topic, low, high)

    def _range(self, content: Section, key: str, first: str, last: str) -> tuple[float, float]:
        section = self._section(content[key], content.lines[key], key, (first, last))
        if not section:
            raise self._wrong(content.lines[key], f'{key}: expected {first}, {last} or both')
        low = self._number(section, first, -inf, inf) if first in section else -inf
        high = self._number(section, last, -inf, inf) if last in section else inf
        if low > high:
            raise self._wrong(content.lines[key], f'{key}: {first} {low:g} is above {last} '
                              f'{high:g}')
        return low, high

    def _section(self, content: Any, line: int, what: str, known: Collection[str]) -> Section:
        if not isinstance(content, Section):
            raise self._wrong(line, f'{what}: expected keys with values, it is '
                              f'{plain(content, 60)!r}')
        for key in content:
            if key not in known:
                near = get_close_matches(key, known, 1)
                hint = f'did you mean {near[0]}?' if near else f'expected {", ".join(known)}'
                raise self._wrong(content.lines[key], f'{plain(key, 60)!r} is no key of {what}; '
                                  f'{hint}')
        return content

    def _needed(self, content: Section, key: str) -> None:
        if key not in content:
            raise self._wrong(content.line, f'{key} is missing')

    def _name(self, content: Section, key: str) -> str:
        self._needed(content, key)
        name = plain(self._scalar(content, key, content[key]), LONGEST_NAME)
        if not name.strip():
            raise self._wrong(content.lines[key], f'{key}: expected a name')
        if name in self._names:
            raise self._wrong(content.lines[key], f'{key}: {name!r} stands here twice; expected '
                              'a name of its own for each')
        self._names.add(name)
        return name

    def _choice(self, content: Section, key: str, values: tuple[str, ...], default: str) -> str:
        if key not in content:
            return default
        if content[key] not in values:
            raise self._wrong(content.lines[key], f'{key}: {_repr(content[key])}, expected one of '
                              f' {", ".join(values)}')
        return str(content[key])

    def _scalar(self, content: Section, key: str, value: Any) -> str:
        # YAML 1.1 takes an unquoted yes, no, on or off for a truth, which is never meant.
        if isinstance(value, bool) or value is None or isinstance(value, (list, dict)):
            raise self._wrong(content.lines[key], f'{key}: {plain(value, 60)}, expected text; put '
                              'it in quotes')
        return str(value)

    def _number(self, content: Section, key: str, low: float, high: float) -> float:
        value = content[key]
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not isfinite(value) or not low <= value <= high:
            between = '' if low == -inf else (
                f' from {low:g} to {high:g}' if isfinite(high) else f', {low:g} or more')
            raise self._wrong(content.lines[key], f'{key}: {_repr(value)}, expected a '
                              f'number{between}')
        return float(value)

    def _wrong(self, line: int, reason: str) -> ConfigurationError:
        return ConfigurationError(f'--conditions {plain(self._path)}: line {line}: {reason}')


def _repr(value: Any) -> str:
    """Show a value as YAML has it; text in quotes."""
    return repr(plain(value, 60)) if isinstance(value, str) else plain(value, 60)
