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

"""What is measured of a trained model, for its card and its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from shufflenet_ros.dataset.labelled_images import Dataset
from shufflenet_ros.evaluation.metrics import closeness, top_k_accuracy
from shufflenet_ros.evaluation.rejection import Rejection
from shufflenet_ros.evaluation.score_calibration import calibration_floor, ScoreCalibration


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """Both forms of a model on its validation split; logits are (images of val, classes)."""

    val: Dataset
    int8: np.ndarray
    fp32: np.ndarray
    grey: np.ndarray
    """Of the int8 form, on val in grey."""
    calibration: ScoreCalibration
    latency_ms: dict[str, tuple[float, float]]
    """
    Shortest and median time of an inference on this machine, one thread, by the names of
    :data:`shufflenet_ros.inference.forms.FORMS`, of those that run here.
    """
    rejection: Rejection | None = None
    out_of_distribution: np.ndarray | None = None
    """Best scores of images of other things."""

    @property
    def calibration_floor(self) -> float:
        """Expected calibration error of scores that are exactly true, on as many images."""
        return calibration_floor(self.int8)

    @property
    def threshold(self) -> float | None:
        """Best scores below it make a result empty; None where none was asked for."""
        return self.rejection.threshold if self.rejection else None

    def metrics(self) -> dict[str, Any]:
        """Figures for the card."""
        figures = {
            'split': 'val', 'images': len(self.val), 'top1_fp32': self._top1(self.fp32),
            'top1_int8': self._top1(self.int8), 'top1_int8_grey': self._top1(self.grey),
            **closeness(self.int8, self.fp32),
            'temperature': round(self.calibration.temperature, 4),
            'ece_before': round(self.calibration.before.error, 4),
            'ece_after': round(self.calibration.after.error, 4),
            'ece_floor': round(self.calibration_floor, 4)}
        if self.rejection:
            figures['rejection'] = _rejection(self.rejection)
            if self.rejection.warning:
                figures['warning'] = self.rejection.warning
        return figures

    def _top1(self, logits: np.ndarray) -> float:
        return round(top_k_accuracy(logits, self.val.labels, 1), 4)


def _rejection(found: Rejection) -> dict[str, Any]:
    figures: dict[str, Any] = {'right_lost': round(found.right_lost, 4),
                               'wrong_avoided': round(found.wrong_avoided, 4)}
    if found.out_of_distribution:
        figures |= {'strangers': found.out_of_distribution,
                    'strangers_rejected': round(found.out_of_distribution_rejected, 4),
                    'auroc': round(found.auroc, 4)}
    return figures
