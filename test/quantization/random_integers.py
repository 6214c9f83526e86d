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

"""
Networks of random integers, and files of them for those who work on the operator itself.

``python -m quantization.random_integers FOLDER`` in ``test/`` writes for each of ``SHAPES``, and
for each shipped model on images of the folder ``data``: ``NAME.packed``, ``NAME_pixels.npy``
(uint8, N x height x width x 3) and ``NAME_logits.npy`` (float32, N x classes).
"""

from pathlib import Path
import sys

import cv2
import numpy as np
import onnx
from shufflenet_ros.architecture.variant import UNITS, Variant
from shufflenet_ros.dataset.images import preprocessed
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.quantization.integer_network import (
    addition,
    IntegerLayer,
    IntegerNetwork,
    IntegerUnit,
    size_after,
)
from shufflenet_ros.quantization.packed import pack
from shufflenet_ros.quantization.read_int8_graph import integers_of_graph
from shufflenet_ros.quantization.reference import logits

SHAPES = {
    'g1': (Variant(1, 0.25), 33, 47, 5), 'g2': (Variant(2, 0.5), 64, 80, 10),
    'g3': (Variant(3, 0.5), 224, 224, 1000), 'g4': (Variant(4, 1.0), 61, 63, 17),
    'g8': (Variant(8, 0.25), 97, 40, 3), 'g8_half': (Variant(8, 0.5), 96, 64, 20),
    'g3_wide': (Variant(3, 2.0), 50, 34, 11), 'g1_wide': (Variant(1, 1.5), 32, 32, 2),
    'g3_thin': (Variant(3, 0.25), 480, 640, 6)}
"""Variant, height, width and number of classes by name."""
TYPICAL = 50
"""Root mean square of activations, and of what a layer gives."""
IMAGES = 4


def random_network(variant, height, width, classes, seed=0):
    """Make a network of random integers that uses all of its ranges, with some extreme ones."""
    return _Maker(seed, variant).network(height, width, classes)


class _Maker:
    def __init__(self, seed, variant):
        self._random = np.random.default_rng(seed)
        self._variant = variant

    def network(self, height, width, classes):
        variant, units = self._variant, []
        x = variant.stem_channels
        for outputs, count in zip(variant.stage_channels, UNITS):
            for index in range(count):
                units.append(self._unit(x, outputs, 1 if index else 2, bool(units)))
                x = outputs
        places = np.prod(size_after(height, width, [unit.stride for unit in units]))
        return IntegerNetwork(
            height, width, int(self._random.integers(0, 256)),
            self._layer(variant.stem_channels, 3, 3), tuple(units),
            np.float32(self._random.uniform(0.8, 2.5) / places), self._layer(classes, x))

    def _unit(self, inputs, outputs, stride, grouped):
        groups, middle = self._variant.groups, outputs // 4
        random = self._random
        order = (random.permutation(middle) if random.random() < 0.2
                 else np.arange(middle).reshape(-1, groups).T.ravel())
        zero = int(random.choice((0, 100, 150, 255), p=(0.1, 0.4, 0.4, 0.1)))
        ratios = random.uniform(0.2, 1.3, 2) if random.random() < 0.8 else (3.1, 0.004)
        return IntegerUnit(
            self._layer(middle, inputs, groups=groups if grouped else 1), order.astype(np.int32),
            self._layer(middle, middle, 3, middle), zero,
            self._layer(outputs - inputs if stride == 2 else outputs, middle, groups=groups),
            addition=(addition(int(random.integers(0, 256)), *ratios, 1.0) if stride == 1
                      else None),
            averages=(random.uniform(0.3, 2, inputs) / 9 / 127).astype(np.float32)
            if stride == 2 else None,
            branch_first=stride == 2 and bool(random.random() < 0.5))

    def _layer(self, outputs, inputs, kernel=1, groups=1):
        random, sums = self._random, inputs // groups * kernel ** 2
        weight = np.clip(np.round(random.normal(0, 45, (outputs, kernel, kernel,
                                                        inputs // groups))), -127, 127)
        typical = TYPICAL * 45 * np.sqrt(sums)
        bias = random.normal(0, typical / 2, outputs)
        multiplier = TYPICAL / typical * random.uniform(0.5, 2, outputs)
        # One in ten outputs nearly dead: tiny steps and a bias as large as there is any.
        dead = random.random(outputs) < 0.1
        bias[dead] = random.uniform(-2 ** 29, 2 ** 29, dead.sum())
        multiplier[dead] = random.uniform(0, 300, dead.sum()) / 2 ** 29
        weight[random.random(outputs) < 0.02] = 127
        weight[random.random(outputs) < 0.02] = -127
        return IntegerLayer(weight.astype(np.int8), np.round(bias).astype(np.int32),
                            multiplier.astype(np.float32), groups)


def random_pixels(network, count=IMAGES, seed=0):
    """Images of smooth colours with noise, the last ones black, white and of noise alone."""
    random = np.random.default_rng(seed)
    size = (count, network.height, network.width, 3)
    smooth = np.array([cv2.resize(random.uniform(0, 255, (4, 5, 3)), size[2:0:-1])
                       for _ in range(count)])
    pixels = np.clip(smooth + random.normal(0, 20, size), 0, 255).astype(np.uint8)
    pixels[-3:] = np.array([0, 255, 0], np.uint8).reshape(3, 1, 1, 1)
    pixels[-1] = random.integers(0, 256, size[1:])
    return pixels


def write_case(network, pixels, folder, name):
    """Write one network, its images and their logits."""
    (folder / f'{name}.packed').write_bytes(pack(network))
    np.save(folder / f'{name}_pixels.npy', pixels)
    np.save(folder / f'{name}_logits.npy', [logits(network, each) for each in pixels])


def main(folder, root=Path(__file__).resolve().parents[2]):
    """Write all files into ``folder``."""
    for name, shape in SHAPES.items():
        network = random_network(*shape)
        write_case(network, random_pixels(network), folder, name)
    for name in ('surfaces', 'waste'):
        spec = load_model(root / 'models' / name)
        network = integers_of_graph(onnx.load(spec.folder / 'model.int8.u8.onnx'), Variant())
        paths = sorted((root.parent / 'shared' / 'data' / name / 'val').glob('*/*'))
        images = [cv2.imread(str(path))[:, :, ::-1] for path in paths[::len(paths) // 40]]
        write_case(network, np.concatenate(list(preprocessed(images, spec.geometry))), folder,
                   name)


if __name__ == '__main__':
    main(Path(sys.argv[1]))
