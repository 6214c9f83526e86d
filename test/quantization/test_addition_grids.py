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

"""On grids without ties onnxruntime and the reference add alike, whatever the two values are."""

import numpy as np
from onnx import helper, numpy_helper, TensorProto
import pytest
from shufflenet_ros.inference.onnx_runtime import ort
from shufflenet_ros.quantization.addition_grids import ratios_without_ties
from shufflenet_ros.quantization.integer_network import addition
from shufflenet_ros.quantization.ranges import Grid
from shufflenet_ros.quantization.reference import add

VALUES = np.arange(256)


def sums_of_graph(branch, shortcut, output, kind):
    """Give the sums of all 256 x 256 values as QLinearAdd computes them, in uint8 or int8."""
    element, shift = {np.uint8: (TensorProto.UINT8, 0), np.int8: (TensorProto.INT8, 128)}[kind]
    constants = {f'{name}_{what}': numpy_helper.from_array(np.array(value), f'{name}_{what}')
                 for name, grid in (('a', branch), ('b', shortcut), ('sum', output))
                 for what, value in (('scale', np.float32(grid.scale)),
                                     ('zero', kind(grid.zero_point - shift)))}
    node = helper.make_node('QLinearAdd', [
        'a', 'a_scale', 'a_zero', 'b', 'b_scale', 'b_zero', 'sum_scale', 'sum_zero'], ['sum'],
        domain='com.microsoft')
    a, b, result = (helper.make_tensor_value_info(name, element, [256, 256])
                    for name in ('a', 'b', 'sum'))
    model = helper.make_model(
        helper.make_graph([node], 'sums', [a, b], [result], list(constants.values())),
        ir_version=8, opset_imports=[helper.make_opsetid('', 17),
                                     helper.make_opsetid('com.microsoft', 1)])
    values = dict(zip('ab', ((grid - shift).astype(kind) for grid in np.meshgrid(VALUES, VALUES))))
    found, = ort.InferenceSession(model.SerializeToString()).run(None, values)
    return found.astype(int) + shift


@pytest.mark.parametrize('seed', range(10))
def test_no_sum_of_any_two_values_differs(seed):
    """Of scales a twentieth to four times that of the sum, with any zero point."""
    random = np.random.default_rng(seed)
    wanted = np.exp(random.uniform(np.log(0.05), np.log(4), 2))
    ratios = ratios_without_ties(*wanted)
    np.testing.assert_allclose(ratios, wanted, rtol=0.02)
    scale = np.float32(random.uniform(1e-3, 2))
    branch, shortcut = (Grid(float(np.float32(ratio * scale)), 0) for ratio in ratios)
    branch = Grid(branch.scale, int(random.integers(0, 256)))
    output = Grid(float(scale), 0)
    added = addition(branch.zero_point, branch.scale, shortcut.scale, output.scale)
    a, b = np.meshgrid(VALUES, VALUES)
    expected = add(added, a - branch.zero_point, b)
    assert len(np.unique(expected)) > 20
    for kind in (np.uint8, np.int8):
        np.testing.assert_array_equal(sums_of_graph(branch, shortcut, output, kind), expected)


def test_ratios_too_far_from_the_sum_stay():
    """Where a value can only be clipped, no tie matters."""
    assert ratios_without_ties(40000.0, 1.0) == (40000.0, 1.0)
