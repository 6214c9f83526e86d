"""
From trained float weights to int8: the steps in order.

Calibration images come from the training split only and pass through the one preprocess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from shufflenet_ros.core.encodings.decode import Pixels
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.quantization.equalize import equalize
from shufflenet_ros.quantization.folded_network import FoldedNetwork
from shufflenet_ros.quantization.forward import run
from shufflenet_ros.quantization.ranges import best_grids, Grid, measure
from shufflenet_ros.quantization.reconstruct import quantize_weights
from shufflenet_ros.quantization.rewrite import with_one_border


@dataclass(frozen=True, slots=True)
class Quantized:
    """A network whose weights have int8 steps, and the uint8 grid of every activation."""

    network: FoldedNetwork
    grids: dict[str, Grid]

    def simulate(self, pixels: Tensor) -> Tensor:
        """Logits (N, classes) as the int8 graph gives them, in float arithmetic."""
        return run(self.network, pixels, lambda name, x: self.grids[name].apply(x))


def quantize(network: FoldedNetwork, pixels: Tensor, seed: int = 0,
             after_unit: Callable[[int], None] = lambda done: None) -> Quantized:
    """
    Equalize, find the grids, and round the weights, on pixels (N, 3, H, W) 0-255.

    ``after_unit`` hears how many units are done.
    """
    network = with_one_border(network)
    network = equalize(network, measure(network, pixels, seed))
    grids = best_grids(measure(network, pixels, seed))
    return Quantized(quantize_weights(network, grids, pixels, seed, after_unit), grids)


def calibration_pixels(images: Sequence[np.ndarray], geometry: Geometry) -> Tensor:
    """RGB uint8 images of any size as the network sees them: float (N, 3, H, W)."""
    tensors = [preprocess(Pixels(image, None), geometry) for image in images]
    return torch.from_numpy(np.concatenate(tensors)).permute(0, 3, 1, 2).float()
