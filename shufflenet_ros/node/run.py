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

"""From start to clean exit of a process with one node; every ``main`` of a node calls ``run``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
import gc
import sys
from typing import TypeVar

import rclpy
from rclpy.exceptions import ParameterException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from shufflenet_ros.core.errors import MAX_LENGTH, one_line, ShufflenetRosError
from shufflenet_ros.core.text import plain
from shufflenet_ros.node.rclpy_versions import parameter_error
from shufflenet_ros.process.signals import stop_signals

SomeNode = TypeVar('SomeNode', bound=Node)


def run(program: str, argv: Sequence[str] | None, make: Callable[[], SomeNode],
        serve: Callable[[SomeNode, SingleThreadedExecutor], None]) -> int:
    """
    Make the node and let it serve until that returns or a signal ends it.

    A signal shuts the context down, but only once the executor exists: half a node or executor
    would end in tracebacks. Returns the exit code: 0, or 1 where ``make`` or ``serve`` raised an
    error of the user's, which is printed in one line.
    """
    try:
        rclpy.init(args=None if argv is None else list(argv),
                   signal_handler_options=SignalHandlerOptions.NO)
    except RuntimeError as error:
        # A bad --ros-args word; what follows after ", at" are places in the sources of rcl.
        return _fail(program, f'ROS arguments: {one_line(error).partition(", at ")[0]}')
    node = None
    try:
        node = make()
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        stop_signals.call_on_stop(lambda: _shut_down(node))
        serve(node, executor)
    except ExternalShutdownException:
        pass
    except ShufflenetRosError as error:
        return _fail(program, str(error))
    except ParameterException as error:  # of rclpy's own parameters, such as use_sim_time
        return _fail(program, f'{parameter_error(error)}; correct it on the command line or in '
                     'the parameter file')
    except Exception:
        # Once the context is gone, errors of the middleware are part of the end.
        if rclpy.ok():
            raise
    finally:
        _shut_down(node)
        _destroy(node)
    return 0


def _fail(program: str, reason: str) -> int:
    with suppress(OSError):  # nobody reads it, or the disk is full
        print(f'{program}: error: {plain(reason, MAX_LENGTH)}', file=sys.stderr)
    return 1


def _shut_down(node: Node | None) -> None:
    """Close the node while it can still publish, then shut the context down; may come twice."""
    if node is not None and hasattr(node, 'close'):
        node.close()
    rclpy.try_shutdown()


def _destroy(node: Node | None) -> None:
    """
    Give the middleware's resources back; only now nothing uses them any more.

    Fast DDS keeps the segment of a process in shared memory until its participant is destroyed,
    which the end of the interpreter does not do: 64 MiB would stay behind with every run.
    """
    try:
        if node is not None:
            node.destroy_node()
        else:
            gc.collect()  # a node whose constructor failed: nothing refers to it any more
    except Exception:
        if rclpy.ok():
            raise
