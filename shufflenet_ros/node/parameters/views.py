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

"""What of each image is looked at, as parameters: for all cameras, and for each named one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import Grid, grid_of, Region, region_of, View
from shufflenet_ros.node.parameters.declaration import Definition, numbers
from shufflenet_ros.node.parameters.ranges import floating_range

OFF = 'off'
"""Grid of a camera that has none where all others have one."""
VIEWS = {
    'region': Definition(
        [0.0, 0.0, 1.0, 1.0], numbers(),
        'Part of each image that is looked at: x, y, width and height from the top left, as '
        'shares of the image; [0.0, 0.67, 1.0, 0.33] is its lower third.'),
    'grid': Definition(
        '', {}, "Cells that the region is divided into, each classified, as columns x rows: "
        "'4x3'; '' for none. Results: ~/regions."),
    'grid_max_ms': Definition(
        0.0, floating_range(0.0, 60000.0),
        'How long a worker may be at one image (ms): then no further cell of its grid is begun, '
        'and the next image goes on with that cell. At least one cell of each image; 0 for no '
        'limit.', '', floating_range(0.0, 200.0)),
    'classify_whole': Definition(
        True, {}, 'Whether the region is classified as a whole too, where there is a grid or '
                  'where there are boxes of a detector.'),
}


def views_of_cameras(cameras: Sequence[str]) -> dict[str, Definition]:
    """Parameters that each of these cameras has for itself; none for one without a name."""
    own = {
        'region': Definition([], numbers(), 'As region, for this camera alone; []: as that.'),
        'grid': Definition('', {}, f"As grid, for this camera alone; '': as that, '{OFF}': none."),
    }
    return {f'{camera}.{name}': entry for camera in cameras if camera
            for name, entry in own.items()}


def views_from(values: Mapping[str, Any], cameras: Sequence[str],
               roi_cameras: Collection[str] = ()) -> dict[str, View]:
    """
    Camera to what is looked at, from values of all parameters; raises ConfigurationError.

    The images of ``roi_cameras`` get boxes of a detector.
    """
    return {camera: View(_region(*_own(values, camera, 'region')),
                         _grid(*_own(values, camera, 'grid')), values['classify_whole'],
                         camera in roi_cameras)
            for camera in cameras}


def _own(values: Mapping[str, Any], camera: str, name: str) -> tuple[str, Any]:
    """Name and value of the parameter that counts for a camera: its own, or that of all."""
    own = f'{camera}.{name}'
    # Those of a camera that the node does not have yet are not declared.
    return (own, values[own]) if values.get(own) else (name, values[name])


def _region(name: str, shares: Any) -> Region:
    try:
        return region_of(shares)
    except (ConfigurationError, TypeError, ValueError) as error:
        raise _wrong(name, error) from error


def _grid(name: str, text: str) -> Grid | None:
    try:
        return None if text.strip() == OFF else grid_of(text)
    except ConfigurationError as error:
        raise _wrong(name, error) from error


def _wrong(name: str, error: Exception) -> ConfigurationError:
    """Name the parameter, which may be that of one camera."""
    return ConfigurationError(f'parameter {name}: {str(error).partition(": ")[2] or error}')
