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

"""
The network that training starts from: a published checkpoint, or another model folder.

A model folder holds convolutions with their batch normalisation folded in. Training wants it
back, so the mean and the variance of each convolution's outputs are measured on training images
and become the statistics of a normalisation whose gain and shift give the very same outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from shufflenet_ros.core.errors import ModelError, one_line
from shufflenet_ros.downloads.catalogue import checkpoint_path
from shufflenet_ros.inference.model_card import CARD, find_model, load_model
from shufflenet_ros.process.files import sha256_of
from shufflenet_ros.training.network import ConvBn, Conventions, ShuffleNetV1, Variant
from shufflenet_ros.training.weights.published_checkpoints import load_checkpoint, PYTORCHCV
import torch
from torch import nn, Tensor

BATCH = 50

Start = Callable[[Tensor], ShuffleNetV1]
"""Makes the network, of some training images as pixels (N, 3, H, W)."""


def find_start(name_or_path: str, shipped: Path) -> tuple[Start, str]:
    """
    Find the weights to start from, and their SHA-256.

    A file, or the name of one that ``shufflenet_ros fetch`` gets, is a checkpoint of the authors
    or of pytorchcv; a folder, or the name of a shipped model, is a model folder.
    Raises ModelError where there is none or it cannot be used, and DownloadError where a name of
    the catalogue is not fetched yet.
    """
    path = checkpoint_path(name_or_path)
    # A file that is called like a shipped model by chance hides nothing.
    is_shipped = path.name == name_or_path and (shipped / path / CARD).is_file()
    if path.is_file() and not is_shipped:
        network, _ = load_checkpoint(path)
        return lambda pixels: network, sha256_of(path)
    try:
        spec = load_model(find_model(name_or_path, shipped))
    except ModelError as error:
        raise ModelError(f'{error}; --from takes a checkpoint file or a model, or a checkpoint '
                         'that "shufflenet_ros fetch" lists') from error
    network = unfold(spec.onnx_path('fp32'), _variant(spec.card))
    return (lambda pixels: measure_norms(network, pixels)), sha256_of(spec.onnx_path('fp32'))


def unfold(path: Path, variant: Variant) -> ShuffleNetV1:
    """
    Read the convolutions of an fp32 file that ``quantization/fp32_graph.py`` wrote.

    Their normalisations change nothing yet. Raises ModelError where a layer is missing or has
    another shape than the variant wants.
    """
    layers = list(_layers(path))
    classes = len(layers[-1][1]) if layers else 1
    network = ShuffleNetV1(variant, classes, _conventions(path)).eval()
    places = [module for module in network.modules() if isinstance(module, ConvBn)]
    if len(layers) != len(places) + 1:
        raise ModelError(f'{path}: {len(layers)} layers, expected {len(places) + 1} of a '
                         f'ShuffleNet {variant.width}x g={variant.groups}; give another --from')
    try:
        with torch.no_grad():
            for place, (weight, bias) in zip(places, layers):
                place.convolution.weight.copy_(torch.from_numpy(weight.copy()))
                _set_norm(place.norm, torch.from_numpy(bias.copy()), torch.zeros(len(bias)),
                          torch.full((len(bias),), 1 - place.norm.eps))
            network.classifier.weight.copy_(torch.from_numpy(layers[-1][0].copy()))
            if network.classifier.bias is not None:
                network.classifier.bias.copy_(torch.from_numpy(layers[-1][1].copy()))
    except RuntimeError as error:
        raise ModelError(f'{path}: {one_line(error)}') from error
    return network


@torch.no_grad()
def measure_norms(network: ShuffleNetV1, pixels: Tensor) -> ShuffleNetV1:
    """Give each normalisation the statistics of these pixels; the network's outputs stay."""
    sums: dict[nn.Module, Tensor] = {}

    def add(layer: nn.Module, inputs: tuple, output: Tensor) -> None:
        values = output.double()
        new = torch.stack([values.sum((0, 2, 3)), (values ** 2).sum((0, 2, 3)),
                           torch.full((values.shape[1],), values[:, 0].numel()).double()])
        sums[layer] = sums[layer] + new if layer in sums else new

    places = [module for module in network.modules() if isinstance(module, ConvBn)]
    hooks = [place.convolution.register_forward_hook(add) for place in places]
    for part in pixels.split(BATCH):
        network.eval()(part)
    for place, hook in zip(places, hooks):
        hook.remove()
        total, squares, count = sums[place.convolution]
        mean = total / count
        _set_norm(place.norm, place.norm.bias.clone(), mean, squares / count - mean ** 2)
    return network


def _set_norm(norm: nn.BatchNorm2d, bias: Tensor, mean: Tensor, variance: Tensor) -> None:
    """Set statistics, and the gain and shift with which the outputs are the inputs plus bias."""
    variance = variance.clamp(min=0)
    assert norm.running_mean is not None and norm.running_var is not None  # of every ConvBn
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_((variance + norm.eps).sqrt())
    norm.bias.copy_(bias + mean)


def _conventions(path: Path) -> Conventions:
    """Tell by the subtracted mean, which no file of the authors' conventions has."""
    kinds = {node.op_type for node in onnx.load(str(path)).graph.node}
    return PYTORCHCV.conventions if 'Sub' in kinds else Conventions()


def _layers(path: Path) -> Iterator[tuple[np.ndarray, ...]]:
    """Weight and bias of each layer, in order."""
    graph = onnx.load(str(path)).graph
    constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    for node in graph.node:
        if node.op_type in ('Conv', 'Gemm'):
            yield tuple(np.asarray(constants[name], np.float32) for name in node.input[1:3])


def _variant(card: dict) -> Variant:
    try:
        return Variant(card['groups'], card['width'])
    except (KeyError, ValueError) as error:
        raise ModelError(f'model {card.get("name")!r}: no ShuffleNet v1 that is known here '
                         f'({error})') from error
