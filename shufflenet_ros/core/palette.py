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
Colours, letters and hatchings of classes: those of a class never depend on what else is seen.

The first twelve classes differ in colour: any two by 20 or more (CIE 1976 L*a*b*), for normal
sight, and as protanopes, deuteranopes and tritanopes see them (Machado, Oliveira, Fernandes 2009,
"A Physiologically-based Model for Simulation of Color Vision Deficiency"). Later classes have the
same colours with a hatching. Each class has letters too, so that no colour need be told apart.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import NamedTuple

Colour = tuple[int, int, int]
"""Blue, green, red: 0 to 255."""
PALETTE: tuple[Colour, ...] = (
    (255, 78, 98), (20, 0, 216), (0, 235, 235), (196, 255, 0), (118, 78, 157), (177, 0, 216),
    (235, 157, 255), (137, 235, 177), (0, 137, 235), (59, 137, 98), (255, 137, 177),
    (137, 177, 59))
"""BGR, by the index of the class; those that differ most come first."""
LEAST_OPACITY, MOST_OPACITY = 0.15, 0.5
"""Of the tint of a part with a score of 0, and of 1."""
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)


class Hatching(Enum):
    """Lines over the colour of a class: the direction (x, y) that they have."""

    NONE = (0, 0)
    RISING = (1, -1)
    FALLING = (1, 1)
    LEVEL = (1, 0)
    UPRIGHT = (0, 1)


HATCHINGS = tuple(Hatching)


class Look(NamedTuple):
    """How a class is shown."""

    colour: Colour
    ink: Colour
    """Of text on that colour: black or white, whichever can be read better."""
    hatching: Hatching
    letters: str
    """``A`` for class 0 to ``Z``, then ``AA``, ``AB`` and so on."""


@lru_cache(maxsize=1024)
def look_of(index: int) -> Look:
    """Give the look of a class by its index (0 or more) among the labels of its model."""
    colour = PALETTE[index % len(PALETTE)]
    hatching = HATCHINGS[index // len(PALETTE) % len(HATCHINGS)]
    return Look(colour, ink_on(colour), hatching, letters_of(index))


def opacity_of(score: float) -> float:
    """Give the opacity (0 to 1) of the tint of a part: the surer, the stronger."""
    return LEAST_OPACITY + (MOST_OPACITY - LEAST_OPACITY) * score


def letters_of(index: int) -> str:
    """Give the letters of a class: ``A`` to ``Z``, then ``AA`` and so on, as columns of tables."""
    letters, rest = '', index + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord('A') + letter) + letters
    return letters


def ink_on(colour: Colour) -> Colour:
    """Give black or white, whichever has more contrast to a BGR colour (WCAG 2.1)."""
    return BLACK if _luminance(colour) > 0.179 else WHITE


def rgba(colour: Colour, opacity: float = 1.0) -> tuple[float, float, float, float]:
    """Give red, green, blue and opacity, 0 to 1: as ``foxglove_msgs/Color`` has them."""
    blue, green, red = colour
    return red / 255, green / 255, blue / 255, opacity


def _luminance(colour: Colour) -> float:
    """Relative luminance of sRGB, 0 to 1 (WCAG 2.1)."""
    blue, green, red = (_linear(value / 255) for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
