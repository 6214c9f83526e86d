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

"""Niceness of threads: counted from that of the process, and never inherited by mistake."""

import ctypes
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='threads of Linux have a niceness')

PR_CAPBSET_DROP, CAP_SYS_NICE = 24, 23
SCRIPT = """
import os, threading
from shufflenet_ros.process.thread_priority import (
    at_full_priority, full_priority_kept, lower_drawing_priority, lower_loading_priority)

def niceness():
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

def on_a_thread(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(work() or niceness()))
    thread.start()
    thread.join()
    return found[0]

with full_priority_kept():
    print(niceness(), on_a_thread(niceness), on_a_thread(lower_loading_priority),
          on_a_thread(lower_drawing_priority), at_full_priority(lambda: on_a_thread(niceness)))
    on_a_thread(lambda: lower_drawing_priority() or print(
        at_full_priority(lambda: on_a_thread(niceness))))
on_a_thread(lambda: lower_drawing_priority() or print(at_full_priority(niceness)))
"""


def as_a_normal_user():
    """Take from this process the right to raise priorities, which root has."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0)


@pytest.mark.parametrize('added', [0, 7, 10, 19])
def test_niceness_is_counted_from_that_of_the_process(added):
    """A start as a normal user under "nice" is no error, and the order of threads holds."""
    def prepare():
        as_a_normal_user()
        os.nice(added)

    start = min(19, os.getpriority(os.PRIO_PROCESS, 0) + added)
    done = subprocess.run([sys.executable, '-c', SCRIPT], capture_output=True, text=True,
                          timeout=60, preexec_fn=prepare)
    loading, drawing = (min(19, start + more) for more in (10, 15))
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout.splitlines() == [
        f'{start} {start} {loading} {drawing} {start}', f'{start}', f'{drawing}']
