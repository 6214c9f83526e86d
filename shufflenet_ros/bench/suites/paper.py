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
The paper's comparison on this machine: AlexNet, and what else the paper names, against ShuffleNet.

All networks have random weights and 1000 classes; see ``networks``. At the larger sizes only
AlexNet and ShuffleNet 0.5x run, as in the paper's table 8.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from shufflenet_ros.architecture.layers import layers_of, totals
from shufflenet_ros.architecture.variant import Variant
from shufflenet_ros.bench.engines import onnxruntime_qdq as qdq
from shufflenet_ros.bench.engines.ours import operator_session, why_no_operator
from shufflenet_ros.bench.engines.registry import INSTALL
from shufflenet_ros.bench.networks.multiply_adds import multiply_adds, parameters
from shufflenet_ros.bench.networks.other_networks import write_network
from shufflenet_ros.bench.networks.untrained_shufflenet import rounded, untrained
from shufflenet_ros.bench.runner.comparison import Candidate, Comparison, Entry, Results, run_all
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.forms import int8_form
from shufflenet_ros.inference.sessions import logits_of, open_session
from shufflenet_ros.quantization.fp32_graph import write_fp32
from shufflenet_ros.quantization.int8_graph import write_int8
from shufflenet_ros.quantization.integers import integer_network
from shufflenet_ros.quantization.native_graph import write_native
from shufflenet_ros.quantization.quantize import calibration_pixels

ROUNDS = 30
CLASSES = 1000
SIZES = ((224, 224), (480, 640), (720, 1280))
"""Heights and widths of the paper's table 8."""
SHUFFLENETS = {
    'shufflenet_0.5x_g3': Variant(3, 0.5), 'shufflenet_0.5x_g8': Variant(8, 0.5),
    'shufflenet_1.0x_g3': Variant(3, 1.0)}
OTHERS = ('alexnet', 'vgg16', 'googlenet', 'squeezenet', 'resnet18', 'resnet50', 'resnext50',
          'mobilenet_v1_1.0', 'mobilenet_v2_1.0')
PAPER: dict[str, dict[str, Any]] = {
    'alexnet': {'multiply_adds': 720e6, 'top1_error': 42.8, 'ms': (184.0, 1156.7, 3633.9)},
    'vgg16': {'multiply_adds': 15300e6, 'top1_error': 28.5},
    'googlenet': {'multiply_adds': 1500e6, 'top1_error': 31.3},
    'squeezenet': {'multiply_adds': 833e6, 'top1_error': 42.5},
    'mobilenet_v1_1.0': {'multiply_adds': 569e6, 'top1_error': 29.4,
                         'ms': (110.0, 612.0, 1879.2)},
    'shufflenet_0.5x_g3': {'multiply_adds': 38e6, 'top1_error': 43.2,
                           'ms': (15.2, 87.4, 260.1)},
    'shufflenet_0.5x_g8': {'multiply_adds': 38e6, 'top1_error': 42.3},
    'shufflenet_1.0x_g3': {'multiply_adds': 140e6, 'top1_error': 32.6,
                           'ms': (37.8, 222.2, 684.5)},
}
"""
Figures of the paper (arXiv 1707.01083v2, tables 2, 5, 6 and 8): complexity at 224x224, ImageNet
error in per cent, and ms on one core of a Snapdragon 820 at ``SIZES``.
"""
CALIBRATION_IMAGES = 8
"""Enough to find ranges: accuracy means nothing here."""


def measure(request: BenchRequest) -> Results:
    """Run the comparisons of :func:`comparisons`."""
    return run_all(comparisons(request), request.rounds or ROUNDS, request.warm_up)


def comparisons(request: BenchRequest) -> Iterator[Comparison]:
    """Give one for each size."""
    for height, width in request.sizes or SIZES:
        small = (height, width) == SIZES[0] or (height, width) not in SIZES
        entries, absent = [], why_no_operator()
        for name in SHUFFLENETS if small else ('shufflenet_0.5x_g3',):
            entries += _shufflenet(name, height, width, request)
        for name in OTHERS if small else OTHERS[:1]:
            try:
                entries += _other(name, height, width, request)
            except ImportError as error:
                absent[name] = f'{error}; {INSTALL}'
        yield Comparison('paper', height, width, entries, request.tensors(height, width)[:4],
                         absent=absent)


def _shufflenet(name: str, height: int, width: int, request: BenchRequest) -> list[Entry]:
    variant, geometry = SHUFFLENETS[name], Geometry(height, width)
    costs = totals(layers_of(variant, CLASSES, height, width))
    facts = _facts(name, costs.multiply_adds, costs.parameters, height, width)
    # Ranges come from the paper's size: they do not depend on the size of the image.
    pixels = calibration_pixels(request.images[1::15], Geometry(*SIZES[0]))
    folded = untrained(variant, CLASSES, pixels)
    quantized = rounded(folded, pixels)
    fp32, graph, native = (request.folder / f'{name}-{width}x{height}.{form}.onnx'
                           for form in ('fp32', 'int8', 'int8.native'))
    write_fp32(folded, geometry, fp32)
    write_int8(quantized.network, quantized.grids, geometry, graph, int8_form())
    write_native(integer_network(quantized.network, quantized.grids, geometry), native)
    sessions = {'ours_int8_graph': open_session(graph), 'ort_fp32': open_session(fp32)}
    sessions['ours_int8'] = (
        sessions['ours_int8_graph'] if why_no_operator() else operator_session(native))
    return [Entry(engine, name, Candidate(partial(logits_of, session)), facts)
            for engine, session in sessions.items()]


def _other(name: str, height: int, width: int, request: BenchRequest) -> list[Entry]:
    path = request.folder / f'{name}-{width}x{height}.onnx'
    write_network(name, height, width, path)
    facts = _facts(name, multiply_adds(path), parameters(path), height, width)
    found = [Entry('ort_fp32', name, Candidate(partial(logits_of, open_session(path))), facts)]
    if name == 'alexnet':
        calibration = request.calibration(height, width)[:CALIBRATION_IMAGES]
        found.append(Entry('ort_qdq_u8s8', name, qdq.as_it_is(
            path, 'u8s8', calibration, request.folder), facts))
    # Weights of up to half a gigabyte: the session has its own copy.
    path.unlink()
    return found


def _facts(name: str, count: int, weights: int, height: int, width: int) -> dict[str, Any]:
    paper = PAPER.get(name, {})
    ms = dict(zip(SIZES, paper.get('ms', ())))
    own = (height, width) == SIZES[0]
    return {'multiply_adds': count, 'parameters': weights,
            'paper_multiply_adds': paper.get('multiply_adds') if own else None,
            'paper_top1_error': paper.get('top1_error'), 'paper_ms': ms.get((height, width))}
