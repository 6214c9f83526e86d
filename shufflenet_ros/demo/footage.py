"""
What the demo's camera sees: a flight over real photographs, or a video file.

Every source yields BGR uint8 images (height, width, 3) for a time in seconds, with the name of
the surface in view where it is known. The same time always gives the same image.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.dataset.sample_images import samples_folder

PHOTOGRAPHS = {'grass': 'grass', 'gravel': 'gravel', 'brick': 'paving_stones'}
"""
Photograph of the scikit-image package to the class of ``models/surfaces`` that it shows.

The ten surfaces know no brick: laid in a bond like these, paving stones are the right answer.
"""
LONGEST_STAY_S = 2.5


class Footage(Protocol):
    """A source of images."""

    def view(self, seconds: float) -> tuple[np.ndarray, str]:
        """Give the image at that time, and the class in it or '' where nobody knows."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a downward camera is, and what light there is."""

    east: float
    north: float
    """Centre of the view in the photograph, -1 to 1 from edge to edge."""
    heading: float
    """Radians."""
    zoom: float
    """Pixels of the image for each pixel of the photograph: falls with height."""
    gain: float
    """Exposure, 1.0 as photographed."""
    warmth: float
    """Red gain divided by blue gain, 1.0 for neutral light."""


def pose_at(seconds: float) -> Pose:
    """Wander smoothly, along waves whose periods have no common multiple within any demo."""
    def wave(period: float, phase: float = 0.0) -> float:
        return sin(2 * pi * seconds / period + phase)

    return Pose(
        east=0.25 * wave(7.3), north=0.25 * wave(5.9, 1.0), heading=pi * wave(13.7, 0.5),
        zoom=2.2 + 0.5 * wave(6.1, 2.0), gain=1.0 + 0.35 * wave(4.3),
        warmth=1.0 + 0.12 * wave(9.1, 0.3))


class Flight:
    """A camera over grass, gravel and brick, at changing height, heading and light."""

    def __init__(self, width: int, height: int, seconds: float,
                 photographs: Path | None = None) -> None:
        """
        Read the photographs (default: those of the installed scikit-image).

        Raises ConfigurationError where they are missing. Each surface stays in view for 2.5 s,
        or less where a short flight (``seconds``) would not reach all of them.
        """
        self._size = (width, height)
        self._stay_s = min(LONGEST_STAY_S, seconds / len(PHOTOGRAPHS))
        folder = photographs or samples_folder('give a video with --video FILE')
        self._ground = []
        for name, label in PHOTOGRAPHS.items():
            photograph = cv2.imread(str(folder / f'{name}.png'), cv2.IMREAD_GRAYSCALE)
            if photograph is None:
                raise ConfigurationError(
                    f'{folder / name}.png: photograph missing or unreadable; install '
                    'scikit-image again (pip install scikit-image)')
            self._ground.append((photograph, label))

    def view(self, seconds: float) -> tuple[np.ndarray, str]:
        """Give the image at that time and the surface below."""
        photograph, label = self._ground[int(seconds / self._stay_s) % len(self._ground)]
        return self._render(photograph, pose_at(seconds)), label

    def _render(self, photograph: np.ndarray, pose: Pose) -> np.ndarray:
        width, height = self._size
        side = photograph.shape[0]
        # From a pixel of the view to one of the photograph; beyond its edge it is mirrored.
        along = cos(pose.heading) / pose.zoom
        across = sin(pose.heading) / pose.zoom
        centre = (side / 2 * (1 + pose.east), side / 2 * (1 + pose.north))
        to_photograph = np.array([
            [along, -across, centre[0] - along * width / 2 + across * height / 2],
            [across, along, centre[1] - across * width / 2 - along * height / 2]])
        view = cv2.warpAffine(photograph, to_photograph, self._size,
                              flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                              borderMode=cv2.BORDER_REFLECT_101)
        blue_green_red = pose.gain * np.array([1 / pose.warmth ** 0.5, 1.0, pose.warmth ** 0.5])
        table = np.arange(256)[:, np.newaxis] * blue_green_red
        table = np.clip(table, 0, 255).astype(np.uint8)[np.newaxis]  # (1, 256, 3)
        return cv2.LUT(cv2.cvtColor(view, cv2.COLOR_GRAY2BGR), table)


class Video:
    """A video file, in a loop, at its own size and pace."""

    def __init__(self, path: str | Path) -> None:
        """Open the file; ConfigurationError where that cannot be or it holds no frame."""
        self._path = str(path)
        if not Path(path).is_file():
            raise ConfigurationError(f'{path}: no such video file')
        self._capture = cv2.VideoCapture(self._path)
        ok, self._image = self._capture.read()
        if not ok:
            raise ConfigurationError(f'{path}: OpenCV finds no video frame in it; use a format '
                                     'that it reads, such as mp4, avi or mkv')
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
                raise ConfigurationError(f'{self._path}: the video cannot be read again from '
                                         'its start')
            self._image = image
        return self._image, ''
