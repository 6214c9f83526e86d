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
Folders of images as a camera: in the order of their stamps, or of their names.

Stamps are those of ``frames.csv`` (as the verb ``frames`` writes it), or the names of the files
as TUM, EuRoC and others give them; without stamps the images are numbered, at 30 Hz from 1.0 s
on. All images below a folder are one camera. jpeg and png stay as they are, so that they are
decoded as the node does it, not rotated as EXIF may ask for; so are others, by OpenCV.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
import os
from pathlib import Path
import re
import stat
import sys

import cv2
import numpy as np
from shufflenet_ros.core.encoding.compressed import AS_STORED, decompress, ENCODING_OF
from shufflenet_ros.core.encoding.image_header import codec_of
from shufflenet_ros.core.errors import BagError, DatasetError, FrameError
from shufflenet_ros.core.frame import AnyFrame, CompressedFrame, Frame
from shufflenet_ros.core.text import plain
from shufflenet_ros.dataset.csv_files import CsvFile
from shufflenet_ros.dataset.image_files import images_below, LARGEST_FILE
from shufflenet_ros.recordings.image_messages import Arrival, SECOND_NS
from shufflenet_ros.recordings.natural_order import natural
from shufflenet_ros.recordings.storage import COMPRESSED, RAW, TOPIC, window_ns

TABLE = 'frames.csv'
RATE_HZ = 30
FIRST_NS = SECOND_NS
COMPRESSED_SUFFIXES = {'.jpg', '.jpeg', '.jpe', '.jfif', '.png'}
SECONDS = re.compile(r'(?:^|[^\d.])(\d{1,10})\.(\d{1,9})$', re.ASCII)
"""Name of an image that is a time in seconds, as TUM names them."""
DIGITS = re.compile(r'(?:^|\D)(\d{13}|\d{16,19})$', re.ASCII)
"""Name of an image that ends in a time: of ns (EuRoC), or by its length of us or ms."""
UNITS_NS = {13: 10 ** 6, 16: 1000}
"""Digits of a time of today in ms and us; 17 to 19 are ns."""
YEARS_NS = 1_100_000_000 * SECOND_NS, 4_200_000_000 * SECOND_NS
"""2004 to 2103: what is a time in ms or us lies between."""
LATEST_NS = 2 ** 63 - 1


class ImageFolder:
    """Images of one folder, or a single one; a context manager."""

    is_seekable = True

    def __init__(self, path: Path, say: Callable[[str], None] = lambda line: None) -> None:
        """Find the images and their stamps. Raises BagError."""
        self.path = path
        self.name = path.stem if path.is_file() else path.resolve().name
        try:
            images = [path] if path.is_file() else images_below(path)
            table = _read_table(path / TABLE)
        except DatasetError as error:
            raise BagError(str(error)) from error
        if not images:
            raise BagError(f'{plain(path)}: no images in it')
        images.sort(key=lambda one: natural(os.path.relpath(one, path)))
        self._stamps = _stamps(images, table)
        if len({one.parent for one in images}) > 1:
            say(f'{plain(path)}: the images of its {len({one.parent for one in images})} folders '
                'are read as those of one camera; give one of them alone for another')
        if not all(self._stamps):
            self._number(say)
        order = sorted(range(len(images)), key=self._stamps.__getitem__)
        self._images = [images[number] for number in order]
        self._stamps = [self._stamps[number] for number in order]
        is_compressed = all(one.suffix.lower() in COMPRESSED_SUFFIXES for one in images)
        self.topics = {TOPIC: COMPRESSED if is_compressed else RAW}
        self.counts = {TOPIC: len(images)}
        self.files = [*self._images, *([path / TABLE] if table else [])]

    def __enter__(self) -> ImageFolder:
        return self

    def __exit__(self, *_: object) -> None: ...

    @property
    def start_ns(self) -> int:
        """Stamp of its first image."""
        return self._stamps[0]

    @property
    def end_ns(self) -> int:
        """Just behind the stamp of its last image."""
        return self._stamps[-1] + 1

    @property
    def seconds(self) -> float:
        """From its first image to its last."""
        return (self.end_ns - self.start_ns) / SECOND_NS

    def images(self, topics: Collection[str], start_s: float = 0.0,
               end_s: float | None = None) -> Iterator[Arrival]:
        """Give its images in order; one that is damaged is an arrival with a problem."""
        return self.between(topics, *window_ns(self.start_ns, start_s, end_s))

    def between(self, topics: Collection[str], start_ns: int, stop_ns: int) -> Iterator[Arrival]:
        """Give those with ``start_ns <= stamp < stop_ns``, else as ``images``."""
        if TOPIC not in topics:
            return
        first, behind = (bisect_left(self._stamps, one) for one in (start_ns, stop_ns))
        for number in range(first, behind):
            yield self._arrival(self._images[number], self._stamps[number])

    def _arrival(self, path: Path, stamp_ns: int) -> Arrival:
        try:
            frame = _frame(_content(path), self.topics[TOPIC] == COMPRESSED)
        except FrameError as error:
            return Arrival(TOPIC, stamp_ns, stamp_ns, problem=f'{plain(path.name)}: {error}')
        return Arrival(TOPIC, stamp_ns, stamp_ns, frame=frame)

    def _number(self, say: Callable[[str], None]) -> None:
        without = self._stamps.count(0)
        if without < len(self._stamps):
            say(f'{plain(self.path)}: {without} of {len(self._stamps)} images have no stamp in '
                f'{TABLE} or in their name, so all are numbered, at {RATE_HZ} Hz')
        self._stamps = [FIRST_NS + number * SECOND_NS // RATE_HZ
                        for number in range(len(self._stamps))]


def stamp_of(name: str) -> int:
    """Give the stamp (ns) that the name of an image without its suffix ends in; 0 for none."""
    if found := SECONDS.search(name):
        return int(found[1]) * SECOND_NS + int(found[2].ljust(9, '0'))
    if not (found := DIGITS.search(name)):
        return 0
    digits = found[1]
    stamp_ns = int(digits) * UNITS_NS.get(len(digits), 1)
    low, high = YEARS_NS
    if len(digits) in UNITS_NS and not low <= stamp_ns <= high:
        stamp_ns = int(digits) if len(digits) > 13 else 0
    return stamp_ns if stamp_ns < LATEST_NS else 0


def _read_table(path: Path) -> dict[str, int]:
    """Give the stamps of images by their names; labelled images may lie in other folders now."""
    if not path.is_file():
        return {}
    file = CsvFile(path)
    if not {'path', 'stamp_ns'} <= set(file.columns):
        return {}
    return {Path(row['path']).name: int(row['stamp_ns']) for row in file.rows()
            if re.fullmatch(r'0*[1-9]\d{0,18}', row['stamp_ns'], re.ASCII)
            and int(row['stamp_ns']) < LATEST_NS}


def _stamps(images: list[Path], table: dict[str, int]) -> list[int]:
    return [table.get(one.name) or stamp_of(one.stem) for one in images]


def _content(path: Path) -> bytes:
    """Read a file; raises FrameError. A pipe would be waited for without end."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_FILE:
            raise FrameError(f'{found.st_size} bytes, expected a plain file of up to '
                             f'{LARGEST_FILE}')
        return path.read_bytes()
    except OSError as error:
        raise FrameError(f'cannot be read ({error.strerror})') from error


def _frame(content: bytes, is_compressed: bool) -> AnyFrame:
    codec = codec_of(content)
    if codec or is_compressed:
        frame = CompressedFrame(np.frombuffer(content, np.uint8), codec or 'jpeg')
        return frame if is_compressed else decompress(frame)
    rows = _decoded(content)
    if rows is None or (rows.dtype.name, rows.ndim) not in ENCODING_OF:
        raise FrameError(f'OpenCV cannot decode its {len(content)} bytes as an image of 8 or 16 '
                         'bits')
    height, width = rows.shape[:2]
    return Frame(rows, height, width, ENCODING_OF[rows.dtype.name, rows.ndim], rows.strides[0],
                 is_bigendian=sys.byteorder == 'big')


def _decoded(content: bytes) -> np.ndarray | None:
    if not content:
        return None
    try:
        return cv2.imdecode(np.frombuffer(content, np.uint8), AS_STORED)
    except cv2.error:  # of no memory for it, for example
        return None
