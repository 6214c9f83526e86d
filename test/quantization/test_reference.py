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

"""The numpy reference gives the integers that onnxruntime computes from the int8 graph."""

import numpy as np
import onnx
import pytest
from quantization.test_integers import images, IN_CASES, quantized
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.sessions import logits_of, open_session
from shufflenet_ros.quantization.addition_grids import without_ties
from shufflenet_ros.quantization.int8_graph import write_int8
from shufflenet_ros.quantization.observed_graph import ObservedGraph
from shufflenet_ros.quantization.reference import logits, requantize, tensors


@IN_CASES
def test_every_operation_gives_the_integers_of_the_graph(tmp_path, variant, conventions, size):
    """From the graph's own tensors; only sums may differ, by one, where they are near a half."""
    network, grids = quantized(variant, conventions)
    write_int8(network, grids, Geometry(*size), tmp_path / 'u8.onnx', 'u8')
    graph = ObservedGraph(onnx.load(tmp_path / 'u8.onnx'), variant)
    sums = {f'{index}.output': unit.addition for index, unit in enumerate(graph.network.units)
            if unit.addition is not None}
    for image in images(size):
        given = graph.tensors(image)
        found = tensors(graph.network, image, given)
        assert found.keys() == given.keys()
        assert len({found[name].max() for name in found}) > 20
        for name in found.keys() - sums.keys():
            np.testing.assert_array_equal(found[name], given[name], name)
        for name, added in sums.items():
            index, unequal = int(name.split('.')[0]), found[name] != given[name]
            assert np.abs(found[name] - given[name]).max() <= 1
            exact = (given[f'{index}.expand'] * added.branch
                     + given[f'{index - 1}.output'] * added.shortcut)[unequal] / 2 ** added.shift
            assert (np.abs(exact % 1 - 0.5) < 255 / 2 ** added.shift).all()


@IN_CASES
def test_without_ties_all_forms_give_the_same_logits(tmp_path, variant, conventions, size):
    """Of graph u8, graph s8 and the reference, bit for bit."""
    network, grids = quantized(variant, conventions)
    for form in ('u8', 's8'):
        write_int8(network, without_ties(network, grids), Geometry(*size),
                   tmp_path / f'{form}.onnx', form)
    graph = ObservedGraph(onnx.load(tmp_path / 'u8.onnx'), variant)
    session = open_session(tmp_path / 's8.onnx')
    for image in images(size):
        expected = graph.tensors(image)['logits']
        np.testing.assert_array_equal(logits(graph.network, image), expected)
        np.testing.assert_array_equal(logits_of(session, image[np.newaxis]), expected)


@pytest.mark.parametrize('total, multiplier, expected', [
    (5, 0.5, 2), (7, 0.5, 4), (-5, 0.5, -2), (3, 1 / 3, 1), (2 ** 24 + 1, 2 ** -24, 1),
    (2 ** 24 + 3, 2 ** -2, 2 ** 22 + 1), (-2 ** 31, 1.0, -200), (2 ** 31 - 1, 300.0, 2 ** 23)])
def test_requantization_rounds_to_the_nearest_ties_to_even(total, multiplier, expected):
    """Sums beyond 24 bits are rounded when they become float32; limits hold far beyond int32."""
    assert requantize(np.array([total]), np.float32(multiplier), -200, 2 ** 23) == expected
