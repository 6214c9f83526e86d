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

"""What the user asked to be measured, and the images it is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from shufflenet_ros.core.encoding.decode import Pixels
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.demo.image_sources import Flight
from shufflenet_ros.inference.model_card import ModelSpec

IMAGES = 60
SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """The model, the sizes, the number of calls, and a folder for files."""

    spec: ModelSpec
    sizes: tuple[tuple[int, int], ...]
    """Heights and widths asked for; empty for those that the suite chooses."""
    rounds: int
    """Timed calls of each engine; 0 for as many as the suite chooses."""
    warm_up: int
    cores: frozenset[int]
    """Cores that this process may use, for suites that use more than one."""
    folder: Path
    images: Sequence[np.ndarray]
    """RGB uint8 (480, 640, 3) of the demo's flight; every second one calibrates."""

    def tensors(self, height: int, width: int) -> list[np.ndarray]:
        """Give the images to measure on, uint8 (1, height, width, 3)."""
        return self._preprocessed(self.images[::2], height, width)

    def calibration(self, height: int, width: int) -> list[np.ndarray]:
        """Give other images of the same kind, to find ranges on."""
        return self._preprocessed(self.images[1::2], height, width)

    def _preprocessed(self, images: Sequence[np.ndarray], height: int,
                      width: int) -> list[np.ndarray]:
        geometry = replace(self.spec.geometry, height=height, width=width)
        return [preprocess(Pixels(image, None), geometry) for image in images]


def flight_images() -> list[np.ndarray]:
    """Fly over grass, gravel and brick as the demo does, and give RGB uint8 images."""
    flight = Flight(640, 480, SECONDS)
    return [np.ascontiguousarray(flight.view(time)[0][:, :, ::-1])
            for time in np.linspace(0, SECONDS, 2 * IMAGES, endpoint=False)]
