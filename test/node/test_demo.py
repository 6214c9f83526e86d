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

"""The demo as a user runs it, for a few seconds: three processes, real middleware."""

import json
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from shufflenet_ros.core.frame import STAGES

pytestmark = pytest.mark.slow

CLI = [sys.executable, '-m', 'shufflenet_ros.cli.main', 'demo']


def run(*arguments, timeout=120):
    """Exit code, standard output, lines of standard error."""
    done = subprocess.run([*CLI, *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout)
    return done.returncode, done.stdout, done.stderr.strip().splitlines()


@pytest.fixture(scope='module')
def flight(tmp_path_factory):
    """One short flight over ground."""
    folder = tmp_path_factory.mktemp('flight')
    code, output, errors = run('--seconds', 6, '--json', folder / 'run.json', '--out', folder)
    assert (code, errors) == (0, [])
    return folder, output, json.loads((folder / 'run.json').read_text())


def test_every_frame_is_accounted_for(flight):
    """Almost all arrive and are classified; the others are counted, but for the first ones."""
    summary = flight[2]
    assert summary['published'] == 180
    assert summary['received'] >= 0.95 * summary['published']
    assert summary['classified'] == summary['received'] and summary['failed'] == 0
    missed = summary['replaced'] + summary['lost']
    assert 175 <= summary['received'] + missed <= summary['published']


def test_the_surfaces_are_recognized(flight):
    """Grass, gravel and brick, most of the time."""
    assert flight[2]['accuracy'] >= 0.8


def test_every_stage_has_its_percentiles(flight):
    """In order, and with the untrimmed maximum."""
    latency = flight[2]['latency_ms']
    assert list(latency) == [*STAGES, 'total']
    for stage in latency.values():
        assert list(stage) == ['p50', 'p95', 'p99', 'max']
        assert 0 <= stage['p50'] <= stage['p95'] <= stage['p99'] <= stage['max']


def test_the_output_names_the_figures_and_the_contact_sheet(flight):
    """The figures that a new user reads, and an image with the twelve frames."""
    folder, output, summary = flight
    assert 'message age' in output and 'right surface' in output
    assert str(folder / 'contact_sheet.png') in output.replace('\n', '')
    sheet = cv2.imread(str(folder / 'contact_sheet.png'))
    assert sheet.shape[1] > 1500 and sheet.shape[0] > 1000 and sheet.std() > 20


def test_a_grid_flies_over_fields_and_reports_its_cells(tmp_path):
    """Most cells that lie on one surface are right; the sheet shows them."""
    code, output, errors = run('--grid', '4x3', '--seconds', 2, '--size', '960x720',
                               '--json', tmp_path / 'run.json', '--out', tmp_path)
    assert (code, errors) == (0, [])
    summary = json.loads((tmp_path / 'run.json').read_text())
    assert summary['published'] == 60 and summary['accuracy'] is None
    assert summary['judged_cells'] > 2 * summary['classified'] > 60
    assert summary['cell_accuracy'] >= 0.85
    assert 'right cells' in output and 'that lie on one surface' in output
    assert cv2.imread(str(tmp_path / 'contact_sheet.png')).std() > 20


def test_a_video_of_the_users_is_shown_at_its_own_size(tmp_path):
    """Truth is not known, so no accuracy is claimed."""
    video = tmp_path / 'my video.avi'
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter_fourcc(*'MJPG'), 20, (320, 200))
    for shade in np.linspace(0, 255, 30):
        writer.write(np.full((200, 320, 3), shade, np.uint8))
    writer.release()
    code, output, errors = run(
        '--seconds', 2, '--video', video, '--json', tmp_path / 'run.json', '--out', tmp_path)
    assert (code, errors) == (0, [])
    summary = json.loads((tmp_path / 'run.json').read_text())
    assert summary['accuracy'] is None and summary['published'] == 60
    assert summary['classified'] == summary['received'] > 50
    assert 'right surface' not in output


@pytest.mark.parametrize('arguments, word', [
    (('--video', 'missing.mp4'), 'missing.mp4: no such video file'),
    (('--video', __file__), 'OpenCV finds no video frame'),
    (('--model', 'nowhere'), "model 'nowhere'"),
    (('--seconds', '0'), '--seconds 0'), (('--seconds', 'nan'), '--seconds nan'),
    (('--rate', '-1'), '--rate -1'), (('--size', '640'), "--size '640'"),
    (('--size', '0x0'), "--size '0x0'"), (('--grid', '4'), "--grid: '4', expected columns"),
    (('--out', '/proc/nowhere'), '/proc/nowhere'),
    (('--json', '/'), '/: is a folder'),
])
def test_a_bad_option_is_named_before_anything_starts(arguments, word):
    """One line, exit code 1, at once."""
    start = time.monotonic()
    code, output, errors = run(*arguments)
    assert code == 1 and len(errors) == 1 and word in errors[0]
    assert time.monotonic() - start < 5


def test_wrong_usage_has_exit_code_2():
    """It is the rule of argparse."""
    assert run('--speed', 3)[0] == 2
    assert run('--seconds', 'long')[0] == 2


def test_a_full_disk_is_one_line(tmp_path):
    """The run is shown all the same."""
    code, output, errors = run('--seconds', 2, '--json', '/dev/full', '--out', tmp_path)
    assert code == 1 and 'message age' in output
    assert len(errors) == 1 and '/dev/full: cannot be written (No space left' in errors[0]
