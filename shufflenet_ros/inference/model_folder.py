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
Write a model folder: card, labels, ONNX files; whole or not at all.

The folder is made beside its final place and renamed into it, so that nobody ever reads half of
one, even where the process is killed. The steps, in order: :func:`check_target`,
:func:`scratch_folder`, (the ONNX files,) :func:`complete`, :func:`move_into_place`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
import shlex
import shutil
import tempfile
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.model_card import CARD, FORMAT, LABELS, load_model, ModelSpec
from shufflenet_ros.process.files import exchange_names, prepare_folder, sha256_of, sync
import yaml

FILES = {'model.int8.u8.onnx': {'precision': 'int8', 'form': 'u8'},
         'model.int8.s8.onnx': {'precision': 'int8', 'form': 's8'},
         'model.fp32.onnx': {'precision': 'fp32'}}
HEADER = '# Model card of shufflenet_ros. The node checks every entry on load.\n'


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


def check_target(out: Path) -> Path:
    """
    Give the folder to write as an absolute path: a new or empty one, or a model to replace.

    Raises ConfigurationError where it holds something else, or where its parent cannot be written.
    """
    target = out.expanduser().resolve()
    is_empty = target.is_dir() and not any(target.iterdir())
    if target.exists() and not is_empty and not (target / CARD).is_file():
        raise ConfigurationError(
            f'{out}: exists and is no model folder, so it is not replaced; give the name of a '
            f'new folder, such as {out / "NAME"}')
    prepare_folder(target.parent)
    return target


def scratch_folder(target: Path) -> Path:
    """
    Make a fresh folder beside ``target`` to write the ONNX files into.

    Raises ConfigurationError where nothing can be written there.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f'.{target.name}-', dir=target.parent))
    except OSError as error:
        raise ConfigurationError(
            f'{target.parent}: not writable ({error.strerror}); give another folder') from error


def complete(folder: Path, name: str, facts: Facts) -> ModelSpec:
    """Write labels and card beside the ONNX files in ``folder``, and check the whole."""
    (folder / LABELS).write_text('\n'.join(facts.labels) + '\n', encoding='utf-8')
    card = yaml.safe_dump(
        _card(folder, name, facts), sort_keys=False, width=95, allow_unicode=True)
    (folder / CARD).write_text(HEADER + card, encoding='utf-8')
    return load_model(folder)


def move_into_place(folder: Path, target: Path) -> ModelSpec:
    """
    Rename a complete folder to ``target``, and delete the one that had the name before.

    On Linux the two exchange their names in one step. Where the file system cannot do that, the
    old folder is called ``.NAME-previous`` for a moment; :func:`recover` puts it back.
    """
    folder.chmod(0o755)
    for path in folder.rglob('*'):
        sync(path)
    try:
        _replace(folder, target)
        sync(target.parent)
    except OSError as error:
        raise ConfigurationError(
            f'{target}: cannot be written ({error.strerror}); the finished model is in '
            f'{folder}') from error
    return load_model(target)


def recover(target: Path) -> None:
    """Finish or undo what a process that was killed between two renames has left."""
    previous = _previous(target)
    if previous.is_dir() and not target.exists():
        previous.rename(target)
    shutil.rmtree(previous, ignore_errors=True)


def command_of(argv: Sequence[str]) -> str:
    """Quote the command line as one would type it, for the card."""
    return shlex.join(argv)


def _replace(folder: Path, target: Path) -> None:
    recover(target)
    if not target.exists():
        folder.rename(target)
        return
    if not exchange_names(folder, target):
        target.rename(_previous(target))
        folder.rename(target)
        folder = _previous(target)
    shutil.rmtree(folder, ignore_errors=True)


def _previous(target: Path) -> Path:
    return target.with_name(f'.{target.name}-previous')


def _card(folder: Path, name: str, facts: Facts) -> dict[str, Any]:
    geometry = facts.geometry
    files: dict[str, Any] = {LABELS: {'sha256': sha256_of(folder / LABELS)}}
    for file, entry in FILES.items():
        files[file] = entry | {'sha256': sha256_of(folder / file)}
    return {
        'format': FORMAT, 'name': name, 'architecture': 'shufflenet_v1',
        'groups': facts.groups, 'width': facts.width, 'classes': len(facts.labels),
        'input': {
            'height': geometry.height, 'width': geometry.width,
            'crop_fraction': geometry.crop_fraction, 'channel_order': 'rgb', 'layout': 'NHWC',
            'dtype': 'uint8', 'interpolation': 'linear'},
        **({} if facts.threshold is None else {'threshold': facts.threshold}),
        'files': files, 'metrics': facts.metrics, 'data': facts.data,
        'command': facts.command}
