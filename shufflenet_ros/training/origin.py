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

"""Where a model comes from, for its card and its report: data, weights, settings, machine."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
import platform
from typing import Any

from shufflenet_ros.architecture.variant import Variant
from shufflenet_ros.dataset.split import Splits
from shufflenet_ros.downloads.catalogue import Checkpoint, checkpoint_of
from shufflenet_ros.inference.forms import int8_form
from shufflenet_ros.inference.model_folder import command_of, Facts
from shufflenet_ros.process.files import sha256_of
from shufflenet_ros.training.load_data import LoadedData
from shufflenet_ros.training.request import ImportRequest, TrainingRequest

PACKAGES = ('torch', 'onnx', 'onnxruntime', 'numpy')


def training_facts(request: TrainingRequest, data: LoadedData, variant: Variant) -> Facts:
    """Facts for the card of a trained model."""
    splits = data.splits
    return Facts(
        variant.groups, variant.width, request.geometry, splits.train.classes,
        command=command_of(request.command), data={
            'train_images': len(splits.train), 'val_images': len(splits.val),
            'left_out': data.skipped + splits.dropped, 'near_duplicates': splits.near_duplicates,
            'sha256': _data_hash(splits), 'origin': request.origin, 'licence': request.licence})


def report_facts(request: TrainingRequest, splits: Splits) -> dict[str, str]:
    """Everything that someone needs to do it again, for the report."""
    versions = ', '.join(f'{name} {version(name)}' for name in PACKAGES)
    return {
        'Command': command_of(request.command), 'Data': str(request.data),
        'SHA-256 of names, classes and contents': _data_hash(splits),
        'Start weights': request.start,
        'Settings': ', '.join(f'{name} {value}' for name, value in request.choices().items()),
        'Threads': str(request.learning_threads()),
        'Versions': f'Python {platform.python_version()}, {versions}',
        'Machine': f'{_processor()}, int8 form {int8_form()}'}


def checkpoint_origin(request: ImportRequest, family: str,
                      log: Callable[[str], None]) -> dict[str, Any]:
    """
    Log where the weights of a checkpoint come from, and give it for the card.

    A published file is known by its digest, whatever it is called; any other is of a ``family``.
    """
    sha256 = sha256_of(request.checkpoint)
    known = checkpoint_of(sha256)
    log(f'{request.checkpoint.name}: {_description(known) if known else family}')
    return {'checkpoint': request.checkpoint.name, 'sha256': sha256, 'family': family, **(
        {'origin': known.origin, 'published_top1': known.top1} if known else {}),
        'licence': request.licence or (known.licence if known else '')}


def _description(known: Checkpoint) -> str:
    return (f'{known.name} by its sha256, of the {known.origin}; licence {known.licence}; '
            f'ImageNet top-1 {known.top1:.1%} as published')


def _data_hash(splits: Splits) -> str:
    return f'train {splits.train.digest()[:16]}, val {splits.val.digest()[:16]}'


def _processor() -> str:
    try:
        lines = Path('/proc/cpuinfo').read_text(errors='replace').splitlines()
    except OSError:
        lines = []
    names = (line.partition(':')[2].strip() for line in lines if line.startswith('model name'))
    return next(names, platform.machine())
