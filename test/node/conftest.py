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

"""The middleware of this process, benches that are taken down again, and a classifier to share."""

import itertools
import os

from node.processes import LATEST, started
from node.workbench import Bench
import pytest
import rclpy
from shufflenet_ros.process.middleware import prepare_middleware

NUMBERS = itertools.count()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """Show beside a failure what the nodes said."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        report.sections += [(f'Printed by process {node.process.pid}', '\n'.join(node.lines))
                            for node in LATEST]


@pytest.fixture(scope='module')
def middleware():
    """Start rclpy for one test module."""
    prepare_middleware()
    rclpy.init()
    yield
    rclpy.shutdown()


@pytest.fixture(scope='module')
def context():
    """Start a context of its own, for nodes that the test itself makes."""
    prepare_middleware()
    context = rclpy.Context()
    rclpy.init(context=context)
    yield context
    rclpy.shutdown(context=context)


@pytest.fixture
def namespace():
    """Give a namespace that no other test uses."""
    return new_namespace()


@pytest.fixture(scope='module')
def make_bench(middleware):
    """Make benches, each in a namespace of its own."""
    benches = []

    def make(*arguments, **options):
        benches.append(Bench(new_namespace(), *arguments, **options))
        return benches[-1]

    yield make
    for bench in benches:
        bench.executor.shutdown()
        bench.node.destroy_node()


@pytest.fixture
def bench(request, make_bench):
    """Give that of the shared classifier to tests that use it, to others one of their own."""
    if 'shared' in request.fixturenames:
        return request.getfixturevalue('shared_bench')
    return make_bench()


@pytest.fixture(scope='module')
def shared_bench(make_bench):
    """Make one bench for all tests of a module that share the classifier."""
    return make_bench()


@pytest.fixture(scope='module')
def shared(shared_bench):
    """Start one classifier for all tests of a module that use it, connected to its bench."""
    with started(shared_bench, '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        shared_bench.settle()
        yield process


def new_namespace():
    """Give a namespace that no other test in this domain has."""
    return f'/bench_{os.getpid()}_{next(NUMBERS)}'
