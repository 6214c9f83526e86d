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

"""``shufflenet_ros frames`` as users type it, and ``train`` on what it wrote."""

import os
import resource
import signal
import subprocess
import sys
import time

import pytest
from recordings.bags import command, record_images, TOPIC, views
from shufflenet_ros.dataset.similarity import ALIKE
from shufflenet_ros.dataset.sources import find_entries


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    """Record six seconds."""
    return record_images(tmp_path_factory.mktemp('bags') / 'drive', views(12))


def test_frames_become_classes(drive, tmp_path):
    """Counts on screen; the CSV with labels, and the images in folders, are both DATA of train."""
    out = tmp_path / 'data'
    code, lines, errors = command('frames', drive, '--out', out)
    assert (code, errors) == (0, [])
    assert f'{TOPIC}: 12 messages: 12 written, 0 too soon, 0 alike, 0 undecodable' in lines
    assert 'Fill in the column label' in lines[-1]
    table = out / 'frames.csv'
    head, *rows = table.read_text().splitlines()
    table.write_text('\n'.join([head, *(
        row.replace('.jpg,,', f'.jpg,{("lawn", "path", "")[number % 3]},')
        for number, row in enumerate(rows))]))
    entries = find_entries(table)
    assert [entry.label for entry in entries] == ['lawn', 'path'] * 4
    assert all(entry.path.is_file() for entry in entries)
    for entry in entries:
        (out / entry.label).mkdir(exist_ok=True)
        entry.path.rename(out / entry.label / entry.path.name)
    assert [entry.label for entry in find_entries(out)] == ['lawn'] * 4 + ['path'] * 4


@pytest.mark.parametrize('words, expected', [
    (('--every', '-1'), '--every -1.0: expected'), (('--start', 'nan'), '--start nan'),
    (('--start', '2', '--end', '1'), '--end 1.0: expected more than --start 2.0'),
    (('--limit', '0'), '--limit 0'), (('--alike', '0'), '--alike 0.0'),
    (('--quality', '101'), '--quality 101'), (('--topic', 'nowhere'), '--topic nowhere: is in no'),
    (('--out', '/proc/x'), '/proc/x: cannot be made'),
])
def test_a_mistake_is_one_line(drive, tmp_path, words, expected):
    """Exit code 1, the value, and nothing written."""
    code, _, errors = command('frames', drive, '--out', tmp_path / 'out', *words)
    assert code == 1 and len(errors) == 1 and expected in errors[0]
    assert not (tmp_path / 'out').exists() or not list((tmp_path / 'out').iterdir())


def test_the_default_of_alike_is_that_of_train():
    """The help says the number without importing what it is of."""
    assert f'(default: {ALIKE})' in ' '.join(' '.join(command('frames', '--help')[1]).split())


@pytest.mark.parametrize('package', ['rosbags', 'mcap'])
def test_without_rosbags_the_command_that_installs_it_is_named(drive, tmp_path, package):
    """All other verbs go without it."""
    code = (f'import sys; sys.modules[{package!r}] = None;'
            'from shufflenet_ros.cli.main import main;'
            f'sys.exit(main(["frames", {str(drive)!r}, "--out", {str(tmp_path)!r}]))')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert done.returncode == 1 and "pip install '.[replay]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_full_disk_leaves_whole_images_and_rows(drive, tmp_path):
    """A limit on the size of files is met as a full disk is: one line, and the counts so far."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))

    out = tmp_path / 'out'
    code, lines, errors = command('frames', drive, '--out', out, preexec_fn=limit)
    assert code == 1 and len(errors) == 1 and 'cannot be written (File too large)' in errors[0]
    assert any(line.startswith(f'{TOPIC}: 1 messages: 0 written') for line in lines)
    assert not list(out.iterdir())
    code, lines, errors = command('frames', drive, '--out', out)
    assert code == 0 and any('12 written' in line for line in lines)


def test_an_interrupt_keeps_what_is_written(tmp_path):
    """Exit code 130; images and rows agree, and the same command goes on to the same end."""
    bag, out = record_images(tmp_path / 'drive', views(300), rate_hz=1.0), tmp_path / 'out'
    words = ['frames', str(bag), '--out', str(out), '--keep-duplicates']
    process = subprocess.Popen([sys.executable, '-m', 'shufflenet_ros.cli.main', *words],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(list(out.glob('*.jpg'))) < 6:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and 'Traceback' not in errors
    assert 'Stopped. What is written stays' in output and 'written' in output
    rows = (out / 'frames.csv').read_text().splitlines()[1:]
    images = sorted(path.name for path in out.glob('*.jpg'))
    assert 5 <= len(images) < 300 and len(rows) in (len(images), len(images) - 1)
    assert command(*words)[0] == 0
    rows = (out / 'frames.csv').read_text().splitlines()[1:]
    assert len({row.split(',')[2] for row in rows}) == len(rows) == len(os.listdir(out)) - 1 == 300
