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

"""The ONNX graph gives what the torch network gives, on the same pixels."""

import numpy as np
import pytest
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.onnx_runtime import ort
from shufflenet_ros.quantization.fp32_graph import write_fp32
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import Conventions, ShuffleNetV1, Variant
import torch

OTHER = Conventions(branch_first=True, mean=(123.675, 116.28, 103.53), classifier_bias=True,
                    paper_shuffle=True)


def trained_like(variant, classes=5, conventions=Conventions()):
    """Make a network with statistics that are not the initial ones."""
    torch.manual_seed(1)
    network = ShuffleNetV1(variant, classes, conventions)
    for tensor in network.state_dict().values():
        if tensor.is_floating_point() and tensor.dim() == 1:
            tensor.copy_(torch.rand_like(tensor) + 0.5)
    return network.eval()


@pytest.mark.parametrize('variant, size', [
    (Variant(3, 0.5), (160, 160)), (Variant(3, 0.5), (97, 131)), (Variant(1, 0.25), (64, 64)),
    (Variant(8, 0.5), (64, 96)), (Variant(4, 1.0), (64, 64)), (Variant(2, 0.5), (64, 64)),
], ids=str)
@pytest.mark.parametrize('conventions', [Conventions(), OTHER], ids=['own', 'other'])
def test_onnx_equals_torch(tmp_path, variant, size, conventions):
    """Folding and the graph are exact to float rounding, at even and odd sizes."""
    network = trained_like(variant, conventions=conventions)
    write_fp32(fold(network), Geometry(*size), tmp_path / 'model.onnx')
    session = ort.InferenceSession(str(tmp_path / 'model.onnx'))
    pixels = np.random.default_rng(0).integers(0, 256, (1, *size, 3), np.uint8)
    logits, = session.run(['logits'], {'pixels': pixels})
    with torch.no_grad():
        expected = network(torch.from_numpy(pixels).permute(0, 3, 1, 2).float()).numpy()
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
