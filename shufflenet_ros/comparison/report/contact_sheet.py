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

"""The contact sheet as one PNG: frames with the answers to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from shufflenet_ros.comparison.recorded_images import Wanted
from shufflenet_ros.comparison.report.figures import GREY
from shufflenet_ros.comparison.report.highlights import Highlight
from shufflenet_ros.core.lettering import put_text, shortened

COLUMNS = 6
WIDTH, LINE = 220, 19
"""Pixels of a tile, and of a line below it."""
FLATTEST, HIGHEST = 0.5, 1.0
"""Height of an image by its width."""
INK, SOFT, PAPER, EMPTY = (40, 40, 40), (110, 110, 110), 255, 225
SCALE = 0.42


def contact_sheet(highlights: Sequence[Highlight], images: Mapping[Wanted, np.ndarray],
                  colours: Mapping[str, str]) -> np.ndarray:
    """Draw the frames in rows; BGR uint8 (height, width, 3)."""
    lines = max(len(one.answers) for one in highlights) + 1
    height = _height(images)
    tiles = [_tile(one, images.get(one.frame), colours, height, lines) for one in highlights]
    columns = min(COLUMNS, len(tiles))
    tiles += [np.full_like(tiles[0], PAPER)] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[start:start + columns])
                      for start in range(0, len(tiles), columns)])


def _tile(one: Highlight, pixels: np.ndarray | None, colours: Mapping[str, str],
          height: int, lines: int) -> np.ndarray:
    tile = np.full((height + lines * LINE + 8, WIDTH, 3), PAPER, np.uint8)
    tile[3:height - 3, 3:-3] = EMPTY
    if pixels is None:
        put_text(tile, 'no image', 12, height // 2, SCALE, SOFT)
    else:
        _paste(tile[3:height - 3, 3:-3], pixels)
    for number, answer in enumerate(one.answers):
        base = height + 13 + number * LINE
        colour = colours.get(answer.name, GREY)
        cv2.rectangle(tile, (4, base - 9), (13, base), _bgr(colour), cv2.FILLED)
        score = '' if answer.score is None else f' {answer.score:.2f}'
        words = f'{answer.who} {answer.name}'.strip()
        put_text(tile, shortened(words, WIDTH - 62, SCALE), 18, base, SCALE, INK)
        put_text(tile, score, WIDTH - 42, base, SCALE, INK)
    base = height + 13 + len(one.answers) * LINE
    where = f'{one.at_s:.2f} s {one.frame.recording}'
    put_text(tile, shortened(where, WIDTH - 8, SCALE), 4, base, SCALE, SOFT)
    return tile


def _height(images: Mapping[Wanted, np.ndarray]) -> int:
    """Give the pixels that most images need in the width of a tile."""
    shapes = [one.shape[0] / one.shape[1] for one in images.values()] or [0.75]
    return round(WIDTH * min(HIGHEST, max(FLATTEST, float(np.median(shapes)))))


def _paste(place: np.ndarray, pixels: np.ndarray) -> None:
    """Fit an image into a place, with its shape kept."""
    height, width = place.shape[:2]
    scale = min(height / pixels.shape[0], width / pixels.shape[1])
    size = max(1, int(pixels.shape[1] * scale)), max(1, int(pixels.shape[0] * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    place[top:top + size[1], left:left + size[0]] = small


def _bgr(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[place:place + 2], 16) for place in (1, 3, 5))
    return blue, green, red
