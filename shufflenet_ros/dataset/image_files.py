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

"""Image files: which ones below a folder are, and what is in one. Labels are unknown here."""

from __future__ import annotations

from collections.abc import Sequence
import hashlib
import os
from pathlib import Path
import re
import stat
from typing import NamedTuple

import cv2
import numpy as np
from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.core.text import plain

SUFFIXES = {'.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.bmp', '.dib', '.webp', '.tif', '.tiff',
            '.gif', '.ppm', '.pgm', '.pbm', '.pnm', '.pam', '.jp2', '.avif', '.heic', '.heif',
            '.jxl'}
"""Files called so are images, damaged ones included; others are where their content is one."""
SIGNATURES = {
    'JPEG': rb'\xff\xd8\xff', 'PNG': rb'\x89PNG\r\n\x1a\n', 'GIF': rb'GIF8[79]a',
    'TIFF': rb'II[*+]\0|MM\0[*+]', 'WebP': rb'RIFF....WEBP',
    'BMP': rb'BM....\0\0\0\0....[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0',
    'PNM': rb'P[1-6]\s+[#\d]|P7\s+WIDTH', 'JPEG 2000': rb'\0\0\0\x0cjP  |\xff\x4f\xff\x51',
    'AVIF': rb'....ftypavi[fs]', 'HEIC': rb'....ftyp(hei|hev|mif|msf)',
    'JPEG XL': rb'\xff\x0a|\0\0\0\x0cJXL ', 'Photoshop': rb'8BPS\0[\1\2]'}
"""How the content of each format begins; images in floating point are left out."""
HEAD_BYTES = 32
LARGEST_FILE = 512 * 2 ** 20
"""Bytes of one image file."""
OTHER_SYSTEMS = {'__macosx', '@eadir', '@recycle', '@recently-snapshot', '#recycle', '#snapshot',
                 '$recycle.bin', 'recycler', 'lost+found', 'system volume information',
                 '__pycache__', 'thumbs.db', 'desktop.ini', 'ehthumbs.db'}
"""What macOS, Windows, disk stations and file systems put beside the user's files."""
SMALLEST_SIDE = 32
LARGEST_SHORT_SIDE = 320
"""More detail than any input size needs."""


class Listing(NamedTuple):
    """What lies below a folder, in alphabetical order."""

    images: list[Path]
    others: list[Path]
    """Files that are no images, and links to folders that are listed already."""


def images_below(folder: Path) -> list[Path]:
    """Image files anywhere below a folder, in alphabetical order."""
    return list_files(folder).images


def list_files(folder: Path) -> Listing:
    """
    List what lies anywhere below a folder, by name and content; links are followed once.

    Hidden files and folders and those of other systems are passed over. Raises DatasetError where
    a folder cannot be read.
    """
    images: list[Path] = []
    others: list[Path] = []
    seen = _at_and_above(folder)
    folders, links = [folder], list[Path]()
    while folders or links:
        # Links come last, so that a folder is listed where it lies.
        current = folders.pop() if folders else links.pop(0)
        identity = _identity(current)
        if current != folder and identity in seen:
            others.append(current)
            continue
        seen.add(identity)
        for path in _children(current):
            if os.path.isdir(path):
                (links if path.is_symlink() else folders).append(path)
            else:
                (images if _is_image(path) else others).append(path)
    return Listing(sorted(images), sorted(others))


def subfolders(folder: Path) -> list[Path]:
    """
    List the folders in a folder by name, without hidden ones and those of other systems.

    A link to the folder itself or one above it is left out. Raises DatasetError where the folder
    cannot be read.
    """
    above = _at_and_above(folder)
    return [path for path in _children(folder)
            if os.path.isdir(path) and not (path.is_symlink() and _identity(path) in above)]


def name_others(root: Path, others: Sequence[Path]) -> list[str]:
    """Say in one line, or none, how many files below ``root`` are no images, and which is one."""
    if not others:
        return []
    first = plain(os.path.relpath(others[0], root))
    what = '1 file is no image and is' if len(others) == 1 else (
        f'{len(others)} files are no images and are')
    return [f'{plain(root)}: {what} left out: {first}{", ..." if len(others) > 1 else ""}']


def decode_image(content: bytes) -> np.ndarray | None:
    """Decode a file's bytes as BGR uint8 (height, width, 3), upright; None where they are none."""
    if not content:
        return None
    try:
        return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None


def read_image(path: Path) -> tuple[np.ndarray, str] | str:
    """
    Read a file as RGB uint8 (height, width, 3), and give its SHA-256; or say why it is unusable.

    Images with a short side above 320 pixels are shrunk to it.
    """
    try:
        if (reason := _unfit(path)):
            return reason
        content = path.read_bytes()
    except OSError as error:
        return f'cannot be read ({error.strerror})'
    image = decode_image(content)
    if image is None:
        return _undecodable(content)
    if min(image.shape[:2]) < SMALLEST_SIDE:
        return f'{image.shape[1]}x{image.shape[0]} pixels, under {SMALLEST_SIDE}'
    return cv2.cvtColor(_shrunk(image), cv2.COLOR_BGR2RGB), hashlib.sha256(content).hexdigest()


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith('.')
                      and path.name.casefold() not in OTHER_SYSTEMS)
    except OSError as error:
        raise DatasetError(f'{plain(folder)}: cannot be read ({error.strerror}); check who may '
                           'read it, and its disk') from error


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _at_and_above(folder: Path) -> set[tuple[int, int]]:
    """Identify a folder and those above it, both as it is named and as it lies."""
    if not os.path.isdir(folder):
        return set()
    return {_identity(one) for path in (folder.absolute(), folder.resolve())
            for one in (path, *path.parents)}


def _is_image(path: Path) -> bool:
    """Tell by the name of a file, else by its content; only plain files are ever opened."""
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
        if path.suffix.lower() in SUFFIXES:
            return is_file
        if not is_file:
            return False
        with path.open('rb') as file:
            return _format(file.read(HEAD_BYTES)) is not None
    except OSError:
        # What is called an image but is not there is named where it is read.
        return path.suffix.lower() in SUFFIXES


def _format(head: bytes) -> str | None:
    return next((name for name, pattern in SIGNATURES.items()
                 if re.match(pattern, head, re.DOTALL)), None)


def _unfit(path: Path) -> str:
    """Say why a file must not even be opened, if so: a pipe would be waited for without end."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        return 'not a plain file'
    if found.st_size > LARGEST_FILE:
        return f'{found.st_size} bytes, over {LARGEST_FILE}'
    return ''


def _undecodable(content: bytes) -> str:
    kind = _format(content[:HEAD_BYTES])
    if kind is None:
        return 'not readable as an image'
    return f'not readable as an image ({kind}: damaged, or save it as JPEG or PNG)'


def _shrunk(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    scale = LARGEST_SHORT_SIDE / min(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
