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

"""What is said of one result: runs, durations, gaps, rate, damaged messages, times."""

from comparison.made_results import drive, row, TOPIC, write
import numpy as np
import pytest
from recordings.bags import SECOND_NS, START_NS
from shufflenet_ros.comparison.comparison import compared
from shufflenet_ros.comparison.latency import statistics_of
from shufflenet_ros.comparison.metrics import metrics_of
from shufflenet_ros.comparison.read_results import read_results
from shufflenet_ros.comparison.report.reduce import (
    MOST_RUNS,
    reduced_line,
    reduced_runs,
    STEPS,
)
from shufflenet_ros.comparison.results import streams_of
from shufflenet_ros.comparison.timeline import DAMAGED, NO_LABEL, Run, runs_of


def figures(folder, rows, **options):
    """Give the figures of one result, and of its only stream."""
    results = read_results(write(folder, rows, **options))
    found = metrics_of(compared(results, None, None), [])['results']['A']
    return found, found['streams'][0]


def test_classes_have_durations_and_shares(tmp_path):
    """10 Hz: each frame holds until the next one, the last for a period."""
    rows = drive(20, n19=row(19, 'grass', 0.3))
    found, stream = figures(tmp_path, rows)
    classes = stream['classes']
    assert [*classes] == ['asphalt', 'grass', NO_LABEL]
    assert classes['asphalt'] == {'frames': 10, 'share_of_frames': 0.5, 'seconds': 1.0,
                                  'share_of_time': 0.5, 'mean_score': 0.9}
    assert classes[NO_LABEL]['frames'] == 1 and classes[NO_LABEL]['seconds'] == 0.1
    assert stream['changes'] == 2 and stream['rate_hz'] == 10.0 and stream['seconds'] == 1.9
    assert found['frames'] == 20


def test_a_gap_ends_a_run_and_belongs_to_no_class(tmp_path):
    """Frames 5 to 9 are missing: 0.6 s from stamp to stamp, of which 0.5 s belong to nobody."""
    rows = [one for number, one in enumerate(drive(20)) if not 5 <= number < 10]
    _, stream = figures(tmp_path, rows)
    assert stream['gaps'] == {'count': 1, 'missing_frames': 5, 'longest_s': 0.6, 'longest': [
        {'start_s': 0.4, 'seconds': 0.6}]}
    assert stream['classes']['asphalt']['seconds'] == 0.5
    results = read_results(tmp_path)
    runs = runs_of(results, streams_of(results)[0])
    assert [(run.name, run.frames) for run in runs] == [('asphalt', 5), ('grass', 10)]
    assert runs[0].end_s == pytest.approx(0.5)


def test_repeated_backward_and_missing_stamps_are_counted(tmp_path):
    """Each by itself."""
    at = START_NS + 100
    stamps = [at, at + SECOND_NS, at + SECOND_NS, at + 3 * SECOND_NS, at + 2 * SECOND_NS, 0]
    _, stream = figures(tmp_path, [row(number, stamp_ns=stamp)
                                   for number, stamp in enumerate(stamps)])
    assert stream['stamps'] == {'repeated': 1, 'backwards': 1, 'unstamped': 1}


def test_damaged_messages_are_counted_by_reason(tmp_path):
    """They have no class, no score and no time."""
    rows = drive(20, n3=row(3, '', 0.0, problem='step 3 is too short'),
                 n4=row(4, '', 0.0, problem='step 3 is too short'),
                 n5=row(5, '', 0.0, problem='no message'))
    found, stream = figures(tmp_path, rows, times=[100.0 if 3 <= n <= 5 else 1.0
                                                   for n in range(20)])
    assert stream['problems'] == {'step 3 is too short': 2, 'no message': 1} == found['problems']
    assert stream['classes'][DAMAGED]['frames'] == 3
    assert found['latency_ms']['inference']['max'] == 1.0


def test_percentiles_are_those_of_numpy(tmp_path):
    """Of each stage, in ms."""
    times = [float(number) for number in range(20)]
    found, _ = figures(tmp_path, drive(20), times=times)
    assert found['latency_ms']['inference'] == pytest.approx(
        dict(zip(('mean', 'p50', 'p90', 'p99', 'max'), (
            9.5, *np.percentile(times, (50, 90, 99)), 19.0))), abs=1e-6)
    assert [*found['latency_ms']] == ['read', 'decode', 'preprocess', 'inference', 'postprocess',
                                      'total']
    assert statistics_of(np.array([np.nan])) == {}


def test_several_recordings_and_topics_are_streams_of_their_own(tmp_path):
    """With a row for each."""
    rows = [row(number, recording=recording, topic=topic) for recording in ('b', 'a')
            for topic in (TOPIC, '/rear') for number in range(4)]
    results = read_results(write(tmp_path, rows, kinds=('csv',)))
    assert [(one.recording, one.topic, len(one.rows)) for one in streams_of(results)] == [
        ('a', TOPIC, 4), ('a', '/rear', 4), ('b', TOPIC, 4), ('b', '/rear', 4)]


@pytest.mark.parametrize('count', [1, 2])
def test_a_recording_of_very_few_frames_has_figures(tmp_path, count):
    """No division by nothing."""
    _, stream = figures(tmp_path, drive(20)[:count])
    assert stream['frames'] == count and stream['changes'] == 0


def test_many_runs_become_steps_that_keep_the_shares():
    """Each step shows what lasts longest in it; three quarters stay the main class."""
    runs = [Run('main' if number % 2 else 'rare', number + (0.0 if number % 2 else 0.5),
                number + (1.5 if number % 2 else 1.0), number, 1, 0.5)
            for number in range(MOST_RUNS * 4)]
    steps, is_reduced = reduced_runs(runs)
    assert is_reduced and len(steps) <= STEPS
    assert {step.name for step in steps} == {'main'}
    assert reduced_runs(runs[:10]) == (runs[:10], False)


def test_long_lines_keep_their_ends_and_extremes():
    """A single high value among 100 000 is still there."""
    values = np.zeros(100_000)
    values[54_321] = 7.0
    line = reduced_line(np.arange(100_000.0), values)
    assert line.is_reduced and len(line.seconds) == STEPS
    assert line.high.max() == 7.0 and line.middle.max() < 0.1
    assert not reduced_line(np.arange(5.0), np.ones(5)).is_reduced
