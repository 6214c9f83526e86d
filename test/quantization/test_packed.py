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

"""A packed network: where each part lies, what comes back, and what is refused."""

import struct

import numpy as np
import pytest
from quantization.random_integers import random_network, SHAPES
from shufflenet_ros.architecture.variant import Variant
from shufflenet_ros.quantization.native_graph import read_native, write_native
from shufflenet_ros.quantization.packed import pack, unpack


def parts(network):
    """Read a packed network with the standard library alone: name and value of each part."""
    content, place = pack(network), 0

    def take(kind, count):
        nonlocal place
        values = struct.unpack_from(f'<{count}{kind}', content, place)
        place += struct.calcsize(f'<{count}{kind}')
        return list(values)

    def layer(name):
        outputs, inputs, kernel, groups = found[f'{name}.shape'] = take('i', 4)
        found[f'{name}.multiplier'], found[f'{name}.bias'] = take('f', outputs), take('i', outputs)
        found[f'{name}.weight'] = take('b', outputs * kernel ** 2 * inputs)
        assert not any(take('b', -place % 4))

    found = {'header': take('i', 12)}
    layer('stem')
    for index in range(found['header'][8]):
        stride, *_, middle = found[f'{index}.head'] = take('i', 8)
        found[f'{index}.order'] = take('i', middle)
        for name in ('compress', 'depthwise', 'expand'):
            layer(f'{index}.{name}')
        if stride == 2:
            inputs, groups = (found[f'{index}.compress.shape'][place] for place in (1, 3))
            found[f'{index}.averages'] = take('f', inputs * groups)
    found['features'] = take('f', 1)
    layer('classifier')
    assert place == len(content)
    return found


def test_each_part_lies_where_the_definition_says():
    """Read by other means than those of the package."""
    network = random_network(Variant(3, 0.25), 33, 47, 5)
    found, units = parts(network), network.units
    assert found['header'] == [0x31564E53, 1, len(pack(network)), 33, 47, 5, network.level, 6, 16,
                               0, 0, 0]
    assert found['stem.shape'] == [6, 3, 3, 1]
    assert found['stem.weight'] == network.stem.weight.ravel().tolist()
    first, added = units[0], units[1].addition
    assert found['0.head'] == [2, first.branch_first, first.depthwise_zero, 0, 0, 0, 0,
                               len(first.order)]
    assert found['0.averages'] == first.averages.tolist()
    assert found['1.head'] == [1, 0, units[1].depthwise_zero, added.zero_point, added.branch,
                               added.shortcut, added.shift, len(units[1].order)]
    assert found['1.order'] == units[1].order.tolist()
    assert found['1.depthwise.shape'] == [len(units[1].order), 1, 3, len(units[1].order)]
    assert found['1.expand.multiplier'] == units[1].expand.multiplier.tolist()
    assert found['1.compress.bias'] == units[1].compress.bias.tolist()
    assert found['features'] == [network.features]
    assert found['classifier.weight'] == network.classifier.weight.ravel().tolist()


@pytest.mark.parametrize('name', ['g1', 'g2', 'g4', 'g8'])
def test_what_is_packed_comes_back(tmp_path, name):
    """As bytes, and through the ONNX file of the operator."""
    network = random_network(*SHAPES[name])
    content = pack(network)
    assert pack(unpack(content)) == content
    write_native(network, tmp_path / 'native.onnx')
    assert pack(read_native(tmp_path / 'native.onnx')) == content


def test_bytes_that_are_no_packed_network_are_refused():
    """Cut anywhere, too long, of another kind, or with layers that contradict the header."""
    content = pack(random_network(Variant(1, 0.25), 32, 32, 3))
    random = np.random.default_rng(0)
    for cut in (0, 4, 47, 48, len(content) - 1, *random.integers(48, len(content), 40)):
        with pytest.raises(ValueError, match='truncated|expected'):
            unpack(content[:cut])
    for place, value in ((0, 7), (4, 2), (8, 1), (20, 9), (28, 1), (32, 3), (48, -1),
                         (48, 2 ** 30)):
        changed = bytearray(content)
        struct.pack_into('<i', changed, place, value)
        with pytest.raises(ValueError, match='truncated|expected|contradict|reshape'):
            unpack(bytes(changed))
    longer = bytearray(content + bytes(4))
    struct.pack_into('<i', longer, 8, len(longer))
    with pytest.raises(ValueError, match='too many'):
        unpack(bytes(longer))
