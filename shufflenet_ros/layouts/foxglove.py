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
The layout of Foxglove and Lichtblick: an overview, a page for each camera, and a page of health.

Both programs open the same file. Names of classes are the one thing that they do not do alike:
Foxglove has names for ids in its panel, Lichtblick needs a script that makes strings of them.
"""

from __future__ import annotations

import json
from math import sqrt
from typing import Any

from shufflenet_ros.layouts import panels
from shufflenet_ros.layouts.arrangement import (
    column,
    grid,
    layout_file,
    Panels,
    row,
    tabs,
    Tree,
)
from shufflenet_ros.layouts.class_name_script import NameScript
from shufflenet_ros.layouts.shown import Shown, ShownCamera

FOXGLOVE, LICHTBLICK = 'foxglove', 'lichtblick'


def layout_text(shown: Shown, program: str = FOXGLOVE) -> str:
    """Give the file; ``program`` says whose way of naming classes it has."""
    return json.dumps(layout_of(shown, program), indent=2, ensure_ascii=False) + '\n'


def layout_of(shown: Shown, program: str = FOXGLOVE) -> dict[str, Any]:
    """Give the layout as both programs export it."""
    found = Panels()
    scripts = [] if program == FOXGLOVE else [
        NameScript.of(camera, shown.labels) for camera in shown.cameras]
    pages = {'Overview': _overview(found, shown, scripts)}
    if shown.is_live:
        pages |= {camera.title: _camera(found, camera) for camera in shown.cameras}
        pages['Health'] = _health(found, shown)
    tree = tabs(found, pages) if len(pages) > 1 else pages['Overview']
    return layout_file(found, tree, {script.name: script.as_saved() for script in scripts})


def _overview(found: Panels, shown: Shown, scripts: list[NameScript]) -> Tree:
    """Images of all cameras, below them what they show over time."""
    images = [_image(found, camera) for camera in shown.cameras]
    settings = (panels.class_names({script.title: script.path for script in scripts})
                if scripts else panels.classes(shown.cameras, shown.labels))
    below = [(found.add('StateTransitions', settings, 'Classes'), 1.0),
             (found.add('Plot', panels.scores(shown.cameras), 'Scores'), 1.0)]
    if shown.is_live:
        below.append((found.add('Plot', panels.totals(shown.cameras), 'Latency'), 1.0))
    return row((grid(images, round(sqrt(len(images)))), 3.0), (column(*below), 2.0))


def _camera(found: Panels, camera: ShownCamera) -> Tree:
    """One camera: its images and hypotheses, the times of its stages, its rates and drops."""
    table = found.add('Table', panels.hypotheses(camera), 'Hypotheses')
    return row(
        (column((_image(found, camera), 3.0), (table, 1.0)), 2.0),
        (column((found.add('Plot', panels.stages(camera), 'Stages'), 2.0),
                (found.add('Plot', panels.rates(camera), 'Rates'), 1.0),
                (found.add('Plot', panels.drops(camera), 'Drops'), 1.0)), 3.0))


def _health(found: Panels, shown: Shown) -> Tree:
    """Diagnostics, the status of the first camera, and the parameters."""
    return row(
        (found.add('DiagnosticSummary', panels.summary(), 'Diagnostics'), 1.0),
        (found.add('DiagnosticStatusPanel', panels.status(shown.cameras[0]), 'Status'), 1.0),
        (found.add('Parameters', {}, 'Parameters'), 1.0))


def _image(found: Panels, camera: ShownCamera) -> str:
    return found.add('Image', panels.image(camera), camera.title)
