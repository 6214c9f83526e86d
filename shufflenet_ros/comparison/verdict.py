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

"""What decides the exit code: conditions and ``--fail-under``, each with what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from shufflenet_ros.comparison.comparison import Comparison
from shufflenet_ros.core.errors import ConfigurationError


class Check(NamedTuple):
    """One condition with what came of it."""

    name: str
    kind: str
    """``classification``, ``metric``, ``group`` or ``fail-under``."""
    holds: bool
    measured: str
    wanted: str
    counts: bool = True
    """False for a member of a group whose verdict is that of the group."""

    def describe(self) -> dict[str, Any]:
        """Give it ready for JSON."""
        return {'name': self.name, 'kind': self.kind, 'passed': self.holds,
                'measured': self.measured, 'wanted': self.wanted, 'counts': self.counts}


def check_fail_under(comparison: Comparison, least: float) -> Check:
    """
    Hold the agreement of two results, or the accuracy of one, to a share that it must reach.

    Raises ConfigurationError for one result without labels.
    """
    if comparison.agreement is not None:
        share, of, name = comparison.agreement.share, comparison.agreement.frames, 'agreement'
        hits = comparison.agreement.agreed
    elif comparison.accuracies:
        found = comparison.accuracies['A']
        share, of, name, hits = found.share, found.frames, 'accuracy', found.hits
    else:
        raise ConfigurationError(f'--fail-under {least:g}: one result without --labels has '
                                 'neither agreement nor accuracy; give B, or --labels')
    measured = f'{name} {cut(share)} ({hits} of {of} frames)' if share is not None else (
        'there is no frame')
    return Check(f'--fail-under {least:g}', 'fail-under', share is not None and share >= least,
                 measured, f'{name} at least {least:g}')


def cut(share: float) -> str:
    """Give a share in four digits, cut off: 0.99996 is not 1."""
    return f'{int(share * 10000 + 1e-9) / 10000:.4f}'


def has_passed(checks: Sequence[Check]) -> bool:
    """Whether all that counts holds."""
    return all(check.holds for check in checks if check.counts)


def why_failed(checks: Sequence[Check]) -> str:
    """Say in one line what does not hold."""
    broken = [check for check in checks if check.counts and not check.holds
              and ' / ' not in check.name] or [
                  check for check in checks if check.counts and not check.holds]
    first = broken[0]
    line = f'{first.name}: {first.measured}, wanted {first.wanted}'
    return line if len(broken) == 1 else f'{line}; and {len(broken) - 1} more do not hold'
