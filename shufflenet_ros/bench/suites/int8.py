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
Our int8 against fp32 and against what onnxruntime's own quantizer makes of the same model.

``ours_int8`` and ``ours_int8_graph``: see :mod:`shufflenet_ros.bench.engines.ours`.
``ours_int8_avx2`` (on ARM ``_neon``) is the first as a core without dot products of bytes has it.

``ort_qdq_s8s8`` and ``ort_qdq_u8s8`` are what it makes of the graph that exporters write,
``..._gather`` what it makes of our fp32 file; see
:mod:`shufflenet_ros.bench.engines.onnxruntime_qdq`.
"""

from __future__ import annotations

from collections.abc import Iterator

from shufflenet_ros.bench.engines import onnxruntime_qdq as qdq
from shufflenet_ros.bench.engines.ours import engines_of, engines_without_dot_product
from shufflenet_ros.bench.runner.comparison import Candidate, Comparison, Entry, Results, run_all
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.inference.model_card import ModelSpec

ROUNDS = 300
PAPER_SIZE = (224, 224)
QDQ = {f'ort_qdq_{types}{suffix}': (make, types)
       for make, suffix in ((qdq.as_exported, ''), (qdq.as_it_is, '_gather'))
       for types in qdq.TYPES}


def measure(request: BenchRequest) -> Results:
    """Run the comparisons of :func:`comparisons`, and what a core without dot products loses."""
    return run_all(_with_older_cores(request), request.rounds or ROUNDS, request.warm_up)


def comparisons(request: BenchRequest) -> Iterator[Comparison]:
    """Give one for each size: the model's own and the paper's, unless others are asked for."""
    for height, width in sizes_of(request):
        spec = resized(request, height, width)
        entries, absent = onnxruntime_entries(spec, request)
        yield Comparison('int8', height, width, entries, request.tensors(height, width),
                         absent=absent)


def sizes_of(request: BenchRequest) -> tuple[tuple[int, int], ...]:
    """Give the sizes asked for, else the model's own and the paper's."""
    geometry = request.spec.geometry
    return request.sizes or tuple(dict.fromkeys(((geometry.height, geometry.width), PAPER_SIZE)))


def resized(request: BenchRequest, height: int, width: int) -> ModelSpec:
    """Give the model for that size; only another size than its own needs the package onnx."""
    geometry = request.spec.geometry
    if (height, width) == (geometry.height, geometry.width):
        return request.spec
    from shufflenet_ros.bench.networks.resized import at_size
    return at_size(request.spec, height, width, request.folder)


def onnxruntime_entries(spec: ModelSpec,
                        request: BenchRequest) -> tuple[list[Entry], dict[str, str]]:
    """Make all entries of onnxruntime for one model, and say why one is absent."""
    geometry = spec.geometry
    calibration = request.calibration(geometry.height, geometry.width)
    engines, absent = engines_of(spec)
    found = [Entry(name, spec.name, Candidate(engine.run), {'form': engine.full_name})
             for name, engine in engines.items()]
    for name, (make, types) in QDQ.items():
        try:
            candidate = make(spec.onnx_path('fp32'), types, calibration, request.folder)
        except ImportError as error:
            absent[name] = f'{error}; pip install onnx'
        else:
            found.append(Entry(name, spec.name, candidate))
    return found, absent


def _with_older_cores(request: BenchRequest) -> Iterator[Comparison]:
    for comparison in comparisons(request):
        spec = resized(request, comparison.height, comparison.width)
        comparison.entries += [
            Entry(name, spec.name, Candidate(engine.run),
                  {'form': f'int8_native {name.rpartition("_")[2]}'})
            for name, engine in engines_without_dot_product(spec).items()]
        yield comparison
