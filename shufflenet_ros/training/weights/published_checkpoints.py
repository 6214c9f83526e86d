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
Read published ShuffleNet v1 checkpoints into our network, exactly.

Two families are known by the names of their tensors. The authors' (Megvii ShuffleNet-Series) take
BGR and shuffle after the depthwise convolution, where the paper and we do it before; pytorchcv's
have the paper's shuffle, ImageNet's mean and standard deviation, the branch before the shortcut,
and a bias in the classifier. Groups and width follow from the shapes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
import pickle

from shufflenet_ros.architecture.variant import STAGE2_CHANNELS, STEM_CHANNELS, UNITS, Variant
from shufflenet_ros.core.errors import ModelError, one_line
from shufflenet_ros.training.finite import fault_of
from shufflenet_ros.training.network import channel_shuffle, Conventions, ShuffleNetV1
import torch
from torch import Tensor

LAYERS = {
    'compress.0': 'branch_main_1.0', 'compress.1': 'branch_main_1.1',
    'depthwise.0': 'branch_main_1.3', 'depthwise.1': 'branch_main_1.4',
    'expand.0': 'branch_main_2.0', 'expand.1': 'branch_main_2.1'}
"""Layers of our unit to the authors'; ``N.weight`` and so on follow."""
PYTORCHCV_LAYERS = {
    'compress.0': 'compress_conv1', 'compress.1': 'compress_bn1', 'depthwise.0': 'dw_conv2',
    'depthwise.1': 'dw_bn2', 'expand.0': 'expand_conv3', 'expand.1': 'expand_bn3'}
PYTORCHCV_STEM = {'0': 'conv', '1': 'bn'}
MEAN = (123.675, 116.28, 103.53)
STANDARD_DEVIATION = (58.395, 57.12, 57.375)
"""ImageNet's, RGB 0-255."""


@dataclass(frozen=True, slots=True)
class Naming:
    """One family: how it calls our tensors, what it does with them, and its conventions."""

    name: str
    tensor_of: Callable[[str], str]
    """Our tensor's name to theirs."""
    adapt: Callable[[str, Tensor, int], Tensor]
    """Our name, their tensor and the groups to our tensor."""
    conventions: Conventions


def load_official(path: str | Path) -> ShuffleNetV1:
    """
    Load the network of a checkpoint of the authors, in evaluation mode.

    Raises ModelError where the file cannot be read or is not of this family: every tensor in it
    must find its place, and every place a tensor.
    """
    path = Path(path)
    return _load(path, _read_state(path), OFFICIAL)


def load_checkpoint(path: str | Path) -> tuple[ShuffleNetV1, str]:
    """
    Load a network of either family, in evaluation mode, with the family's name.

    Raises ModelError like :func:`load_official`.
    """
    path = Path(path)
    state = _read_state(path)
    for naming in (OFFICIAL, PYTORCHCV):
        if naming.tensor_of('stem.0.weight') in state:
            return _load(path, state, naming), naming.name
    raise ModelError(
        f'{path}: not a ShuffleNet v1 checkpoint: neither '
        f'{OFFICIAL.tensor_of("stem.0.weight")!r} ({OFFICIAL.name}) nor '
        f'{PYTORCHCV.tensor_of("stem.0.weight")!r} ({PYTORCHCV.name}) among its '
        f'{len(state)} tensors{_first(state)}')


def _first(state: dict[str, Tensor]) -> str:
    return f', the first of which is {next(iter(state))!r}' if state else ''


def _read_state(path: Path) -> dict[str, Tensor]:
    try:
        content = torch.load(path, map_location='cpu', weights_only=True)
    except OSError as error:
        raise ModelError(f'{path}: cannot be read ({error.strerror})') from error
    except pickle.UnpicklingError as error:
        raise ModelError(
            f'{path}: not a PyTorch checkpoint of tensors: it is damaged, or holds code, which is '
            'never run') from error
    except Exception as error:  # a damaged file can make torch raise nearly anything
        raise ModelError(f'{path}: not a PyTorch checkpoint of tensors') from error
    state = content.get('state_dict', content) if isinstance(content, dict) else None
    if not isinstance(state, dict) or not all(
            isinstance(name, str) and isinstance(tensor, Tensor)
            for name, tensor in state.items()):
        raise ModelError(f'{path}: not a PyTorch checkpoint of tensors: expected a dictionary of '
                         'names and tensors')
    return {name.removeprefix('module.'): tensor for name, tensor in state.items()}


def _load(path: Path, state: dict[str, Tensor], naming: Naming) -> ShuffleNetV1:
    variant = _variant_of(path, state, naming)
    classes = _shape(path, state, naming, 'classifier.weight')[0]
    network = ShuffleNetV1(variant, classes, naming.conventions)
    names = {name: naming.tensor_of(name) for name in network.state_dict()}
    # Checkpoints of before PyTorch 0.4.1 do not count batches, which nothing here needs.
    counters = {theirs for theirs in names.values() if theirs.endswith('num_batches_tracked')}
    odd = sorted((set(names.values()) ^ set(state)) - counters)
    if odd:
        raise ModelError(f'{path}: not {naming.name} checkpoint: {len(odd)} tensors '
                         f'are missing or unknown, {odd[0]!r} among them')
    if fault := fault_of(state):
        raise ModelError(f'{path}: {fault}, expected numbers; get the checkpoint again')
    try:
        network.load_state_dict(network.state_dict() | {
            name: naming.adapt(name, state[theirs], variant.groups)
            for name, theirs in names.items() if theirs in state})
    except (RuntimeError, IndexError) as error:
        raise ModelError(f'{path}: {one_line(error)}') from error
    return network.eval()


def _shape(path: Path, state: dict[str, Tensor], naming: Naming, name: str) -> torch.Size:
    theirs = naming.tensor_of(name)
    if theirs not in state:
        raise ModelError(f'{path}: not {naming.name} checkpoint: no tensor {theirs!r}')
    return state[theirs].shape


def _variant_of(path: Path, state: dict[str, Tensor], naming: Naming) -> Variant:
    stem = _shape(path, state, naming, 'stem.0.weight')[0]
    features = _shape(path, state, naming, 'classifier.weight')[-1]
    # The second unit is the first with a grouped input.
    shape = _shape(path, state, naming, 'units.1.compress.0.weight')
    groups = features // 4 // max(1, shape[1] if len(shape) > 1 else 1)
    for variant in (Variant(*pair) for pair in product(STAGE2_CHANNELS, STEM_CHANNELS)):
        if (variant.stem_channels, variant.stage_channels[-1], variant.groups) == (
                stem, features, groups):
            return variant
    raise ModelError(f'{path}: no variant of the paper has {stem} stem and {features} feature '
                     f'channels in {groups} groups')


def _official_name(name: str) -> str:
    parts = name.split('.')
    if parts[0] == 'stem':
        return f'first_conv.{".".join(parts[1:])}'
    if parts[0] == 'classifier':
        return f'classifier.0.{parts[1]}'
    return f'features.{parts[1]}.{LAYERS[".".join(parts[2:4])]}.{parts[4]}'


def _adapt_official(name: str, tensor: Tensor, groups: int) -> Tensor:
    if name == 'stem.0.weight':
        return tensor.flip(1)  # BGR to RGB
    if '.depthwise.' in name and tensor.dim():
        # They shuffle the outputs of the depthwise convolution; we shuffle its inputs.
        return channel_shuffle(tensor.reshape(1, len(tensor), -1, 1), groups).view_as(tensor)
    return tensor


def _pytorchcv_name(name: str) -> str:
    parts = name.split('.')
    if parts[0] == 'stem':
        return f'features.init_block.{PYTORCHCV_STEM[parts[1]]}.{parts[2]}'
    if parts[0] == 'classifier':
        return f'output.{parts[1]}'
    stage, unit = next((stage, int(parts[1]) - sum(UNITS[:stage])) for stage in (2, 1, 0)
                       if int(parts[1]) >= sum(UNITS[:stage]))
    layer = PYTORCHCV_LAYERS['.'.join(parts[2:4])]
    return f'features.stage{stage + 1}.unit{unit + 1}.{layer}.{parts[4]}'


def _adapt_pytorchcv(name: str, tensor: Tensor, groups: int) -> Tensor:
    if name == 'stem.0.weight':
        return tensor / tensor.new_tensor(STANDARD_DEVIATION)[:, None, None]
    return tensor


OFFICIAL = Naming('an official ShuffleNet v1', _official_name, _adapt_official, Conventions())
PYTORCHCV = Naming('a pytorchcv ShuffleNet v1', _pytorchcv_name, _adapt_pytorchcv, Conventions(
    branch_first=True, mean=MEAN, classifier_bias=True, paper_shuffle=True))
