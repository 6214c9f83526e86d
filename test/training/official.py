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
The authors' network as plain functions over their tensors: an independent reference.

Written after the description of the published weights: BGR 0-255, stage-2 first pointwise
convolution dense, shuffle between the depthwise and the second pointwise convolution as
``(C / g, g)``, ReLU on the branch before the concatenation.
"""

import numpy as np
import torch
from torch.nn import functional

REPEATS = (4, 8, 4)


def forward(state, bgr, groups):
    """Logits (N, classes) of BGR pixels (N, 3, H, W) with the tensors of a checkpoint."""
    def conv_bn(x, conv, norm, stride=1, padding=0, split=1):
        x = functional.conv2d(x, state[f'{conv}.weight'], None, stride, padding, 1, split)
        return functional.batch_norm(
            x, state[f'{norm}.running_mean'], state[f'{norm}.running_var'],
            state[f'{norm}.weight'], state[f'{norm}.bias'])

    x = functional.relu(conv_bn(bgr, 'first_conv.0', 'first_conv.1', 2, 1))
    x = functional.max_pool2d(x, 3, 2, 1)
    for index in range(sum(REPEATS)):
        one, two = (f'features.{index}.branch_main_{part}' for part in (1, 2))
        stride = 2 if index in np.cumsum((0, *REPEATS)) else 1
        y = functional.relu(conv_bn(x, f'{one}.0', f'{one}.1', split=groups if index else 1))
        y = conv_bn(y, f'{one}.3', f'{one}.4', stride, 1, y.shape[1])
        order = np.arange(y.shape[1]).reshape(-1, groups).T.ravel()
        y = conv_bn(y[:, order], f'{two}.0', f'{two}.1', split=groups)
        if stride == 2:
            x = torch.cat((functional.avg_pool2d(x, 3, 2, 1), functional.relu(y)), 1)
        else:
            x = functional.relu(x + y)
    return x.mean((2, 3)) @ state['classifier.0.weight'].T
