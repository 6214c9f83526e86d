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

"""Evaluation and data sets work where no PyTorch is installed, in fresh interpreters."""

import json
from pathlib import Path
import subprocess
import sys

from dataset.labelled_folders import write_images
import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCKED = ('torch', 'onnx')


def run(code):
    """Run code in a fresh interpreter in which PyTorch cannot be imported."""
    block = f'import sys\nfor name in {BLOCKED}: sys.modules[name] = None\n'
    return subprocess.run([sys.executable, '-c', block + code], capture_output=True, text=True)


def modules(room):
    """Names of all modules of a room."""
    for path in sorted((ROOT / 'shufflenet_ros' / room).rglob('[a-z]*.py')):
        yield '.'.join(path.relative_to(ROOT).with_suffix('').parts)


@pytest.mark.parametrize('room, above', [
    ('dataset', ('evaluation', 'quantization', 'training')),
    ('evaluation', ('quantization', 'training'))])
def test_every_file_of_the_room_can_be_imported(room, above):
    """And none of them asks for a room that stands above it."""
    names = list(modules(room))
    assert len(names) >= 7
    done = run('\n'.join(f'import {name}' for name in names) + '\nprint(*sys.modules)')
    assert done.returncode == 0, done.stderr
    rooms = {name.split('.')[1] for name in done.stdout.split()
             if name.startswith('shufflenet_ros.')}
    assert room in rooms and not rooms & set(above)


def test_the_verb_evaluate_runs(tmp_path):
    """From the images to the figures in the file."""
    data, found = tmp_path / 'data', tmp_path / 'found.json'
    write_images(data, 1)
    for old, new in (('leaves', 'grass'), ('rust', 'gravel')):
        (data / old).rename(data / new)
    done = run('from shufflenet_ros.cli.main import main\n'
               f'sys.exit(main(["evaluate", {str(data)!r}, "--json", {str(found)!r}]))')
    assert (done.returncode, done.stderr) == (0, '')
    assert json.loads(found.read_text())['images'] == 2
