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
The folder that frames are written into: images, and ``frames.csv`` that says where each is from.

Whatever the user has done in it since stays: labels in the CSV, images sorted into folders or
deleted. A frame that was written once is not written again.
"""

from __future__ import annotations

from collections.abc import Iterator
import csv
import io
import os
from pathlib import Path
import re
from typing import NamedTuple

import cv2
import numpy as np
from shufflenet_ros.core.errors import ConfigurationError, DatasetError, FrameError
from shufflenet_ros.core.text import plain
from shufflenet_ros.dataset.csv_files import CsvFile, safe_cell
from shufflenet_ros.dataset.image_files import decode_image, images_below
from shufflenet_ros.process.files import prepare_folder

TABLE = 'frames.csv'
COLUMNS = ('path', 'label', 'stamp_ns', 'topic', 'frame_id', 'bag')
PATCH_COLUMNS = ('cell', 'region', 'grid')
"""More of them, where the images are parts of frames: which part, and how it was cut."""
DIGITS = 19
"""Of a stamp in ns: names sort by time."""
FRAME = re.compile(rf'_\d{{{DIGITS}}}(_r\d+c\d+)?(_\d+)?$')
"""How the name of a frame ends."""
WORD_BYTES = 100
"""Of a bag or topic in a name, which may have 255 bytes in all."""


class Source(NamedTuple):
    """Where a frame comes from: what it is recognized by."""

    bag: str
    """Path of the bag from the folder on."""
    topic: str
    stamp_ns: str
    cell: str = ''
    """As the node calls it, such as ``r0c2``; empty for a whole frame, or a whole region."""
    region: str = ''
    """``0,0.5,1,0.5``: x, y, width and height as shares of the frame; empty for a frame."""
    grid: str = ''
    """``4x3``; empty without one."""


class FrameFolder:
    """Images of frames, or patches of frames, below one folder."""

    def __init__(self, folder: Path, suffix: str, quality: int, patches: bool = False) -> None:
        """
        Make the folder, or read what is in it.

        ``suffix`` is ``.jpg``, written in that ``quality``, or ``.png``. ``patches`` says that
        parts of frames will be written. Raises ConfigurationError where the folder cannot be
        written, or its CSV is not of this kind.
        """
        prepare_folder(folder)
        self._folder = folder
        self._suffix = suffix
        self._options = (cv2.IMWRITE_JPEG_QUALITY, quality) if suffix == '.jpg' else ()
        self._columns, rows = _read_table(folder / TABLE, patches)
        self._sources = {
            Source(safe_cell(row['bag']), safe_cell(row['topic']), row['stamp_ns'],
                   *(row.get(column, '') for column in PATCH_COLUMNS)) for row in rows}
        self._stems = {Path(row['path']).stem for row in rows}
        self.images = [path for path in images_below(folder)
                       if path.is_file() and not self._is_half_done(path)]
        self._stems |= {path.stem for path in self.images}

    def source(self, bag: Path, topic: str, stamp_ns: int) -> Source:
        """Name the source of a whole frame as the CSV does."""
        return Source(safe_cell(os.path.relpath(bag, self._folder)), safe_cell(topic),
                      str(stamp_ns))

    def holds(self, source: Source) -> bool:
        """Whether that image was written here before, whatever has become of it."""
        return source in self._sources

    def read_images(self) -> Iterator[np.ndarray | None]:
        """Images that are there, BGR uint8 (height, width, 3); None for one that is damaged."""
        for path in self.images:
            try:
                yield decode_image(path.read_bytes())
            except OSError:
                yield None

    def write(self, image: np.ndarray, source: Source, bag: str, frame_id: str) -> np.ndarray:
        """
        Write a BGR uint8 image (height, width, 3) and its row; return the image as read again.

        Raises FrameError where the format cannot hold it, and ConfigurationError where writing
        fails; then neither of the two is there.
        """
        data = self._encoded(image)
        path = self._folder / f'{self._stem(source, bag)}{self._suffix}'
        try:
            _write_whole(path, data)
            try:
                self._append((path.name, '', source.stamp_ns, source.topic, safe_cell(frame_id),
                              source.bag, source.cell, source.region, source.grid))
            except OSError:
                path.unlink()
                raise
        except OSError as error:
            raise ConfigurationError(
                f'{plain(path)}: cannot be written ({error.strerror}); the frames before it are '
                'kept, and the same command goes on from there') from error
        self._sources.add(source)
        self._stems.add(path.stem)
        written = decode_image(data)
        assert written is not None
        return written

    def _encoded(self, image: np.ndarray) -> bytes:
        size = f'{image.shape[1]}x{image.shape[0]}'
        try:
            done, data = cv2.imencode(self._suffix, image, self._options)
        except cv2.error:
            done, data = False, None
        if not done or data is None:
            other = 'png' if self._suffix == '.jpg' else 'jpg'
            raise FrameError(f'no {self._suffix[1:]} can hold {size} pixels; crop the images, or '
                             f'try --format {other}')
        return data.tobytes()

    def _is_half_done(self, path: Path) -> bool:
        """Whether a run ended between the image and its row: both are written again."""
        return (path.parent == self._folder and path.stem not in self._stems
                and FRAME.search(path.stem) is not None)

    def _stem(self, source: Source, bag: str) -> str:
        words = [bag, source.topic.strip('/'), source.stamp_ns.zfill(DIGITS)]
        name = stem = '_'.join(map(_in_name, words + [source.cell] * bool(source.cell)))
        number = 1
        while stem in self._stems:
            number += 1
            stem = f'{name}_{number}'
        return stem

    def _append(self, row: tuple[str, ...]) -> None:
        path = self._folder / TABLE
        values = dict(zip((*COLUMNS, *PATCH_COLUMNS), row))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator='\n')
        if not path.exists():
            writer.writerow(self._columns)
        elif not _ends_a_line(path):
            text.write('\n')
        writer.writerow([values.get(column, '') for column in self._columns])
        data = text.getvalue().encode('utf-8', 'replace')
        # Without a buffer: whatever stops the process, rows are whole and none is kept back.
        with path.open('ab', buffering=0) as file:
            place = file.tell()
            if file.write(data) != len(data):
                file.truncate(place)
                raise OSError(0, 'no room for its row in the CSV')


def _read_table(path: Path, patches: bool) -> tuple[list[str], list[dict[str, str]]]:
    wanted = (*COLUMNS, *PATCH_COLUMNS) if patches else COLUMNS
    if not path.exists():
        return list(wanted), []
    try:
        file = CsvFile(path)
        rows = list(file.rows())
    except DatasetError as error:
        raise ConfigurationError(f'{error}; or give another --out') from error
    if not set(COLUMNS) <= set(file.columns):
        raise ConfigurationError(f'{plain(path)}: the first line names the columns '
                                 f'{file.columns}, expected {",".join(COLUMNS)}; save it with '
                                 'commas, or give another --out')
    if not set(wanted) <= set(file.columns):
        raise ConfigurationError(f'{plain(path)}: is of whole frames, without the columns '
                                 f'{",".join(PATCH_COLUMNS)}; give patches another --out')
    return file.columns, rows


def _in_name(word: str) -> str:
    """Make a word a part of a file's name: its letters and digits, not hidden, not too long."""
    kept = re.sub(r'[^\w.-]+', '_', word).encode()[:WORD_BYTES].decode(errors='ignore')
    return re.sub(r'^[.-]', '_', kept)


def _ends_a_line(path: Path) -> bool:
    with path.open('rb') as file:
        if file.seek(0, io.SEEK_END) == 0:
            return True
        file.seek(-1, io.SEEK_END)
        return file.read() == b'\n'


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file that never shows half of its content."""
    part = path.with_name(f'.{path.name}.part')
    try:
        part.write_bytes(data)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
