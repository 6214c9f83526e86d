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
Damaged packed networks by seed: each is refused, or runs alike on every instruction set.

``python -m native.damaged_networks LIBRARY SEED COUNT`` in ``test/`` prints how many were refused
and how many ran. The library may be one with AddressSanitizer and UBSan in it.
"""

from dataclasses import replace
import sys

from native.native_library import Library
import numpy as np
from quantization.random_integers import random_network, random_pixels
from shufflenet_ros.architecture.variant import Variant
from shufflenet_ros.quantization.packed import _Reader, pack, unpack
from shufflenet_ros.quantization.reference import logits

MOST_SIDE, MOST_CLASSES = 32, 1000
"""Of what is run; a larger one would only take longer."""
WORDS = (0, 1, -1, 2, 3, 8, 127, 128, 255, 256, 8191, 8192, 32767, 32768, 2 ** 24, 2 ** 31 - 1,
         -2 ** 31)
FLOATS = (np.nan, np.inf, -np.inf, -1.0, -0.0, 1e-45, 1e30, 3.4e38, 0.5, 1.0)


def small_network(groups=3):
    """Give a network of three units, as bytes, and one image."""
    whole = random_network(Variant(groups, 0.25), 13, 10, 3, seed=groups)
    units = whole.units[:3]
    channels = units[-1].expand.outputs
    network = replace(whole, units=units, classifier=replace(
        whole.classifier, weight=whole.classifier.weight[..., :channels].copy()))
    return pack(network), random_pixels(network)[0]


def heads(packed):
    """List the places of all words that say a size, a number or a zero point."""
    places = []

    class Noting(_Reader):
        def ints(self, count):
            if count in (12, 8, 4):
                places.extend(range(self._place, self._place + 4 * count, 4))
            return super().ints(count)
    reader = Noting(packed)
    units = reader.ints(12)[8]
    reader.layer()
    for _ in range(units):
        reader.unit()
    reader.floats(1)
    reader.layer()
    return places


def damaged(packed, places, random):
    """Change a packed network in one of several ways."""
    content = bytearray(packed)
    kind = random.integers(7)
    for _ in range(random.integers(1, 4)):
        place = int(random.choice(places)) if kind < 4 else 4 * int(
            random.integers(len(packed) // 4))
        if kind < 3:
            put(content, place, np.int32(random.choice(WORDS)))
        elif kind == 3:
            old = int(np.frombuffer(packed, np.int32, 1, place)[0])
            put(content, place, np.int32(old + random.choice((-1, 1))))
        elif kind == 4:
            put(content, place, np.float32(random.choice(FLOATS)))
        elif kind == 5:
            content[place + random.integers(4)] = random.integers(256)
    if kind == 6:
        size = int(random.integers(len(packed) + 64))
        content = content[:size] + bytes(max(0, size - len(packed)))
        if random.random() < 0.8 and size >= 12:
            put(content, 8, np.int32(size))
    return bytes(content)


def put(content, place, value):
    """Write four bytes."""
    content[place:place + 4] = value.tobytes()


def check(library, packed, image):
    """Give None where it is refused with a reason, else the logits that every set agrees on."""
    height, width, classes = np.frombuffer(packed.ljust(48, b'\0'), np.int32, 6)[3:]
    if not (0 < height <= MOST_SIDE and 0 < width <= MOST_SIDE and 0 < classes <= MOST_CLASSES):
        height, width, classes = *image.shape[:2], 1
    pixels = np.resize(image, (height, width, 3))
    found = {}
    for name in library.instruction_sets():
        try:
            found[name] = library.run(packed, pixels, int(classes), name)
        except ValueError as error:
            assert str(error).isprintable() and not found, (name, error)
            return None
    expected = logits(unpack(packed), pixels)
    for name, given in found.items():
        assert given.tobytes() == expected.tobytes(), (name, given, expected)
    return expected


def main(path, seed, count):
    """Check undamaged networks, then damaged ones."""
    library, random, ran = Library(path), np.random.default_rng(int(seed)), 0
    undamaged = [small_network(groups) for groups in (1, 3, 8)]
    places = [heads(packed) for packed, _ in undamaged]
    for packed, image in undamaged:
        assert check(library, packed, image) is not None
    for number in range(int(count)):
        packed, image = undamaged[number % 3]
        content = damaged(packed, places[number % 3], random)
        ran += check(library, content, image) is not None
    print(f'{int(count) - ran} refused, {ran} ran')


if __name__ == '__main__':
    main(*sys.argv[1:])
