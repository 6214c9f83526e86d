"""Multiply-adds and parameters of a network, counted the way the paper counts them."""

from __future__ import annotations

import torch
from torch import nn


def multiply_adds(network: nn.Module, height: int = 224, width: int = 224) -> int:
    """
    Multiply-adds of the convolutions and linear layers for one image (1, 3, height, width).

    Like the paper's "FLOPs", without normalisation, pooling and element-wise layers.
    """
    counts = []

    def count(layer: nn.Conv2d | nn.Linear, inputs: tuple, output: torch.Tensor) -> None:
        # Each weight is used once at every place of the output: (N, C, H, W), or (N, C).
        counts.append(layer.weight.numel() * output[0, 0].numel())

    hooks = [layer.register_forward_hook(count) for layer in network.modules()
             if isinstance(layer, (nn.Conv2d, nn.Linear))]
    training = network.training
    try:
        with torch.no_grad():
            network.eval()(torch.zeros(1, 3, height, width))
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    return sum(counts)


def parameters(network: nn.Module) -> int:
    """Trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters())
