"""``report.html``: one file that holds everything, and the same pictures beside it as PNG."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from pathlib import Path

import cv2

from shufflenet_ros.evaluation.model_evaluation import Findings
from shufflenet_ros.evaluation.report import figures
from shufflenet_ros.evaluation.report.errors import contact_sheet, worst_errors
from shufflenet_ros.evaluation.report.tables import classes, errors, facts, forms, summary

REPORT = 'report.html'
PICTURES = 'report'
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


def write_report(findings: Findings, folder: Path, examples: bool) -> None:
    """Write the report of a model into its folder, with photographs if ``examples``."""
    (folder / PICTURES).mkdir()
    pictures = dict(_pictures(findings, folder / PICTURES, examples))
    title = escape(f'Model {findings.spec.name}')
    parts = [
        f'<h1>{title}</h1>', summary(findings), _picture(pictures, 'curves'),
        '<h2>Which class is taken for which</h2>', _picture(pictures, 'confusion'),
        '<h2>Each class</h2>', _picture(pictures, 'classes'), classes(findings),
        '<h2>Can the scores be believed?</h2>',
        f'<p>Logits are divided by {findings.temperature:.3f}, which is folded into the model. '
        'The error after scaling is held out: each tenth of val is scaled with the temperature of '
        'the rest. Scores that are exactly true would show an error of about '
        f'{findings.calibration_floor:.3f} on {len(findings.val)} images, by chance.</p>',
        _picture(pictures, 'reliability'), *_rejection(findings, pictures),
        '<h2>int8 and fp32</h2>', forms(findings),
        *_errors(findings, pictures), '<h2>How it was made</h2>', facts(findings)]
    (folder / REPORT).write_text(
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<style>{STYLE}</style></head><body>\n' + '\n'.join(parts) + '\n</body></html>\n',
        encoding='utf-8')


def _pictures(findings: Findings, folder: Path, examples: bool) -> Iterator[tuple[str, Path]]:
    charts = {'curves': figures.curves, 'confusion': figures.confusion_matrix,
              'classes': figures.per_class, 'reliability': figures.reliability_diagram}
    if findings.rejection:
        charts['rejection'] = figures.rejection_curve
    for name, draw in charts.items():
        path = folder / f'{name}.png'
        # Without the library's version in it, the same figures give the same file.
        draw(findings).savefig(path, metadata={'Software': None})
        yield name, path
    wrong = worst_errors(findings)
    if examples and wrong:
        path = folder / 'errors.png'
        cv2.imwrite(str(path), contact_sheet(findings, wrong))
        yield 'errors', path


def _picture(pictures: dict[str, Path], name: str) -> str:
    content = base64.b64encode(pictures[name].read_bytes()).decode('ascii')
    return f'<p><img alt="{name}" src="data:image/png;base64,{content}"></p>'


def _rejection(findings: Findings, pictures: dict[str, Path]) -> Iterator[str]:
    found = findings.rejection
    if not found:
        return
    yield '<h2>Frames unlike anything trained</h2>'
    text = (f'Below the threshold {found.threshold} the result is empty. That loses '
            f'{found.right_lost:.1%} of the right answers on val and avoids '
            f'{found.wrong_avoided:.1%} of the wrong ones.')
    if found.strangers:
        text += (f' Of {found.strangers} images of other things {found.strangers_rejected:.1%} '
                 f'get an empty result (area under the curve: {found.auroc:.3f}).')
    yield f'<p>{text}</p>'
    if found.warning:
        yield f'<p class="warning">{found.warning[0].upper()}{found.warning[1:]}.</p>'
    yield _picture(pictures, 'rejection')


def _errors(findings: Findings, pictures: dict[str, Path]) -> Iterator[str]:
    wrong = worst_errors(findings)
    if not wrong:
        return
    yield '<h2>The surest errors</h2><p>Look at these first: some may have the wrong label.</p>'
    if 'errors' in pictures:
        yield _picture(pictures, 'errors')
        yield errors(findings, wrong)
