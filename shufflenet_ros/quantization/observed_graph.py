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

"""Every tensor of an int8 graph on an image, under the names and in the form of the reference."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper
from shufflenet_ros.architecture.variant import Variant
from shufflenet_ros.inference.model_card import INPUT, OUTPUT
from shufflenet_ros.inference.onnx_runtime import ort
from shufflenet_ros.quantization.read_int8_graph import integers_of_graph, tensors_of_graph


class ObservedGraph:
    """A graph in the form ``u8`` whose tensors in between can be looked at."""

    def __init__(self, model: onnx.ModelProto, variant: Variant) -> None:
        """ValueError where the graph is none of ours."""
        self.network = integers_of_graph(model, variant)
        self._places = tensors_of_graph(model, variant)
        observed = with_unsigned_weights(model)
        observed.graph.output.extend(
            onnx.ValueInfoProto(name=place.name) for place in self._places.values())
        self._session = ort.InferenceSession(observed.SerializeToString())

    def tensors(self, pixels: np.ndarray) -> dict[str, np.ndarray]:
        """Run it on RGB uint8 (height, width, 3); names and values as of the reference."""
        names = [place.name for place in self._places.values()]
        logits, *found = self._session.run([OUTPUT, *names], {INPUT: pixels[np.newaxis]})
        made = {name: values[0][..., place.channels].astype(np.int32)
                for (name, place), values in zip(self._places.items(), found)}
        made['features'] = made['features'].ravel()
        for index, unit in enumerate(self.network.units):
            if unit.addition is not None:
                made[f'{index}.expand'] -= unit.addition.zero_point
        return made | {'logits': logits[0]}


def with_unsigned_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Move the weights of a graph by 128: the same integers, right on cores without VNNI too."""
    moved = onnx.ModelProto()
    moved.CopyFrom(model)
    tensors = {tensor.name: tensor for tensor in moved.graph.initializer}
    for node in moved.graph.node:
        if node.op_type in ('QLinearConv', 'QGemm'):
            for name in (node.input[3], node.input[5]):  # weight, zero point
                values = numpy_helper.to_array(tensors[name])
                if values.dtype == np.int8:
                    values = (values.astype(np.int16) + 128).astype(np.uint8)
                    tensors[name].CopyFrom(numpy_helper.from_array(values, name))
    return moved
