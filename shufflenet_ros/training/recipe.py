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
Everything that decides about a trained model besides data and start weights, with its defaults.

Each field with a help text is an option of ``shufflenet_ros train`` (``average_decay`` is
``--average-decay``). Standard library alone: the command line reads this file for its help.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from math import inf
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError


def _option(default: Any, text: str, lowest: float, highest: float = inf) -> Any:
    return field(default=default, metadata={'help': text, 'range': (lowest, highest)})


def _share(default: float, text: str) -> Any:
    return _option(default, text, 0, 1)


@dataclass(frozen=True, slots=True)
class AugmentationSettings:
    """
    How strongly images are changed in training; shares are of the images.

    Raises ConfigurationError for a value out of its range.
    """

    smallest_crop: float = _option(
        0.3, "smallest part of an image's area that a random crop keeps", 0.01, 1)
    quarter_turns: bool = False
    """For downward cameras, where every heading is as likely."""
    flip: float = _share(0.5, 'share of images mirrored left to right; 0 where sides mean '
                              'something (text, arrows)')
    grey: float = _share(0.2, 'share of images turned grey: many robots carry mono cameras')
    low_resolution: float = _share(0.15, 'share of images from a coarser camera')
    motion_blur: float = _share(0.15, 'share of images blurred by motion')
    blur: float = _share(0.2, 'share of images out of focus')
    exposure: float = _share(0.3, 'share of images with another gamma: dark or washed out')
    noise: float = _share(0.1, 'share of images with the noise of a dark scene')
    strength: float = _option(
        0.4, 'largest change of brightness, contrast and saturation', 0, 0.9)

    def __post_init__(self) -> None:
        _check_ranges(self)


@dataclass(frozen=True, slots=True)
class Settings:
    """The recipe. Raises ConfigurationError for a value out of its range."""

    epochs: int = _option(100, 'passes over the training images', 1)
    sizes: tuple[float, ...] = _option(
        (0.7, 0.8, 0.9, 1.0), 'sides of the training images, drawn for each batch, as shares of '
        '--size; rounded to multiples of 16 pixels', 0.1, 2)
    end_share: float = _option(
        0.15, 'last share of the steps, which sees images of the whole --size', 0, 1)
    batch: int = _option(64, 'images of one step', 2)
    learning_rate: float = _option(1.5e-3, 'highest learning rate', 1e-7, 10)
    head_factor: float = _option(
        3.0, 'how much faster the new classifier learns than the rest', 0.01, 1000)
    weight_decay: float = _option(0.05, 'of AdamW', 0, 1)
    label_smoothing: float = _option(0.1, 'share of the target spread over all classes', 0, 0.9)
    warm_up_steps: int = _option(40, 'steps in which the learning rate rises', 0)
    average_decay: float = _option(
        0.999, 'of the moving average of the weights, which becomes the model', 0, 0.99999)
    clip_norm: float = _option(5.0, 'longest gradient', 1e-6)
    balance: float = _option(
        0.5, 'how often rare classes are drawn: 0 as the images come, 1 all classes alike', 0, 1)
    mixup: float = _option(
        0.0, 'alpha of mixup (two images blended), in half of the batches; 0 for none', 0, 10)
    cutmix: float = _option(
        0.0, 'alpha of cutmix (a part of another image), in the other half; 0 for none', 0, 10)
    patience: int = _option(
        0, 'stop after so many epochs in which val has not improved, and take the best; 0 for '
        'never', 0)
    seed: int = _option(0, 'of everything random', 0, 2 ** 31)
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)

    def __post_init__(self) -> None:
        _check_ranges(self)

    def sides(self, size: int) -> tuple[int, ...]:
        """List what batches are drawn from (pixels) for a model whose input has that side."""
        return tuple(max(32, round(size * share / 16) * 16) for share in self.sizes)


def fast(settings: Settings) -> Settings:
    """
    Shorten a recipe: small images for most of it, which are changed less.

    Small images cost less than few epochs do (docs/train.md).
    """
    return replace(
        settings, sizes=(0.5, 0.6, 0.7), patience=0, augmentation=replace(
            settings.augmentation, grey=0.1, low_resolution=0.1, noise=0.05, strength=0.35))


def option_name(name: str) -> str:
    """Name of a field on the command line."""
    return f'--{name.replace("_", "-")}'


def _check_ranges(settings: Settings | AugmentationSettings) -> None:
    """Raise ConfigurationError for the first field whose value is out of its declared range."""
    for one in fields(settings):
        if 'range' not in one.metadata:
            continue
        low, high = one.metadata['range']
        value = getattr(settings, one.name)
        values = value if isinstance(value, tuple) else (value,)
        # Written this way round, nan is refused as well.
        if not values or not all(low <= number <= high for number in values):
            shown = ','.join(map(str, values))
            limit = f'at least {low}' if high == inf else f'{low} to {high}'
            raise ConfigurationError(f'{option_name(one.name)} {shown}: expected {limit}')
