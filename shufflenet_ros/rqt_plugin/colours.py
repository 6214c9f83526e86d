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
Colours of the plugin: those of Okabe and Ito, which colour-blind people tell apart as well.

Each reads on white and on a dark background.
"""

from __future__ import annotations

from shufflenet_ros.core.frame import STAGES
from shufflenet_ros.monitoring.rules import Level

OF_STAGES = dict(zip(STAGES, (
    '#56b4e9', '#e69f00', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7')))
"""Stage to its area in the chart."""
OF_BARS = '#3b8bba'
OF_LEVELS = {Level.OK: '#009e73', Level.WARN: '#e69f00', Level.ERROR: '#d55e00',
             Level.STALE: '#8a8f94'}
