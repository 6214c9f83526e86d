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

"""A source of frames without a middleware, which keeps the newest of each camera as that does."""

import threading
import time

from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import Delivery


class NewestFrames:
    """Frames that a test puts are there until a worker takes them, or a newer one comes."""

    def __init__(self):
        self._changed = threading.Condition()
        self._newest, self._missed, self._lost = {}, {}, {}
        self._is_woken = False

    def put(self, camera, frame):
        """Leave a frame, or an error, as the newest of a camera."""
        with self._changed:
            if camera in self._newest:
                self._missed[camera] = self._missed.get(camera, 0) + 1
            now_ns = time.monotonic_ns()
            self._newest[camera] = frame, now_ns
            self._changed.notify_all()

    def lose(self, camera, count=1):
        """Have the next frame tell that so many before it were lost on their way."""
        with self._changed:
            self._missed[camera] = self._missed.get(camera, 0) + count
            self._lost[camera] = self._lost.get(camera, 0) + count

    def wait(self, cameras, timeout_ns):
        """Wait for a frame of one of the cameras; see ``core.turns.Source``."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_woken or any(camera in self._newest for camera in cameras),
                timeout_ns / 1e9)
            self._is_woken = False
            return [camera for camera in cameras if camera in self._newest]

    def wake(self):
        """End a wait."""
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()

    def take(self, camera):
        """Give the newest frame of a camera."""
        with self._changed:
            if camera not in self._newest:
                return None
            frame, put_ns = self._newest.pop(camera)
            received_ns = put_ns if isinstance(frame, (FrameError, Exception)) else (
                frame.received_ns or put_ns)
            return Delivery(frame, received_ns, put_ns, self._missed.pop(camera, 0),
                            self._lost.pop(camera, 0))
