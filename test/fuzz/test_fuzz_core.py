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
Any frame through decode, preprocess, postprocess and annotate: a result or a FrameError, at once.

    make fuzz FRAMES=100000 SEED=7
"""

import os
from pathlib import Path
import re
import time

from fuzz.core_frames import next_frame
import numpy as np
import pytest
from shufflenet_ros.core.annotate import annotate, NamedHypothesis
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.image import bgr_image
from shufflenet_ros.node.outputs.annotator import MAX_PIXELS, MAX_SIDE

FRAMES, SEED = int(os.environ.get('FRAMES', 3000)), int(os.environ.get('SEED', 1))
MAX_S = 0.5
ATTEMPTS = 3
"""Processor time of a call: whatever else the machine does is not the frame's fault."""
MAX_KB = 256 * 1024
GEOMETRY = Geometry(160, 160)
STATUS = Path('/proc/self/status')

pytestmark = [pytest.mark.slow, pytest.mark.fuzz, pytest.mark.timeout(120 + FRAMES // 20)]


class MeanEngine:
    """An engine that takes no time: what is tried is all around it."""

    def run(self, tensor):
        """Give the mean of each colour as a logit."""
        return tensor.mean((0, 1, 2), dtype=np.float32)


def test_any_frame_is_served_or_refused_at_a_bounded_cost():
    """No other exception, no call above half a second of processor time or 256 MiB."""
    rng = np.random.default_rng(SEED)
    classifier = Classifier(MeanEngine(), GEOMETRY)
    served = drawn = 0
    for number in range(FRAMES):
        frame = next_frame(rng)
        if isinstance(frame, FrameError):
            continue
        served += bounded(number, frame, classifier.classify)
        drawn += bounded(number, frame, draw)
    assert served > FRAMES // 10 and drawn > FRAMES // 10


def draw(frame):
    """Draw a result on the frame, as the node does."""
    image = bgr_image(frame, MAX_PIXELS, MAX_SIDE)
    annotate(image, [NamedHypothesis('grass', 0.5)], GEOMETRY.region(*image.shape[:2]), 'note')


def bounded(number, frame, call):
    """
    Whether the frame was served; asserts on what that has cost.

    The quickest of a few attempts counts: another process can slow one down for a moment.
    """
    for _ in range(ATTEMPTS):
        served, seconds, grown_kb = attempt(frame, call)
        if seconds < MAX_S:
            break
    what = (f'frame {number} of seed {SEED}, {call.__name__}: {seconds:.2f} s, {grown_kb} kB, '
            f'{type(frame).__name__} of {len(frame.data)} bytes')
    assert seconds < MAX_S and grown_kb < MAX_KB, what
    return served


def attempt(frame, call):
    """Give whether the frame was served, the time of the CPU (s) and the memory (kB) it took."""
    Path('/proc/self/clear_refs').write_text('5')  # the peak counts from here
    before_kb, start = memory_kb('VmRSS'), time.thread_time()
    try:
        call(frame)
        served = True
    except FrameError as error:
        assert str(error)
        served = False
    return served, time.thread_time() - start, memory_kb('VmHWM') - before_kb


def memory_kb(field):
    """Memory of this process."""
    return int(re.search(rf'{field}:\s*(\d+)', STATUS.read_text())[1])
