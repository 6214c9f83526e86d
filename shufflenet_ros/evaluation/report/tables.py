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

"""The tables of the report as HTML; every name is the user's and is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
from shufflenet_ros.core.postprocess import softmax
from shufflenet_ros.core.text import plain
from shufflenet_ros.evaluation.report.classes import confusion, precision_recall, Share, wilson
from shufflenet_ros.evaluation.result import EvaluationResult
from shufflenet_ros.inference.forms import name_of
from shufflenet_ros.inference.model_card import ModelSpec


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Make a table of plain text."""
    lines = [_row('th', head)] if head else []
    return '<table>\n' + '\n'.join([*lines, *(_row('td', row) for row in rows)]) + '\n</table>'


def summary(result: EvaluationResult, train_counts: dict[str, int]) -> str:
    """Give the main figures: accuracy of each form, calibration, number of images."""
    labels = result.val.labels
    shares = {name: wilson(int((logits.argmax(1) == labels).sum()), len(labels)) for name, logits
              in (('int8', result.int8), ('fp32', result.fp32), ('grey', result.grey))}
    warning = result.rejection and result.rejection.warning
    return table([
        ('top-1 accuracy on val, int8', _share(shares['int8'])),
        ('the same in fp32', _share(shares['fp32'])),
        ('int8 on val in grey', _share(shares['grey'])),
        ('expected calibration error', f'{result.calibration.after.error:.3f} (before scaling '
         f'{result.calibration.before.error:.3f})'),
        ('images', f'{sum(train_counts.values())} for training, {len(labels)} for val'),
        ('classes', str(len(result.val.classes))),
        *([('warning', warning)] if warning else [])])


def classes(result: EvaluationResult, train_counts: dict[str, int]) -> str:
    """Precision and recall with intervals, and the images of each class."""
    counts = confusion(result.int8, result.val.labels)
    rows = [(name, _share(precision), _share(recall), str(train_counts[name]),
             str(counts[index].sum()))
            for index, (name, (precision, recall)) in enumerate(
                zip(result.val.classes, precision_recall(counts)))]
    return table(rows, ('class', 'precision', 'recall', 'training images', 'val images'))


def forms(spec: ModelSpec, result: EvaluationResult) -> str:
    """Accuracy, size and time of both forms, and how near they are."""
    metrics, rows = result.metrics(), []
    for name, entry in spec.files.items():
        if 'precision' not in entry:
            continue
        times = result.latency_ms.get(name_of(entry['precision'], entry.get('form', '')))
        rows.append((name, f'{metrics["top1_" + entry["precision"]]:.3f}',
                     f'{(spec.folder / name).stat().st_size / 1e6:.2f} MB',
                     f'{times[0]:.2f} / {times[1]:.2f} ms' if times else 'does not run here'))
    return table(rows, ('file', 'top-1', 'size', 'inference here, shortest / median')) + (
        f'<p>Both name the same class for {metrics["agreement"]:.1%} of val (SQNR '
        f'{metrics["sqnr_db"]} dB). The accuracy of int8 is that of the form that runs here, the '
        'time of u8 and s8 that of the one for this machine; other processes may run beside it. '
        'The node measures every form and runs the fastest.</p>')


def errors(result: EvaluationResult, wrong: Sequence[int]) -> str:
    """Files behind the contact sheet."""
    scores, names = softmax(result.int8), result.val.classes
    return table([(result.val.entries[index].name, names[result.val.labels[index]],
                   names[scores[index].argmax()], f'{scores[index].max():.2f}')
                  for index in wrong], ('file', 'is', 'said', 'score'))


def facts(lines: dict[str, str]) -> str:
    """Command, data, versions."""
    return table(lines.items())


def _row(kind: str, cells: Sequence[str]) -> str:
    return '<tr>' + ''.join(f'<{kind}>{_text(cell)}</{kind}>' for cell in cells) + '</tr>'


def _text(value: str) -> str:
    return escape(plain(value, 1000))  # names of files may hold bytes that are no text


def _share(share: Share) -> str:
    if np.isnan(share.value):
        return 'never said'
    return f'{share.value:.3f} ({share.low:.3f} to {share.high:.3f})'
