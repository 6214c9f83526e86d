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
The recording that a thread reads, kept open from one slice to the next.

To read the index of a long recording takes seconds, which each slice of it must not cost again.
"""

from __future__ import annotations

from pathlib import Path
import threading

from shufflenet_ros.recordings.open_recording import open_recording, Recording
from shufflenet_ros.replay.slices import Slice


def recording_of(piece: Slice) -> Recording:
    """Open the recording of a slice, unless this thread has it open. Raises BagError."""
    key = piece.path, piece.digest
    if _last.recording is None or _last.key != key:
        close_recording()
        _last.recording, _last.key = open_recording(Path(piece.path)), key
    return _last.recording


def close_recording() -> None:
    """Close what this thread has open."""
    recording, _last.recording = _last.recording, None
    if recording is not None:
        recording.__exit__(None, None, None)


class _Last(threading.local):
    """Of each thread, since no recording can be read by two at once."""

    recording: Recording | None = None
    key = ('', '')


_last = _Last()
