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

"""The charts of the report, one function each; every one gives a figure of matplotlib."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib import font_manager, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
import numpy as np
from shufflenet_ros.core.lettering import drawable, fonts_of
from shufflenet_ros.core.postprocess import softmax
from shufflenet_ros.evaluation.report.classes import confusion, precision_recall
from shufflenet_ros.evaluation.result import EvaluationResult
from shufflenet_ros.evaluation.score_calibration import BINS, Reliability

BLUE, ORANGE, GREY = '#1f6f9f', '#d9722e', '#8a8f94'
MANY_CLASSES = 30
"""Above this many classes, numbers in the confusion matrix could not be read."""


def curves(history: list[dict[str, float]]) -> Figure:
    """Loss and accuracy after each epoch."""
    figure, (loss, right) = _figure(9, 3.4, 2)
    epochs = [line['epoch'] for line in history]
    for axes, key, name, colour in (
            (loss, 'loss', 'training (augmented, smoothed targets)', GREY),
            (loss, 'val_loss', 'val', BLUE), (right, 'val_accuracy', 'val, fp32', BLUE)):
        axes.plot(epochs, [line[key] for line in history], color=colour, label=name,
                  marker='o' if len(epochs) < 3 else None)
        axes.set_xlabel('epoch')
        axes.legend(frameon=False, fontsize=8)
    loss.set_ylabel('cross entropy')
    right.set_ylabel('top-1 accuracy')
    return figure


def confusion_matrix(result: EvaluationResult) -> Figure:
    """Which class is taken for which; colours are shares of the true class."""
    counts = confusion(result.int8, result.val.labels)
    side = min(14.0, 3.2 + 0.42 * len(counts))
    figure, (axes,) = _figure(side, side * 0.9, 1)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap='Blues', vmin=0, vmax=1)
    axes.grid(False)
    if len(counts) <= MANY_CLASSES:
        for row, column in zip(*np.nonzero(counts)):
            axes.text(column, row, counts[row, column], ha='center', va='center', fontsize=8,
                      color='white' if shares[row, column] > 0.5 else 'black')
    names = _names(result.val.classes)
    axes.set_xticks(range(len(names)), names, rotation=45, ha='right', fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_xlabel('the model says')
    axes.set_ylabel('true class')
    return figure


def per_class(result: EvaluationResult) -> Figure:
    """Precision and recall of each class with 95 % intervals."""
    shares = precision_recall(confusion(result.int8, result.val.labels))
    figure, (axes,) = _figure(8, 1.4 + 0.42 * len(shares), 1)
    for offset, which, name, colour in (
            (-0.14, 0, 'precision', ORANGE), (0.14, 1, 'recall', BLUE)):
        for place, pair in enumerate(shares):
            share = pair[which]
            axes.plot([share.low, share.high], [place + offset] * 2, color=colour, lw=2,
                      alpha=0.45)
        axes.plot([pair[which].value for pair in shares],
                  [place + offset for place in range(len(shares))], 'o', color=colour, label=name)
    axes.set_yticks(range(len(shares)), _names(result.val.classes))
    axes.invert_yaxis()
    axes.set_xlim(right=1.01)
    axes.set_xlabel('share of images, with 95 % interval (Wilson)')
    # Above the chart: inside, it would hide a class with a low share.
    axes.legend(frameon=False, fontsize=8, loc='lower right', bbox_to_anchor=(1, 1), ncols=2)
    return figure


def reliability_diagram(result: EvaluationResult) -> Figure:
    """Accuracy against score, before and after temperature scaling."""
    figure, pair = _figure(9, 4, 2)
    after = result.calibration.after
    for axes, found, name in zip(pair, (result.calibration.before, after),
                                 ('before scaling', 'after scaling (held out)')):
        _reliability(axes, found)
        axes.set_title(f'{name}: expected calibration error {found.error:.3f}', fontsize=9)
    return figure


def rejection_curve(result: EvaluationResult, chosen: float) -> Figure:
    """Show what each threshold costs and is worth, with the ``chosen`` one."""
    figure, (axes,) = _figure(8, 3.8, 1)
    scores = softmax(result.int8).max(1)
    right = result.int8.argmax(1) == result.val.labels
    thresholds = np.linspace(0, 1, 201)
    lines = [('right answers lost', scores[right], BLUE),
             ('wrong answers avoided', scores[~right], ORANGE)]
    if result.out_of_distribution is not None:
        lines.append(('strangers rejected', result.out_of_distribution, GREY))
    for name, values, colour in lines:
        if len(values):
            axes.plot(thresholds, (values[:, np.newaxis] < thresholds).mean(0), color=colour,
                      label=f'{name} (of {len(values)})')
    axes.axvline(chosen, color='black', lw=1, ls='--', label=f'threshold {chosen:.4f}')
    axes.set_xlabel('threshold for the score of the best class')
    axes.set_ylabel('share of images')
    axes.legend(frameon=False, fontsize=8)
    return figure


def _reliability(axes: Axes, found: Reliability) -> None:
    filled = found.images > 0
    centres = (np.arange(BINS) + 0.5) / BINS
    axes.plot([0, 1], [0, 1], color=GREY, lw=1, ls='--')
    axes.bar(centres[filled], found.right[filled], 0.9 / BINS, color=BLUE, alpha=0.8)
    axes.plot(found.score[filled], found.right[filled], 'o', color=ORANGE, ms=3)
    for centre, share, images in zip(centres[filled], found.right[filled], found.images[filled]):
        axes.text(centre, min(share + 0.02, 1.0), images, ha='center', fontsize=6)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.08)
    axes.set_xlabel('score of the best class')
    axes.set_ylabel('share right (number: images)')


def _figure(width: float, height: float, columns: int) -> tuple[Figure, list[Axes]]:
    figure = Figure((width, height), layout='constrained', dpi=90)
    axes = figure.subplots(1, columns, squeeze=False)[0]
    for one in axes:
        one.spines[['top', 'right']].set_visible(False)
        one.grid(alpha=0.15)
        one.set_axisbelow(True)
    return figure, list(axes)


def _names(classes: Sequence[str]) -> list[str]:
    """
    Give names of classes as matplotlib shall write them, and fonts that have their letters.

    Dollar signs are taken as they are: it would read mathematics between them.
    """
    for path in fonts_of(''.join(classes)):
        font_manager.fontManager.addfont(path)
        family = font_manager.FontProperties(fname=path).get_name()
        rcParams['font.family'] = list(dict.fromkeys([*rcParams['font.family'], family]))
    return [drawable(name).replace('$', r'\$') for name in classes]
