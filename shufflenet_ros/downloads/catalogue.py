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
What ``shufflenet_ros fetch`` can get, and where it then is. Nothing is downloaded here.

Each item is pinned by its SHA-256: from whatever server it comes, no other bytes are used.
"""

from __future__ import annotations

from dataclasses import dataclass
import os
from pathlib import Path

from shufflenet_ros.core.errors import ConfigurationError, DownloadError
from shufflenet_ros.core.text import plain
from shufflenet_ros.process.files import sha256_of

AUTHORS = (
    'ShuffleNet authors (Megvii ShuffleNet-Series), trained on ImageNet; copy held by '
    'DavidBlavid/ShufflenetDemo')
AUTHORS_URL = (
    'https://raw.githubusercontent.com/DavidBlavid/ShufflenetDemo/'
    '91c592561ecb3512b465db1e2c01cedb0f5cbad0/weights/ShuffleNetV1')
ONNX_URL = (
    'https://raw.githubusercontent.com/onnx/models/'
    'b1eeaa1ac722dcc1cd1a8284bde34393dab61c3d/validated/vision/classification')


@dataclass(frozen=True, slots=True)
class Item:
    """One file that can be had."""

    name: str
    file: str
    """What the file is called here."""
    url: str
    size: int
    """Bytes."""
    sha256: str
    what: str
    origin: str
    licence: str


@dataclass(frozen=True, slots=True)
class Checkpoint(Item):
    """Published weights of a variant of ShuffleNet v1."""

    top1: float
    """On ImageNet's validation images in fp32, as its authors published it."""


LABELS = Item(
    'imagenet_labels', 'imagenet_labels.txt', f'{ONNX_URL}/synset.txt', 31_675,
    'acf75ef0abe89694b19056e0796401068b459c457baa30335f240c7692857355',
    "names of ImageNet's 1000 classes, in the order of the checkpoints",
    'onnx/models, after WordNet', 'Apache-2.0')
CHECKPOINTS = (
    Checkpoint(
        'shufflenet_v1_g3_0.5x', 'shufflenet_v1_g3_0.5x.pth.tar',
        f'{AUTHORS_URL}/Group3/models/0.5x.pth.tar', 2_977_667,
        'da5df689f1d8f278fd1446e73f3a63aa7809206fadc6678bfd7580aad412abde',
        'ShuffleNet v1 0.5x g=3', AUTHORS, 'MIT', 0.573),
    Checkpoint(
        'shufflenet_v1_g8_0.5x', 'shufflenet_v1_g8_0.5x.pth.tar',
        f'{AUTHORS_URL}/Group8/models/0.5x.pth.tar', 4_179_611,
        '324922040c0ee642ce7168f32259aca0c9e16baf6b2abade4122edff6ba58382',
        'ShuffleNet v1 0.5x g=8', AUTHORS, 'MIT', 0.588))
CATALOGUE = (*CHECKPOINTS, LABELS)


def cache_folder() -> Path:
    """
    Folder for fetched files: the user's cache, as XDG_CACHE_HOME has it.

    Raises ConfigurationError where there is neither that nor a home.
    """
    base = os.environ.get('XDG_CACHE_HOME', '')
    # The XDG specification wants relative paths ignored.
    cache = base if os.path.isabs(base) else os.path.expanduser('~/.cache')
    if not os.path.isabs(cache):
        raise ConfigurationError('no home folder is known, so there is no cache; set '
                                 'XDG_CACHE_HOME to a folder')
    return Path(cache, 'shufflenet_ros')


def find_item(name: str) -> Item:
    """Find an item by its name. Raises ConfigurationError that lists the names."""
    for item in CATALOGUE:
        if item.name == name:
            return item
    raise ConfigurationError(f'{name!r}: not in the catalogue; it has '
                             f'{", ".join(item.name for item in CATALOGUE)}')


def checkpoint_of(sha256: str) -> Checkpoint | None:
    """Recognize a published checkpoint by the SHA-256 of its file."""
    return next((item for item in CHECKPOINTS if item.sha256 == sha256), None)


def is_fetched(item: Item, folder: Path | None = None) -> bool:
    """Whether the very file is in ``folder`` (default: the cache)."""
    path = (folder or cache_folder()) / item.file
    return path.is_file() and sha256_of(path) == item.sha256


def path_of(item: Item) -> Path:
    """
    Give the path of a fetched file, checked again.

    Raises DownloadError that names the command to type where it is missing or changed.
    """
    path = cache_folder() / item.file
    if not path.is_file():
        raise DownloadError(
            f'{item.name}: not fetched yet (no {path}): shufflenet_ros fetch {item.name}')
    found = sha256_of(path)
    if found != item.sha256:
        raise DownloadError(
            f'{path}: damaged or changed: sha256 {found}, expected {item.sha256}; '
            f'remove it, then: shufflenet_ros fetch {item.name}')
    return path


def checkpoint_path(name_or_path: str) -> Path:
    """
    Give the path of a checkpoint: a file as it is, else a name of the catalogue in the cache.

    A path to nothing comes back as it is. Raises DownloadError like :func:`path_of`, and
    ConfigurationError for what cannot be a path.
    """
    item = next((item for item in CHECKPOINTS if item.name == name_or_path), None)
    try:
        path = Path(name_or_path).expanduser()
        is_file = path.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # no file and no user can have that name
        raise ConfigurationError(f"checkpoint '{plain(name_or_path)}': cannot be the name of a "
                                 f'file ({plain(error)}); give its path') from error
    return path if item is None or is_file else path_of(item)
