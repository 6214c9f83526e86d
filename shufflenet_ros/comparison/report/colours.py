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
A colour for each class, the same on every chart, that colour-blind people can tell apart.

The first eight are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), the yellow darker so
that it shows on white.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from shufflenet_ros.comparison.comparison import Comparison
from shufflenet_ros.comparison.timeline import DAMAGED, NO_LABEL, shown_classes

PALETTE = ('#0072b2', '#e69f00', '#009e73', '#d55e00', '#56b4e9', '#cc79a7', '#b8a000', '#7b5ea7',
           '#5a9e2f', '#a0522d', '#3f7f8f', '#c0507f')
OF_OTHERS = {NO_LABEL: '#9aa0a6', DAMAGED: '#6b1d1d'}
SIDES = {'A': '#3b7dd8', 'B': '#e07b39'}
"""Where a line is of a result and not of a class."""


def classes_of(comparison: Comparison) -> list[str]:
    """Give all classes in the results and in the truth: as the model has them, else by name."""
    found: set[str] = set()
    for side in comparison.sides:
        results = side.results
        found |= {*np.unique(results.best.astype(str)), *np.unique(results.label.astype(str)),
                  *np.unique(shown_classes(results, np.arange(len(results))).astype(str))}
        found |= set(np.unique(comparison.truths.get(
            side.letter, np.array([''], object)).astype(str)))
    found -= {'', *OF_OTHERS}
    order = {name: place for side in reversed(comparison.sides)
             for place, name in enumerate(side.results.labels)}
    return sorted(map(str, found), key=lambda name: (order.get(name, len(order)), name))


def colours_of(comparison: Comparison) -> Mapping[str, str]:
    """
    Give each class its colour.

    A model with few classes gives each the colour of its place, so that every report of it has
    the same ones.
    """
    labels = comparison.a.labels
    shown = classes_of(comparison)
    names = [*labels, *(one for one in shown if one not in set(labels))] if len(
        labels) <= len(PALETTE) else shown
    return {**{name: PALETTE[place % len(PALETTE)] for place, name in enumerate(names)},
            **OF_OTHERS}
