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
Our engine in each of its forms, under their names in the results.

``ours_int8`` is what ``precision: int8`` runs: the fused operator where its library loads, else
the graph; ``ours_int8_graph`` is the graph, of onnxruntime's own operators.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.forms import entry_of
from shufflenet_ros.inference.model_card import ModelSpec
from shufflenet_ros.inference.onnx_runtime import ort
from shufflenet_ros.inference.sessions import open_session
from shufflenet_ros.native.library import (
    instruction_set,
    instruction_sets,
    library_path,
    VARIABLE,
)

PRECISIONS = {'ours_int8': 'int8', 'ours_int8_graph': 'int8_graph', 'ort_fp32': 'fp32'}
"""Name in the results to the precision that is asked for."""
FUSED = 'ours_int8 as fused operator'
"""What is absent where ``ours_int8`` is the graph."""
WITHOUT_DOT_PRODUCT = ('avx2', 'neon')
"""Instruction sets of cores that cannot multiply and add bytes in one instruction."""


def engines_of(spec: ModelSpec) -> tuple[dict[str, Engine], dict[str, str]]:
    """Load a model in each form: engines by name, and why there is no fused operator."""
    engines = {name: Engine(spec, precision=precision) for name, precision in PRECISIONS.items()}
    reason = engines['ours_int8'].why_graph
    return engines, {FUSED: reason} if reason else {}


def engines_without_dot_product(spec: ModelSpec) -> dict[str, Engine]:
    """Load the fused operator as a core without dot products of bytes runs it; {} on such one."""
    if why_no_operator() or not spec.has_form(*entry_of('int8_native')):
        return {}
    found = {}
    if instruction_set() not in WITHOUT_DOT_PRODUCT:
        for name in set(WITHOUT_DOT_PRODUCT).intersection(instruction_sets()):
            with _instruction_set(name):
                found[f'ours_int8_{name}'] = Engine(spec, precision='int8_native')
    return found


def why_no_operator() -> dict[str, str]:
    """Say why the fused operator cannot be had here; {} where it can."""
    try:
        library_path()
    except ConfigurationError as error:
        return {FUSED: str(error)}
    return {}


def operator_session(path: Path) -> ort.InferenceSession:
    """Open a file of the fused operator; ConfigurationError where there is no library."""
    return open_session(path, library=library_path())


@contextmanager
def _instruction_set(name: str) -> Iterator[None]:
    """Let operators that are made meanwhile take this instruction set, and keep it."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = name
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
