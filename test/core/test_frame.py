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

"""The types that pass between rooms refuse what cannot be, and add up."""

from dataclasses import FrozenInstanceError
import math
import subprocess
import sys

import pytest
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import Frame, STAGES, StageTimings


def frame(**changes):
    values = {'data': bytes(12), 'height': 2, 'width': 2, 'encoding': 'rgb8', 'step': 6}
    return Frame(**{**values, **changes})


@pytest.mark.parametrize('size', [{'height': 0}, {'width': 0}, {'height': 0, 'width': 0}])
def test_an_image_without_pixels_is_refused_with_its_size(size):
    """A zero-size image is named as such, not passed on to crash later."""
    with pytest.raises(FrameError, match=r'image of \dx\d pixels'):
        frame(**size)


def test_a_frame_cannot_be_changed_on_its_way():
    """Rooms may share a frame because none can change it."""
    with pytest.raises(FrozenInstanceError):
        frame().width = 3


def test_stages_add_up_to_the_total():
    """The total is the sum of the stages, so a breakdown has no gap."""
    timings = StageTimings(1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000, 6_000_000,
                           7_500_000)
    milliseconds = timings.milliseconds()
    assert list(milliseconds) == [*STAGES, 'total']
    assert milliseconds['total'] == 28.5 == sum(milliseconds[stage] for stage in STAGES)


def test_an_image_without_stamp_has_no_age():
    """A missing stamp gives NaN for the age and the total, never an invented figure."""
    milliseconds = StageTimings(None, 1, 1, 1, 1, 1, 1).milliseconds()
    assert math.isnan(milliseconds['age_at_receipt']) and math.isnan(milliseconds['total'])
    assert milliseconds['inference'] == 1e-6


def test_the_types_load_without_opencv():
    """A user of the types alone pays for nothing else."""
    code = ('import sys; sys.modules["cv2"] = sys.modules["numpy"] = None; '
            'import shufflenet_ros.core.frame')
    subprocess.run([sys.executable, '-c', code], check=True)
