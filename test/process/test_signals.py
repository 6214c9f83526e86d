"""The end of a process: in time and with its code, whatever its threads are at."""

import signal
import subprocess
import sys
import time

import pytest

STUCK_AT_THE_END = """
import ctypes, sys, threading
from shufflenet_ros.process.signals import leave, stop
stop.watch()
threading.Thread(target=ctypes.CDLL(None).sleep, args=(30,), daemon=True).start()
print('said before')
sys.exit(leave({code}))
"""
STUCK_WHEN_TOLD = """
import threading, time
from shufflenet_ros.process.signals import stop
stop.watch()
stop.tell(threading.Event().wait)
print('ready', flush=True)
time.sleep(30)
"""


@pytest.mark.parametrize('code', [0, 1])
def test_a_thread_inside_a_library_does_not_hold_the_end_up(code):
    """The exit code is that of main, and what was printed is there."""
    start = time.monotonic()
    done = subprocess.run([sys.executable, '-c', STUCK_AT_THE_END.format(code=code)],
                          capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (code, 'said before\n', '')
    assert time.monotonic() - start < 2


def test_patience_with_a_stop_has_an_end():
    """Even if the node never comes back from being told, the process ends within 2 s."""
    process = subprocess.Popen([sys.executable, '-c', STUCK_WHEN_TOLD], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == 'ready\n'
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, '') and time.monotonic() - start < 2
