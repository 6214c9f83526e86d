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

"""Ctrl-Z, fg and a hangup: the terminal is given back before the process stops or ends."""

from __future__ import annotations

from collections.abc import Callable
import os
import signal
from types import FrameType


def end_on_hangup() -> None:
    """
    Take SIGHUP, of a terminal that is gone, for SIGTERM; one that is ignored (nohup) stays so.

    Call it before ``stop_signals.take_over``: where SIGHUP is handled, that sets no alarm on it,
    which any other signal that Python handles would start.
    """
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


class Suspension:
    """Calls back before Ctrl-Z stops this process, and when it goes on."""

    def __init__(self, before: Callable[[], None], after: Callable[[], None]) -> None:
        """Both are called on the main thread, which must make this object."""
        self._before, self._after = before, after
        self._handler = signal.signal(signal.SIGTSTP, self._stop)

    def close(self) -> None:
        """Let Ctrl-Z do again what it did before."""
        signal.signal(signal.SIGTSTP, self._handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._before()
        # The default, with the signal itself: the shell then says "Stopped" as always.
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTSTP])
        signal.signal(signal.SIGTSTP, self._stop)
        self._after()
