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
ALONE = ('bench/test_node.py', 'core/test_pipeline.py', 'core/test_turns.py', 'fuzz/', 'node/',
         'observer/test_node_observer.py', 'player/', 'process/', 'rqt_window/')
"""Beginnings of files whose tests need the machine for themselves: they measure time."""
SHARING = ('node/test_loss_advice.py', 'node/test_node_encodings.py', 'node/test_properties.py',
           'node/test_topic_advice.py', 'player/test_play_list.py', 'process/test_environment.py',
           'process/test_files.py')
"""Those among them that measure none."""


def pytest_addoption(parser):
    """Let ``environment/run_tests.sh`` choose the tests that may share the machine, or others."""
    parser.addoption('--half', choices=('shared', 'alone'), help='run these tests only')


def pytest_configure(config):
    """Keep the middleware on this machine, in a domain and a log folder of its own."""
    # Where the tests run in the background SIGINT is ignored, and would be in what they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ |= this_machine_only()
    if hasattr(config, 'workerinput'):  # one of several processes: not the domain of the others
        os.environ.pop('ROS_DOMAIN_ID', None)
        os.environ['OMP_NUM_THREADS'] = '1'  # each has a core
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))


def pytest_collection_modifyitems(config, items):
    """Leave the tests of the half that was asked for, those of files with slow ones first."""
    half = config.getoption('half')
    if half is None:
        return
    chosen, left = [], []
    for item in items:
        path = str(item.path.relative_to(HERE))
        is_alone = path.startswith(ALONE) and not path.startswith(SHARING)
        (chosen if is_alone == (half == 'alone') else left).append(item)
    config.hook.pytest_deselected(items=left)
    slow = {item.path for item in chosen if item.get_closest_marker('slow')}
    items[:] = sorted(chosen, key=lambda item: item.path not in slow)


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
