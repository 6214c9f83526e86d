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
OpenCV's dnn module.

The number of threads is one setting for all of OpenCV: making the candidate sets it to one for the
whole process. Two things suit it better than our file as it is: its AveragePool leaves the border
out of the mean whatever count_include_pad says, so the zeros are padded by a node of their own;
and it keeps the channel shuffle as one Gather, which is twice as fast here as Reshape, Transpose,
Reshape for the whole network.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from shufflenet_ros.bench.engines.interface import Calibration, floats
from shufflenet_ros.bench.runner.comparison import Candidate


def fp32(source: Path, folder: Path, calibration: Calibration) -> Candidate:
    """Float32, with OpenCV's defaults for everything but the threads."""
    from shufflenet_ros.bench.engines.float_input import pad_before_averages, write_float_input
    del calibration
    path = folder / 'opencv.onnx'
    write_float_input(source, path, pad_before_averages)
    network = cv2.dnn.readNetFromONNX(str(path))
    cv2.setNumThreads(1)

    def run(pixels: np.ndarray) -> np.ndarray:
        network.setInput(pixels)
        return network.forward()[0]

    return Candidate(run, floats)


FACTORIES = {'opencv_fp32': fp32}
