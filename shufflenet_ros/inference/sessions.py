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
Sessions of onnxruntime: which execution providers there are, how an ONNX file is opened and run.

Settings carry onnxruntime's own names.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np
from shufflenet_ros.core.errors import ConfigurationError, ModelError, one_line
from shufflenet_ros.inference.model_card import INPUT, OUTPUT
from shufflenet_ros.inference.onnx_runtime import ort

CPU = 'CPUExecutionProvider'
SHORT_NAMES = {
    'TensorRT': 'TensorrtExecutionProvider', 'CUDA': 'CUDAExecutionProvider',
    'OpenVINO': 'OpenVINOExecutionProvider', 'XNNPACK': 'XnnpackExecutionProvider',
    'ACL': 'ACLExecutionProvider', 'CPU': CPU}
"""Execution providers as people call them, and as onnxruntime does."""


class SessionSettings(TypedDict):
    """How a session is opened; see :class:`shufflenet_ros.inference.engine.Engine`."""

    intra_op_num_threads: int
    allow_spinning: bool
    execution_providers: Sequence[str]


def open_session(path: Path, intra_op_num_threads: int = 1, allow_spinning: bool = False,
                 execution_providers: Sequence[str] = (CPU,),
                 library: Path | None = None) -> ort.InferenceSession:
    """
    Load an ONNX file.

    ``execution_providers`` have onnxruntime's own names, in order; ``library`` holds the operators
    of the file that are not onnxruntime's. Raises ModelError where the file cannot be loaded.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = intra_op_num_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry(
        'session.intra_op.allow_spinning', '1' if allow_spinning else '0')
    try:
        if library is not None:
            options.register_custom_ops_library(str(library))
        return ort.InferenceSession(str(path), options, providers=list(execution_providers))
    except Exception as error:  # onnxruntime's errors share no base class of their own
        reason = one_line(error)
        raise ModelError(f'{path}: onnxruntime cannot load it ({reason})') from error


def logits_of(session: ort.InferenceSession, tensor: np.ndarray) -> np.ndarray:
    """Run a network of ours: uint8 (1, height, width, 3) to float32 logits (classes,)."""
    return session.run((OUTPUT,), {INPUT: tensor})[0][0]


def full_provider_names(execution_providers: Sequence[str]) -> tuple[str, ...]:
    """
    Spell short names of execution providers out as onnxruntime does.

    Raises ConfigurationError for an empty list and for a provider that this onnxruntime lacks.
    """
    available = ort.get_available_providers()
    if not execution_providers:
        raise ConfigurationError(
            f'no execution provider: name at least one of {", ".join(available)}')
    names = tuple(SHORT_NAMES.get(name, name) for name in execution_providers)
    for given, name in zip(execution_providers, names):
        if name not in available:
            raise ConfigurationError(
                f'execution provider {given!r} is not in this onnxruntime: available are '
                f'{", ".join(available)}')
    return names
