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

"""Jumps of the node's clock: found, reported for a while, and told from a slow drift."""

import pytest
from shufflenet_ros.monitoring.clock import ClockMonitor

SECOND = 1_000_000_000
EPOCH = 1_700_000_000 * SECOND


@pytest.mark.parametrize('is_simulated', [False, True])
def test_a_clock_that_jumps_back_is_reported_for_ten_seconds(is_simulated):
    """A looping bag, or NTP on a robot without a battery for its clock."""
    monitor = ClockMonitor()
    assert monitor.compare(0, EPOCH, is_simulated).jump_s == 0.0
    assert monitor.compare(SECOND, EPOCH + SECOND, is_simulated).jump_s == 0.0
    if is_simulated:
        monitor.record_jump(-9.0)
    facts = monitor.compare(2 * SECOND, EPOCH - 8 * SECOND, is_simulated)
    assert facts.has_jumped and facts.jump_s == pytest.approx(-9.0 if is_simulated else -10.0)
    later = monitor.compare(3 * SECOND, EPOCH - 7 * SECOND, is_simulated)
    assert not later.has_jumped and later.jump_s == facts.jump_s
    for second in range(4, 15):
        later = monitor.compare(second * SECOND, EPOCH + (second - 10) * SECOND, is_simulated)
    assert later.jump_s == 0.0


def test_a_clock_that_jumps_forward_is_reported_unless_it_is_simulated():
    """Simulated time may run at any pace; before its first /clock it is 0."""
    for is_simulated in (False, True):
        monitor = ClockMonitor()
        monitor.compare(0, EPOCH, is_simulated)
        facts = monitor.compare(SECOND, EPOCH + 100 * SECOND, is_simulated)
        assert facts.has_jumped != is_simulated
    monitor = ClockMonitor()
    assert monitor.compare(0, 0, True).is_waiting
    facts = monitor.compare(SECOND, EPOCH, True)
    assert not facts.is_waiting and not facts.has_jumped


def test_a_short_bag_that_starts_anew_is_reported_by_its_own_length():
    """Between two reports its clock may go as far as it jumped back: by 0.00 s, it seems."""
    monitor = ClockMonitor()
    monitor.compare(0, EPOCH, True)
    monitor.record_jump(-1.0)
    facts = monitor.compare(SECOND, EPOCH, True)
    assert facts.has_jumped and facts.jump_s == -1.0
    assert not monitor.compare(2 * SECOND, EPOCH, True).has_jumped


def test_a_slow_drift_is_no_jump():
    """Chrony slews by up to a tenth."""
    monitor = ClockMonitor()
    for second in range(60):
        assert not monitor.compare(second * SECOND, EPOCH + round(second * 1.1 * SECOND),
                              False).has_jumped
