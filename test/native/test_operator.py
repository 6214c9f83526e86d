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

"""The operator in onnxruntime: what its session gives, and what is refused when it is made."""

import numpy as np
import onnx
from onnx import numpy_helper
import pytest
from quantization.random_integers import random_network, random_pixels, SHAPES
from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.inference.onnx_runtime import ort
from shufflenet_ros.inference.sessions import logits_of, open_session
from shufflenet_ros.native.library import instruction_sets, library_path, VARIABLE
from shufflenet_ros.quantization.native_graph import write_native
from shufflenet_ros.quantization.reference import logits

NETWORK = random_network(*SHAPES['g1'])
IMAGE = random_pixels(NETWORK)[0]


@pytest.fixture
def model(tmp_path):
    """Give the path of an ONNX file with the operator, and its content."""
    path = tmp_path / 'native.onnx'
    write_native(NETWORK, path)
    return path, onnx.load(path)


def opened(path, content=None):
    """Open a session, after the content was changed."""
    if content is not None:
        onnx.save(content, path)
    return open_session(path, library=library_path())


@pytest.mark.parametrize('name', instruction_sets())
def test_a_session_gives_the_logits_of_the_reference(model, monkeypatch, name):
    """On every instruction set, which the environment chooses."""
    monkeypatch.setenv(VARIABLE, name)
    found = logits_of(opened(model[0]), IMAGE[None])
    assert found.tobytes() == logits(NETWORK, IMAGE).tobytes()


def test_an_instruction_set_that_is_none_is_refused_with_the_list(model, monkeypatch):
    """No silent choice of another one."""
    monkeypatch.setenv(VARIABLE, 'sse9')
    with pytest.raises(ModelError, match="'sse9'.*plain"):
        opened(model[0])


def test_without_the_library_the_file_is_refused(model):
    """The operator is nobody else's."""
    with pytest.raises(ModelError, match='ShuffleNetV1'):
        open_session(model[0])


def other_height(content):
    content.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 34


def other_classes(content):
    content.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 6


def as_input(content):
    """Let whoever runs it give the weights."""
    content.graph.input.append(onnx.helper.make_tensor_value_info(
        'packed', onnx.TensorProto.UINT8, [len(content.graph.initializer[0].raw_data)]))


def of_two_dimensions(content):
    packed = numpy_helper.to_array(content.graph.initializer[0])
    content.graph.initializer[0].CopyFrom(
        numpy_helper.from_array(packed.reshape(-1, 4), 'packed'))


def cut_off(content):
    packed = numpy_helper.to_array(content.graph.initializer[0])
    content.graph.initializer[0].CopyFrom(numpy_helper.from_array(packed[:-4], 'packed'))


def of_other_type(content):
    packed = numpy_helper.to_array(content.graph.initializer[0])
    content.graph.initializer[0].CopyFrom(numpy_helper.from_array(packed.astype(np.int8),
                                                                  'packed'))


def without_weights(content):
    del content.graph.node[0].input[1]


@pytest.mark.parametrize('change, words', [
    (other_height, 'pixels.*34.*packed network'), (other_classes, 'logits.*6.*packed network'),
    (as_input, 'initializer'), (of_two_dimensions, 'packed network.*shape'),
    (cut_off, 'packed network'), (of_other_type, 'int8'), (without_weights, 'ShuffleNetV1')])
def test_a_file_that_contradicts_itself_is_refused_when_it_is_loaded(model, change, words):
    """Nothing of it ever runs."""
    path, content = model
    change(content)
    with pytest.raises(ModelError, match=words) as caught:
        opened(path, content)
    assert str(caught.value).isprintable()


def test_a_size_that_the_graph_leaves_open_is_checked_when_it_runs(model):
    """By the operator itself, for the error of onnxruntime."""
    path, content = model
    for place in (1, 2):
        content.graph.input[0].type.tensor_type.shape.dim[place].dim_param = f'side{place}'
    session = opened(path, content)
    assert np.array_equal(logits_of(session, IMAGE[None]), logits(NETWORK, IMAGE))
    with pytest.raises(Exception, match='pixels have shape .1, 8, 8, 3.'):
        logits_of(session, np.zeros((1, 8, 8, 3), np.uint8))


def test_many_sessions_come_and_go(model):
    """Each registers the library anew; what one leaves would be seen in the process's memory."""
    import resource
    for number in range(200):
        logits_of(opened(model[0]), IMAGE[None])
        if number == 50:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 8_000, ort.__version__
