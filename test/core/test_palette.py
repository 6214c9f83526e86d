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

"""Colours of classes can be told apart, by colour-blind eyes too, and letters by everybody."""

from itertools import combinations

import cv2
import numpy as np
import pytest
from shufflenet_ros.core.palette import (
    BLACK,
    HATCHINGS,
    ink_on,
    letters_of,
    look_of,
    PALETTE,
    rgba,
    WHITE,
)

SIGHTS = {  # of linear RGB: Machado, Oliveira, Fernandes 2009, severity 1.0
    'normal': [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    'protanopia': [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    'deuteranopia': [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    'tritanopia': [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}


def lab(colours, sight):
    """L*a*b* of BGR colours as they are seen."""
    rgb = np.array(colours, np.float64)[:, ::-1] / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = (linear @ np.array(SIGHTS[sight]).T).clip(0, 1)
    return cv2.cvtColor(linear[np.newaxis].astype(np.float32), cv2.COLOR_LRGB2LAB)[0]


@pytest.mark.parametrize('sight', SIGHTS)
@pytest.mark.parametrize('count, least', [(4, 45), (len(PALETTE), 20)])
def test_any_two_colours_differ(sight, count, least):
    """A difference of 2.3 is just noticed side by side; the first few differ most."""
    seen = lab(PALETTE[:count], sight)
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) >= least


def test_the_look_of_a_class_is_its_own():
    """Colour and hatching of each of the first sixty, letters of all."""
    looks = [look_of(index) for index in range(len(PALETTE) * len(HATCHINGS))]
    assert len({(look.colour, look.hatching) for look in looks}) == len(looks) == 60
    assert [letters_of(index) for index in (0, 25, 26, 701, 702)] == ['A', 'Z', 'AA', 'ZZ', 'AAA']
    assert len({letters_of(index) for index in range(3000)}) == 3000


@pytest.mark.parametrize('colour', PALETTE)
def test_text_can_be_read_on_its_colour(colour):
    """With a contrast of at least 4.5, which WCAG 2.1 asks for."""
    bgr = np.array(colour) / 255
    linear = np.where(bgr <= 0.04045, bgr / 12.92, ((bgr + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.0722, 0.7152, 0.2126]
    contrasts = {BLACK: (luminance + 0.05) / 0.05, WHITE: 1.05 / (luminance + 0.05)}
    assert contrasts[ink_on(colour)] == max(contrasts.values()) >= 4.5


def test_messages_have_red_first():
    """And shares of one."""
    assert rgba((0, 51, 255), 0.5) == pytest.approx((1.0, 0.2, 0.0, 0.5))
