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
Which thread gets a core and the interpreter first: the workers, before all others.

rclpy tidies up for a millisecond or two after every image. On the same core, or while it holds the
interpreter, the inference of that very image would have to wait. Each ``lower_...`` function acts
on the thread that calls it; on Linux every thread has a niceness of its own.
"""

from __future__ import annotations

import os
import sys
import threading
import time

SWITCH_INTERVAL_S = 5e-5
"""How long a thread may keep the interpreter when another wants it (Python's default: 5 ms)."""
EXECUTOR_PAUSE_S = 5e-4
"""How long the executor sleeps after it handed an image over, so that a worker can begin."""
EXECUTOR_NICENESS, EXECUTOR_NICENESS_SEVERAL = 6, 2
"""
Niceness of the executor with one camera, and with several; the workers have 0.

With one camera 6: a result of 720p is out a millisecond earlier than with 2 (3.7 to 4.7 ms, p50).
With several, each in a burst of images, the executor would fall so far behind on a busy machine
that images are lost inside DDS, where nobody counts them; and 2 costs nothing.
"""
LOADING_NICENESS = 10
DRAWING_NICENESS = 15
"""Annotated images are for people, who do not see 10 ms."""


def shorten_switch_interval() -> None:
    """Let threads of this process take the interpreter from one another quickly."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)


def pause_executor() -> None:
    """Sleep on the executor's thread, so that a worker begins with the image handed over."""
    time.sleep(EXECUTOR_PAUSE_S)


def lower_executor_priority(several_cameras: bool) -> None:
    """Let the workers have a core before the calling thread, which is the executor's."""
    _set_niceness(EXECUTOR_NICENESS_SEVERAL if several_cameras else EXECUTOR_NICENESS)


def lower_loading_priority() -> None:
    """Let workers and executor have a core before the calling thread, which loads a model."""
    _set_niceness(LOADING_NICENESS)


def lower_drawing_priority() -> None:
    """Let all other threads have a core before the calling thread, which draws images."""
    _set_niceness(DRAWING_NICENESS)


def _set_niceness(niceness: int) -> None:
    if sys.platform == 'linux':
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
