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

"""What is kept of a camera: rates, ages and shares, by given times alone."""

import math

import pytest
from shufflenet_ros.core.frame import Counters, STAGES, StageTimings
from shufflenet_ros.monitoring.camera_statistics import CameraStatistics

SECOND = 1_000_000_000
EPOCH = 1_700_000_000 * SECOND


def timings(total_ms=14.0, age_ms=2.0):
    each = round((total_ms - age_ms) / 6 * 1e6)
    return StageTimings(round(age_ms * 1e6), *(each,) * 6)


def play(statistics, start_s, seconds, rate_hz, age_ms=2.0, snapshot_every_s=1.0, received=0):
    """Feed a steady camera, with a snapshot each second; the last facts and values."""
    count = round(seconds * rate_hz)
    due_s, seen = start_s + snapshot_every_s, None
    for number in range(count):
        now_ns = round((start_s + number / rate_hz) * SECOND)
        while now_ns >= due_s * SECOND:
            seen = statistics.snapshot(round(due_s * SECOND), Counters(received + number,
                                                               received + number))
            due_s += snapshot_every_s
        statistics.record_arrival(now_ns, EPOCH + now_ns, round(age_ms * 1e6))
        statistics.record_result(now_ns, timings(age_ms=age_ms))
    end_ns = round((start_s + seconds) * SECOND)
    return statistics.snapshot(end_ns, Counters(received + count, received + count)) or seen


def test_a_steady_camera_shows_its_rate_ages_and_counts():
    """Under the names that other tools know."""
    facts, values = play(CameraStatistics(0), 0.0, 10.0, 30.0)
    assert facts.rate_hz == pytest.approx(30.0, rel=0.01)
    assert facts.usual_hz == pytest.approx(30.0, rel=0.01)
    assert facts.age_p95_ms == pytest.approx(14.0) and facts.has_arrived
    assert (facts.received, facts.failed, facts.dropped_share) == (30, 0, 0.0)
    assert values['frame_rate_node'] == pytest.approx(30.0, rel=0.01)
    assert values['frame_rate_msg'] == pytest.approx(30.0, rel=0.01)
    assert values['current_delay_from_realtime_ms'] == pytest.approx(2.0)
    assert values['max_abs_jitter_ms'] < 0.01 and values['total_dropped_frames'] == 0
    assert values['received'] == 300
    for stage in (*STAGES, 'total'):
        assert values[f'{stage}_p50_ms'] <= values[f'{stage}_p95_ms'] <= values[f'{stage}_max_ms']


def test_a_camera_that_slows_down_falls_below_its_usual_rate_and_it_becomes_usual():
    """It is a problem for half a minute or so, then the new rate is the usual one."""
    statistics = CameraStatistics(0)
    play(statistics, 0.0, 20.0, 30.0)
    facts, _ = play(statistics, 20.0, 10.0, 10.0, received=600)
    assert facts.rate_hz == pytest.approx(10.0, rel=0.05) and facts.usual_hz > 20.5
    facts, _ = play(statistics, 30.0, 120.0, 10.0, received=700)
    assert facts.usual_hz < 15.0


def test_a_burst_at_the_start_is_not_taken_for_the_usual_rate():
    """Images that waited for the subscription arrive all at once."""
    statistics = CameraStatistics(0)
    for number in range(5):
        statistics.record_arrival(number * 1000, EPOCH, 0)
    facts, _ = statistics.snapshot(SECOND, Counters(5, 5))
    assert facts.usual_hz == 0.0


def test_silence_lowers_the_rate_and_is_counted_from_the_last_image():
    """And from the subscription where none ever came."""
    statistics = CameraStatistics(7 * SECOND)
    facts, values = statistics.snapshot(9 * SECOND, Counters())
    assert not facts.has_arrived and facts.silent_s == 2.0 and math.isnan(facts.age_p95_ms)
    assert values['frame_rate_node'] == 0.0 and math.isnan(values['mean_abs_jitter_ms'])
    play(statistics, 10.0, 5.0, 30.0)
    facts, values = statistics.snapshot(25 * SECOND, Counters(150, 150))
    assert facts.silent_s == pytest.approx(10.0, abs=0.1) and facts.rate_hz == 0.0
    assert facts.usual_hz == pytest.approx(30.0, rel=0.01)
    assert values['frame_rate_node'] == values['frame_rate_msg'] == 0.0
    for name in ('current_delay_from_realtime_ms', 'mean_abs_jitter_ms', 'max_abs_jitter_ms',
                 'total_p50_ms', 'inference_max_ms'):
        assert math.isnan(values[name]), name
    facts, values = play(statistics, 26.0, 5.0, 30.0, received=150)
    assert facts.rate_hz == pytest.approx(30.0, rel=0.02)
    assert values['frame_rate_msg'] == pytest.approx(30.0, rel=0.02)
    assert values['total_p50_ms'] == pytest.approx(14.0)


def test_counters_go_on_from_where_they_were_when_the_subscription_was_made():
    """A node that was deactivated and activated has dropped and failed nothing since."""
    before = Counters(600, 100, replaced=400, expired=100, out_of_order=300, failed=100,
                      missed=500, lost=100)
    facts, _ = CameraStatistics(0, before).snapshot(SECOND, before)
    assert (facts.received, facts.classified, facts.failed, facts.dropped_share) == (0, 0, 0, 0.0)


def test_each_kind_of_drop_has_its_own_share():
    """Those that were asked for have none."""
    statistics = CameraStatistics(0)
    facts, _ = statistics.snapshot(SECOND, Counters(
        50, 0, replaced=40, limited=20, expired=5, out_of_order=25, missed=50, lost=10))
    assert (facts.replaced_share, facts.expired_share, facts.out_of_order_share,
            facts.lost_share, facts.lost) == (0.4, 0.05, 0.25, 0.1, 10)
    assert facts.is_new
    assert facts.dropped_share == pytest.approx(0.7), 'what was lost before is no drop of ours'


def test_images_that_were_not_taken_count_for_the_rate_of_the_camera():
    """A slow machine takes every third: the camera is as fast as before, and steady."""
    statistics = CameraStatistics(0)
    for number in range(1, 51):
        statistics.record_arrival(number * SECOND // 10, EPOCH + number * SECOND // 10, 0,
                                  arrived=1 if number == 1 else 3)
    facts, values = statistics.snapshot(5 * SECOND, Counters(50, 50, replaced=98, missed=98))
    assert facts.rate_hz == pytest.approx(30.0, rel=0.01) and values['max_abs_jitter_ms'] < 1
    assert values['frame_rate_msg'] == pytest.approx(30.0, rel=0.01)
    statistics.record_arrival(25 * SECOND, EPOCH, 0, arrived=20_000)
    facts, _ = statistics.snapshot(25 * SECOND, Counters(51, 51, replaced=20_097, missed=20_097))
    assert facts.rate_hz == pytest.approx(1000.0, rel=0.01), 'a thousand a second, one was taken'


def test_the_time_for_which_no_worker_was_free_is_no_silence():
    """While an inference hangs no image is taken, whatever the camera sends."""
    statistics = CameraStatistics(0)
    statistics.record_arrival(SECOND, EPOCH, 0)
    facts, _ = statistics.snapshot(9 * SECOND, Counters(1), at_work_s=7.5)
    assert (facts.silent_s, facts.stuck_s, facts.quiet_s) == (8.0, 7.5, 0.5)


def test_the_age_at_receipt_is_that_of_dropped_images_as_well():
    """It tells a clock that is behind from a machine that is slow."""
    statistics = CameraStatistics(0)
    for number in range(30):
        statistics.record_arrival(number * SECOND // 30, EPOCH + number, 5 * SECOND)
    assert statistics.snapshot(SECOND, Counters(30))[0].age_at_receipt_ms == 5000.0


def test_a_slow_camera_is_judged_by_its_last_images():
    """One image in four seconds has a rate and an age as well."""
    facts, _ = play(CameraStatistics(0), 0.0, 60.0, 0.25)
    assert facts.rate_hz == pytest.approx(0.25, rel=0.05)
    assert facts.usual_hz == pytest.approx(0.25, rel=0.05) and facts.age_p95_ms > 0


def test_images_without_a_stamp_have_no_age():
    """Nan, and no rate of stamps."""
    statistics = CameraStatistics(0)
    for number in range(100):
        statistics.record_arrival(number * SECOND // 30, 0, None)
        statistics.record_result(number * SECOND // 30, StageTimings(None, 1, 1, 1, 1, 1, 1))
    facts, values = statistics.snapshot(4 * SECOND, Counters(100, 100))
    assert math.isnan(facts.age_p95_ms) and math.isnan(values['current_delay_from_realtime_ms'])
    assert values['frame_rate_msg'] == 0.0 and values['inference_p50_ms'] == 1e-6
    assert math.isnan(values['total_p50_ms'])


def test_stamps_of_the_future_are_reported_for_a_while():
    """The furthest of the last seconds counts; then it is forgotten."""
    statistics = CameraStatistics(0)
    statistics.record_arrival(SECOND, EPOCH, -3_000_000)
    statistics.record_arrival(2 * SECOND, EPOCH + SECOND, -1_000_000)
    assert statistics.snapshot(3 * SECOND, Counters(2, 2))[0].ahead_ms == 3.0
    statistics.record_arrival(8 * SECOND, EPOCH + 2 * SECOND, 1_000_000)
    assert statistics.snapshot(9 * SECOND, Counters(3, 3))[0].ahead_ms == 0.0


def test_drops_are_a_share_of_the_last_seconds():
    """Old ones are forgotten, and no image means no share."""
    statistics = CameraStatistics(0)
    counters = Counters(60, 60, replaced=40, missed=40)
    assert statistics.snapshot(SECOND, counters)[0].dropped_share == 0.4
    for second in range(2, 9):
        facts, values = statistics.snapshot(second * SECOND, Counters(
            60 + second, 60 + second, replaced=40, missed=40))
    assert facts.dropped_share == 0.0 and values['total_dropped_frames'] == 40
    for second in range(9, 20):
        facts, _ = statistics.snapshot(
            second * SECOND, Counters(68, 68, replaced=40, missed=40))
    assert facts.dropped_share == 0.0 and facts.received == 0 and not facts.is_new


def test_failures_are_those_since_the_last_snapshot_with_the_last_reason():
    """What was reported once is not reported again."""
    statistics = CameraStatistics(0)
    statistics.record_failure('too short')
    facts, _ = statistics.snapshot(SECOND, Counters(10, 8, failed=2))
    assert (facts.failed, facts.last_error) == (2, 'too short')
    assert statistics.snapshot(2 * SECOND, Counters(20, 18, failed=2))[0].failed == 0


def test_after_a_jump_of_the_clock_ages_begin_anew():
    """Ages of two clocks do not mix; arrivals were measured with a steady one."""
    statistics = CameraStatistics(0)
    play(statistics, 0.0, 5.0, 30.0, age_ms=5.0)
    statistics.reset_ages()
    facts, values = statistics.snapshot(5 * SECOND, Counters(150, 150))
    assert math.isnan(facts.age_p95_ms) and math.isnan(values['current_delay_from_realtime_ms'])
    assert facts.rate_hz == pytest.approx(30.0, rel=0.05)
