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

"""Golden files by pytest-regressions: written where there is none, and with ``--force-regen``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_regressions.common import perform_regression_check
from shufflenet_ros.core.errors import one_line
from shufflenet_ros.testing.golden_values import differences
from shufflenet_ros.testing.table import ResultTable
import yaml


def check(result: ResultTable, datadir: Any, original_datadir: Path,
          request: pytest.FixtureRequest, basename: str | None, agreement: float,
          score_tolerance: float) -> None:
    """Compare a table with its golden file. Raises AssertionError that says what differs."""
    __tracebackhide__ = True
    values = result.golden()

    def dump(path: Path) -> None:
        text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=99,
                              default_flow_style=None)
        path.write_text(text, encoding='utf-8')

    def compare(obtained: Path, expected: Path) -> None:
        __tracebackhide__ = True
        name = original_datadir / expected.name
        lines = _differences(_read(expected), _read(obtained), agreement, score_tolerance)
        if lines:
            raise AssertionError('\n'.join([
                f'{result!r} differs from the golden file {name}:', *lines,
                'If the new results are right, --force-regen writes the file anew.']))

    perform_regression_check(
        datadir=datadir, original_datadir=original_datadir, request=request, check_fn=compare,
        dump_fn=dump, extension='.yml', basename=basename)


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding='utf-8'))
    except (yaml.YAMLError, ValueError) as error:
        return error


def _differences(expected: Any, obtained: Any, agreement: float,
                 score_tolerance: float) -> list[str]:
    """Compare; a file that is no golden file is a difference, which --force-regen mends."""
    if isinstance(expected, Exception):
        return [f'no YAML: {one_line(expected)}']
    try:
        return differences(expected, obtained, agreement, score_tolerance)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return [f'not written by check_golden ({type(error).__name__}: {one_line(error)})']
