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

"""Names of the figures that conditions may be about."""

from __future__ import annotations

from shufflenet_ros.comparison.latency import STATISTICS
from shufflenet_ros.comparison.results import STAGES

OF_ONE = ('frames', 'rate_hz', 'problems', 'changes', 'gaps', 'missing_frames', 'longest_gap_s',
          'repeated_stamps', 'backwards_stamps', 'mean_score', 'min_score')
OF_TWO = ('agreement', 'label_agreement', 'changed_frames', 'only_in_a', 'only_in_b',
          'score_difference/mean', 'score_difference/max')
OF_TRUTH = ('accuracy',)
OF_CLASS = ('precision', 'recall')
"""Followed by a slash and a class."""
LATENCIES = tuple(f'latency/{stage}_ms/{name}' for stage in STAGES for name in STATISTICS)
METRICS = (*OF_ONE, *OF_TWO, *OF_TRUTH, *LATENCIES)


def check_metric(name: str) -> str:
    """Say what is wrong with the name of a metric, or nothing."""
    kind, _, label = name.partition('/')
    if name in METRICS or (kind in OF_CLASS and label):
        return ''
    return (f'{name!r} is none; expected {", ".join((*OF_ONE, *OF_TWO, *OF_TRUTH))}, '
            f'{OF_CLASS[0]}/CLASS, {OF_CLASS[1]}/CLASS, or latency/STAGE_ms/STATISTIC with the '
            f'stages {", ".join(STAGES)} and the statistics {", ".join(STATISTICS)}')
