"""
Read the authors' published checkpoints (Megvii ShuffleNet-Series) into our network.

Their layers have other names, their first convolution takes BGR, and they shuffle after the
depthwise convolution where the paper and we do it before. All three are settled here, exactly.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from torch import Tensor

from shufflenet_ros.analysis.variant import STAGE2_CHANNELS, STEM_CHANNELS, Variant
from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.training.network import channel_shuffle, ShuffleNetV1

LAYERS = {
    'compress.0': 'branch_main_1.0', 'compress.1': 'branch_main_1.1',
    'depthwise.0': 'branch_main_1.3', 'depthwise.1': 'branch_main_1.4',
    'expand.0': 'branch_main_2.0', 'expand.1': 'branch_main_2.1'}
"""Layers of our unit to theirs; ``N.weight`` and so on follow."""


def load_official(path: str | Path) -> ShuffleNetV1:
    """
    Load the network of an official checkpoint, in evaluation mode.

    Raises ModelError where the file cannot be read or is not of this family: every tensor in it
    must find its place, and every place a tensor.
    """
    path = Path(path)
    state = _read_state(path)
    network = ShuffleNetV1(_variant_of(path, state), _shape(path, state, 'classifier.0.weight')[0])
    own = network.state_dict()
    names = {name: _official_name(name) for name in own}
    if set(names.values()) != set(state):
        odd = sorted(set(names.values()) ^ set(state))
        raise ModelError(f'{path}: not an official ShuffleNet v1 checkpoint: {len(odd)} tensors '
                         f'are missing or unknown, {odd[0]!r} among them')
    groups = network.variant.groups
    try:
        network.load_state_dict({
            name: _adapt(name, state[theirs], groups) for name, theirs in names.items()})
    except RuntimeError as error:
        raise ModelError(f'{path}: {" ".join(str(error).split())}') from error
    return network.eval()


def _read_state(path: Path) -> dict[str, Tensor]:
    try:
        content = torch.load(path, map_location='cpu', weights_only=True)
        state = content.get('state_dict', content)
        return {name.removeprefix('module.'): tensor for name, tensor in state.items()}
    except OSError as error:
        raise ModelError(f'{path}: cannot be read ({error.strerror})') from error
    except (RuntimeError, pickle.UnpicklingError, EOFError, AttributeError) as error:
        raise ModelError(f'{path}: not a PyTorch checkpoint of tensors') from error


def _shape(path: Path, state: dict[str, Tensor], name: str) -> torch.Size:
    if name not in state:
        raise ModelError(f'{path}: not an official ShuffleNet v1 checkpoint: no tensor {name!r}')
    return state[name].shape


def _variant_of(path: Path, state: dict[str, Tensor]) -> Variant:
    stem = _shape(path, state, 'first_conv.0.weight')[0]
    features = _shape(path, state, 'classifier.0.weight')[1]
    for groups in STAGE2_CHANNELS:
        for width in STEM_CHANNELS:
            variant = Variant(groups, width)
            if (stem, features) == (variant.stem_channels, variant.stage_channels[-1]):
                return variant
    raise ModelError(f'{path}: no variant of the paper has {stem} stem and {features} feature '
                     'channels')


def _official_name(name: str) -> str:
    parts = name.split('.')
    if parts[0] == 'stem':
        return f'first_conv.{".".join(parts[1:])}'
    if parts[0] == 'classifier':
        return f'classifier.0.{parts[1]}'
    return f'features.{parts[1]}.{LAYERS[".".join(parts[2:4])]}.{parts[4]}'


def _adapt(name: str, tensor: Tensor, groups: int) -> Tensor:
    if name == 'stem.0.weight':
        return tensor.flip(1)  # BGR to RGB
    if '.depthwise.' in name and tensor.dim():
        # They shuffle the outputs of the depthwise convolution; we shuffle its inputs.
        return channel_shuffle(tensor.reshape(1, len(tensor), -1, 1), groups).view_as(tensor)
    return tensor
