"""
Write a model folder: card, labels, ONNX files; whole or not at all.

The folder is made beside its final place and renamed into it, so nobody ever reads half of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
import shutil
import tempfile
from typing import Any

import yaml

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.model_card import CARD, FORMAT, LABELS, load_model, ModelSpec, sha256_of

FILES = {'model.int8.u8.onnx': {'precision': 'int8', 'form': 'u8'},
         'model.int8.s8.onnx': {'precision': 'int8', 'form': 's8'},
         'model.fp32.onnx': {'precision': 'fp32'}}
HEADER = '# Model card, written by "shufflenet_ros train". The node checks every entry on load.\n'


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
    """Rename a complete folder to ``target``; one that is there already makes way."""
    folder.chmod(0o755)
    previous = target.with_name(f'.{target.name}-previous')
    shutil.rmtree(previous, ignore_errors=True)
    if target.exists():
        target.rename(previous)
    folder.rename(target)
    shutil.rmtree(previous, ignore_errors=True)
    return load_model(target)


def _card(folder: Path, name: str, facts: Facts) -> dict[str, Any]:
    geometry = facts.geometry
    files: dict[str, Any] = {LABELS: {'sha256': sha256_of(folder / LABELS)}}
    for file, facts_of_file in FILES.items():
        files[file] = facts_of_file | {'sha256': sha256_of(folder / file)}
    return {
        'format': FORMAT, 'name': name, 'architecture': 'shufflenet_v1',
        'groups': facts.groups, 'width': facts.width, 'classes': len(facts.labels),
        'input': {
            'height': geometry.height, 'width': geometry.width,
            'crop_fraction': geometry.crop_fraction, 'channel_order': 'rgb', 'layout': 'NHWC',
            'dtype': 'uint8', 'interpolation': 'linear'},
        'files': files, 'metrics': facts.metrics, 'data': facts.data,
        'command': facts.command}


def command_of(argv: Sequence[str]) -> str:
    """Quote the command line as one would type it, for the card."""
    return ' '.join(f'"{word}"' if ' ' in word else word for word in argv)
