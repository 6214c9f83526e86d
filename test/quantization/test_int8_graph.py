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

"""The int8 graph computes what the simulation says, and both forms the same integers."""

import numpy as np
import onnx
from onnx import numpy_helper
import pytest
from quantization.test_fp32_graph import OTHER, trained_like
from quantization.test_rewrite import pixels
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.onnx_runtime import ort
from shufflenet_ros.quantization.forward import run
from shufflenet_ros.quantization.int8_graph import COMPRESS_GROUPS, write_int8
from shufflenet_ros.quantization.observed_graph import with_unsigned_weights
from shufflenet_ros.quantization.quantize import quantize
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import Conventions, Variant
import torch

pytestmark = pytest.mark.slow

SIZES = [(64, 64), (62, 60), (61, 63)]


def error_of(found, reference):
    """Root mean square of the difference as a share of that of the reference."""
    return np.linalg.norm(found - reference) / np.linalg.norm(reference)


@pytest.fixture(scope='module', params=[
    (Variant(3, 0.5), Conventions()), (Variant(1, 0.25), OTHER),
    (Variant(8, 0.5), Conventions())], ids=['3', '1', '8'])
def case(request):
    """Make a network, its quantized form, and pixels it was not calibrated on."""
    variant, conventions = request.param
    network = fold(trained_like(variant, 20, conventions))
    images = pixels(24)
    return network, quantize(network, images[:16]), images[16:]


def write(quantized, folder, form, size=(64, 64)):
    """Write one form and return its path."""
    path = folder / f'{form}.onnx'
    write_int8(quantized.network, quantized.grids, Geometry(*size), path, form)
    return path


def logits_of(model, images):
    """Logits of every image from an ONNX file or model."""
    content = model if isinstance(model, bytes) else str(model)
    session = ort.InferenceSession(content)
    nhwc = images.permute(0, 2, 3, 1).numpy().astype(np.uint8)
    return np.concatenate([
        session.run(['logits'], {'pixels': image[np.newaxis]})[0] for image in nhwc])


def test_int8_is_close_to_float(case):
    """On images that were not calibrated on, through the real graph."""
    network, quantized, images = case
    reference = run(network, images).numpy()
    assert error_of(quantized.simulate(images).numpy(), reference) < 0.05


@pytest.mark.parametrize('size', SIZES)
def test_the_graph_computes_what_the_simulation_says(case, tmp_path, size):
    """Integer rounding differs from float rounding by single steps, at any input size."""
    _, quantized, images = case
    cut = images[:, :, :size[0], :size[1]]
    simulated = quantized.simulate(cut).numpy()
    found = logits_of(write(quantized, tmp_path, 's8', size), cut)
    assert error_of(found, simulated) < 0.03


def test_both_forms_give_the_same_logits_bit_for_bit(case, tmp_path):
    """u8 for VNNI and s8 for the rest hold the same integers; no addition meets a tie."""
    _, quantized, images = case
    u8 = with_unsigned_weights(onnx.load(write(quantized, tmp_path, 'u8'))).SerializeToString()
    s8 = write(quantized, tmp_path, 's8')
    np.testing.assert_array_equal(logits_of(u8, images), logits_of(s8, images))


def test_the_u8_graph_has_the_shape_that_the_fused_kernels_want(case, tmp_path):
    """NHWC, symmetric int8 weights, one group or depthwise, channels in multiples of 16."""
    kept = {COMPRESS_GROUPS.get(case[0].groups, 1)}
    model = onnx.load(write(case[1], tmp_path, 'u8'))
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    kinds = [node.op_type for node in model.graph.node]
    assert 'Transpose' not in kinds and 'QuantizeLinear' not in kinds
    for node in model.graph.node:
        if node.op_type != 'QLinearConv':
            continue
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        weight = tensors[node.input[3]]
        assert attributes['channels_last'] == 1 and weight.dtype == np.int8
        assert not tensors[node.input[5]].any()
        assert attributes['group'] in {1, len(weight)} | kept and len(weight) % 16 == 0
        assert weight.shape[1] % 4 == 0 or attributes['group'] > 1


def test_a_dead_channel_does_not_overflow_its_bias(tmp_path):
    """A channel that is constant has tiny weights and a large bias; int32 must hold it."""
    network = trained_like(Variant(3, 0.5), classes=20)
    with torch.no_grad():
        network.units[5].compress[0].weight[7] *= 1e-9
        network.units[5].depthwise[0].weight[9] *= 1e-9
    network = fold(network)
    images = pixels(24)
    quantized = quantize(network, images[:16])
    found = logits_of(write(quantized, tmp_path, 's8'), images[16:])
    assert error_of(found, quantized.simulate(images[16:]).numpy()) < 0.03
