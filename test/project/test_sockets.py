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

"""Nothing leaves the machine: no telemetry, and no socket but the middleware's."""

import ast
from pathlib import Path
import re
import shutil
import signal
import socket
import subprocess
import sys
from threading import Thread
import time

from dataset.labelled_folders import write_images
from downloads.servers import environment, PROXY_VARIABLES
from project.sources import python_files, ROOT
import pytest
from recordings.bags import record_images, views

FIRST = ('shufflenet_ros.process.no_telemetry', 'shufflenet_ros.inference.onnx_runtime')
VARIABLE = 'ORT_DISABLE_TELEMETRY'
BUILD_SERVERS = ('CI', 'GITHUB_ACTIONS', 'TF_BUILD')
CLI = ('-m', 'shufflenet_ros.cli.main')
NODE = ('-m', 'shufflenet_ros.process.entry_points', 'node.classifier_node', '--ros-args')
MODULES = [f'import {name}' for name in (
    'shufflenet_ros.inference.engine', 'shufflenet_ros.quantization.qdq',
    'shufflenet_ros.bench.roofline.peak', 'shufflenet_ros.bench.roofline.operator_times')]
BASELINE = f'import sys; sys.path.insert(0, {str(ROOT / "benchmarks")!r}); import baseline_node'


class LoggingProxy:
    """A proxy on the loopback that forwards nothing and keeps what is asked of it."""

    def __enter__(self):
        self.requests = []
        self._socket = socket.create_server(('127.0.0.1', 0))
        Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._socket.close()

    @property
    def variables(self):
        """Give the environment that leads every request here."""
        address = f'http://127.0.0.1:{self._socket.getsockname()[1]}'
        return {name: '' if name.lower() == 'no_proxy' else address for name in PROXY_VARIABLES}

    def _serve(self):
        try:
            while True:
                connection, _ = self._socket.accept()
                with connection:
                    self.requests.append(connection.recv(4096))
        except OSError:  # closed
            pass


class Watched:
    """Processes whose home and network are watched."""

    def __init__(self, home, proxy):
        self.home, self.proxy = home, proxy

    def run(self, *words, seconds=0.0, **changes):
        """Run Python to its end, or so long and then SIGTERM; what it said is in the answer."""
        process = subprocess.Popen(
            [sys.executable, *map(str, words)], cwd=ROOT, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=self.environment(**changes))
        if seconds:
            time.sleep(seconds)
            process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=100)
        assert process.returncode == 0, said
        return said

    def environment(self, **changes):
        """Give the environment of this process, with the watched home and proxy, and changes."""
        watched = self.proxy.variables | {
            'HOME': self.home, 'XDG_CACHE_HOME': self.home / '.cache', 'PYTHONPATH': ROOT}
        kept = environment(**watched | changes)
        # On a build server onnxruntime sends nothing anyway, and nothing would be tested.
        return {name: value for name, value in kept.items()
                if name not in (VARIABLE, *BUILD_SERVERS) or name in changes}

    def files(self):
        """List what lies in the home that only telemetry writes."""
        return [path for path in self.home.rglob('*') if re.search(
            'microsoft|onnxruntime|deviceid|intel', str(path.relative_to(self.home)).lower())]


@pytest.fixture
def watched(tmp_path):
    """Watch an empty home and all requests."""
    home = tmp_path / 'home'
    home.mkdir()
    with LoggingProxy() as proxy:
        yield Watched(home, proxy)


@pytest.fixture
def images(tmp_path):
    """Write a few images of two classes that the shipped model has."""
    data = tmp_path / 'data'
    write_images(data, 1)
    for old, new in (('leaves', 'grass'), ('rust', 'gravel')):
        (data / old).rename(data / new)
    return data


def imports(tree):
    """Give the modules that a file imports, in their order, each with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ''


@pytest.mark.parametrize('path', [path for path in python_files() if re.search(
    r'^\s*(import|from) onnxruntime', path.read_text(), re.MULTILINE)], ids=lambda path: path.name)
def test_whoever_imports_onnxruntime_turns_its_telemetry_off_before(path):
    """In the package, the benchmarks and the tests alike."""
    text = path.read_text()
    first = min((line for line, name in imports(ast.parse(text)) if name in FIRST), default=None)
    if first is None:
        first = text[:text.index(f"setdefault('{VARIABLE}', '1')")].count('\n') + 1
    assert all(line > first for line, name in imports(ast.parse(text))
               if name.partition('.')[0] == 'onnxruntime')


@pytest.mark.parametrize('code', [*MODULES, BASELINE],
                         ids=lambda code: code.rpartition('.')[2].rpartition(' ')[2])
def test_no_import_sends_or_writes_anything(watched, code):
    """Every file that uses onnxruntime, the baseline node of the benchmark included."""
    pytest.importorskip('onnx')
    said = watched.run('-c', f'import os; {code}; import time; time.sleep(2); import onnxruntime; '
                             f'print(os.environ[{VARIABLE!r}], onnxruntime.__version__)')
    assert said.split()[-2] == '1'
    assert (watched.proxy.requests, watched.files()) == ([], [])


def test_the_node_sends_and_writes_nothing(watched):
    """As installed, with its default parameters."""
    assert 'ready' in watched.run(*NODE, '-p', 'precision:=int8', seconds=6,
                                  PYTHONUNBUFFERED='1')
    assert (watched.proxy.requests, watched.files()) == ([], [])


def test_a_verb_sends_and_writes_nothing(watched, images):
    """One that runs the network."""
    assert 'agreement' in watched.run(*CLI, 'evaluate', images, '--model', 'surfaces')
    assert (watched.proxy.requests, watched.files()) == ([], [])


def test_what_the_user_has_set_stays(watched):
    """Whoever wants the telemetry has it: this also shows that the watch sees its files."""
    said = watched.run(
        '-c', f'import os; {MODULES[0]}; import time; time.sleep(1); import onnxruntime; '
              f'print(os.environ[{VARIABLE!r}], onnxruntime.__version__)', **{VARIABLE: '0'})
    chosen, version = said.split()[-2:]
    assert chosen == '0'
    if tuple(map(int, version.split('.')[:2])) >= (1, 29):
        assert watched.files()


def sockets(trace, words, seconds=0.0):
    """Run Python under strace: the calls that make or use sockets of the internet's families."""
    strace = shutil.which('strace')
    if strace is None:
        pytest.skip('strace is not installed; apt install strace')
    command = [strace, '-f', '-o', trace, '-e', 'trace=socket,connect', sys.executable,
               *map(str, words)]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    if seconds:
        time.sleep(seconds)
        for child in Path(f'/proc/{process.pid}/task/{process.pid}/children').read_text().split():
            subprocess.run(['kill', '-TERM', child], check=True)
    said, _ = process.communicate(timeout=110)
    if process.returncode and 'ptrace' in said:
        pytest.skip('processes cannot be traced here')
    assert process.returncode == 0, said
    assert 'socket' in trace.read_text() or not seconds
    return [line for line in trace.read_text().splitlines() if re.search('AF_INET|PF_INET', line)]


@pytest.mark.parametrize('words', [
    ('inspect', 'surfaces'), ('evaluate', '{images}', '--model', 'surfaces'),
    ('frames', '{bag}', '--out', '{out}'),
    pytest.param(('train', '{many}', '--out', '{out}', '--epochs', '1', '--val', '0.5', '--size',
                  '64', '--keep-duplicates'), marks=pytest.mark.slow),
    pytest.param(('bench', '--suite', 'int8', '--rounds', '2', '--out', '{out}'),
                 marks=pytest.mark.slow),
    ('demo', '--help')], ids=lambda words: words[0])
def test_a_verb_opens_no_socket(tmp_path, images, words):
    """Neither to this machine nor to another one; fetch is the only verb that does."""
    pytest.importorskip('onnx')
    places = {name: tmp_path / name for name in ('many', 'out', 'bag')} | {'images': images}
    if '{many}' in words:
        write_images(places['many'], 12)
    if '{bag}' in words:
        record_images(places['bag'], views(3))
    assert not sockets(tmp_path / 'trace', (*CLI, *(word.format(**places) for word in words)))


@pytest.mark.parametrize('words, seconds', [
    ((*NODE, '-p', 'precision:=int8'), 8),
    pytest.param((*CLI, 'demo', '--seconds', '2', '--out', '{out}'), 0, marks=pytest.mark.slow)],
    ids=['node', 'demo'])
def test_the_sockets_are_those_of_the_middleware(tmp_path, words, seconds):
    """Fast DDS speaks UDP and connects to nobody: no TCP, no look-up of a name."""
    calls = sockets(tmp_path / 'trace', [word.format(out=tmp_path / 'out') for word in words],
                    seconds)
    assert calls
    assert not [line for line in calls if not re.search(r'socket\(AF_INET6?, SOCK_DGRAM', line)]
