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

"""Values of options that several verbs take."""

from __future__ import annotations

import argparse
from math import isfinite
import re

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import RESIZE_MODES
from shufflenet_ros.core.parts import grid_of, region_of, View, WHOLE_IMAGE
from shufflenet_ros.core.text import plain

LARGEST_SIDE = 8192


def parse_size(text: str, smallest_side: int = 16) -> tuple[int, int]:
    """Height and width (pixels) of "640x480". Raises ConfigurationError for anything else."""
    found = re.fullmatch(r'(\d{1,5})x(\d{1,5})', text)
    width, height = (int(side) for side in found.groups()) if found else (0, 0)
    if not all(smallest_side <= side <= LARGEST_SIDE for side in (height, width)):
        raise ConfigurationError(
            f'--size {text!r}: expected WIDTHxHEIGHT, {smallest_side} to {LARGEST_SIDE} pixels '
            'each, such as 640x480')
    return height, width


def add_resize_mode(parser: argparse.ArgumentParser) -> None:
    """Declare how images that have not the shape of the input are fitted into it."""
    parser.add_argument('--resize-mode', choices=RESIZE_MODES, default=RESIZE_MODES[0],
                        help='of images that are not square: crop cuts the middle out, squash '
                        'stretches all of it, letterbox puts all of it between bars; the node '
                        'does as the model was trained (default: crop)')


def parse_view(region: str | None, grid: str) -> View | None:
    """
    Make a view of ``0,0.5,1,0.5`` and ``4x3``; None where neither is given.

    Raises ConfigurationError for what is no such text, or no part of an image.
    """
    if region is None and not grid.strip():
        return None
    if region is None:
        return View(WHOLE_IMAGE, grid_of(grid))
    try:
        shares = [float(share) for share in region.split(',')]
    except ValueError:
        raise ConfigurationError(
            f"--region '{plain(region)}': expected x,y,width,height as shares of the image, such "
            'as 0,0.67,1,0.33 for its lower third') from None
    return View(region_of(shares), grid_of(grid))


def check_window(start_s: float, end_s: float | None, every_s: float = 0.0) -> None:
    """Raise ConfigurationError where --start, --end and --every cannot choose images."""
    for name, value in (('--every', every_s), ('--start', start_s), ('--end', end_s)):
        if value is not None and not (isfinite(value) and value >= 0):
            raise ConfigurationError(f'{name} {value}: expected seconds, 0 or more')
    if end_s is not None and end_s <= start_s:
        raise ConfigurationError(f'--end {end_s}: expected more than --start {start_s}')
