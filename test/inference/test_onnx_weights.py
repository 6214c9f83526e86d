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

"""A model whose weights are no numbers is refused with the tensor's name, wherever it stands."""

import hashlib
from pathlib import Path
import shutil

import numpy as np
import onnx
from onnx import helper, numpy_helper, TensorProto
import pytest
from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.onnx_weights import check_weights

SURFACES = Path(__file__).resolve().parents[2] / 'models' / 'surfaces'


def save(path, graph):
    onnx.save(helper.make_model(graph), path)
    return path


def graph(initializers=(), nodes=()):
    output = helper.make_tensor_value_info('y', TensorProto.FLOAT, [1])
    return helper.make_graph(list(nodes), 'g', [], [output], list(initializers))


@pytest.mark.parametrize('name', ['model.fp32.onnx', 'model.int8.u8.onnx', 'model.int8.s8.onnx'])
@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_a_model_with_such_a_weight_is_refused_on_load(tmp_path, name, value):
    """With the right digest in the card: weights of fp32, scales and biases of int8."""
    folder = Path(shutil.copytree(SURFACES, tmp_path / 'model'))
    before = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    model = onnx.load(folder / name)
    tensor = [one for one in model.graph.initializer if one.data_type == TensorProto.FLOAT][-1]
    values = numpy_helper.to_array(tensor).copy()
    values.flat[-1] = value
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    onnx.save(model, folder / name)
    after = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    card = folder / 'card.yaml'
    card.write_text(card.read_text().replace(before, after))
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert name in str(caught.value) and f"tensor '{tensor.name}' holds NaN" in str(caught.value)


@pytest.mark.parametrize('kind', [
    TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16])
@pytest.mark.parametrize('raw', [True, False])
@pytest.mark.parametrize('bad', [True, False])
def test_every_kind_of_float_is_read(tmp_path, kind, raw, bad):
    """As raw bytes or as numbers."""
    values = np.array([1, -2, np.nan if bad else 3], np.float32)
    if not raw:
        tensor = helper.make_tensor('w', kind, [3], values)
    elif kind == TensorProto.BFLOAT16:
        tensor = helper.make_tensor('w', kind, [3], (
            values.view(np.uint32) >> 16).astype(np.uint16).tobytes(), raw=True)
    else:
        dtype = helper.tensor_dtype_to_np_dtype(kind)
        tensor = helper.make_tensor('w', kind, [3], values.astype(dtype).tobytes(), raw=True)
    path = save(tmp_path / 'm.onnx', graph([tensor]))
    if bad:
        with pytest.raises(ModelError, match="tensor 'w' holds NaN or infinity in 1 of 3 values"):
            check_weights(path)
    else:
        check_weights(path)


def test_tensors_deep_in_a_graph_are_found(tmp_path):
    """In a constant, in the branches of an If, in a sparse initializer."""
    tensor = helper.make_tensor('w', TensorProto.FLOAT, [1], [np.inf])
    constant = helper.make_node('Constant', [], ['y'], value=tensor)
    branch = helper.make_node('If', ['c'], ['y'], then_branch=graph(nodes=[constant]),
                              else_branch=graph())
    sparse = graph()
    sparse.sparse_initializer.add().values.CopyFrom(tensor)
    for one in (graph(nodes=[constant]), graph(nodes=[branch]), sparse):
        with pytest.raises(ModelError, match="tensor 'w' holds NaN or infinity"):
            check_weights(save(tmp_path / 'm.onnx', one))


def test_whole_numbers_are_not_looked_at(tmp_path):
    """Their bits may be those of a NaN."""
    bits = numpy_helper.from_array(np.array([0x7fc00000], np.int32), 'w')
    check_weights(save(tmp_path / 'm.onnx', graph([bits])))


@pytest.mark.parametrize('content', [
    b'', b'not a graph', b'\xff' * 100, b'\x3a\xff\xff\xff\xff\x0f', b'\x08' * 500_001],
    ids=['empty', 'text', 'ones', 'too long', 'many fields'])
def test_what_is_no_onnx_file_is_left_to_onnxruntime(tmp_path, content):
    """Whatever the bytes are, at once, and without an error of another kind."""
    (tmp_path / 'm.onnx').write_bytes(content)
    check_weights(tmp_path / 'm.onnx')
    real = (SURFACES / 'model.int8.u8.onnx').read_bytes()
    rng = np.random.default_rng(len(content))
    for _ in range(20):
        damaged = bytearray(real[:rng.integers(len(real))])
        for place in rng.integers(0, len(damaged) + 1, 20):
            damaged[place:place + 1] = bytes(rng.integers(0, 256, 1, np.uint8))
        (tmp_path / 'm.onnx').write_bytes(damaged)
        try:
            check_weights(tmp_path / 'm.onnx')
        except ModelError:
            pass
