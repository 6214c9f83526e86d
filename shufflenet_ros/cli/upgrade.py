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
Add the file of the fused int8 operator to a model folder that was made before.

MODEL is a shipped model or a model folder. Its integers come out of its int8 graph: nothing is
trained, and every other file, every entry and comment of the card stay as they are. A model that
has the file already is left alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from shufflenet_ros.process.files import shipped_models


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('model', metavar='MODEL', help='shipped model or model folder')
    parser.add_argument('--out', type=Path, metavar='FOLDER',
                        help='write a copy there (default: change the model itself)')


def run(args: argparse.Namespace) -> int:
    """Check, write, and say what was done."""
    from shufflenet_ros.core.text import plain
    from shufflenet_ros.inference.model_card import find_model, load_model
    from shufflenet_ros.inference.model_folder import check_target
    from shufflenet_ros.quantization.upgrade import NAME, upgrade

    spec = load_model(find_model(args.model, shipped_models()))
    inputs = {} if args.out is None else {'MODEL': spec.folder}
    done = upgrade(spec, check_target(args.out or spec.folder, inputs))
    print(f'{plain(done.spec.folder)}: {"now with" if done.changed else "has"} {plain(NAME)}')
    return 0
