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

"""The suite that measures recordings: real commands on short ones, and what figures mean."""

import json

import cv2
import pytest
from shufflenet_ros.bench.replays.memory import growth, Sample
from shufflenet_ros.bench.replays.process import Memory, run
from shufflenet_ros.bench.replays.takes import check, Subject, Take, Takes, write_recordings
from shufflenet_ros.bench.suites import replay as suite
from shufflenet_ros.cli.main import main
from shufflenet_ros.core.errors import ShufflenetRosError
from shufflenet_ros.recordings.open_recording import open_recording
from shufflenet_ros.replay.frames import _described
from shufflenet_ros.replay.model import ModelChoice, ModelIdentity
from shufflenet_ros.replay.slices import Selection, slices_of


@pytest.mark.slow
def test_replays_are_measured_beside_their_parts(tmp_path, monkeypatch, capsys):
    """Every kind of work has its row; requirements and memory are in the record, the plots too."""
    # The test process must not stay on one core.
    monkeypatch.setattr('os.sched_setaffinity', lambda process, cores: None)
    monkeypatch.setattr('os.sched_getaffinity', lambda process: {0, 1})
    monkeypatch.setattr(suite, 'TURNS', 1)
    monkeypatch.setattr(suite, 'FRAMES', {'raw_zstd': 8})
    monkeypatch.setattr(suite, 'SHARED', ('raw_zstd',))
    monkeypatch.setattr(suite, 'REPLAYS', {suite.USUAL: suite.REPLAYS[suite.USUAL]})
    monkeypatch.setattr(suite, 'MEMORY_FRAMES', 1200)
    assert main(['bench', '--suite', 'replay', '--size', '160x120', '--out',
                 str(tmp_path / 'out'), '--json', str(tmp_path / 'record.json')]) == 0
    record = json.loads((tmp_path / 'record.json').read_text())
    *rows, memory = record['results']
    assert [row['engine'] for row in rows] == [
        'core', 'alone', 'read', 'script', suite.USUAL, suite.BOTH, suite.TWO]
    for row in rows:
        assert (row['kind'], row['height'], row['frames']) == ('raw_zstd', 120, 8)
        assert row['form'].startswith('int8') and row['frames_per_s'] > 0
        assert len(record['raw_ns'][f'replay/{row["engine"]}/surfaces/160x120/raw_zstd']) == 1
    assert rows[1]['of_alone'] == 1 and rows[0]['median_ms'] < rows[1]['median_ms']
    usual = rows[4]
    assert 0.1 < usual['start_s'] < 30
    assert usual['million_frames_s'] == pytest.approx(usual['median_ms'] * 1e3)
    assert usual['petabyte_hours'] * 3600 == pytest.approx(
        1e15 / usual['bytes_per_frame'] * usual['median_ms'] / 1e3)
    assert [one['required'] for one in record['replay_requirements']] == [
        '>= 0.8', '>= 1.7', '< 5']
    assert 40 < memory['rss_start_mb'] < 400 and abs(memory['rss_growth_mb']) < 20
    series = record['rss_replay_320x240']
    assert {one['frames'] for one in series} >= {0, 600}
    assert all(0 <= one['own_mb'] <= one['rss_mb'] for one in series)
    output = capsys.readouterr().out
    assert 'derived from the medians' in output and 'core-hours for 1 PB' in output
    for name in ('record.png', 'record-memory.png'):
        assert cv2.imread(str(tmp_path / name)).std() > 5
    assert not list((tmp_path / 'out').iterdir())


@pytest.mark.parametrize('kind, encoding', [
    ('raw', 'bgr8'), ('raw_zstd', 'bgr8'), ('jpeg', 'bgr8; jpeg compressed bgr8'),
    ('video', 'bgr8')])
def test_the_recordings_are_what_they_are_called(kind, encoding, tmp_path):
    """Their frames, sizes and times; the longer one is four minutes."""
    subject = write_recordings(kind, 120, 160, 8, 'surfaces', tmp_path)
    for path, frames in ((subject.long, 8), (subject.short, 4)):
        with open_recording(path) as recording:
            arrivals = list(recording.images([*recording.topics]))
        assert [_described(one.frame) for one in arrivals] == [(encoding, 160, 120)] * frames
        times_s = [one.received_ns / 1e9 - arrivals[0].received_ns / 1e9 for one in arrivals]
        # A video at this rate has rounded times.
        assert times_s == pytest.approx([30.5 * number for number in range(frames)],
                                        abs=3 if kind == 'video' else 1e-3)
    assert subject.bytes_per_frame == subject.long.stat().st_size / 8
    if kind.startswith('raw'):
        assert (subject.bytes_per_frame > 160 * 120 * 3) == (kind == 'raw')


def test_frames_cost_what_the_longer_one_takes_more():
    """The start is told apart; a turn that something disturbed gives no time below nothing."""
    takes = Takes([Take(9e9, 5e9, 400), Take(8e9, 5e9, 400), Take(1e9, 5e9, 400)],
                  [Take(5e9, 3e9, 200), Take(6e9, 3e9, 200), Take(5e9, 3e9, 200)])
    assert takes.frame_ns() == [2e7, 1.5e7, 1.0]
    assert takes.frame_ns('cpu_ns') == [1e7] * 3
    assert takes.start_ns() == 5e9 - 200 * 1.5e7
    assert Takes([Take(6e9, 3e9, 300)]).frame_ns() == [2e7]


def test_growth_is_told_from_the_first_tenth_on():
    """Before it memory may grow; the writing at the end is a figure of its own."""
    found = growth([Sample(frames, Memory(mb, mb)) for frames, mb in (
        (0, 10), (100, 50), (100, 52), (100, 54), (500, 60), (900, 53), (1000, 57))], 1000)
    assert found == {'rss_start_mb': 52, 'rss_growth_mb': 1, 'rss_peak_growth_mb': 8,
                     'rss_end_growth_mb': 8}
    assert growth([Sample(0, Memory(1, 1)), Sample(1000, Memory(1, 1))], 1000) == {}


def test_a_command_that_fails_is_no_measurement(tmp_path):
    """Its last words are given; neither is one that leaves images out."""
    with pytest.raises(ShufflenetRosError, match='exit code 1.*no such'):
        run(('shufflenet_ros.cli.main', 'replay', 'missing.mcap', '--out', str(tmp_path / 'out')),
            {0})
    subject = write_recordings('jpeg', 120, 160, 8, 'surfaces', tmp_path)
    wrong = Subject('jpeg', subject.long, subject.short, 9, 'surfaces', tmp_path / 'out')
    with pytest.raises(ShufflenetRosError, match='jpeg: of 9 images'):
        check((), wrong, {0})


def test_two_processes_share_both_lengths_evenly(tmp_path):
    """Four pieces of the longer recording and two of the shorter: else the gain is no gain."""
    frames = min(suite.FRAMES[kind] for kind in suite.SHARED)
    subject = write_recordings('jpeg', 8, 8, frames, 'surfaces', tmp_path)
    model = ModelChoice('surfaces'), ModelIdentity('surfaces', '', '', '')
    for path, pieces in ((subject.long, 4), (subject.short, 2)):
        with open_recording(path) as recording:
            images = sum(recording.counts.values())
            slices = list(slices_of('a', path, '', (recording.start_ns, recording.end_ns), images,
                                    Selection(()), model))
            counts = [len(list(recording.between([*recording.topics], one.start_ns, one.stop_ns)))
                      for one in slices]
        assert len(counts) == pieces and sum(counts) == images
        assert max(counts) - min(counts) <= 2
