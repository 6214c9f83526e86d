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

"""A tiny data set that can be learned in seconds: green leaves against red rust, as files."""

import cv2
import numpy as np

CLASSES = ('leaves', 'rust')
COLOURS = {'leaves': (60, 150, 70), 'rust': (50, 80, 170)}  # BGR


def image(name, rng, size=64):
    """One BGR image of a class: blotches of its colour at a random brightness."""
    blotches = cv2.resize(rng.normal(0, 25, (8, 8, 3)), (size, size))
    noise = rng.normal(rng.uniform(-20, 20), 8, (size, size, 1))
    return np.clip(COLOURS[name] + blotches + noise, 0, 255).astype(np.uint8)


def write_images(root, each, seed=0, size=64):
    """Write ``each`` images of every class below ``root`` and return ``root``."""
    rng = np.random.default_rng(seed)
    for name in CLASSES:
        (root / name).mkdir(parents=True)
        for number in range(each):
            cv2.imwrite(str(root / name / f'{number:03}.png'), image(name, rng, size))
    return root
