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

"""Under what conditions figures were measured: machine, versions, settings, data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
import hashlib
import os
import platform
import time
from typing import Any

import numpy as np
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.native.library import instruction_sets
from shufflenet_ros.process.machine import governor, processor, versions

PACKAGES = ('onnxruntime', 'onnx', 'numpy', 'opencv-python-headless', 'opencv-python')


def pin_to_one_core() -> int:
    """Keep this process on the last core it may use, and return that core's number."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


@contextmanager
def on_cores(cores: Set[int]) -> Iterator[None]:
    """Let this process, and those that it starts, use these cores for a while."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def environment(core: int) -> dict[str, Any]:
    """Describe the machine and the software of this process."""
    cpu = processor()
    return {
        'time': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
        'cpu': cpu.name, 'board': cpu.board, 'cpu_features': list(cpu.features),
        **_operator(), 'cores': os.cpu_count(), 'pinned_to_core': core,
        'governor': governor(core), 'load_average': os.getloadavg()[0],
        'machine': platform.machine(), 'system': platform.platform(),
        'python': platform.python_version(),
        'packages': dict(versions(PACKAGES))}


def hash_of(tensors: Sequence[np.ndarray]) -> str:
    """SHA-256 of the inputs of a run."""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.tobytes())
    return digest.hexdigest()


def _operator() -> dict[str, Any]:
    """Name the instruction sets of the fused operator, or why there is none."""
    try:
        return {'instruction_sets': instruction_sets()}
    except ConfigurationError as error:
        return {'instruction_sets': [], 'no_operator': str(error)}
