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

"""Small parts of HTML; every text is escaped here, and nowhere else."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

import cv2
import numpy as np
from shufflenet_ros.core.text import plain

LONGEST = 400
"""Characters of a cell."""
QUALITY = 82
"""Of jpegs."""
Cell = str
Row = Sequence[Cell]


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: object) -> Html:
    """Escape a text; what is HTML already stays."""
    return value if isinstance(value, Html) else Html(escape(plain(value, LONGEST)))


def element(name: str, content: object, css: str = '') -> Html:
    """Put a text or HTML into an element."""
    kind = f' class="{css}"' if css else ''
    return Html(f'<{name}{kind}>{text(content)}</{name}>')


def joined(parts: Iterable[object]) -> Html:
    """Put parts behind one another."""
    return Html('\n'.join(text(part) for part in parts))


def table(head: Sequence[str], rows: Iterable[Row], numbers: Sequence[int] = ()) -> Html:
    """Make a table; columns in ``numbers`` stand on the right. Wide ones scroll on their own."""
    def row(kind: str, cells: Row) -> str:
        return '<tr>' + ''.join(
            element(kind, cell, 'n' if place in numbers else '')
            for place, cell in enumerate(cells)) + '</tr>'

    lines = [row('th', head)] if head else []
    body = '\n'.join([*lines, *(row('td', cells) for cells in rows)])
    return Html(f'<div class="wide"><table>{body}</table></div>')


def words_table(head: Sequence[str], rows: Iterable[Row]) -> Html:
    """Make a table of text, whose cells stand below one another on a phone."""
    lines = ['<tr>' + ''.join(element('th', cell) for cell in head) + '</tr>'] if head else []
    names = head or [''] * 9
    lines += ['<tr>' + ''.join(f'<td data-head="{text(name)}">{text(cell)}</td>'
                               for name, cell in zip(names, cells)) + '</tr>' for cells in rows]
    body = '\n'.join(lines)
    return Html(f'<div class="wide"><table class="words">{body}</table></div>')


def dot(colour: str, name: str) -> Html:
    """Show the colour of a class before its name."""
    square = f'<span class="dot" style="background:{escape(colour)}"></span>'
    return Html(f'<span class="label">{square}<span>{text(name)}</span></span>')


def meter(share: float, colour: str) -> Html:
    """Show a share as a bar."""
    return Html(f'<span class="meter"><span style="width:{max(0.0, min(1.0, share)) * 100:.2f}%;'
                f'background:{escape(colour)}"></span></span>')


def image(pixels: np.ndarray, words: str) -> Html:
    """Put a BGR uint8 image (height, width, 3) into the page as jpeg."""
    data = cv2.imencode('.jpg', pixels, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1].tobytes()
    height, width = pixels.shape[:2]
    return Html(f'<img alt="{text(words)}" width="{width}" height="{height}" '
                f'src="data:image/jpeg;base64,{base64.b64encode(data).decode("ascii")}">')


def percent(share: float | None, digits: int = 2) -> str:
    """Give a share in percent, cut off so that 99.999 % is never 100 %."""
    if share is None:
        return '-'
    factor = 10 ** digits
    return f'{int(share * 100 * factor + 1e-7) / factor:.{digits}f} %'


def count(number: int, one: str, many: str = '') -> str:
    """Give a number with its noun."""
    return f'{number:,} {one if number == 1 else many or one + "s"}'.replace(',', '\u202f')
