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

"""train, import and evaluate: their help needs no package beside Python's own."""

import subprocess
import sys

import pytest

BLOCKED = ('numpy', 'cv2', 'yaml', 'rich', 'torch', 'onnx', 'onnxruntime', 'matplotlib')


@pytest.mark.parametrize('verb, word', [
    ('train', '--average-decay'), ('import', '--calibration'), ('evaluate', '--grey')])
def test_the_help_needs_no_package(verb, word):
    """In a fresh interpreter where none of them can be imported."""
    code = (f'import sys\nfor name in {BLOCKED}: sys.modules[name] = None\n'
            'from shufflenet_ros.cli.main import main\n'
            f'main([{verb!r}, "--help"])')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, '') and word in done.stdout


def test_defaults_that_the_help_tells_are_those_of_the_request():
    """Shares of val and of lost answers, the sizes and the changes of images."""
    done = subprocess.run([sys.executable, '-m', 'shufflenet_ros.cli.main', 'train', '--help'],
                          capture_output=True, text=True)
    text = ' '.join(done.stdout.split())
    for words in ('(default: 0.15)', '(without a value: 0.05)', '(default: 0.7,0.8,0.9,1.0)',
                  '(default: 100)', '(default: 0.3)'):
        assert words in text
