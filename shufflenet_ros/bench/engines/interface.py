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

"""What each file of an engine offers, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
import subprocess

import numpy as np
from shufflenet_ros.bench.runner.comparison import Candidate

Calibration = Sequence[np.ndarray]
"""Uint8 tensors (1, height, width, 3) for the ranges of 8 bits; no image that is measured on."""
Factory = Callable[[Path, Path, Calibration], Candidate]
"""
From our fp32 ONNX file, a folder for converted files and calibration tensors to a candidate.

The engine's package is imported inside, so that a missing one is an ImportError. Each file has its
own under their names in the results, as ``FACTORIES``.
"""


class Absent(Exception):
    """This machine, or this converter, has no such candidate; the message says why."""


def convert(command: Sequence[str]) -> None:
    """
    Run a converter in a process of its own, so that a crash of it does not end the bench.

    Raises Absent with the last line that it printed.
    """
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        lines = done.stdout.decode(errors='replace').strip().splitlines()
        raise Absent(f'conversion failed with code {done.returncode}: '
                     f'{lines[-1] if lines else "no output"}')


def floats(tensor: np.ndarray) -> np.ndarray:
    """Uint8 (1, height, width, 3) to the network's float32 pixels (1, 3, height, width)."""
    return np.ascontiguousarray(tensor.transpose(0, 3, 1, 2), np.float32)
