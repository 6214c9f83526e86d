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

"""Classes and figures of a table that know what they were made of, for failing assertions."""

from __future__ import annotations

from collections.abc import Iterable

import yaml


class SeenClass(str):
    """Name of a class, '' for none; ``account`` is what was seen, in lines."""

    account: tuple[str, ...]

    def __new__(cls, name: str, account: Iterable[str]) -> SeenClass:
        seen = super().__new__(cls, name)
        seen.account = tuple(account)
        return seen

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Go to other processes as plain text."""
        return str, (str(self),)


class Figure(float):
    """A share or a time in ms; ``account`` is what it was made of, in lines."""

    account: tuple[str, ...]

    def __new__(cls, value: float, account: Iterable[str]) -> Figure:
        figure = super().__new__(cls, value)
        figure.account = tuple(account)
        return figure

    def __reduce__(self) -> tuple[type[float], tuple[float]]:
        """Go to other processes as a plain number."""
        return float, (float(self),)


# Golden files of data_regression may hold them as what they are.
yaml.SafeDumper.add_representer(
    SeenClass, lambda dumper, seen: dumper.represent_str(str(seen)))
yaml.SafeDumper.add_representer(
    Figure, lambda dumper, figure: dumper.represent_float(float(figure)))
