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
What a model folder is made of: card and labels beside the ONNX files, and which files are its own.

:class:`shufflenet_ros.inference.work_folder.WorkFolder` moves a complete one into its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
import os
from pathlib import Path
import shlex
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError, ModelError
from shufflenet_ros.core.geometry import Geometry, RESIZE_MODES
from shufflenet_ros.core.text import plain
from shufflenet_ros.inference.card_edit import card_text
from shufflenet_ros.inference.forms import NATIVE
from shufflenet_ros.inference.labels import LABELS, write_labels
from shufflenet_ros.inference.model_card import (
    CARD,
    FORMAT,
    FORMAT_OF_MODES,
    load_model,
    ModelSpec,
    read_card,
)
from shufflenet_ros.process.files import nested, sha256_of

FILES = {'model.int8.u8.onnx': {'precision': 'int8', 'form': 'u8'},
         'model.int8.s8.onnx': {'precision': 'int8', 'form': 's8'},
         'model.int8.native.onnx': {'precision': 'int8', 'form': NATIVE},
         'model.fp32.onnx': {'precision': 'fp32'}}
REPORT, IMAGES = 'report.html', 'report'
REPORT_IMAGES = ('curves', 'confusion', 'classes', 'reliability', 'rejection', 'errors')
"""Names of the PNGs that a report may have beside it, in the folder ``report``."""
WRITTEN = (CARD, LABELS, *FILES, REPORT, IMAGES)
"""Everything that a training writes into a model folder."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the card says besides the files: the network, and where it comes from."""

    groups: int
    width: float
    geometry: Geometry
    labels: tuple[str, ...]
    data: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    command: str = ''
    threshold: float | None = None
    """Recommended for the node: a lower score says that the frame is like nothing trained."""


def check_target(out: Path, inputs: Mapping[str, Path | None] | None = None) -> Path:
    """
    Give the folder to write as an absolute path: a new or empty one, or a model to replace.

    ``inputs`` are what the work reads, by the name that the user knows. Raises ConfigurationError
    where ``out`` holds something else than a model, where a file of the user has a name that a
    model needs, or where one of ``inputs`` and ``out`` lie in one another.
    """
    target = _resolved(out)
    if not _is_new(target):
        _check_model(out, target)
    if target == Path.cwd() or target in Path.cwd().parents:
        raise ConfigurationError(
            f'{out}: is where this command runs, and would be replaced under its feet; give the '
            f'name of a folder in it, such as {out / "NAME"}')
    for name, path in (inputs or {}).items():
        if path is not None and nested(path, target):
            raise ConfigurationError(
                f'{out}: --out and {name} {path} lie in one another; give --out a folder of its '
                'own, such as models/NAME')
    return target


def own_files(folder: Path) -> set[str]:
    """
    List the files of a model folder that belong to its model: all else is the user's.

    They are the card, what it names and its report, as paths from the folder on. A file that only
    happens to have a name of the card has another digest and does not count, unless every model
    has one of that name. Raises ModelError where the folder has no card of ours.
    """
    files = read_card(folder / CARD).get('files')
    named = files if isinstance(files, dict) else {}
    found = {CARD} | {name for name in named if _is_own(folder, name, named[name])}
    if _is_report(folder / REPORT):
        found |= {REPORT} | {f'{IMAGES}/{name}.png' for name in REPORT_IMAGES}
    return found


def users_entries(folder: Path) -> list[str]:
    """List what else is in a model folder: files and whole folders, as paths from it on."""
    own = own_files(folder)
    images = folder / IMAGES
    opened = REPORT in own and images.is_dir() and not images.is_symlink()
    found = [path.name for path in folder.iterdir() if not (opened and path.name == IMAGES)]
    if opened:
        found += [f'{IMAGES}/{path.name}' for path in images.iterdir()]
    return sorted(set(found) - own)


def complete(folder: Path, name: str, facts: Facts) -> ModelSpec:
    """Write labels and card beside the ONNX files in ``folder``, and check the whole."""
    write_labels(facts.labels, folder / LABELS)
    (folder / CARD).write_text(card_text(_card(folder, name, facts)), encoding='utf-8')
    return load_model(folder)


def command_of(argv: Sequence[str]) -> str:
    """Quote the command line as one would type it, for the card."""
    return shlex.join(argv)


def _resolved(out: Path) -> Path:
    try:
        target = out.expanduser().resolve()
        target.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # too long, a loop, an unknown user
        raise ConfigurationError(f'--out {plain(out)}: cannot be a folder ({plain(error)}); give '
                                 'another name') from error
    if plain(target.name, 1000) != target.name:
        raise ConfigurationError(f'--out {plain(out)}: the name of a model is text without '
                                 'control characters; give another name')
    return target


def _is_new(target: Path) -> bool:
    if os.path.ismount(target):
        raise ConfigurationError(f'{target}: is a mount point, which cannot be replaced; give the '
                                 f'name of a folder in it, such as {target / "NAME"}')
    return not target.exists() or (target.is_dir() and not any(target.iterdir()))


def _check_model(out: Path, target: Path) -> None:
    """Refuse what holds no model of ours, or what would stand in the way of a new one."""
    try:
        entries = users_entries(target)
    except (ModelError, OSError) as error:
        raise ConfigurationError(
            f'{out}: exists and is no model folder, so it is not replaced; give the name of a '
            f'new folder, such as {out / "NAME"}') from error
    if not os.access(target, os.W_OK):
        raise ConfigurationError(f'{out}: not writable; give another folder')
    for name in entries:
        if name in WRITTEN or os.path.ismount(target / name):
            raise ConfigurationError(
                f"{out}: holds '{plain(name)}', which the card does not name: it is yours and is "
                'in the way of a new model; move it elsewhere, or give another --out')


def _is_own(folder: Path, name: object, entry: Any) -> bool:
    if not isinstance(name, str) or Path(name).name != name or not (folder / name).is_file():
        return False
    return name in (LABELS, *FILES) or (
        isinstance(entry, dict) and sha256_of(folder / name) == entry.get('sha256'))


def _is_report(path: Path) -> bool:
    """Whether a page begins as :mod:`shufflenet_ros.evaluation.report.page` begins its own."""
    if not path.is_file():
        return False
    with path.open('rb') as file:
        return b'<title>Model ' in file.read(300)


def _card(folder: Path, name: str, facts: Facts) -> dict[str, Any]:
    geometry = facts.geometry
    files: dict[str, Any] = {LABELS: {'sha256': sha256_of(folder / LABELS)}}
    for file, entry in FILES.items():
        files[file] = entry | {'sha256': sha256_of(folder / file)}
    return {
        'format': FORMAT if geometry.resize_mode == RESIZE_MODES[0] else FORMAT_OF_MODES,
        'name': name, 'architecture': 'shufflenet_v1',
        'groups': facts.groups, 'width': facts.width, 'classes': len(facts.labels),
        'input': {
            'height': geometry.height, 'width': geometry.width,
            'crop_fraction': geometry.crop_fraction, 'resize_mode': geometry.resize_mode,
            'channel_order': 'rgb', 'layout': 'NHWC', 'dtype': 'uint8',
            'interpolation': 'linear'},
        **({} if facts.threshold is None else {'threshold': facts.threshold}),
        'files': files, 'metrics': facts.metrics, 'data': facts.data,
        'command': facts.command}
