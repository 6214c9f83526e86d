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
Read and check a model folder: ``card.yaml``, ``labels.txt`` and ONNX files.

A folder that contradicts itself is refused before a single frame is classified: each ModelError
names the file, the value and what to do. Nothing is known here of sessions and engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
import shlex
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError, ModelError
from shufflenet_ros.core.geometry import Geometry, input_geometry, RESIZE_MODES
from shufflenet_ros.core.text import plain
from shufflenet_ros.inference.card_text import CardSyntaxError, MAX_CARD_BYTES, parse_card
from shufflenet_ros.inference.forms import NATIVE
from shufflenet_ros.inference.labels import LABELS, read_labels
from shufflenet_ros.inference.onnx_weights import check_weights
from shufflenet_ros.process.bounded_read import check_plain_file, read_bounded
from shufflenet_ros.process.files import sha256_of

CARD = 'card.yaml'
FORMAT, FORMAT_OF_MODES = 1, 2
"""
Of a card, and of one with another ``resize_mode`` than ``crop``.

A package that knows format 1 alone would pass such a mode over and crop: so it refuses the card.
"""
MAX_FILES = 8
MAX_LABELS_BYTES = 2 ** 22
"""ImageNet's 21,841 names have half a megabyte."""
MAX_ONNX_BYTES = 2 ** 28
"""The largest network of the paper has 22 MB."""
UPGRADE = 'upgrade'
"""The verb that gives a model of before its native form."""
INPUT = 'pixels'
OUTPUT = 'logits'


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """
    The parsed facts of a model folder.

    Its network takes ``pixels``, uint8 (1, height, width, 3) in RGB order as the preprocess makes
    it, and gives ``logits``, float32 (1, classes).
    """

    name: str
    folder: Path
    architecture: str
    geometry: Geometry
    labels: tuple[str, ...]
    files: dict[str, dict[str, Any]]
    """
    File name to its entry in the card: ``sha256``, and for an ONNX file ``precision`` (int8 or
    fp32) and, for int8, ``form``.
    """
    card: dict[str, Any]
    """The whole card, for reports."""
    threshold: float | None = None
    """A best score below it says that a frame is like no class; None where none was learned."""

    def has(self, precision: str) -> bool:
        """Whether there is an ONNX file of that precision."""
        return any(entry.get('precision') == precision for entry in self.files.values())

    def has_form(self, precision: str, form: str) -> bool:
        """Whether there is an ONNX file of that precision and form."""
        return any(_is(entry, precision, form) for entry in self.files.values())

    def onnx_path(self, precision: str, form: str = '') -> Path:
        """
        Find the ONNX file of that precision (``int8`` or ``fp32``), and of that form for int8.

        The forms are ``u8``, ``s8`` and ``native``. Raises ModelError where the card lists none.
        """
        for name, entry in self.files.items():
            if _is(entry, precision, form):
                return self.folder / name
        wanted = f'precision {precision!r}' + (f' and form {form!r}' if form else '')
        cure = (f'run "shufflenet_ros {UPGRADE} {shlex.quote(str(self.folder))}"'
                if form == NATIVE else 'export the model again')
        raise ModelError(f'{self.folder / CARD}: no file of {wanted} under "files"; {cure}')


def _is(entry: dict[str, Any], precision: str, form: str) -> bool:
    return entry.get('precision') == precision and entry.get('form', '') == form


def find_model(name_or_path: str, shipped: Path) -> Path:
    """
    Find the folder of a model: a path to one as it is, else a name looked up in ``shipped``.

    A folder that is given by its name alone counts only with a card in it: one that is called
    like a shipped model by chance hides nothing. Raises ModelError that lists the shipped names
    where there is neither.
    """
    path, is_folder, has_card = _look_at(name_or_path)
    is_name = path.name == name_or_path
    if has_card or (is_folder and not is_name):
        return path
    if name_or_path and is_name and (shipped / path / CARD).is_file():
        return shipped / path
    names = sorted(card.parent.name for card in shipped.glob(f'*/{CARD}'))
    found = f'a folder without {CARD}, and not' if is_folder else 'neither a folder nor'
    raise ModelError(
        f"model '{plain(name_or_path)}': {found} one of the shipped models "
        f'({", ".join(names)} in {shipped})')


def load_model(folder: str | Path) -> ModelSpec:
    """Read and check a model folder. Raises ModelError with one line for the first fault."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ModelError(f'{folder}: no such model folder')
    card = read_card(folder / CARD)
    try:
        spec = _spec(folder, card)
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f'{folder / CARD}: missing or misplaced entry {plain(error)}; compare it with a '
            'shipped card or export the model again') from error
    except ConfigurationError as error:
        raise ModelError(f'{folder / CARD}: {error}') from error
    for name, entry in spec.files.items():
        if 'precision' in entry:
            check_weights(folder / name)
    return spec


def _look_at(name_or_path: str) -> tuple[Path, bool, bool]:
    """Give the path, whether it is a folder, and whether that folder has a card."""
    try:
        path = Path(name_or_path).expanduser()
        # Without a name it would be the current folder, which nobody meant.
        is_folder = bool(name_or_path) and path.is_dir()
        return path, is_folder, is_folder and (path / CARD).is_file()
    except (OSError, RuntimeError, ValueError):  # a name that no file and no user can have
        return Path(), False, False


def read_card(path: Path) -> dict[str, Any]:
    """Parse a card; raises ModelError where it is none. What its entries say is not checked."""
    try:
        card = parse_card(read_bounded(path, MAX_CARD_BYTES))
    except CardSyntaxError as error:
        raise ModelError(f'{path}: cannot be read as YAML ({error}); compare it with a shipped '
                         'card or export the model again') from error
    if not isinstance(card, dict) or card.get('format') not in (
            FORMAT, FORMAT_OF_MODES):
        found = card.get('format') if isinstance(card, dict) else card
        raise ModelError(f'{path}: card format {_shown(found)}, expected {FORMAT} or '
                         f'{FORMAT_OF_MODES}; export the model again, or take the version of '
                         'shufflenet_ros that made it')
    return card


def _spec(folder: Path, card: dict[str, Any]) -> ModelSpec:
    path = folder / CARD
    entry = card['input']
    for key, expected in (('channel_order', 'rgb'), ('layout', 'NHWC'), ('dtype', 'uint8'),
                          ('interpolation', 'linear')):
        if entry[key] != expected:
            raise ModelError(f'{path}: input {key} {_shown(entry[key])}, expected {expected!r}; '
                             'export the model again')
    geometry = input_geometry(_side(path, entry, 'height'), _side(path, entry, 'width'),
                              float(_number(path, entry, 'crop_fraction')),
                              _resize_mode(path, entry))
    threshold = _threshold(path, card)
    name, architecture = _text(path, card, 'name'), _text(path, card, 'architecture')
    files = _files(path, card)
    for file in (LABELS, *files):
        _check_file(folder, file, files)
    labels = read_labels(folder / LABELS)
    if len(labels) != card['classes']:
        raise ModelError(f'{folder / LABELS}: {len(labels)} labels, but the card says '
                         f'{_shown(card["classes"])} classes')
    return ModelSpec(name, folder, architecture, geometry, labels, files, card, threshold)


def _text(path: Path, card: dict[str, Any], key: str) -> str:
    found = card[key]
    if isinstance(found, (dict, list)) or not str(found).strip():
        raise ModelError(f'{path}: {key} {_shown(found)}, expected a text; export the model again')
    return str(found)


def _number(path: Path, entry: dict[str, Any], key: str) -> int | float:
    found = entry[key]
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not isfinite(found):
        raise ModelError(f'{path}: input {key} {_shown(found)}, expected a number; export the '
                         'model again')
    return found


def _side(path: Path, entry: dict[str, Any], key: str) -> int:
    """Give a side of the tensor (pixels); the geometry has its own limits."""
    found = _number(path, entry, key)
    if found != int(found) or abs(found) >= 10 ** 9:
        raise ModelError(f'{path}: input {key} {_shown(found)}, expected a whole number of '
                         'pixels; export the model again')
    return int(found)


def _resize_mode(path: Path, entry: dict[str, Any]) -> str:
    """Give how parts of another shape are fitted; cards without an entry mean ``crop``."""
    found = entry.get('resize_mode', RESIZE_MODES[0])
    if found not in RESIZE_MODES:
        raise ModelError(f'{path}: input resize_mode {_shown(found)}, expected one of '
                         f'{", ".join(RESIZE_MODES)}; export the model again')
    return str(found)


def _threshold(path: Path, card: dict[str, Any]) -> float | None:
    found = card.get('threshold')
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 0 <= found <= 1:
        raise ModelError(f'{path}: threshold {_shown(found)}, expected a number from 0 to 1; take '
                         'the entry out or train again with --reject')
    return float(found)


def _files(path: Path, card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    files = card['files']
    if not isinstance(files, dict) or len(files) > MAX_FILES or not all(
            isinstance(name, str) and isinstance(entry, dict) for name, entry in files.items()):
        raise ModelError(f'{path}: files {_shown(files)}, expected at most {MAX_FILES} names, '
                         'each with a sha256; export the model again')
    return files


def _check_file(folder: Path, name: str, files: dict[str, dict[str, Any]]) -> None:
    path = folder / name
    if name not in files:
        raise ModelError(f'{folder / CARD}: no entry for {name} under "files"')
    if Path(name).name != name:
        raise ModelError(f'{folder / CARD}: file {_shown(name)} must be a plain name in the '
                         'folder')
    check_plain_file(path, MAX_LABELS_BYTES if name == LABELS else MAX_ONNX_BYTES)
    found, expected = sha256_of(path), str(files[name]['sha256'])
    if found != expected:
        raise ModelError(
            f'{path}: damaged or changed: sha256 {found[:12]}..., the card says '
            f'{plain(expected[:12])}...; copy the folder again or export the model again')


def _shown(value: object) -> str:
    return plain(repr(value))
