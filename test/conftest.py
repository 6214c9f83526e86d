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

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / 'shared' / 'data'


def pytest_configure():
    """Keep the middleware on this machine, in a domain and a log folder of its own."""
    # Where the tests run in the background SIGINT is ignored, and would be in what they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ |= this_machine_only()
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))


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
