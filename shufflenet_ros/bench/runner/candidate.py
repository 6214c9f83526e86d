"""What the bench times: an engine's own input goes in, logits come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


def _as_is(tensor: np.ndarray) -> Any:
    return tensor


@dataclass(frozen=True, slots=True)
class Candidate:
    """One engine with one network, ready to be timed."""

    run: Callable[[Any], np.ndarray]
    """Native input to logits, float32 (classes,): this is what is timed."""
    prepare: Callable[[np.ndarray], Any] = _as_is
    """
    Uint8 tensor (1, height, width, 3) RGB to the engine's native input.

    It is not timed, so that conversion to float is not held against an engine that wants floats.
    """
