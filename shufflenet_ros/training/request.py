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
What users of ``shufflenet_ros train`` and ``shufflenet_ros import`` ask for, with the defaults.

Nothing here imports more than the standard library: the command line reads it for its help.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
import os
from pathlib import Path
from typing import Any

from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.training.recipe import option_name, Settings

VAL_SHARE = 0.15
LOST = 0.05
"""Share of right answers that a threshold may cost where none is given."""


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """One run of ``shufflenet_ros train``."""

    data: Path
    """Folder or CSV file, see :mod:`shufflenet_ros.dataset.sources`."""
    out: Path
    start: str
    """Published checkpoint, model folder, or name of a model in ``shipped``."""
    geometry: Geometry
    settings: Settings = Settings()
    shipped: Path = Path('models')
    threads: int = 0
    """Threads that make images and learn, shared between two halves; 0 for one on each core."""
    device: str = 'cpu'
    """PyTorch's name of what trains, such as ``cuda``."""
    val_share: float = VAL_SHARE
    keep_duplicates: bool = False
    reject: float | None = None
    """Share of right answers to give up for a threshold; None for no threshold."""
    out_of_distribution: Path | None = None
    """Folder of images of other things, to measure the threshold."""
    examples: bool = True
    """Whether the report shows images of the data."""
    origin: str = ''
    licence: str = ''
    command: Sequence[str] = ()
    save_every_s: float = 30.0

    def learning_threads(self) -> int:
        """Count the threads that make images and learn on a CPU."""
        return self.threads or len(os.sched_getaffinity(0))

    def choices(self) -> dict[str, Any]:
        """Option and value of each choice that the trained weights depend on."""
        values = asdict(self.settings)
        values |= values.pop('augmentation')
        return {option_name(name): value for name, value in values.items()} | {
            '--size': self.geometry.height, '--crop': self.geometry.crop_fraction,
            '--resize-mode': self.geometry.resize_mode, '--device': self.device}


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """One run of ``shufflenet_ros import``."""

    checkpoint: Path
    out: Path
    calibration: Path | None = None
    """Folder of images, at any depth; None for those of scikit-image."""
    labels: Path | None = None
    geometry: Geometry = Geometry(224, 224, 0.875)
    seed: int = 0
    licence: str = ''
    command: Sequence[str] = ()
