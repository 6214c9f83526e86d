"""
What the node thinks of a frame, drawn on it: what it sees, what it takes it for, how late it is.

All sizes follow from that of the picture, so that 320x240 can be read as well as 1920x1080. This
file draws and does nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

INK, FAINT, ACCENT, TRACK = (245, 245, 245), (190, 190, 190), (90, 200, 80), (70, 70, 70)  # BGR
SHADE = 0.55
"""Brightness of what the network does not see."""
PANEL = 0.3
"""Brightness of the picture under the text."""
MOST_LINES = 3
FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, slots=True)
class Guess:
    """One hypothesis, with the name of its class and a score in [0, 1]."""

    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes (pixels) that suit a picture."""

    line: int
    """Distance of two lines of text."""
    margin: int
    scale: float
    """Of OpenCV's font."""
    stroke: int

    @classmethod
    def of(cls, height: int, width: int) -> Layout:
        """Let lines be a twentieth of the height, but never too small for the font."""
        line = max(14, min(height // 20, width // 22))
        return cls(line, max(4, line // 3), line / 34, max(1, round(line / 18)))


def annotate(picture: np.ndarray, guesses: Sequence[Guess], region: tuple[int, int, int, int],
             note: str) -> None:
    """
    Draw on a picture, BGR uint8 (height, width, 3).

    ``region`` is top, left, height and width (pixels) of the crop that the network sees;
    ``guesses`` come best first, at most three are shown; ``note`` is a line of small text.
    """
    layout = Layout.of(*picture.shape[:2])
    _show_crop(picture, region, layout)
    most = max(1, picture.shape[0] // (2 * layout.line) - 1)
    shown = guesses[:min(MOST_LINES, most)]
    rows = max(1, len(shown)) + 1
    top = max(0, picture.shape[0] - rows * layout.line - layout.margin)
    _darken(picture[top:], PANEL)
    for number, guess in enumerate(shown):
        _show_guess(picture, guess, top + number * layout.line, layout, is_best=not number)
    if not shown:
        _write(picture, 'nothing above the threshold', top, layout.margin, layout, FAINT)
    _write(picture, note, top + (rows - 1) * layout.line, layout.margin, layout, FAINT)


def _show_crop(picture: np.ndarray, region: tuple[int, int, int, int], layout: Layout) -> None:
    top, left, height, width = region
    bottom, right = top + height, left + width
    for outside in (picture[:top], picture[bottom:], picture[top:bottom, :left],
                    picture[top:bottom, right:]):
        _darken(outside, SHADE)
    corners = (left, top), (right - 1, bottom - 1)
    cv2.rectangle(picture, *corners, (0, 0, 0), 3 * layout.stroke)
    cv2.rectangle(picture, *corners, ACCENT, max(1, 2 * layout.stroke - 1))


def _show_guess(picture: np.ndarray, guess: Guess, top: int, layout: Layout,
                is_best: bool) -> None:
    """Name, score, and the score as a bar that fills what is left of the line."""
    width = picture.shape[1]
    colour = INK if is_best else FAINT
    name_end, score_end = width * 45 // 100, width * 62 // 100
    _write(picture, guess.name, top, layout.margin, layout, colour, name_end - layout.margin)
    _write(picture, f'{guess.score:4.0%}', top, name_end, layout, colour)
    height = max(2, layout.line // 2)
    bar_top = top + layout.margin + (layout.line - height) // 2
    length = max(1, width - layout.margin - score_end)
    bar = picture[bar_top:bar_top + height, score_end:score_end + length]
    bar[:] = TRACK
    bar[:, :round(length * guess.score)] = ACCENT if is_best else FAINT


def _write(picture: np.ndarray, text: str, top: int, left: int, layout: Layout,
           colour: tuple[int, int, int], room: int | None = None) -> None:
    room = picture.shape[1] - left if room is None else room
    cv2.putText(picture, _fitting(text, room, layout),
                (left, top + layout.margin + layout.line * 3 // 4), FONT, layout.scale, colour,
                layout.stroke, cv2.LINE_AA)


def _fitting(text: str, room: int, layout: Layout) -> str:
    """Give the text, or as much of its start as there is room for."""
    def length(words: str) -> int:
        return cv2.getTextSize(words, FONT, layout.scale, layout.stroke)[0][0]

    if length(text) <= room:
        return text
    while text and length(f'{text}..') > room:
        text = text[:-1]
    return f'{text}..'


def _darken(part: np.ndarray, brightness: float) -> None:
    if part.size:
        part[:] = cv2.convertScaleAbs(part, alpha=brightness)
