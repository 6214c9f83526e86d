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

"""Parts of frames as images of their own, cut where the node would classify them."""

from __future__ import annotations

import numpy as np
from shufflenet_ros.core.parts import View
from shufflenet_ros.recordings.frame_folder import Source


class Patches:
    """The cells of a view; without a grid its region alone."""

    def __init__(self, view: View) -> None:
        self._view = view
        region = view.region
        self._region = ','.join(
            f'{share:.9g}' for share in (region.x, region.y, region.width, region.height))
        self._grid = '' if view.grid is None else str(view.grid)
        # How they are called does not depend on the size of a frame.
        self._ids = [part.id for part in view.cells(1, 1)] or ['']

    def sources(self, frame: Source) -> list[Source]:
        """Name all patches of a frame, without a look at it."""
        return [frame._replace(cell=cell, region=self._region, grid=self._grid)
                for cell in self._ids]

    def cut(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Cut an image (height, width, 3) at its own size: views on it, by the id of the cell."""
        size = image.shape[0], image.shape[1]
        boxes = {part.id: part.box for part in self._view.cells(*size)} or {
            '': self._view.whole(*size)}
        return {cell: image[box.top:box.bottom, box.left:box.right]
                for cell, box in boxes.items()}
