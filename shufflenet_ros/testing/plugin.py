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
Fixtures of the pytest plugin: ``classify_recording`` and ``check_golden``.

    def test_grass_comes_first(classify_recording):
        result = classify_recording('bags/garden')
        assert result.class_between(0, 5) == 'grass'

pytest loads this file in every project of an environment that has the package, so it imports
nothing but pytest until a test asks for a fixture. It works from pytest 6.2.5 on (Ubuntu 22.04).

PYTEST_DONT_REWRITE: no assertion stands here, and pytest warns where it comes too late to look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
import os
from pathlib import Path
import re
import sys
from typing import Any, TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shufflenet_ros.testing.recording_session import RecordingSession
    from shufflenet_ros.testing.table import ResultTable

FIGURES = 'shufflenet_ros.testing.figures'
ARGUMENTS = {'topic': 'topics', 'precision': 'precision', 'top-k': 'top_k',
             'threshold': 'threshold'}
"""Option of the command line to argument."""


@pytest.fixture(scope='session')
def _recording_session() -> Iterator[RecordingSession]:
    """Keep what was classified, and nodes, until the tests end."""
    try:
        from shufflenet_ros.testing.recording_session import RecordingSession
    except ImportError as error:
        pytest.fail(f'classify_recording needs rosbags, mcap and onnxruntime ({error}): pip '
                    "install '.[replay]' in the folder of shufflenet_ros' source", pytrace=False)
    session = RecordingSession()
    yield session
    session.close()


@pytest.fixture(scope='module')
def classify_recording(request: pytest.FixtureRequest,
                       _recording_session: RecordingSession) -> Callable[..., ResultTable]:
    """
    Classify every image of a recording, once in a session; give a table of results.

    ``classify_recording(path, model='surfaces', *, precision='int8', top_k=5, threshold=None,
    topics=(), start_s=0.0, end_s=None, every_s=0.0, through_node=False, allow_damage=False)``

    ``path`` and a model that is a path are relative to the file of the test. ``threshold`` is that
    of the model's card unless given; ``topics`` are all with images. ``through_node`` sends each
    image through a real node over ROS 2, one by one. What cannot be read fails the test, and so
    does a recording that is damaged, unless ``allow_damage`` is given.
    """
    from shufflenet_ros.core.errors import MAX_LENGTH, ShufflenetRosError
    from shufflenet_ros.core.text import plain
    from shufflenet_ros.testing.recording_session import asked_for
    folder = _test_file(request).parent

    def classify(path: str | Path, model: str | Path = 'surfaces', *, precision: str = 'int8',
                 top_k: int = 5, threshold: float | None = None, topics: Sequence[str] = (),
                 start_s: float = 0.0, end_s: float | None = None, every_s: float = 0.0,
                 through_node: bool = False, allow_damage: bool = False) -> ResultTable:
        __tracebackhide__ = True
        table, wrong = None, ''
        try:
            table = _recording_session.classify(asked_for(
                folder / path, _model(folder, model), precision, top_k, threshold, topics,
                start_s, end_s, every_s, through_node), say)
        except ShufflenetRosError as error:
            wrong = str(error)
        # Out here, so that pytest shows the one line and not where it came from.
        if table is None:
            pytest.fail(_as_arguments(wrong), pytrace=False)
        if table.damage and not allow_damage:
            pytest.fail(f'{"; ".join(table.damage)}; {len(table)} images could be read, and '
                        'allow_damage=True gives them', pytrace=False)
        return table

    def say(line: str) -> None:
        print(plain(_as_arguments(line), MAX_LENGTH))
    return classify


@pytest.fixture
def check_golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """
    Compare a table with the golden file of the test; ``--force-regen`` writes it anew.

    ``check_golden(result, *, basename=None, agreement=1.0, score_tolerance=0.05)``

    The file is ``<test file>/<basename>.yml``, named after the test unless ``basename`` is given.
    At least the share ``agreement`` of the images must have the class of the golden file, and the
    mean score of each run of images may differ by ``score_tolerance``.
    """
    if not _has_regressions(request):
        pytest.fail('check_golden needs pytest-regressions: pip install pytest-regressions',
                    pytrace=False)
    from shufflenet_ros.testing.golden_file import check
    datadir, original = map(request.getfixturevalue, ('datadir', 'original_datadir'))

    def check_table(result: ResultTable, *, basename: str | None = None, agreement: float = 1.0,
                    score_tolerance: float = 0.05) -> None:
        __tracebackhide__ = True
        check(result, datadir, original, request, basename, agreement, score_tolerance)
    return check_table


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say what was seen, when, and how sure, where a class or a figure is not as expected."""
    figures = sys.modules.get(FIGURES)
    if figures is None:
        return None
    accounts = [one.account for one in (left, right)
                if isinstance(one, (figures.SeenClass, figures.Figure))]
    return [f'{left!r} {op} {right!r}', *accounts[0]] if accounts else None


def _test_file(request: pytest.FixtureRequest) -> Path:
    """Give the path of the test file; before pytest 7 there is only ``fspath``."""
    any_request: Any = request
    return Path(any_request.path if hasattr(request, 'path') else any_request.fspath)


def _has_regressions(request: pytest.FixtureRequest) -> bool:
    try:
        request.getfixturevalue('data_regression')
    except pytest.FixtureLookupError:
        return False
    return True


def _as_arguments(text: str) -> str:
    """Name options of the command line as arguments of ``classify_recording``."""
    return re.sub(rf'--({"|".join(ARGUMENTS)})\b', lambda match: ARGUMENTS[match[1]], text)


def _model(folder: Path, model: str | Path) -> str:
    """Give a shipped model by its name as it is; anything with a slash is a path."""
    is_path = isinstance(model, Path) or os.sep in model
    return str(folder / model) if is_path else str(model)
