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

"""int8 or fp32: which one of a model is faster on this machine, measured."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.forms import int8_form
from shufflenet_ros.inference.model_card import ModelSpec
from shufflenet_ros.inference.sessions import CPU

PRECISIONS = ('int8', 'fp32')
FP32_SHARE = 0.9
"""fp32 must take less than this share of the time of int8 to be preferred to it."""


def available_precisions(spec: ModelSpec) -> list[str]:
    """List the precisions of which a model has files."""
    return [precision for precision in PRECISIONS if spec.has(precision)]


def fastest_engine(spec: ModelSpec, *, intra_op_num_threads: int = 1, allow_spinning: bool = False,
                   execution_providers: Sequence[str] = (CPU,),
                   ) -> tuple[Engine, dict[str, float]]:
    """
    Load int8 and fp32, keep the faster engine, and give the time of each (ms) by precision.

    Which one is faster depends on the instructions of the core: int8 needs dot products of bytes
    (VNNI on x86, dotprod on ARM) to win. Settings and errors are those of :class:`Engine`.
    """
    available = available_precisions(spec)
    if not available:
        spec.onnx_path('int8', int8_form())  # raises the error that says what is missing
    engines = {precision: Engine(
        spec, precision=precision, intra_op_num_threads=intra_op_num_threads,
        allow_spinning=allow_spinning, execution_providers=execution_providers)
        for precision in available}
    times_ms = {precision: engine.fastest_ms() for precision, engine in engines.items()}
    prefers_fp32 = times_ms.get('fp32', inf) < FP32_SHARE * times_ms.get('int8', inf)
    return engines['fp32' if prefers_fp32 else 'int8'], times_ms
