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

"""Where results come from: versions, model, options and input, the same for two equal runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
import platform
from typing import Any

import cv2
import numpy as np
from shufflenet_ros.core.parts import View
from shufflenet_ros.core.smoothing import Smoothing
from shufflenet_ros.inference.onnx_runtime import ort
from shufflenet_ros.process.files import PACKAGE
from shufflenet_ros.replay.model import LoadedModel
from shufflenet_ros.replay.results import clean
from shufflenet_ros.replay.slices import Selection


@dataclass(frozen=True, slots=True)
class Input:
    """One recording, as provenance and manifest have it."""

    name: str
    """Of its results."""
    files: tuple[str, ...]
    """Paths."""
    sha256: tuple[str, ...]
    """Of each file, hexadecimal; empty where the user does not want it."""

    def describe(self) -> dict[str, Any]:
        """Give the names, sizes and digests of the files, without the folders they lie in."""
        return {'name': clean(self.name), 'files': [
            {'name': clean(Path(name).name), 'bytes': Path(name).stat().st_size,
             'sha256': digest or None}
            for name, digest in zip(self.files, self.sha256)]}


def provenance_of(model: LoadedModel, selection: Selection, view: View, smoothing: Smoothing,
                  through_node: bool) -> dict[str, Any]:
    """Give what all results of one run have in common."""
    region = view.region
    return {
        'package': f'{PACKAGE} {package_version()}',
        'model': {**asdict(model.identity), 'labels': [*model.spec.labels]},
        'options': {**asdict(selection), 'topics': [*selection.topics],
                    'precision': model.choice.precision, 'top_k': model.choice.top_k,
                    'threshold': model.threshold, 'through_node': through_node,
                    'region': [region.x, region.y, region.width, region.height],
                    'grid': str(view.grid or ''), 'classify_whole': view.has_whole,
                    'smoothing_s': smoothing.seconds,
                    'smoothing_margin': smoothing.margin if smoothing.is_on else None},
        'versions': {'onnxruntime': ort.__version__, 'numpy': np.__version__,
                     'opencv': cv2.__version__, 'python': platform.python_version(),
                     'machine': platform.machine()}}


def with_input(provenance: Mapping[str, Any], recording: Input,
               topics: Sequence[str]) -> dict[str, Any]:
    """Add the recording that one file of results is about, and the topics it was asked for."""
    return {**provenance, 'input': {**recording.describe(), 'topics': [*map(clean, topics)]}}


@lru_cache(maxsize=1)
def package_version() -> str:
    """Give the version of this package, or ``unknown`` where it was not installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return 'unknown'
