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

"""PyTorch, checked and set up for a training."""

from __future__ import annotations

import re

import cv2
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.training.fine_tuning.data_parallel import HALVES
from shufflenet_ros.training.request import TrainingRequest
import torch

OLDEST = (2, 4)
"""Whose AdamW is fused on a CPU."""


def set_up_pytorch(request: TrainingRequest) -> None:
    """
    Share the threads of a request between the halves of a batch.

    Raises ConfigurationError where PyTorch is too old, or cannot use the device.
    """
    _check_version()
    _check_device(request.device)
    torch.set_num_threads(max(1, request.learning_threads() // HALVES))
    cv2.setNumThreads(1)  # its pool would fight with PyTorch's for the cores


def _check_version() -> None:
    version = tuple(map(int, re.findall(r'\d+', torch.__version__)[:2]))
    if version < OLDEST:
        raise ConfigurationError(
            f'PyTorch {torch.__version__}: training needs {".".join(map(str, OLDEST))} or '
            'later; install a newer one that is made for this machine (pip install -U torch)')


def _check_device(name: str) -> None:
    try:
        torch.ones(1, device=name).sum().item()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigurationError(
            f'--device {name}: PyTorch {torch.__version__} cannot use it ({reason}); leave the '
            'option out to train on the CPU, or install the PyTorch of your device') from error
