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

"""Shared by all tests: the project's root, the data beside it, a middleware of their own."""

from contextlib import contextmanager
import os
from pathlib import Path
import resource
import signal

from downloads.servers import PROXY_VARIABLES
import pytest
from shufflenet_ros.process.middleware import this_machine_only

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DATA = ROOT.parent / 'shared' / 'data'
PARTS = {
    '': 'shared',
    'bench/test_node.py': 'alone',
    'bench/test_node.py::test_a_node_that_ends': 'waiting',
    'bench/test_node.py::test_an_unknown_encoding': 'waiting',
    'bench/test_node.py::test_the_soak_follows_the_memory': 'waiting',
    'bench/test_regions_suite.py::test_cells_of_a_real_node': 'waiting',
    'core/test_pipeline.py': 'alone',
    'core/test_turns.py': 'alone',
    'fuzz/test_fuzz_node.py': 'alone',
    'layouts/test_live_layout.py': 'waiting',
    'node/': 'waiting',
    'node/test_annotator.py': 'alone',
    'node/test_cameras.py::test_a_dead_and_a_rubbish_camera': 'alone',
    'node/test_cameras.py::test_four_cameras_at_30_hz': 'alone',
    'node/test_demo.py': 'alone',
    'node/test_demo.py::test_a_bad_option': 'waiting',
    'node/test_demo.py::test_a_full_disk': 'waiting',
    'node/test_demo.py::test_wrong_usage': 'waiting',
    'node/test_diagnostics.py::test_a_frame_costs': 'alone',
    'node/test_findings.py::test_a_clock_that_is_behind': 'alone',
    'node/test_findings.py::test_two_publishers': 'alone',
    'node/test_hung_inference.py': 'alone',
    'node/test_losses.py': 'alone',
    'node/test_parameters.py::test_max_rate_hz': 'alone',
    'node/test_priorities.py': 'alone',  # niced processes get nothing where others wait for a core
    'node/test_properties.py': 'shared',
    'node/test_region_bytes.py': 'shared',
    'node/test_replay.py': 'alone',
    'node/test_stage_topics.py': 'alone',
    'node/test_swap.py::test_swaps_under_30_hz': 'alone',
    'node/test_swap.py::test_while_a_hostile_model_is_refused': 'alone',
    'node/test_time.py': 'alone',
    'observer/test_node_observer.py': 'waiting',
    'player/': 'alone',
    'player/test_play_list.py': 'shared',
    'player/test_through_node.py': 'waiting',
    'process/': 'waiting',
    'process/test_environment.py': 'shared',
    'process/test_files.py': 'shared',
    'project/test_sockets.py::test_no_import_sends': 'waiting',
    'project/test_sockets.py::test_the_node_sends': 'waiting',
    'project/test_sockets.py::test_the_sockets_are': 'waiting',
    'rqt_plugin/test_widgets.py': 'waiting',
    'rqt_window/': 'waiting',
    'screen_monitor/test_live_monitor.py': 'waiting',
    'status/test_live_status.py': 'waiting',
}
"""
Beginning of a file's path, or of a test's behind ``::``, to its part; the longest one counts.

``shared``: takes all that a core has. ``waiting``: starts processes, waits for most of its time,
and holds on a busy machine. ``alone``: measures time, rates or losses.
"""


def pytest_addoption(parser):
    """Let ``environment/run_tests.sh`` choose a part of the tests."""
    parser.addoption('--part', choices=sorted(set(PARTS.values())), help='run these tests only')


def pytest_configure(config):
    """Keep the middleware on this machine, in a domain and a log folder of its own."""
    # Where the tests run in the background SIGINT is ignored, and would be in what they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ |= this_machine_only()
    if hasattr(config, 'workerinput'):  # one of several processes: not the domain of the others
        os.environ.pop('ROS_DOMAIN_ID', None)
        os.environ['OMP_NUM_THREADS'] = '1'  # each has a core
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))


def pytest_ignore_collect(collection_path, config):
    """Import no file without tests of the part that was asked for: it takes seconds."""
    part = config.getoption('part')
    if part is None or collection_path.suffix != '.py':
        return None
    path = str(collection_path.relative_to(HERE))
    inside = {PARTS[begin] for begin in PARTS if begin.startswith(f'{path}::')}
    return None if part in {part_of(path), *inside} else True


def pytest_collection_modifyitems(config, items):
    """Leave the tests of the part that was asked for, those of files with slow ones first."""
    part = config.getoption('part')
    if part is None:
        return
    chosen, left = [], []
    for item in items:
        name = f'{item.path.relative_to(HERE)}::{item.name}'
        (chosen if part_of(name) == part else left).append(item)
    config.hook.pytest_deselected(items=left)
    slow = {item.path for item in chosen if item.get_closest_marker('slow')}
    items[:] = sorted(chosen, key=lambda item: item.path not in slow)


def part_of(name):
    """Give the part of a file or test."""
    return PARTS[max((begin for begin in PARTS if name.startswith(begin)), key=len)]


@pytest.fixture(autouse=True, scope='session')
def _log_folder(tmp_path_factory):
    os.environ['ROS_LOG_DIR'] = str(tmp_path_factory.mktemp('ros_log'))


@pytest.fixture
def data():
    """Folder with the data sets and checkpoints, which are not part of the repository."""
    if not DATA.is_dir():
        pytest.skip(f'{DATA} is not here; it holds images that may not be committed')
    return DATA


@pytest.fixture
def without_proxies(monkeypatch):
    """Take the proxies out of this process's environment."""
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def small_files():
    """Give a context in which no file grows beyond some bytes: writing fails as on a full disk."""
    @contextmanager
    def limit(size):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    return limit
