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

"""The end of a process: in time and with its exit code, whatever its threads do."""

import signal
import subprocess
import sys
import time

import pytest

STUCK_AT_THE_END = """
import ctypes, sys, threading
from shufflenet_ros.process.signals import finish, stop_signals
stop_signals.take_over()
threading.Thread(target=ctypes.CDLL(None).sleep, args=(30,), daemon=True).start()
print('printed before')
sys.exit(finish({code}))
"""
STUCK_IN_ITS_CALLBACK = """
import threading, time
from shufflenet_ros.process.signals import stop_signals
stop_signals.take_over()
stop_signals.call_on_stop(threading.Event().wait)
print('ready', flush=True)
time.sleep(30)
"""


@pytest.mark.parametrize('code', [0, 1])
def test_a_thread_inside_a_library_does_not_hold_the_end_up(code):
    """The exit code is that of main, and what was printed is there."""
    start = time.monotonic()
    done = subprocess.run([sys.executable, '-c', STUCK_AT_THE_END.format(code=code)],
                          capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (code, 'printed before\n', '')
    assert time.monotonic() - start < 2


def test_a_stop_that_takes_too_long_is_cut_short():
    """Even if the callback never returns, the process ends within 2 s."""
    process = subprocess.Popen([sys.executable, '-c', STUCK_IN_ITS_CALLBACK], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == 'ready\n'
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, '') and time.monotonic() - start < 2
