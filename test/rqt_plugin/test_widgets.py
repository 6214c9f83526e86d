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
The plugin under PyQt5 and PySide6, each in a process of its own, both on one live classifier.

No screen is needed: Qt paints into memory (the platform ``offscreen``).
"""

from contextlib import contextmanager
import ctypes
from importlib.util import find_spec
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

from node.processes import started
from node.workbench import values_of
import numpy as np
import pytest
from rqt_plugin.qt_stand_in import BINDINGS
from shufflenet_ros.node.public_names import LATENCY_KEYS

PROBE = Path(__file__).with_name('probe.py')
TWO = ('-p', "cameras:=['front', 'rear']", '-p', 'precision:=int8')
TOPICS = ('classification', 'frame_latency', 'annotated/compressed')
PACKAGES = {
    'libGL.so.1': 'libgl1', 'libEGL.so.1': 'libegl1', 'libxkbcommon.so.0': 'libxkbcommon0',
    'libdbus-1.so.3': 'libdbus-1-3', 'libfontconfig.so.1': 'libfontconfig1',
    'libfreetype.so.6': 'libfreetype6', 'libglib-2.0.so.0': 'libglib2.0-0',
    'libgthread-2.0.so.0': 'libglib2.0-0', 'libX11.so.6': 'libx11-6', 'libXext.so.6': 'libxext6'}
"""Libraries that the wheels of Qt leave to the system, and what brings them."""


class Window:
    """The plugin in a process of its own."""

    def __init__(self, binding, node):
        self.binding = binding
        self.process = subprocess.Popen(
            [sys.executable, str(PROBE), binding, node], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {
                'QT_QPA_PLATFORM': 'offscreen', 'PYTHONPATH': os.pathsep.join(
                    [str(PROBE.parent.parent), *sys.path])})

    def ask(self, do, **words):
        """Run a command of the probe and give its answer."""
        try:
            print(json.dumps({'do': do, **words}), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ''
        if not line:
            pytest.fail(f'{self.binding}: {self._last_words()}')
        return json.loads(line)

    def end(self):
        """Close the window; what it said besides, and its exit code."""
        try:
            _, errors = self.process.communicate(timeout=30)
        finally:
            self.process.kill()
        return self.process.returncode, [
            line for line in errors.splitlines() if 'propagateSizeHints' not in line
            and 'XDG_RUNTIME_DIR' not in line]

    def _last_words(self):
        errors = self.process.communicate(timeout=30)[1]
        packages = sorted({PACKAGES[library] for library in PACKAGES if not is_there(library)})
        return f'{errors}\nQt lacks libraries: sudo apt install {" ".join(packages)}' if (
            packages) else errors


def is_there(library):
    """Whether a library of the system can be loaded."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


@contextmanager
def windows_on(node):
    """Open a window with each binding that is installed; each must end without a word."""
    windows = [Window(binding, node) for binding in BINDINGS if find_spec(binding)]
    if not windows:
        pytest.skip('neither PyQt5 nor PySide6 is installed: make test brings both')
    try:
        yield windows
    except BaseException:
        for window in windows:
            window.process.kill()
        raise
    assert [window.end() for window in windows] == [(0, [])] * len(windows)


def until(bench, windows, condition, timeout_s=30.0):
    """Wait until a condition of the state of each window holds."""
    deadline_s = time.monotonic() + timeout_s
    states = {}
    while time.monotonic() < deadline_s:
        states = {window.binding: window.ask('state') for window in windows}
        if all(map(condition, states.values())):
            return states
        bench.spin(0.05)
    raise AssertionError(states)


def topics_of(state):
    """Give the topics of results and images that a window subscribes to, without the node."""
    return sorted(topic.split('/', 3)[3] for topic in state['topics'] if topic.endswith(TOPICS))


def test_the_plugin_over_the_life_of_a_node(make_bench):
    """Every frame, both cameras; hidden, changed, refused, reloaded; the node killed and back."""
    bench = make_bench(('front', 'rear'))
    with started(bench, *TWO) as process, windows_on(f'{bench.namespace}/classifier') as windows:
        process.wait_for('ready')
        bench.settle_all_cameras()
        until(bench, windows, lambda state: len(topics_of(state)) == 6)
        check_series(bench, windows)
        check_what_is_shown(bench, windows)
        check_changes(bench, windows)
        check_hidden(bench, windows)
        check_reloads(bench, windows)
        process.process.send_signal(signal.SIGKILL)
        process.process.wait()
        until(bench, windows, lambda state: 'is gone: no report' in state['banner'])
        with started(bench, *TWO) as process:
            process.wait_for('ready')
            until(bench, windows, lambda state: bench.send('front') and not state['banner']
                  and 'surfaces' in state['model']
                  and 'Hz' in state['panels']['front']['rates'])


def check_series(bench, windows):
    """Compare the frames of both cameras with the messages, and with what is drawn."""
    bench.settle()
    for window in windows:
        window.ask('clear')
    for latencies in bench.latencies.values():
        latencies.clear()
    bench.stream(1.0)
    received = {camera: [(msg.header.stamp.sec * 10**9 + msg.header.stamp.nanosec,
                          [values_of(msg)[key] for key in LATENCY_KEYS]) for msg in messages]
                for camera, messages in bench.latencies.items()}
    assert all(len(messages) > 10 for messages in received.values())
    for window in windows:
        assert bench.wait(lambda: {
            camera: list(zip(shown['stamps'], map(list, shown['table'])))
            for camera, shown in window.ask('series').items()} == received, 10)
        for shown in window.ask('series').values():
            table = np.clip(shown['table'], 0, None)
            drawn = np.isin(np.round(shown['seconds'], 6), np.round(
                np.array(shown['stamps']) / 1e9, 6))  # the others are the edges of gaps
            assert drawn.sum() == len(table)
            assert np.allclose(np.array(shown['tops']).T[drawn], np.cumsum(table[:, :-1], axis=1))


def check_what_is_shown(bench, windows):
    """Images, classes, numbers, the model and the parameters, under the binding asked for."""
    states = until(bench, windows, lambda state: bench.send('front') and bench.send('rear')
                   and all(panel['has_image'] for panel in state['panels'].values())
                   and state['form']['model'] == 'surfaces' and 'surfaces' in state['model'])
    for binding, state in states.items():
        assert state['binding'] == f'{binding}.QtCore' and [*state['panels']] == ['front', 'rear']
        front = state['panels']['front']
        assert front['label'].startswith(front['bars'][0].split()[0]) and len(front['bars']) == 5
        assert front['latency'].startswith('total p50 ') and front['drops'].startswith('drops: ')
        assert state['node'] in state['nodes']
        assert 'CPUExecutionProvider, 10 classes' in state['model'] and state['findings']
        assert state['form']['threshold'] == -1.0 and state['form']['top_k'] == 5


def check_changes(bench, windows):
    """See a change reach the node and the other window; the refusal of one is shown."""
    windows[0].ask('change', name='threshold', value=0.25)
    until(bench, windows, lambda state: state['form']['threshold'] == 0.25)
    assert bench.get('threshold') == 0.25
    windows[-1].ask('change', name='model', value='no_such_model')
    until(bench, windows[-1:], lambda state: state['message'].startswith(
        'REFUSED model no_such_model: ') and state['form']['model'] == 'surfaces')


def check_hidden(bench, windows):
    """Below another tab, and minimised: no timer, no results, no images; then all of it again."""
    for away, back in ((('raise_dock', 1), ('raise_dock', 0)), (('minimise',), ('restore',))):
        for (command, *number), is_awake in ((away, False), (back, True)):
            for window in windows:
                window.ask(command, **({'number': number[0]} if number else {}))
            until(bench, windows, lambda state: state['is_awake'] is is_awake
                  and len(topics_of(state)) == 6 * is_awake)
    for window in windows:
        window.ask('hide_camera', title='rear')
    until(bench, windows, lambda state: [*state['panels']] == ['front'] and topics_of(
        state)[-1] == 'rear/frame_latency' and len(topics_of(state)) == 5)


def check_reloads(bench, windows):
    """Have what was chosen back with the perspective; twenty times leave nothing behind."""
    for window in windows:
        kept = window.ask('save')
        assert kept == {'node': f'{bench.namespace}/classifier', 'hidden_cameras': 'rear',
                        'span_s': '30'}
        first, last = window.ask('reload', times=20, settings=kept)
        assert first == last
    until(bench, windows, lambda state: [*state['panels']] == ['front']
          and 'surfaces' in state['model'])
