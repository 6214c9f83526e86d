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

"""A model that never comes back from one image: the node goes on, says so, and can be cured."""

import hashlib
import time

from node.processes import started
from node.workbench import hypotheses_of, noise, offline, other_model
import numpy as np
import onnx
from onnx import helper, TensorProto
import pytest
import yaml

pytestmark = pytest.mark.slow

WHITE = np.full((120, 160, 3), 255, np.uint8)


def hanging_model(folder):
    """Write a model that loops for hours on a white image, and is as the shipped one on others."""
    other_model(folder)
    path = folder / 'model.fp32.onnx'
    model = onnx.load(path)
    graph = model.graph
    source, result = graph.input[0].name, graph.output[0].name
    for node in graph.node:
        node.output[:] = ['logits_before' if name == result else name for name in node.output]
    graph.initializer.extend([
        helper.make_tensor('white_from', TensorProto.INT32, (), [250]),
        helper.make_tensor('for_ever', TensorProto.INT64, (), [1 << 50]),
        helper.make_tensor('always', TensorProto.BOOL, (), [True]),
        helper.make_tensor('nothing', TensorProto.FLOAT, (), [0.0])])
    body = helper.make_graph(
        [helper.make_node('Identity', ['go_on'], ['goes_on']),
         helper.make_node('Abs', ['value'], ['next_value'])], 'body',
        [helper.make_tensor_value_info('turn', TensorProto.INT64, ()),
         helper.make_tensor_value_info('go_on', TensorProto.BOOL, ()),
         helper.make_tensor_value_info('value', TensorProto.FLOAT, ())],
        [helper.make_tensor_value_info('goes_on', TensorProto.BOOL, ()),
         helper.make_tensor_value_info('next_value', TensorProto.FLOAT, ())])
    graph.node.extend([
        helper.make_node('Cast', [source], ['pixels_seen'], to=TensorProto.INT32),
        helper.make_node('ReduceMin', ['pixels_seen'], ['darkest'], keepdims=0),
        helper.make_node('Greater', ['darkest', 'white_from'], ['is_white']),
        helper.make_node('Cast', ['is_white'], ['one_if_white'], to=TensorProto.INT64),
        helper.make_node('Mul', ['one_if_white', 'for_ever'], ['turns']),
        helper.make_node('Loop', ['turns', 'always', 'nothing'], ['looped'], body=body),
        helper.make_node('Add', ['logits_before', 'looped'], [result])])
    onnx.save(model, path)
    card = yaml.safe_load((folder / 'card.yaml').read_text())
    card['files'][path.name]['sha256'] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / 'card.yaml').write_text(yaml.safe_dump(card))
    return folder


def test_services_answer_while_an_inference_hangs_and_another_model_cures_it(bench, tmp_path):
    """Parameters, states and diagnostics go on; the image at work is given up for a new model."""
    folder = hanging_model(tmp_path / 'hanging')
    with started(bench, '-p', 'precision:=fp32', '-p', f'model:={folder}', '-p',
                 'diagnostics.stuck_s:=0.5') as process:
        process.wait_for('ready')
        bench.settle_all_cameras()
        for _ in range(10):
            bench.send(pixels=WHITE)
            bench.spin(0.05)
        start = time.monotonic()
        assert bench.set(top_k=2).successful and bench.state() == 'active'
        assert time.monotonic() - start < 4 and bench.get('top_k') == 2
        assert 'set the parameter model' in process.wait_for('an inference hangs')
        start = time.monotonic()
        assert bench.set(model='surfaces').successful
        assert time.monotonic() - start < 10
        image = noise(1)
        result, values = bench.ask(pixels=image)
        assert hypotheses_of(result)[0][0] == offline(image)[0][0] and len(result.results) == 2
        assert values['database_version'] == 2
        assert 'has no result' in process.wait_for('an inference of the model before')
        assert bench.transit('deactivate') and bench.transit('activate')
        assert bench.ask()
        start = time.monotonic()
        assert process.end()[0] == 0 and time.monotonic() - start < 3
