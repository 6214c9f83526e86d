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


"""A model that runs without end, needs too much or crashes is refused by a process of its own."""

import os
from pathlib import Path
import subprocess
import sys
import time

from costs import in_time
from inference.networks import folder_of, network
import pytest
from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.inference import trial
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.trial import try_out

SURFACES = Path(__file__).resolve().parents[2] / 'models' / 'surfaces'


@pytest.fixture(autouse=True)
def nothing_passed(monkeypatch):
    """Try each model anew."""
    monkeypatch.setattr(trial, '_passed', set())


def refused(folder, precisions=('int8', 'fp32')):
    """Give the one line with which a model is refused."""
    with pytest.raises(ModelError) as caught:
        try_out(load_model(folder), precisions)
    text = str(caught.value)
    assert text.startswith(str(folder)) and text.isprintable() and len(text) < 1200
    return text


def test_our_models_pass_in_a_moment():
    """Both forms, and only once for the same files."""
    spec = load_model(SURFACES)
    start = time.monotonic()
    try_out(spec, ['int8', 'fp32'])
    assert time.monotonic() - start < 10
    in_time(lambda: try_out(spec, ['int8', 'fp32']), 0.05, time.monotonic)


def test_a_network_that_never_ends_is_given_up(tmp_path):
    """Processor time counts, so that a busy machine does not matter."""
    start = time.monotonic()
    text = refused(folder_of(network('endless'), tmp_path / 'model'))
    assert f'more than {trial.CPU_S} s of processor time' in text and 'never ends' in text
    assert time.monotonic() - start < 40


USED_KB = """
import resource, sys
from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.trial import try_out
try:
    try_out(load_model(sys.argv[1]), ('int8', 'fp32'))
except ModelError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Why a model is refused, and how much memory the process that tried it had at most."""


@pytest.mark.parametrize('kind', ['huge', 'large'])
def test_a_network_that_needs_too_much_memory_is_refused(tmp_path, kind):
    """200 GB, or three times what is allowed; nothing else has less memory for it."""
    folder = folder_of(network(kind), tmp_path / 'model')
    # The figure is that of all children so far: in a process that has no other.
    text, used_kb = subprocess.run([sys.executable, '-c', USED_KB, folder], capture_output=True,
                                   text=True, check=True).stdout.splitlines()
    assert 'cannot be run' in text or 'memory' in text
    assert int(used_kb) < 2 ** 21  # 2 GiB


@pytest.mark.parametrize('kind, word', [
    ('failing', 'cannot be run'), ('other', 'contradict'), ('overflowing', 'overflow')])
def test_a_network_that_cannot_run_is_refused_with_the_reason(tmp_path, kind, word):
    """Also where it only fails when it runs."""
    content = network(kind, classes=9 if kind == 'other' else 10)
    assert word in refused(folder_of(content, tmp_path / 'model'))


def test_an_engine_says_so_as_well(tmp_path):
    """In one line, for whoever loads it without a trial."""
    engine = Engine(load_model(folder_of(network('failing'), tmp_path / 'model')))
    with pytest.raises(ModelError, match='onnx: cannot be run') as caught:
        engine.warm_up()
    assert str(caught.value).isprintable()


def test_a_process_that_ends_in_whatever_way_is_told(tmp_path):
    """A crash of onnxruntime, or the system short of memory."""
    for code, word in ((-11, 'exit code -11'), (-9, 'memory'), (7, 'exit code 7')):
        assert word in trial._reason(tmp_path, code, b'')


def test_nothing_in_the_current_folder_is_imported(tmp_path, monkeypatch):
    """The node was started somewhere; what lies there is not Python's."""
    (tmp_path / 'yaml.py').write_text('raise SystemExit(9)')
    monkeypatch.chdir(tmp_path)
    try_out(load_model(SURFACES), ['int8'])


def test_the_process_ends_with_its_parent(tmp_path):
    """A node that is ended in the midst of a trial leaves none behind."""
    folder = folder_of(network('endless'), tmp_path / 'model')
    program = ('import sys; from shufflenet_ros.inference.trial import try_out; '
               'from shufflenet_ros.inference.model_card import load_model; '
               'try_out(load_model(sys.argv[1]), ["int8"])')
    parent = subprocess.Popen([sys.executable, '-c', program, str(folder)],
                              env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)})
    children = Path(f'/proc/{parent.pid}/task/{parent.pid}/children')
    deadline = time.monotonic() + 60
    while not (found := children.read_text().split()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    parent.kill()
    parent.wait()
    while Path(f'/proc/{found[0]}').exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
