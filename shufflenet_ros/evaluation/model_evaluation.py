"""What is found out about a trained model, for its card and its report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np

from shufflenet_ros.core.encodings.decode import Pixels
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.dataset.labelled_images import Dataset
from shufflenet_ros.evaluation.evaluate import evaluate, in_grey
from shufflenet_ros.evaluation.metrics import agreement, sqnr_db
from shufflenet_ros.evaluation.rejection import Rejection
from shufflenet_ros.evaluation.score_calibration import (
    calibration_floor,
    held_out_reliability,
    Reliability,
    reliability,
)
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import ModelSpec
from shufflenet_ros.inference.sessions import logits_of, open_session

RUNS = 50


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that the report shows; logits are (images of val, classes)."""

    spec: ModelSpec
    val: Dataset
    train_counts: dict[str, int]
    int8: np.ndarray
    fp32: np.ndarray
    grey: np.ndarray
    """Of the int8 form, on val in grey."""
    before: np.ndarray
    """Of the int8 form, before the temperature was folded in."""
    temperature: float
    history: list[dict[str, float]]
    latency_ms: dict[str, tuple[float, float]]
    """Precision to shortest and median time of an inference on this machine, one thread."""
    facts: dict[str, str] = field(default_factory=dict)
    """What the report prints as it is: command, data hash, versions, settings."""
    rejection: Rejection | None = None
    strangers: np.ndarray | None = None
    """Best scores of images of other things."""

    @property
    def reliability_before(self) -> Reliability:
        """Of the int8 form, before scaling."""
        return reliability(self.before, self.val.labels)

    @property
    def reliability_after(self) -> Reliability:
        """Of the int8 form, each tenth of val scaled with the temperature of the rest."""
        return held_out_reliability(self.before, self.val.labels)

    @property
    def calibration_floor(self) -> float:
        """Expected calibration error of scores that are exactly true, on as many images."""
        return calibration_floor(self.int8)

    def metrics(self) -> dict[str, Any]:
        """Figures for the card."""
        labels = self.val.labels
        figures = {
            'split': 'val', 'images': len(self.val), 'top1_fp32': _top1(self.fp32, labels),
            'top1_int8': _top1(self.int8, labels), 'top1_int8_grey': _top1(self.grey, labels),
            'agreement': round(agreement(self.int8, self.fp32), 4),
            'sqnr_db': round(sqnr_db(self.int8, self.fp32), 2),
            'temperature': round(self.temperature, 4),
            'ece_before': round(self.reliability_before.error, 4),
            'ece_after': round(self.reliability_after.error, 4),
            'ece_floor': round(self.calibration_floor, 4)}
        if self.rejection:
            figures['rejection'] = _rejection(self.rejection)
            if self.rejection.warning:
                figures['warning'] = self.rejection.warning
        return figures


def val_logits(path: Path, images: Iterable[np.ndarray], geometry: Geometry,
               progress: Callable[[int], None] = lambda done: None) -> np.ndarray:
    """Logits (images, classes) of an ONNX file of ours, through the one preprocess."""
    session, found = open_session(path), []
    for image in images:
        found.append(logits_of(session, preprocess(Pixels(image, None), geometry)))
        progress(len(found))
    return np.stack(found)


def look_at(spec: ModelSpec, val: Dataset, update: Callable[[int], None]) -> dict[str, Any]:
    """Run both forms on val, and int8 on val in grey; fields of :class:`Findings`."""
    found, latency_ms = {}, {}
    for number, precision in enumerate(('fp32', 'int8')):
        engine = Engine(spec, precision=precision)
        found[precision] = evaluate(engine, val.images, val.labels).logits
        latency_ms[precision] = _latency_ms(engine)
        update((number + 1) * len(val))
    found['grey'] = evaluate(engine, in_grey(val.images), val.labels).logits
    update(3 * len(val))
    return found | {'latency_ms': latency_ms}


def _latency_ms(engine: Engine) -> tuple[float, float]:
    geometry, times_ns = engine.spec.geometry, []
    tensor = np.full((1, geometry.height, geometry.width, 3), 128, np.uint8)
    engine.warm_up()
    for _ in range(RUNS):
        start = perf_counter_ns()
        engine.run(tensor)
        times_ns.append(perf_counter_ns() - start)
    return min(times_ns) / 1e6, float(np.median(times_ns)) / 1e6


def _top1(logits: np.ndarray, labels: np.ndarray) -> float:
    return round(float((logits.argmax(1) == labels).mean()), 4)


def _rejection(found: Rejection) -> dict[str, Any]:
    figures = {'right_lost': round(found.right_lost, 4),
               'wrong_avoided': round(found.wrong_avoided, 4)}
    if found.strangers:
        figures |= {'strangers': found.strangers,
                    'strangers_rejected': round(found.strangers_rejected, 4),
                    'auroc': round(found.auroc, 4)}
    return figures
