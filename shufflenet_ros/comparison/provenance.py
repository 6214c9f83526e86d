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

"""Where results come from, as rows of text, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
import json
from typing import Any, NamedTuple

from shufflenet_ros.comparison.comparison import Comparison
from shufflenet_ros.comparison.results import Results

UNKNOWN = '(unknown)'
LABELS = 'model labels'


class Fact(NamedTuple):
    """One value of A and of B."""

    name: str
    a: str
    b: str

    @property
    def differs(self) -> bool:
        """Whether they are not the same."""
        return self.a != self.b


def facts_of(comparison: Comparison) -> list[Fact]:
    """Give all that is known of A and B, with equal names in one row."""
    of_a = dict(_flat(comparison.a))
    of_b = {} if comparison.b is None else dict(_flat(comparison.b))
    return [Fact(name, of_a.get(name, UNKNOWN), of_b.get(name, UNKNOWN))
            for name in dict.fromkeys([*of_a, *of_b])]


def differences_of(comparison: Comparison) -> list[Fact]:
    """Give what differs, where there are two."""
    if comparison.b is None:
        return []
    return [fact for fact in facts_of(comparison) if fact.differs and fact.name != 'results']


def _flat(results: Results) -> Iterator[tuple[str, str]]:
    yield 'results', results.name
    for key, value in results.provenance.items():
        if isinstance(value, Mapping):
            for name, one in value.items():
                yield f'{key} {name}', _shown(f'{key} {name}', one)
        else:
            yield key, _shown(key, value)


def _shown(name: str, value: Any) -> str:
    if name == LABELS and isinstance(value, list) and len(value) > 20:
        return f'{len(value)} classes: {", ".join(map(str, value[:20]))}, ...'
    if isinstance(value, list):
        return ', '.join(map(str, value)) or 'all' if name.endswith('topics') else ', '.join(
            map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
