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

"""``report.html``: one file that holds everything, and its images beside it as PNG."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import cv2
from shufflenet_ros.core.text import plain
from shufflenet_ros.evaluation.report import charts
from shufflenet_ros.evaluation.report.tables import classes, errors, facts, forms, summary
from shufflenet_ros.evaluation.report.worst_errors import contact_sheet, worst_errors
from shufflenet_ros.evaluation.result import EvaluationResult
from shufflenet_ros.inference.model_card import ModelSpec

REPORT = 'report.html'
IMAGES = 'report'
"""Folder of the PNGs, in the model folder."""
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 900px; margin: 2em auto;
       padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em }
table { border-collapse: collapse } td, th { padding: .2em .9em .2em 0; text-align: left;
       vertical-align: top; border-bottom: 1px solid #ddd }
td { overflow-wrap: anywhere } img { max-width: 100% }
.warning { border-left: 4px solid #d9722e; padding-left: .8em }
"""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page shows."""

    spec: ModelSpec
    result: EvaluationResult
    history: list[dict[str, float]]
    """For each epoch: ``epoch``, ``loss``, ``val_loss``, ``val_accuracy``."""
    train_counts: dict[str, int]
    """Images of each class that trained the model."""
    facts: dict[str, str]
    """Printed as it is: command, data hash, versions, settings."""


def write_report(report: Report, folder: Path, examples: bool) -> None:
    """Write the report of a model into its folder, with images of the data if ``examples``."""
    (folder / IMAGES).mkdir()
    images = dict(_write_images(report, folder / IMAGES, examples))
    title = escape(f'Model {plain(report.spec.name)}')
    (folder / REPORT).write_text(
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<style>{STYLE}</style></head><body>\n' + '\n'.join(_parts(report, title, images))
        + '\n</body></html>\n', encoding='utf-8')


def _write_images(report: Report, folder: Path, examples: bool) -> Iterator[tuple[str, Path]]:
    result = report.result
    figures = {'curves': charts.curves(report.history),
               'confusion': charts.confusion_matrix(result), 'classes': charts.per_class(result),
               'reliability': charts.reliability_diagram(result)}
    if result.rejection:
        figures['rejection'] = charts.rejection_curve(result, result.rejection.threshold)
    for name, figure in figures.items():
        path = folder / f'{name}.png'
        # Without the library's version in it, the same figures give the same file.
        figure.savefig(path, metadata={'Software': None})
        yield name, path
    wrong = worst_errors(result)
    if examples and wrong:
        path = folder / 'errors.png'
        sheet = contact_sheet(result, report.spec.geometry, wrong)
        path.write_bytes(cv2.imencode('.png', sheet)[1].tobytes())
        yield 'errors', path


def _parts(report: Report, title: str, images: dict[str, Path]) -> Iterator[str]:
    result = report.result
    yield f'<h1>{title}</h1>'
    yield summary(result, report.train_counts)
    yield _image(images, 'curves')
    yield '<h2>Which class is taken for which</h2>'
    yield _image(images, 'confusion')
    yield '<h2>Each class</h2>'
    yield _image(images, 'classes')
    yield classes(result, report.train_counts)
    yield from _scores(result, images)
    yield from _rejection(result, images)
    yield '<h2>int8 and fp32</h2>'
    yield forms(report.spec, result)
    yield from _errors(result, images)
    yield '<h2>How it was made</h2>'
    yield facts(report.facts)


def _image(images: dict[str, Path], name: str) -> str:
    content = base64.b64encode(images[name].read_bytes()).decode('ascii')
    return f'<p><img alt="{name}" src="data:image/png;base64,{content}"></p>'


def _scores(result: EvaluationResult, images: dict[str, Path]) -> Iterator[str]:
    yield '<h2>Can the scores be believed?</h2>'
    yield (f'<p>Logits are divided by {result.calibration.temperature:.3f}, which is folded into '
           'the model. The error after scaling is held out: each tenth of val is scaled with the '
           'temperature of the rest. Scores that are exactly true would show an error of about '
           f'{result.calibration_floor:.3f} on {len(result.val)} images, by chance.</p>')
    yield _image(images, 'reliability')


def _rejection(result: EvaluationResult, images: dict[str, Path]) -> Iterator[str]:
    found = result.rejection
    if not found:
        return
    yield '<h2>Frames unlike anything trained</h2>'
    text = (f'Below the threshold {found.threshold} the result is empty. That loses '
            f'{found.right_lost:.1%} of the right answers on val and avoids '
            f'{found.wrong_avoided:.1%} of the wrong ones.')
    if found.out_of_distribution:
        text += (f' Of {found.out_of_distribution} images of other things '
                 f'{found.out_of_distribution_rejected:.1%} get an empty result (area under the '
                 f'curve: {found.auroc:.3f}).')
    yield f'<p>{text}</p>'
    if found.warning:
        yield f'<p class="warning">{found.warning[0].upper()}{found.warning[1:]}.</p>'
    yield _image(images, 'rejection')


def _errors(result: EvaluationResult, images: dict[str, Path]) -> Iterator[str]:
    wrong = worst_errors(result)
    if not wrong:
        return
    yield '<h2>The surest errors</h2><p>Look at these first: some may have the wrong label.</p>'
    if 'errors' in images:
        yield _image(images, 'errors')
        yield errors(result, wrong)
