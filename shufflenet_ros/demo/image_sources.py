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
What the demo's camera sees: a flight over real images of ground, or a video file.

Every source gives BGR uint8 images (height, width, 3) for a time in seconds, with the name of the
surface in view where it is known. The same time always gives the same image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, pi, sin
import os
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import Box, Grid, Part
from shufflenet_ros.core.text import plain
from shufflenet_ros.dataset.sample_images import samples_folder

GROUND = {'grass': 'grass', 'gravel': 'gravel', 'brick': 'paving_stones'}
"""
Image of the scikit-image package to the class of ``models/surfaces`` that it shows.

The ten surfaces have no brick: laid in a bond like these, paving stones are the right answer.
"""
LONGEST_STAY_S = 2.5
CELL_SIDE = 640.0
"""
Pixels of a cell for each of ``Pose.zoom``: a cell then shows about 290 pixels of a ground image.

``models/surfaces`` names most of them right at that scale.
"""


class ImageSource(Protocol):
    """Something that a camera can show."""

    def view(self, seconds: float) -> tuple[np.ndarray, str]:
        """Give the image at that time, and the class in it or '' where that is not known."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a camera that looks down is, and what light there is."""

    east: float
    north: float
    """Centre of the view in the ground image, -1 to 1 from edge to edge."""
    heading: float
    """Radians."""
    zoom: float
    """Pixels of the view for each pixel of the ground image: falls with height."""
    gain: float
    """Exposure, 1.0 for that of the ground image."""
    warmth: float
    """Red gain divided by blue gain, 1.0 for neutral light."""


def pose_at(seconds: float) -> Pose:
    """Move smoothly, in waves whose periods have no common multiple within any demo."""
    def wave(period: float, phase: float = 0.0) -> float:
        return sin(2 * pi * seconds / period + phase)

    return Pose(
        east=0.25 * wave(7.3), north=0.25 * wave(5.9, 1.0), heading=pi * wave(13.7, 0.5),
        zoom=2.2 + 0.5 * wave(6.1, 2.0), gain=1.0 + 0.35 * wave(4.3),
        warmth=1.0 + 0.12 * wave(9.1, 0.3))


class Flight:
    """A camera over grass, gravel and brick, at changing height, heading and light."""

    def __init__(self, width: int, height: int, seconds: float,
                 folder: Path | None = None) -> None:
        """
        Read the ground images (default: those of the installed scikit-image).

        Raises ConfigurationError where they are missing. Each surface stays in view for 2.5 s,
        or less where a short flight (``seconds``) would not reach all of them.
        """
        self._size = (width, height)
        self._stay_s = min(LONGEST_STAY_S, seconds / len(GROUND))
        folder = folder or samples_folder('give a video with --video FILE')
        self._ground = [(_read_ground(folder / f'{name}.png'), label)
                        for name, label in GROUND.items()]

    def view(self, seconds: float) -> tuple[np.ndarray, str]:
        """Give the image at that time and the surface below."""
        ground, label = self._ground[int(seconds / self._stay_s) % len(self._ground)]
        pose = pose_at(seconds)
        return _in_light(self._projected(ground, pose), pose), label

    def _projected(self, ground: np.ndarray, pose: Pose,
                   interpolation: int = cv2.INTER_LINEAR) -> np.ndarray:
        """Grey uint8 (height, width) as seen from a pose; beyond its edge the ground mirrors."""
        width, height = self._size
        side = ground.shape[0]
        along, across = cos(pose.heading) / pose.zoom, sin(pose.heading) / pose.zoom
        centre = (side / 2 * (1 + pose.east), side / 2 * (1 + pose.north))
        # From a pixel of the view to one of the ground.
        to_ground = np.array([
            [along, -across, centre[0] - along * width / 2 + across * height / 2],
            [across, along, centre[1] - across * width / 2 - along * height / 2]])
        return cv2.warpAffine(ground, to_ground, self._size,
                              flags=interpolation | cv2.WARP_INVERSE_MAP,
                              borderMode=cv2.BORDER_REFLECT_101)


class Fields(Flight):
    """A flight that is higher: several surfaces are in view, and each pixel's is known."""

    def __init__(self, width: int, height: int, grid: Grid, folder: Path | None = None) -> None:
        """
        Lay grass, gravel and brick side by side; ConfigurationError where an image is missing.

        The height is such that a cell of ``grid`` shows as much ground as the model knows.
        """
        super().__init__(width, height, LONGEST_STAY_S, folder)
        self._cells = grid.cells(Box(0, 0, height, width))
        self._names = [label for _, label in self._ground]
        fields = [_mirrored(ground) for ground, _ in self._ground]
        marks = [np.full_like(field, number) for number, field in enumerate(fields)]
        self._fields, self._marks = _chequered(fields), _chequered(marks)
        self._zoom = min(width / grid.columns, height / grid.rows) / CELL_SIDE

    def view(self, seconds: float) -> tuple[np.ndarray, str]:
        """Give the image at that time; no surface is that of all of it."""
        pose = self._pose_at(seconds)
        return _in_light(self._projected(self._fields, pose), pose), ''

    def cells(self, seconds: float) -> list[tuple[Part, str]]:
        """Give the cells at that time and the surface of each, or '' where it has several."""
        marks = self._projected(self._marks, self._pose_at(seconds), cv2.INTER_NEAREST)
        return [(cell, self._surface(marks, cell.box)) for cell in self._cells]

    def _surface(self, marks: np.ndarray, box: Box) -> str:
        seen = marks[box.top:box.bottom, box.left:box.right]
        return self._names[seen[0, 0]] if seen.min() == seen.max() else ''

    def _pose_at(self, seconds: float) -> Pose:
        pose = pose_at(seconds)
        return replace(pose, east=2 * pose.east, north=2 * pose.north,
                       zoom=self._zoom * pose.zoom)


class Video:
    """A video file, in a loop, at its own size and rate."""

    def __init__(self, path: str | Path) -> None:
        """Open the file; ConfigurationError where that cannot be or it holds no frame."""
        self._path = str(path)
        _check_path(self._path)
        self._capture = cv2.VideoCapture(self._path)
        ok, self._image = self._capture.read()
        if not ok:
            raise ConfigurationError(f'{plain(path)}: OpenCV finds no video frame in it; use a '
                                     'format that it reads, such as mp4, avi or mkv')
        self._period_s = 1.0 / (self._capture.get(cv2.CAP_PROP_FPS) or 30.0)
        self._position = 0

    def view(self, seconds: float) -> tuple[np.ndarray, str]:
        """Give the image at that time; times must not go backward."""
        wanted = int(seconds / self._period_s)
        while self._position < wanted:
            self._position += 1
            ok, image = self._capture.read()
            if not ok:
                self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
                ok, image = self._capture.read()
            if not ok:
                raise ConfigurationError(f'{plain(self._path)}: the video cannot be read again '
                                         'from its start')
            self._image = image
        return self._image, ''


def _check_path(path: str) -> None:
    if '\0' in path or not os.path.isfile(path):
        raise ConfigurationError(f'{plain(path)}: no such video file')
    try:
        os.path.realpath(path).encode()
    except UnicodeEncodeError as error:
        # OpenCV does not survive such a name.
        raise ConfigurationError(f'{plain(path)}: expected a path in UTF-8; rename the file or '
                                 'its folder') from error


def _mirrored(ground: np.ndarray) -> np.ndarray:
    """Make a field of twice the size of an image, without a seam."""
    height, width = ground.shape
    return cv2.copyMakeBorder(ground, 0, height, 0, width, cv2.BORDER_REFLECT_101)


def _chequered(fields: Sequence[np.ndarray]) -> np.ndarray:
    """Lay fields in two rows: the first two, then the third and the first."""
    first, second, third = fields
    return np.vstack((np.hstack((first, second)), np.hstack((third, first))))


def _read_ground(path: Path) -> np.ndarray:
    ground = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if ground is None:
        raise ConfigurationError(f'{path}: image missing or unreadable; install scikit-image '
                                 'again (pip install scikit-image)')
    return ground


def _in_light(view: np.ndarray, pose: Pose) -> np.ndarray:
    """Grey to BGR in the light of a pose."""
    blue_green_red = pose.gain * np.array([1 / pose.warmth ** 0.5, 1.0, pose.warmth ** 0.5])
    table = np.clip(np.arange(256)[np.newaxis, :, np.newaxis] * blue_green_red, 0, 255)
    # The table is (1, 256, 3): one column for each channel.
    return cv2.LUT(cv2.cvtColor(view, cv2.COLOR_GRAY2BGR), table.astype(np.uint8))
