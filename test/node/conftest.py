"""The middleware of this process, and benches that are taken down again."""

import itertools
import os

from node.processes import started
from node.workbench import Bench
import pytest
import rclpy

from shufflenet_ros.process.middleware import prepare_middleware

NUMBERS = itertools.count()


@pytest.fixture(scope='module')
def middleware():
    """Start rclpy for one test module."""
    prepare_middleware()
    rclpy.init()
    yield
    rclpy.shutdown()


@pytest.fixture(scope='module')
def make_bench(middleware):
    """Make benches, each in a namespace of its own."""
    benches = []

    def make(*arguments, **options):
        benches.append(Bench(f'/bench_{os.getpid()}_{next(NUMBERS)}', *arguments, **options))
        return benches[-1]

    yield make
    for bench in benches:
        bench.executor.shutdown()
        bench.node.destroy_node()


@pytest.fixture
def bench(make_bench):
    """Make a bench with one camera without a name."""
    return make_bench()


@pytest.fixture(scope='module')
def shared(bench):
    """Start a classifier for a module whose bench is for all of its tests; both are connected."""
    with started(bench, '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        bench.settle()
        yield process
