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

"""The worst errors as a contact sheet: wrong answers with the highest scores."""

from __future__ import annotations

import cv2
import numpy as np
from shufflenet_ros.core.encoding.layouts import Pixels
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.lettering import put_text, shortened
from shufflenet_ros.core.postprocess import softmax
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.evaluation.result import EvaluationResult

COLUMNS, ROWS = 6, 2
TILE, CAPTION = 140, 46
"""Pixels."""
INK, PAPER = (40, 40, 40), 255


def worst_errors(result: EvaluationResult) -> list[int]:
    """List images of val that are wrong, the surest first, as many as the sheet holds."""
    wrong = np.flatnonzero(result.int8.argmax(1) != result.val.labels)
    order = np.argsort(-softmax(result.int8)[wrong].max(1), kind='stable')
    return wrong[order][:COLUMNS * ROWS].tolist()


def contact_sheet(result: EvaluationResult, geometry: Geometry, chosen: list[int]) -> np.ndarray:
    """Draw what the network saw of images, with true class, answer and score; BGR uint8."""
    tiles = [_tile(result, geometry, index) for index in chosen]
    blank = np.full((TILE + CAPTION, TILE, 3), PAPER, np.uint8)
    columns = min(COLUMNS, len(tiles))
    tiles += [blank] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[start:start + columns])
                      for start in range(0, len(tiles), columns)])


def _tile(result: EvaluationResult, geometry: Geometry, index: int) -> np.ndarray:
    names, scores = result.val.classes, softmax(result.int8[index:index + 1])[0]
    tile = np.full((TILE + CAPTION, TILE, 3), PAPER, np.uint8)
    image = result.val.images[index]
    seen = preprocess(Pixels(image, None), geometry)[0]
    tile[2:TILE - 2, 2:TILE - 2] = cv2.resize(
        seen, (TILE - 4, TILE - 4), interpolation=cv2.INTER_AREA)[:, :, ::-1]
    for line, text in enumerate((f'is {names[result.val.labels[index]]}',
                                 f'said {names[scores.argmax()]}',
                                 f'score {scores.max():.2f}')):
        put_text(tile, shortened(text, TILE - 6, 0.36), 3, TILE + 11 + 14 * line, 0.36, INK)
    return tile
