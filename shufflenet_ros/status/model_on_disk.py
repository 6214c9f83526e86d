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

"""The folder of the model that runs, as it is on this machine now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from shufflenet_ros.core.errors import ShufflenetRosError

SHOWN = ('name', 'architecture', 'groups', 'width', 'classes', 'threshold', 'made', 'date')
"""Entries of the card that tell models apart; the rest is long, or says who made it and how."""
FIGURES = ('top1_int8', 'top1_fp32', 'agreement', 'sqnr_db')
DIGITS = 12
"""Of each SHA-256."""


class ModelOnDisk(NamedTuple):
    """What the folder says now."""

    card: Mapping[str, Any] = {}
    error: str = ''
    """Why it would be refused."""
    changed: tuple[str, ...] = ()
    """Files that were written or replaced after the model was loaded."""


def model_on_disk(folder: Path, loaded_ns: int) -> ModelOnDisk:
    """
    Look at a model folder.

    ``loaded_ns`` is when the model was put in place (ns since 1970); 0: unknown. A folder that is
    not there has been taken away, or is on another machine: nothing is said of it.
    """
    if not folder.is_dir():
        return ModelOnDisk()
    changed = _changed(folder, loaded_ns) if loaded_ns else ()
    try:
        from shufflenet_ros.inference.model_card import load_model

        spec = load_model(folder)
    except ShufflenetRosError as error:
        return ModelOnDisk({}, str(error), changed)
    except ImportError:  # a library is missing, which is a finding of its own
        return ModelOnDisk({}, '', changed)
    return ModelOnDisk(_summary(spec.card), '', changed)


def _summary(card: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: card[name] for name in SHOWN if name in card}
    metrics = card.get('metrics') or {}
    return shown | {
        'metrics': {name: metrics[name] for name in FIGURES if name in metrics},
        'files': {name: str(entry.get('sha256', ''))[:DIGITS]
                  for name, entry in card['files'].items()}}


def _changed(folder: Path, loaded_ns: int) -> tuple[str, ...]:
    """Name files by when they were replaced: a copy may keep the time of writing."""
    names = []
    for path in sorted(folder.iterdir()):
        is_part = path.suffix == '.onnx' or path.name in ('card.yaml', 'labels.txt')
        try:
            if is_part and path.stat().st_ctime_ns > loaded_ns:
                names.append(path.name)
        except OSError:  # gone meanwhile
            continue
    return tuple(names)
