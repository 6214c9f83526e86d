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
Write text on images: in OpenCV's own font, and what that lacks in a font of the system.

OpenCV's font knows ASCII alone. Other letters are drawn by Pillow with the first font that has
them; a letter that no font here has is drawn as its escape (``\u8349``), and told in
:func:`missing_letters`. Pillow is loaded only then: where it is not installed, all are escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import chain
import os
from pathlib import Path
import re
from typing import Any
from unicodedata import category, normalize

import cv2
import numpy as np
from shufflenet_ros.core.text import plain

FONT = cv2.FONT_HERSHEY_SIMPLEX
EM = 29.0
"""Pixels of an em at scale 1 that make letters as high as OpenCV's."""
FOLDERS = ('/usr/share/fonts', '/usr/local/share/fonts', '~/.local/share/fonts', '~/.fonts')
SUFFIXES = ('.ttf', '.otf', '.ttc')
FIRST = ('dejavusans.', 'notosans-regular', 'notosanscjk-regular', 'droidsansfallback',
         'freesans.', 'unifont', 'wqy', 'liberationsans-regular')
"""Beginnings of the names of fonts that are tried before all others, which have any order."""
MAX_FONTS = 150
"""So many are opened at most, to find one that has a letter."""
PROBE_SIZE = 24
NOWHERE = '\U0010ffff'
"""A code point that no font has: it looks as every missing letter does."""
DESCENDING = re.compile(r'[gjpqyQ,;@_$|/\\()\[\]{}]')
"""Characters of OpenCV's font that reach below their line."""
Colour = tuple[int, int, int]


def put_text(image: np.ndarray, text: str, left: int, baseline: int, scale: float,
             colour: Colour, stroke: int = 1) -> None:
    """
    Write one line on a BGR uint8 image (height, width, 3), cut off at its edges.

    ``scale`` is that of OpenCV's font, of which a capital letter is 21 pixels high at 1.0;
    ``colour`` is BGR, ``stroke`` in pixels.
    """
    text = drawable(text)
    if text.isascii():
        cv2.putText(image, text, (left, baseline), FONT, scale, colour, stroke, cv2.LINE_AA)
        return
    mask, above = _mask(text, _size(scale))
    top = baseline - above
    mask = mask[max(0, -top):, max(0, -left):]
    part = image[max(0, top):, max(0, left):][:mask.shape[0], :mask.shape[1]]
    share = mask[:part.shape[0], :part.shape[1], np.newaxis].astype(np.float32) / 255
    part[:] = np.rint(part * (1 - share) + np.array(colour, np.float32) * share)


def text_width(text: str, scale: float, stroke: int = 1) -> int:
    """Give the width of a line in pixels."""
    text = drawable(text)
    if text.isascii():
        return cv2.getTextSize(text, FONT, scale, stroke)[0][0]
    return _mask(text, _size(scale))[0].shape[1]


def text_extent(text: str, scale: float, stroke: int = 1) -> tuple[int, int, int]:
    """Give a line's width, and how far it reaches above and below its base, in pixels."""
    text = drawable(text)
    if not text.isascii():
        mask, above = _mask(text, _size(scale))
        return mask.shape[1], above, mask.shape[0] - above
    (width, above), below = cv2.getTextSize(text, FONT, scale, stroke)
    return width, above, below if DESCENDING.search(text) else (stroke + 1) // 2


def shortened(text: str, max_width: int, scale: float, stroke: int = 1) -> str:
    """Give the text, or as much of its start as fits into that many pixels with two dots."""
    text = drawable(text)
    if text_width(text, scale, stroke) <= max_width:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if text_width(f'{text[:middle]}..', scale, stroke) <= max_width:
            fits = middle
        else:
            too_long = middle
    return f'{text[:fits]}..'


@lru_cache(maxsize=512)
def drawable(text: str) -> str:
    """Give a text as it is drawn: on one line, an escape for each letter that no font here has."""
    text = normalize('NFC', plain(text))
    lost = missing_letters(text)
    return ''.join(letter.encode('unicode_escape').decode('ascii') if letter in lost else
                   ' ' if letter.isspace() else letter for letter in text)


def fonts_of(text: str) -> list[str]:
    """Give the font files that draw the letters of a text, each once."""
    return list(dict.fromkeys(path for _, path in _runs(drawable(text))))


def missing_letters(text: str) -> str:
    """Give the letters of a text that cannot be drawn here, each once; '' where all can."""
    return ''.join(dict.fromkeys(
        letter for letter in normalize('NFC', text)
        if not letter.isascii() and not _is_mark(letter) and not letter.isspace()
        and plain(letter) == letter and _font_of(letter) is None))


def _size(scale: float) -> int:
    return max(6, round(EM * scale))


@lru_cache(maxsize=256)
def _mask(text: str, size: int) -> tuple[np.ndarray, int]:
    """Draw a line: its coverage, uint8 (height, width), and how many rows are above the line."""
    from PIL import Image, ImageDraw
    runs = [(part, _opened(path, size)) for part, path in _runs(text)]
    widths = [font.getlength(part) for part, font in runs]
    above = max(-font.getbbox(part, anchor='ls')[1] for part, font in runs)
    below = max(font.getbbox(part, anchor='ls')[3] for part, font in runs)
    image = Image.new('L', (max(1, round(sum(widths))), max(1, round(above + below))))
    left = 0.0
    for (part, font), width in zip(runs, widths):
        ImageDraw.Draw(image).text((left, above), part, 255, font, anchor='ls')
        left += width
    return np.asarray(image), round(above)


def _runs(text: str) -> list[tuple[str, str]]:
    """Split into parts that one font draws; marks and joiners stay with their letter."""
    runs: list[tuple[str, str]] = []
    for letter in text:
        path = runs[-1][1] if runs and _is_mark(letter) else _font_of(letter)
        if runs and path in (runs[-1][1], None):
            runs[-1] = runs[-1][0] + letter, runs[-1][1]
        elif path is not None:
            runs.append((letter, path))
    return runs


def _is_mark(letter: str) -> bool:
    return category(letter)[0] in 'MC'


@cache
def _font_of(letter: str) -> str | None:
    """Find the first font that has a letter."""
    return next((path for path in _fonts() if _has(path, letter)), None)


@cache
def _fonts() -> tuple[str, ...]:
    """List the font files of this system, those first that have many letters."""
    if find_spec('PIL') is None:
        return ()
    found = [path for path in chain(*map(_files, FOLDERS), _files_of_matplotlib())
             if path.suffix.lower() in SUFFIXES]
    ranks = {path: next((rank for rank, name in enumerate(FIRST)
                         if path.name.lower().startswith(name)), len(FIRST)) for path in found}
    return tuple(str(path) for path in sorted(found, key=lambda path: ranks[path])[:MAX_FONTS])


def _files(folder: str) -> Iterator[Path]:
    for place, _, names in sorted(os.walk(os.path.expanduser(folder))):
        yield from (Path(place) / name for name in sorted(names))


def _files_of_matplotlib() -> Iterator[Path]:
    """List the fonts that it brings, where it is installed."""
    found = find_spec('matplotlib')
    if found is not None and found.origin is not None:
        yield from _files(str(Path(found.origin).parent / 'mpl-data' / 'fonts' / 'ttf'))


def _has(path: str, letter: str) -> bool:
    try:
        font = _opened(path, PROBE_SIZE)
        return _look(font, letter) != _look(font, NOWHERE)
    except (OSError, ValueError):  # no font, or a damaged one
        return False


def _look(font: Any, letter: str) -> tuple[object, ...]:
    mask = font.getmask(letter)
    return mask.size, bytes(mask)


@lru_cache(maxsize=256)
def _opened(path: str, size: int) -> Any:
    from PIL import ImageFont
    return ImageFont.truetype(path, size)
