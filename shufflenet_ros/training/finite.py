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

"""Weights that are no numbers: which tensor they are in, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

VARIANCE = 'running_var'


def fault_of(tensors: Mapping[str, Tensor]) -> str:
    """Name the first tensor with NaN or infinity, or with a negative variance; empty for none."""
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            continue
        broken = int((~tensor.isfinite()).sum())
        if broken:
            return f'tensor {name!r} holds NaN or infinity in {broken} of {tensor.numel()} values'
        if name.endswith(VARIANCE) and (tensor < 0).any():
            return f'tensor {name!r} holds a variance below 0'
    return ''
