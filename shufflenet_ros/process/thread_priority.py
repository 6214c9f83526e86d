"""
Three ways for the executor's thread to give way to the workers.

rclpy tidies up for a millisecond or two after every image, and that very image would have to wait
for its inference meanwhile.
"""

from __future__ import annotations

import os
import sys
import threading
import time

PAUSE_S = 5e-4
"""The executor rests this long when it has handed an image over."""
HANDOVER_S = 5e-5
"""How long it may keep the interpreter when a worker wants it (Python's default: 5 ms)."""
NICENESS_OF_ONE, NICENESS_OF_MANY = 6, 2
"""
How much later it gets a core than a worker where both want the same one.

With one camera 6: a result of 720p is out a millisecond earlier than with 2 (3.7 to 4.7 ms, p50).
With several, each in a burst of images, the executor would fall so far behind on a busy machine
that images give way inside DDS, where nobody counts them; and 2 costs nothing.
"""

NICENESS_OF_PICTURES = 15
"""That of the thread that draws for people, who do not see 10 ms."""


def hand_over_fast() -> None:
    """Let threads of this process take the interpreter from one another at once."""
    sys.setswitchinterval(HANDOVER_S)


def rest() -> None:
    """Let a worker begin with the image that was just handed over."""
    time.sleep(PAUSE_S)


def step_back(several: bool) -> None:
    """Make the calling thread nicer than the workers; ``several``: with more than one camera."""
    _be_nice(NICENESS_OF_MANY if several else NICENESS_OF_ONE)


def last_in_line() -> None:
    """Let the calling thread have a core only where nobody else of this process wants it."""
    _be_nice(NICENESS_OF_PICTURES)


def _be_nice(niceness: int) -> None:
    if sys.platform == 'linux':
        # Linux has a niceness for each thread.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
