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
From the camera's bytes to the tensor: each encoding and size, ours and the usual methods.

Each method has a copy of the frame to itself, so that none finds the cache warm from another's; in
a turn of calls the first is cold and the others are warm. ``--size`` is that of the camera.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np
from shufflenet_ros.bench.baseline.encoded_frames import frame_of
from shufflenet_ros.bench.baseline.preprocess import CODES, Method, methods_for
from shufflenet_ros.bench.runner.comparison import Candidate, Comparison, Entry, Results, run_all
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.core.encoding.decode import decode
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess

ROUNDS = 300
CAMERAS = ((480, 640), (720, 1280), (1080, 1920))
TENSOR = Geometry(224, 224)
"""For all models; only the resize mode is that of the model."""
ENCODINGS = (*CODES, 'nv24')


def measure(request: BenchRequest) -> Results:
    """Run one comparison for each size of the camera and each encoding."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        return run_all(comparisons(request), request.rounds or ROUNDS, request.warm_up)
    finally:
        cv2.setNumThreads(threads)


def comparisons(request: BenchRequest) -> Iterator[Comparison]:
    """Give one for each size and encoding; the outputs are compared as it is made."""
    for height, width in request.sizes or CAMERAS:
        image = cv2.resize(request.images[0], (width, height))
        for encoding in ENCODINGS:
            frame = frame_of(image, encoding)
            entries = _entries(frame, replace(
                TENSOR, resize_mode=request.spec.geometry.resize_mode))
            yield Comparison('preprocess', height, width, entries, [frame], reference='')


def _entries(frame: Frame, geometry: Geometry) -> list[Entry]:
    ours = _bound(_ours, geometry)
    tensor = ours(frame).astype(int)
    found = [Entry('ours', frame.encoding, Candidate(ours, _copied))]
    for name, method in methods_for(frame.encoding, geometry.resize_mode).items():
        run = _bound(method, geometry)
        facts = {}
        # The others give floats, or another part of the image: their values cannot be compared.
        if name == 'convert_first':
            facts['mean_difference'] = float(np.abs(tensor - run(frame)).mean())
        found.append(Entry(name, frame.encoding, Candidate(run, _copied), facts))
    return found


def _ours(frame: Frame, geometry: Geometry) -> np.ndarray:
    return preprocess(decode(frame), geometry)


def _bound(method: Method, geometry: Geometry) -> Callable[[Frame], np.ndarray]:
    return lambda frame: method(frame, geometry)


def _copied(frame: Frame) -> Frame:
    return replace(frame, data=bytearray(frame.data))
