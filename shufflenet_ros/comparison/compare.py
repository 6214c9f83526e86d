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

"""The whole way: read, join, judge, and write metrics, JUnit, page and charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
import io
from pathlib import Path
from typing import Any

import numpy as np
from shufflenet_ros.comparison.agreement import confusion_of
from shufflenet_ros.comparison.comparison import compared, Comparison
from shufflenet_ros.comparison.conditions.condition_file import read_conditions
from shufflenet_ros.comparison.conditions.judge import judge
from shufflenet_ros.comparison.junit import junit_of
from shufflenet_ros.comparison.metrics import as_text, metrics_of
from shufflenet_ros.comparison.read_results import read_results
from shufflenet_ros.comparison.recorded_images import read_images, Wanted
from shufflenet_ros.comparison.report.highlights import Highlight, highlights_of
from shufflenet_ros.comparison.results import Results
from shufflenet_ros.comparison.truth import Truth
from shufflenet_ros.comparison.verdict import Check, check_fail_under
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain
from shufflenet_ros.process.files import prepare_folder, write_whole

METRICS, JUNIT, PAGE = 'metrics.json', 'junit.xml', 'report.html'
OLD = ('timeline.png', 'latency.png', 'confusion.png', 'changes.png', 'confusion_truth_A.png',
       'confusion_truth_B.png')
"""Charts, which an earlier report may have left."""


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """What is compared, and with what."""

    a: Path
    b: Path | None = None
    labels: Path | None = None
    conditions: Path | None = None
    fail_under: float | None = None
    recordings: tuple[Path, ...] = ()
    """Where the images are read, if not where the results say."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A comparison with its verdict."""

    comparison: Comparison
    checks: list[Check]
    metrics: dict[str, Any]


def judged(options: CompareOptions) -> Judged:
    """Read and judge. Raises ConfigurationError for what cannot be read or makes no sense."""
    # The small files first: their errors come at once.
    conditions = () if options.conditions is None else read_conditions(options.conditions)
    truth = None if options.labels is None else Truth(options.labels)
    results: list[Results] = []
    for path in (options.a, options.b):
        if path is not None:
            results.append(_read(path))
    comparison = compared(results[0], results[1] if len(results) > 1 else None, truth)
    checks = judge(conditions, comparison)
    if options.fail_under is not None:
        checks.insert(0, check_fail_under(comparison, options.fail_under))
    return Judged(comparison, checks, metrics_of(comparison, checks))


def write_report(work: Judged, options: CompareOptions, folder: Path,
                 say: Callable[[str], None]) -> None:
    """
    Write everything into a folder; what an earlier report left there is replaced.

    Raises ConfigurationError where that fails, or where plotly or matplotlib is missing.
    """
    prepare_folder(folder)
    name = ' against '.join(side.results.name for side in work.comparison.sides)
    write_whole(folder / METRICS, as_text(work.metrics))
    write_whole(folder / JUNIT, junit_of(name, work.checks))
    highlights = highlights_of(work.comparison)
    remarks: list[str] = [*work.comparison.remarks]

    def note(line: str) -> None:
        remarks.append(line)
        say(line)

    sources = {**(work.comparison.b.sources if work.comparison.b is not None else {}),
               **work.comparison.a.sources}
    images = read_images([one.frame for one in highlights[0]], sources, options.recordings, note)
    charts = dict(_charts(work.comparison, highlights[0], images))
    for old in OLD:
        if old not in charts:
            (folder / old).unlink(missing_ok=True)
    for chart, content in charts.items():
        write_whole(folder / chart, content)
    write_whole(folder / PAGE, _page(work, highlights, images, remarks))


def report_folder(path: Path) -> Path:
    """Say where the report goes by default: into the folder of a replay, or beside a file."""
    if path.is_dir():
        return path / 'report'
    return path.with_name(f'{path.stem}-report')


def _read(path: Path) -> Results:
    results = read_results(path)
    if not len(results):
        raise ConfigurationError(f'{plain(path)}: no frame in it; replay a recording that has '
                                 'images')
    return results


def _page(work: Judged, highlights: tuple[list[Highlight], int],
          images: Mapping[Wanted, np.ndarray], remarks: Sequence[str]) -> str:
    from shufflenet_ros.comparison.report.page import Page
    return Page(work.comparison, work.metrics, work.checks).html(highlights, images, remarks)


def _charts(comparison: Comparison, highlights: Sequence[Highlight],
            images: Mapping[Wanted, np.ndarray]) -> Iterator[tuple[str, bytes]]:
    """Give the name and content of each PNG."""
    try:
        from shufflenet_ros.comparison.report import charts
    except ImportError as error:
        raise ConfigurationError(
            f'the report needs matplotlib ({error}): pip install matplotlib') from error
    import cv2
    from shufflenet_ros.comparison.report.colours import colours_of
    from shufflenet_ros.comparison.report.contact_sheet import contact_sheet
    from shufflenet_ros.comparison.report.timeline_figure import tracks_of
    colours = colours_of(comparison)
    yield 'timeline.png', _png(charts.timelines(
        tracks_of(comparison, charts.MOST_STREAMS), colours))
    if any(side.results.times for side in comparison.sides):
        yield 'latency.png', _png(charts.latency(comparison))
    if comparison.b is not None and comparison.agreement is not None:
        pairs = confusion_of(comparison.a, comparison.b, comparison.agreement)
        if pairs:
            yield 'confusion.png', _png(charts.confusion(pairs, ('A', 'B')))
    for letter, found in comparison.accuracies.items():
        yield f'confusion_truth_{letter}.png', _png(
            charts.confusion(found.confusion, ('truth', letter)))
    if highlights:
        sheet = contact_sheet(highlights, images, colours)
        yield 'changes.png', cv2.imencode('.png', sheet)[1].tobytes()


def _png(figure: Any) -> bytes:
    file = io.BytesIO()
    # Without the library's version in it, the same figures give the same file.
    figure.savefig(file, format='png', metadata={'Software': None})
    return file.getvalue()
