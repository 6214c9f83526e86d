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

"""Whether the node that is watched ended, came back, or was started again, told once each."""

from __future__ import annotations

from shufflenet_ros.core.text import plain
from shufflenet_ros.observer.observed import ObservedNode


class Lives:
    """Follows the reports of one node."""

    def __init__(self) -> None:
        self._gone_s: float | None = None
        """When the last report before the silence came."""
        self._images: dict[str, int] = {}
        """Camera to the images that the node had counted at its last report."""
        self._model = (0, 0)
        """When the model was put in place (ns), and its number; 0 while they are not known."""

    def update(self, node: ObservedNode, now_s: float) -> str:
        """Give a line where the node has come back or was started again; otherwise nothing."""
        if node.is_gone(now_s):
            self._gone_s = node.last_report_s
            return ''
        gone_s, self._gone_s = self._gone_s, None
        is_new = self._is_started_again(node)
        if gone_s is not None and node.last_report_s is not None:
            silent_s = node.last_report_s - gone_s
            word = 'was started again' if is_new else 'is back'
            return f'{plain(node.name)} {word}; it was silent for {silent_s:.0f} s'
        return f'{plain(node.name)} was started again' if is_new else ''

    def _is_started_again(self, node: ObservedNode) -> bool:
        """Whether models are counted anew; without stamps of theirs, whether images are."""
        images = {camera.name: camera.counters.received + camera.counters.missed
                  for camera in node.cameras.values() if camera.status is not None}
        counts_anew = any(count < self._images.get(name, 0) for name, count in images.items())
        self._images |= images
        (loaded_ns, version), self._model = self._model, (node.loaded_ns, node.version)
        if loaded_ns and node.loaded_ns:
            return node.loaded_ns != loaded_ns and node.version <= version
        return counts_anew
