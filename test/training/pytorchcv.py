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
The network of pytorchcv as plain functions over its tensors: an independent reference.

Written after the description of that package's ShuffleNet: RGB normalised by ImageNet's mean and
standard deviation, the paper's shuffle ``(g, C / g)`` before the depthwise convolution, the branch
before the averaged shortcut in units of stride 2, a classifier with bias.
"""

import torch
from torch.nn import functional

UNITS = (4, 8, 4)
MEAN, STANDARD_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def random_state(groups, stem, stages, classes=11, seed=0):
    """Make a checkpoint with random weights and statistics, in pytorchcv's naming."""
    generator = torch.Generator().manual_seed(seed)
    state = {}

    def add(conv, norm, outputs, inputs, kernel=1):
        scale = (inputs * kernel * kernel) ** -0.5
        state[f'{conv}.weight'] = scale * torch.randn(
            (outputs, inputs, kernel, kernel), generator=generator)
        for name in ('weight', 'bias', 'running_mean', 'running_var'):
            state[f'{norm}.{name}'] = torch.rand(outputs, generator=generator) + 0.5
        state[f'{norm}.num_batches_tracked'] = torch.tensor(1)

    add('features.init_block.conv', 'features.init_block.bn', stem, 3, 3)
    inputs = stem
    for stage, (outputs, count) in enumerate(zip(stages, UNITS), 1):
        for unit in range(1, count + 1):
            name, inner = f'features.stage{stage}.unit{unit}', outputs // 4
            grouped = groups if (stage, unit) != (1, 1) else 1
            branch = outputs - inputs if unit == 1 else outputs
            add(f'{name}.compress_conv1', f'{name}.compress_bn1', inner, inputs // grouped)
            add(f'{name}.dw_conv2', f'{name}.dw_bn2', inner, 1, 3)
            add(f'{name}.expand_conv3', f'{name}.expand_bn3', branch, inner // groups)
            inputs = outputs
    state['output.weight'] = torch.randn((classes, inputs), generator=generator) / inputs ** 0.5
    state['output.bias'] = torch.randn(classes, generator=generator)
    return state


def forward(state, rgb, groups):
    """Logits (N, classes) of RGB pixels 0-255 (N, 3, H, W)."""
    def conv_bn(x, conv, norm, stride=1, padding=0, split=1):
        x = functional.conv2d(x, state[f'{conv}.weight'], None, stride, padding, 1, split)
        return functional.batch_norm(
            x, state[f'{norm}.running_mean'], state[f'{norm}.running_var'],
            state[f'{norm}.weight'], state[f'{norm}.bias'])

    mean, deviation = (torch.tensor(values)[:, None, None]
                       for values in (MEAN, STANDARD_DEVIATION))
    x = (rgb / 255 - mean) / deviation
    x = functional.relu(conv_bn(
        x, 'features.init_block.conv', 'features.init_block.bn', 2, 1))
    x = functional.max_pool2d(x, 3, 2, 1)
    for stage, count in enumerate(UNITS, 1):
        for unit in range(1, count + 1):
            name, stride = f'features.stage{stage}.unit{unit}', 2 if unit == 1 else 1
            grouped = groups if (stage, unit) != (1, 1) else 1
            y = functional.relu(conv_bn(
                x, f'{name}.compress_conv1', f'{name}.compress_bn1', split=grouped))
            shape = y.shape
            y = y.reshape(shape[0], groups, -1, *shape[2:]).swapaxes(1, 2).reshape(shape)
            y = conv_bn(y, f'{name}.dw_conv2', f'{name}.dw_bn2', stride, 1, shape[1])
            y = conv_bn(y, f'{name}.expand_conv3', f'{name}.expand_bn3', split=groups)
            if stride == 2:
                x = torch.cat((y, functional.avg_pool2d(x, 3, 2, 1)), 1)
            else:
                x = x + y
            x = functional.relu(x)
    return x.mean((2, 3)) @ state['output.weight'].T + state['output.bias']
