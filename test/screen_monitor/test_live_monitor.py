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

"""The monitor in a real terminal beside a real node, and how it leaves that terminal."""

import re
import signal
import subprocess
import sys
import termios
import time

from node.processes import started
import pytest
from screen_monitor.terminals import ENTER, LEAVE, monitor_in_terminal, SHELL

FRONT, REAR = r'^>. front', r'^>. rear'
"""Lines of the chosen camera; a busy machine may put the mark of a finding before its name."""
TWO = ('-p', "cameras:=['front', 'rear']", '-p', 'precision:=int8')


@pytest.fixture
def two(make_bench):
    """Make a bench of two cameras."""
    return make_bench(('front', 'rear'))


def until(bench, terminal, pattern):
    """Stream images until a line has a pattern; give the line."""
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s:
        bench.stream(0.2, meanwhile=lambda passed: terminal.read(0))
        found = [line for line in terminal.grid.lines() if re.search(pattern, line)]
        if found:
            return found[0]
    raise AssertionError('\n'.join([f'no {pattern!r} in', *terminal.grid.lines()]))


def test_a_node_is_watched_changed_and_watched_again_after_its_restart(two):
    """From before it runs; stopped, continued, resized; the terminal is as it was at the end."""
    name = f'{two.namespace}/classifier'
    with monitor_in_terminal('--node', name, '--every', '0.2', shell=SHELL) as terminal:
        before = termios.tcgetattr(terminal.theirs)
        terminal.until(f'Waiting for the classifier {name}')
        with started(two, *TWO) as process:
            process.wait_for('ready')
            two.settle_all_cameras()
            front = until(two, terminal, FRONT + r'.* \d+\.\d +\d+\.\d$').split()
            assert 0 < float(front[-2]) <= float(front[-1]) and terminal.until(r'^ . rear')
            terminal.until(r'threshold 0\.00 \(of the card\)  top_k 5')
            terminal.press(b'+\x1b[B')
            terminal.until(REAR)
            terminal.until('threshold is 0.05 now')
            assert two.get('threshold') == pytest.approx(0.05)
            terminal.press(b'mnowhere\r')
            assert 'model nowhere: ' in terminal.until('model nowhere: ')
            terminal.press(b'\x1a')
            terminal.until('stopped')
            assert termios.tcgetattr(terminal.theirs) == before
            assert terminal.sent.endswith(LEAVE + b'stopped\r\n')
            terminal.resize(100, 30)
            terminal.press(b'\n')
            until(two, terminal, REAR)
            assert terminal.sent.count(ENTER) == 2 and 'q quit' in terminal.grid.lines()[29]
            process.process.kill()
            process.process.wait()
        with started(two, *TWO) as process:
            process.wait_for('ready')
            until(two, terminal, f'{name} was started again')
            terminal.press(b'q')
            assert terminal.read_to_end() == 0
        assert termios.tcgetattr(terminal.theirs) == before
        assert terminal.sent.endswith(LEAVE) and b'Traceback' not in terminal.sent


@pytest.mark.parametrize('end', [signal.SIGTERM, signal.SIGHUP],
                         ids=['SIGTERM', 'SIGHUP'])
def test_whatever_ends_it_leaves_the_terminal_as_it_was(end):
    """Also before a node is found."""
    with monitor_in_terminal() as terminal:
        before = termios.tcgetattr(terminal.theirs)
        terminal.until('Waiting for a classifier')
        terminal.process.send_signal(end)
        assert terminal.read_to_end() == 0
        assert termios.tcgetattr(terminal.theirs) == before
        assert terminal.sent.endswith(LEAVE) and b'Traceback' not in terminal.sent


def test_the_end_of_ssh_is_its_end():
    """No process stays behind."""
    with monitor_in_terminal() as terminal:
        terminal.until('Waiting for a classifier')
        terminal.hang_up()
        assert terminal.process.wait(5) is not None


def test_in_a_pipe_there_are_lines_until_nobody_reads_them():
    """As for grep and head; without a code that a terminal would obey."""
    with subprocess.Popen(
            [sys.executable, '-m', 'shufflenet_ros.cli.main', 'monitor', '--every', '0.1'],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True) as process:
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=10)
    assert line.startswith('waiting for a classifier (domain ') and '\x1b' not in line
    assert (process.returncode, rest, errors) == (0, '', '')
