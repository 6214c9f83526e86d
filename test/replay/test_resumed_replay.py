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

"""A replay that is killed goes on where it was, and ends with the same bytes."""

from contextlib import contextmanager
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
from recordings.bags import command, record_images, views
from replay.replays import files_of, replay
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.replay.workers import Cluster

RATE_HZ, FRAMES = 25, 3600
"""144 seconds: two slices of two parts each."""


@pytest.fixture(scope='module')
def long_drive(tmp_path_factory):
    """Record many small images, no two of them alike."""
    small = [image[::5, ::5].copy() for image in views(20)]
    images = [np.roll(small[number % 20], number // 20, 1) for number in range(FRAMES)]
    return record_images(tmp_path_factory.mktemp('bags') / 'long', images, RATE_HZ)


@pytest.fixture(scope='module')
def undisturbed(long_drive, tmp_path_factory):
    """Replay it once without a disturbance."""
    out = tmp_path_factory.mktemp('out') / 'undisturbed'
    replay([long_drive], out, annotations=False)
    return files_of(out)


def start(*words):
    """Start the command line in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, '-m', 'shufflenet_ros.cli.main', *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def wait_for_a_part(out, seconds=60):
    """Wait until the first part is there."""
    deadline_s = time.monotonic() + seconds
    while not list((out / 'parts').glob('[0-9a-f]*.jsonl')):
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


@pytest.mark.parametrize('kind, code', [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_run_that_ends_early_goes_on(long_drive, undisturbed, tmp_path, kind, code):
    """By kill -9 or Ctrl-C in the middle of the second slice; nothing is done twice."""
    words = ('replay', long_drive, '--out', tmp_path, '--format', 'mcap,parquet,csv,jsonl')
    run = start(*words)
    wait_for_a_part(tmp_path)
    os.killpg(run.pid, kind)
    text, _ = run.communicate(timeout=60)
    assert run.returncode == code and 'Traceback' not in text
    assert not (tmp_path / 'results').exists()
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / 'parts').glob('[0-9a-f]*')}
    done, lines, errors = command(*words)
    assert (done, errors) == (0, []) and any(f'{FRAMES} of {FRAMES} images' in one
                                             for one in lines)
    assert kept and {path: path.stat().st_mtime_ns for path in kept} == kept
    assert files_of(tmp_path) == undisturbed


def test_a_killed_job_is_replaced(long_drive, undisturbed, tmp_path):
    """One of the processes is killed; the run itself goes on, and ends well."""
    run = start('replay', long_drive, '--out', tmp_path, '--jobs', 2, '--format',
                'mcap,parquet,csv,jsonl')
    wait_for_a_part(tmp_path)
    workers = [one for one in psutil.Process(run.pid).children()
               if 'spawn_main' in ' '.join(one.cmdline())]
    workers[0].kill()
    text, _ = run.communicate(timeout=60)
    assert run.returncode == 0, text
    assert files_of(tmp_path) == undisturbed


def test_jobs_end_with_the_run(long_drive, tmp_path):
    """Where the run is killed, its processes do not stay behind."""
    run = start('replay', long_drive, '--out', tmp_path, '--jobs', 2)
    wait_for_a_part(tmp_path)
    workers = psutil.Process(run.pid).children()
    run.kill()
    run.communicate(timeout=60)
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive


@contextmanager
def dask_cluster(folder, workers):
    """Start a scheduler and workers of Dask in processes of their own; give its address."""
    dask = [sys.executable, '-m', 'distributed.cli.dask_scheduler']
    quiet = {'cwd': folder, 'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT, 'text': True}
    scheduler = subprocess.Popen(
        [*dask, '--host', '127.0.0.1', '--port', '0', '--no-dashboard'], **quiet)
    found = None
    while not found:
        line = scheduler.stdout.readline()
        assert line, 'the scheduler has ended'
        found = re.search(r'tcp://127\.0\.0\.1:\d+', line)
    others = [subprocess.Popen(
        [sys.executable, '-m', 'distributed.cli.dask_worker', found[0], '--nthreads', '1',
         '--no-dashboard', '--nanny', '--local-directory', str(folder)],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(workers)]
    try:
        yield found[0], others
    finally:
        for one in (*others, scheduler):
            one.terminate()
        for one in (*others, scheduler):
            one.communicate(timeout=30)


def test_a_killed_worker_of_a_cluster_costs_a_retry(long_drive, undisturbed, tmp_path):
    """Its nanny starts a new one; the result is that of an undisturbed run."""
    out = tmp_path / 'out'
    with dask_cluster(tmp_path, 1) as (address, (nanny,)):
        run = start('replay', long_drive, '--out', out, '--scheduler', address, '--format',
                    'mcap,parquet,csv,jsonl')
        wait_for_a_part(out)
        worker, = (one for one in psutil.Process(nanny.pid).children()
                   if 'spawn_main' in ' '.join(one.cmdline()))
        worker.kill()
        text, _ = run.communicate(timeout=100)
    assert run.returncode == 0, text
    assert files_of(out) == undisturbed


def test_a_scheduler_that_is_none_is_one_line(monkeypatch):
    """The address, and what is expected."""
    monkeypatch.setattr('shufflenet_ros.replay.workers.CONNECT_S', 1)
    with pytest.raises(ConfigurationError, match='tcp://127.0.0.1:1: no scheduler answers'):
        Cluster('tcp://127.0.0.1:1')
    with pytest.raises(ConfigurationError, match='--scheduler nonsense: no scheduler answers'):
        Cluster('nonsense')
