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

"""The newest results of the images of one camera, until a detector's boxes for them come."""

from __future__ import annotations

from collections import OrderedDict
import threading
import time

from shufflenet_ros.core.frame import Classification, StageTimings

MOST = 64
"""Results kept: two seconds at 30 Hz. They are small; images are not kept here."""
PATIENCE_S = 1.0
"""After so long without boxes, images are shown without."""

Result = tuple[Classification, StageTimings]


class RecentResults:
    """Results by the stamp of their image; for any thread."""

    def __init__(self) -> None:
        """Begin without results, as if boxes had come just now."""
        self._results: OrderedDict[int, Result] = OrderedDict()
        self._lock = threading.Lock()
        self._boxes_s = time.monotonic()

    def keep(self, stamp_ns: int, result: Result) -> bool:
        """Keep a result; say whether boxes for it can be expected."""
        with self._lock:
            self._results[stamp_ns] = result
            while len(self._results) > MOST:
                self._results.popitem(last=False)
            return time.monotonic() - self._boxes_s <= PATIENCE_S

    def take(self, stamp_ns: int) -> Result | None:
        """Give the result of the image that boxes came for; None where it is not known."""
        with self._lock:
            self._boxes_s = time.monotonic()
            return self._results.pop(stamp_ns, None)
