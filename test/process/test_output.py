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

"""Standard output and error behind a guard: whoever writes never waits, and few lines come out."""

import os
import signal
import subprocess
import sys
import time

import pytest

START = """
import os, sys, threading, time
from shufflenet_ros.process.output import guard_output, take_complaints
from shufflenet_ros.process.signals import finish, stop_signals
stop_signals.take_over()
guard_output()
"""
FLOOD = START + """
for number in range(20_000):
    os.write({stream}, b'line %d\\n' % number) if number < 60 else None
    try:
        os.write({stream}, b'x' * 100 + b'\\n')
    except BlockingIOError:
        pass
open({mark!r}, 'w').close()
time.sleep({seconds})
sys.exit(finish(0))
"""
HOLDS_THE_LOCK = """
import ctypes, time
from shufflenet_ros.process.signals import stop_signals
stop_signals.take_over()
print('ready', flush=True)
ctypes.PyDLL(None).sleep(30)
"""


def start(code, **options):
    return subprocess.Popen([sys.executable, '-c', code], **options)


def wait_for(path, timeout_s=60):
    deadline_s = time.monotonic() + timeout_s
    while not path.exists():
        assert time.monotonic() < deadline_s, f'{path.name} did not come'
        time.sleep(0.01)


@pytest.mark.parametrize('stream', [1, 2])
def test_a_pipe_that_nobody_reads_blocks_nobody(tmp_path, stream):
    """Neither who writes nor the end, be it normal or by SIGTERM."""
    for seconds in (0, 30):
        mark = tmp_path / f'written_{seconds}'
        end, full = os.pipe()
        process = start(FLOOD.format(stream=stream, mark=str(mark), seconds=seconds), stdout=full,
                        stderr=full)
        wait_for(mark)
        began_s = time.monotonic()
        if seconds:
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0 and time.monotonic() - began_s < 2
        os.close(end)
        os.close(full)


@pytest.mark.parametrize('word', ['>&- 2>&-', '>&-', '2>&-', '</dev/null >/dev/full 2>/dev/full',
                                  '<&- >&- 2>&-'])
def test_closed_and_full_streams_end_like_any_other(tmp_path, word):
    """SIGTERM ends the process with its exit code, and no file gets the number of a stream."""
    code = START + """
with open(sys.argv[1], 'w') as file:
    for number in range(100):
        print('printed', file=sys.stderr)
        print('printed')
    os.write(1, b'to one\\n'), os.write(2, b'to two\\n')
    file.write('mine')
time.sleep(30)
"""
    file = tmp_path / 'file'
    process = subprocess.Popen(['sh', '-c', f'exec "$@" {word}', 'sh', sys.executable, '-c', code,
                                str(file)])
    wait_for(file)
    time.sleep(1)
    began_s = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0 and time.monotonic() - began_s < 2
    assert file.read_text() == 'mine'


def test_a_signal_ends_a_process_whose_interpreter_is_locked():
    """A library that holds the lock keeps every line of Python from running."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # Under nohup, where SIGHUP is ignored, it stays so and there is no such alarm.
        process = start(HOLDS_THE_LOCK, stdout=subprocess.PIPE, text=True,
                        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
        assert process.stdout.readline() == 'ready\n'
        began_s = time.monotonic()
        process.send_signal(number)
        process.wait(60)
        assert time.monotonic() - began_s < 2
        process.stdout.close()


def test_a_lock_that_is_taken_after_the_signal_does_not_keep_the_process():
    """Python code ran when the signal came, and then no more."""
    code = """
import ctypes, time
from shufflenet_ros.process.signals import stop_signals
stop_signals.take_over()
stop_signals.call_on_stop(lambda: ctypes.PyDLL(None).sleep(30))
print('ready', flush=True)
time.sleep(30)
"""
    process = start(code, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == 'ready\n'
    began_s = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    assert time.monotonic() - began_s < 2
    process.stdout.close()


def test_a_signal_that_was_answered_leaves_no_alarm():
    """The alarm is for locked interpreters alone: the exit code of a clean end is 0."""
    code = START + """
stop_signals.call_on_stop(lambda: (time.sleep(1.2), print('done', flush=True)))
print('ready', flush=True)
time.sleep(30)
"""
    process = start(code, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == 'ready\n'
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, 'done\n')


def test_lines_come_out_in_their_order_and_whole():
    """Both streams into one pipe, as launch reads them; the last one without its newline."""
    code = START + """
for number in range(25):
    os.write(1 + number % 2, b'line %d\\n' % number)
sys.stdout.write('the end')
sys.exit(finish(3))
"""
    done = subprocess.run([sys.executable, '-c', code], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 3
    assert done.stdout.splitlines() == [f'line {number}' for number in range(25)] + ['the end']


def test_a_flood_is_cut_and_counted():
    """A burst, then five lines a second; how many are missing is said, the last line is there."""
    code = START + """
for number in range(50):
    for _ in range(100):
        os.write(2, b'Something again and again\\n')
    time.sleep(0.04)
print('error: last words', file=sys.stderr)
time.sleep(0.1)  # they are read, and left out, before the process ends
sys.exit(finish(1))
"""
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=60)
    lines = done.stderr.splitlines()
    assert done.returncode == 1 and lines[-1] == 'error: last words'
    assert 60 <= len(lines) < 100
    left_out = sum(int(line.split()[0][1:]) for line in lines if 'left out' in line)
    assert left_out + sum('again' in line for line in lines) == 5000


def test_lines_that_somebody_asked_for_are_not_limited():
    """Of --log-level debug, with and without colours."""
    code = START + """
for number in range(200):
    os.write(2, b'[DEBUG] [1.0] [a]: b\\n\\x1b[32m[DEBUG] [1.0] [a]: c\\x1b[0m\\n')
    time.sleep(0.002)
sys.exit(finish(0))
"""
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=60)
    assert done.stderr.count('DEBUG') == 400


def test_what_libraries_say_about_images_is_counted_and_not_shown():
    """Of libjpeg, libpng and OpenCV; other lines pass."""
    code = START + """
import cv2, numpy as np
jpeg = bytearray(cv2.imencode('.jpg', np.zeros((64, 64, 3), np.uint8))[1].tobytes())
jpeg[-2:-2] = bytes(20)
assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) is not None
first = take_complaints()
os.write(2, b'libpng warning: iCCP: too short\\n[ WARN:0@0.1] global x.cpp (1) f y\\nmine\\n')
print(first, len(take_complaints()), take_complaints())
sys.exit(finish(0))
"""
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=60)
    assert 'Corrupt JPEG data' in done.stdout and done.stdout.endswith('] 2 []\n')
    assert done.stderr == 'mine\n'


def test_a_terminal_keeps_its_colours():
    """The pipe in between is no terminal, so rcutils is told."""
    code = START + "print(os.environ.get('RCUTILS_COLORIZED_OUTPUT')); sys.exit(finish(0))"
    main, other = os.openpty()
    process = start(code, stdout=other, stderr=other)
    os.close(other)
    assert os.read(main, 100).strip() == b'1' and process.wait(60) == 0
    os.close(main)
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=60)
    assert done.stdout == 'None\n'
