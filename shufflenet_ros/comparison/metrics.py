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

"""``metrics.json``: all figures of a comparison; the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
from typing import Any

import numpy as np
from shufflenet_ros.comparison.agreement import describe_agreement
from shufflenet_ros.comparison.comparison import Comparison, Side
from shufflenet_ros.comparison.latency import latency_of, rounded
from shufflenet_ros.comparison.provenance import differences_of
from shufflenet_ros.comparison.timeline import describe_stream, problems_of
from shufflenet_ros.comparison.verdict import Check, has_passed

FORMAT = 1


def metrics_of(comparison: Comparison, checks: Sequence[Check]) -> dict[str, Any]:
    """Give all figures, ready for JSON; times in ms and s, shares from 0 to 1."""
    found: dict[str, Any] = {
        'format': FORMAT, 'passed': has_passed(checks) if checks else None,
        'checks': [check.describe() for check in checks],
        'remarks': comparison.remarks,
        'differences': [fact._asdict() for fact in differences_of(comparison)],
        'results': {side.letter: _of_side(comparison, side) for side in comparison.sides}}
    if comparison.agreement is not None and comparison.b is not None:
        found['agreement'] = describe_agreement(comparison.a, comparison.b, comparison.agreement)
    return rounded(found)


def as_text(metrics: Mapping[str, Any]) -> str:
    """Give them as JSON, with a line for each value."""
    return json.dumps(metrics, indent=1, ensure_ascii=False, allow_nan=False) + '\n'


def _of_side(comparison: Comparison, side: Side) -> dict[str, Any]:
    results = side.results
    streams = [describe_stream(results, stream) for stream in comparison.streams[side.letter]]
    accuracy = comparison.accuracies.get(side.letter)
    return {
        'name': results.name, 'provenance': dict(results.provenance), 'frames': len(results),
        'problems': problems_of(results, np.arange(len(results))),
        'latency_ms': latency_of(results), 'streams': streams,
        **({} if accuracy is None else {'truth': accuracy.describe()})}
