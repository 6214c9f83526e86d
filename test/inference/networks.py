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


"""Networks with the inputs and outputs of ours that do something else, and folders with them."""

import hashlib
from pathlib import Path
import shutil

import numpy as np
import pytest
import yaml

onnx = pytest.importorskip('onnx')
helper, TensorProto = onnx.helper, onnx.TensorProto

SURFACES = Path(__file__).resolve().parents[2] / 'models' / 'surfaces'
HUGE = 200_000_000_000 // 4
"""Numbers of float32 in 200 GB."""


def network(kind, side=160, classes=10):
    """
    Give the bytes of an ONNX file.

    ``fine`` gives the mean of its pixels; ``endless`` loops for as good as ever; ``slow`` for
    some seconds; ``huge`` needs 200 GB and ``large`` 3 GB when it runs; ``failing`` fails when it
    runs; ``overflowing`` has finite weights and infinite logits.
    """
    nodes = [helper.make_node('Cast', ['pixels'], ['floats'], to=TensorProto.FLOAT),
             helper.make_node('ReduceMean', ['floats'], ['mean'], keepdims=0),
             helper.make_node('Add', ['zeros', 'mean'], ['start'])]
    values = {'zeros': np.zeros((1, classes), np.float32)}
    if kind in ('endless', 'slow'):
        values |= {'turns': np.array(2 ** 62 if kind == 'endless' else 200_000),
                   'true': np.array(True)}
        nodes.append(helper.make_node(
            'Loop', ['turns', 'true', 'start'], ['logits'], body=_turn(classes)))
    elif kind in ('huge', 'large'):
        count = HUGE if kind == 'huge' else 3_000_000_000 // 4
        values['size'] = np.array([count])
        nodes += [helper.make_node('ConstantOfShape', ['size'], ['zeros_of_it']),
                  helper.make_node('ReduceMax', ['zeros_of_it'], ['largest'], keepdims=0),
                  helper.make_node('Add', ['start', 'largest'], ['logits'])]
    elif kind == 'failing':
        values |= {'far': np.array([10 ** 9])}
        nodes += [helper.make_node('Cast', ['mean'], ['index'], to=TensorProto.INT64),
                  helper.make_node('Add', ['index', 'far'], ['place']),
                  helper.make_node('Gather', ['start', 'place'], ['logits'], axis=0)]
    elif kind == 'overflowing':
        values |= {'large': np.full(1, 3e38, np.float32)}
        nodes.append(helper.make_node('Mul', ['start', 'large'], ['logits']))
    else:
        nodes.append(helper.make_node('Identity', ['start'], ['logits']))
    graph = helper.make_graph(
        nodes, kind,
        [helper.make_tensor_value_info('pixels', TensorProto.UINT8, [1, side, side, 3])],
        [helper.make_tensor_value_info('logits', TensorProto.FLOAT, [1, classes])],
        [onnx.numpy_helper.from_array(value, name) for name, value in values.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)])
    model.ir_version = 8
    return model.SerializeToString()


def folder_of(content, folder):
    """Write a model folder like the shipped one, with these bytes as all of its ONNX files."""
    shutil.copytree(SURFACES, folder)
    card = yaml.safe_load((folder / 'card.yaml').read_text())
    for name, entry in card['files'].items():
        if 'precision' in entry:
            (folder / name).write_bytes(content)
            entry['sha256'] = hashlib.sha256(content).hexdigest()
    (folder / 'card.yaml').write_text(yaml.safe_dump(card))
    return folder


def _turn(classes):
    """Give the body of a loop that changes nothing."""
    return helper.make_graph(
        [helper.make_node('Identity', ['goes_on'], ['goes_on_then']),
         helper.make_node('Identity', ['state'], ['state_then'])], 'turn',
        [helper.make_tensor_value_info('turn', TensorProto.INT64, []),
         helper.make_tensor_value_info('goes_on', TensorProto.BOOL, []),
         helper.make_tensor_value_info('state', TensorProto.FLOAT, [1, classes])],
        [helper.make_tensor_value_info('goes_on_then', TensorProto.BOOL, []),
         helper.make_tensor_value_info('state_then', TensorProto.FLOAT, [1, classes])])
