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
A model folder that was made before gets the file of the fused operator, without training.

Its integers are those of the int8 graph that is there. All else of the folder stays as it is.
"""

from __future__ import annotations

from pathlib import Path
import shutil
from typing import NamedTuple

import onnx
from shufflenet_ros.architecture.variant import Variant
from shufflenet_ros.core.errors import ModelError, one_line
from shufflenet_ros.inference.card_edit import with_file
from shufflenet_ros.inference.forms import NATIVE
from shufflenet_ros.inference.model_card import CARD, load_model, ModelSpec
from shufflenet_ros.inference.model_folder import FILES, own_files
from shufflenet_ros.inference.work_folder import WorkFolder
from shufflenet_ros.process.files import sha256_of
from shufflenet_ros.quantization.integer_network import IntegerNetwork
from shufflenet_ros.quantization.native_graph import write_native
from shufflenet_ros.quantization.read_int8_graph import integers_of_graph

NAME, = (name for name, entry in FILES.items() if entry.get('form') == NATIVE)
GRAPH = 'u8'
"""Form of the int8 graph that the integers are read from."""


class Upgraded(NamedTuple):
    """The model as it is now, and whether anything was written."""

    spec: ModelSpec
    changed: bool


def upgrade(spec: ModelSpec, target: Path) -> Upgraded:
    """
    Give a model the file of the fused operator: in its own folder, or in a copy at ``target``.

    The folder is exchanged as a whole. ModelError where the model has no int8 graph of ours.
    """
    network = integers_of(spec)
    with WorkFolder(target) as work:
        folder = work.scratch()
        for name in own_files(spec.folder):
            if (spec.folder / name).exists():  # a report has not all of its images
                (folder / name).parent.mkdir(exist_ok=True)
                shutil.copy2(spec.folder / name, folder / name)
        write_native(network, folder / NAME)
        entry = FILES[NAME] | {'sha256': sha256_of(folder / NAME)}
        if spec.files.get(NAME) == entry and target == spec.folder.resolve():
            return Upgraded(spec, changed=False)
        card = with_file((folder / CARD).read_text(encoding='utf-8'), NAME, entry)
        (folder / CARD).write_text(card, encoding='utf-8')
        load_model(folder)
        return Upgraded(work.publish(folder), changed=True)


def integers_of(spec: ModelSpec) -> IntegerNetwork:
    """Read the integers of a model from its int8 graph; ModelError where there is none of ours."""
    path = spec.onnx_path('int8', GRAPH)
    variant = variant_of(spec)
    try:
        return integers_of_graph(onnx.load(path), variant)
    except Exception as error:  # protobuf's own, and what a graph of others lacks
        raise ModelError(f'{path}: no int8 graph of shufflenet_ros ({one_line(error)}); train or '
                         'import the model again') from error


def variant_of(spec: ModelSpec) -> Variant:
    """Give the network that a card names; ModelError where it is none of the paper."""
    try:
        if spec.architecture != 'shufflenet_v1':
            raise ValueError(f'architecture {spec.architecture!r}, expected shufflenet_v1')
        return Variant(int(spec.card['groups']), float(spec.card['width']))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f'{spec.folder / CARD}: groups and width: {error}') from error
