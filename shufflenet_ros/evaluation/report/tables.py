"""The tables of the report as HTML; every name is the user's and is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from shufflenet_ros.core.postprocess import softmax
from shufflenet_ros.evaluation.model_evaluation import Findings
from shufflenet_ros.evaluation.report.classes import confusion, precision_recall, Share, wilson


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Make a table of plain text."""
    lines = [_row('th', head)] if head else []
    return '<table>\n' + '\n'.join([*lines, *(_row('td', row) for row in rows)]) + '\n</table>'


def summary(findings: Findings) -> str:
    """Say what the model can do, in one glance."""
    labels = findings.val.labels
    shares = {name: wilson(int((logits.argmax(1) == labels).sum()), len(labels)) for name, logits
              in (('int8', findings.int8), ('fp32', findings.fp32), ('grey', findings.grey))}
    warning = findings.rejection and findings.rejection.warning
    return table([
        ('top-1 accuracy on val, int8', _share(shares['int8'])),
        ('the same in fp32', _share(shares['fp32'])),
        ('int8 on val in grey', _share(shares['grey'])),
        ('expected calibration error', f'{findings.reliability_after.error:.3f} (before scaling '
         f'{findings.reliability_before.error:.3f})'),
        ('images', f'{sum(findings.train_counts.values())} for training, {len(labels)} for val'),
        ('classes', str(len(findings.val.classes))),
        *([('warning', warning)] if warning else [])])


def classes(findings: Findings) -> str:
    """Precision and recall with intervals, and the images of each class."""
    counts = confusion(findings.int8, findings.val.labels)
    rows = [(name, _share(precision), _share(recall), str(findings.train_counts[name]),
             str(counts[index].sum()))
            for index, (name, (precision, recall)) in enumerate(
                zip(findings.val.classes, precision_recall(counts)))]
    return table(rows, ('class', 'precision', 'recall', 'training images', 'val images'))


def forms(findings: Findings) -> str:
    """Accuracy, size and time of both forms, and how near they are."""
    metrics, spec = findings.metrics(), findings.spec
    rows = []
    for name, entry in spec.files.items():
        if 'precision' not in entry:
            continue
        fastest, median = findings.latency_ms[entry['precision']]
        rows.append((name, f'{metrics["top1_" + entry["precision"]]:.3f}',
                     f'{(spec.folder / name).stat().st_size / 1e6:.2f} MB',
                     f'{fastest:.2f} / {median:.2f} ms'))
    return table(rows, ('file', 'top-1', 'size', 'inference here, shortest / median')) + (
        f'<p>Both name the same class for {metrics["agreement"]:.1%} of val (SQNR '
        f'{metrics["sqnr_db"]} dB). int8 times are those of the form for this machine; others '
        'may run beside it. The node measures both and runs the faster one.</p>')


def errors(findings: Findings, wrong: Sequence[int]) -> str:
    """Files behind the contact sheet."""
    scores, names = softmax(findings.int8), findings.val.classes
    return table([(findings.val.entries[index].name, names[findings.val.labels[index]],
                   names[scores[index].argmax()], f'{scores[index].max():.2f}')
                  for index in wrong], ('file', 'is', 'said', 'score'))


def facts(findings: Findings) -> str:
    """Command, data, versions."""
    return table(findings.facts.items())


def _row(kind: str, cells: Sequence[str]) -> str:
    return '<tr>' + ''.join(f'<{kind}>{_text(cell)}</{kind}>' for cell in cells) + '</tr>'


def _text(value: str) -> str:
    # Names of files may hold bytes that are no text; HTML cannot.
    return escape(value.encode('utf-8', 'replace').decode('utf-8'))


def _share(share: Share) -> str:
    if np.isnan(share.value):
        return 'never said'
    return f'{share.value:.3f} ({share.low:.3f} to {share.high:.3f})'
