"""
The executables of the nodes: first the signals, then the imports, then the node.

    python3 -m shufflenet_ros.start classifier_node --ros-args -p model:=surfaces
"""

from __future__ import annotations

from importlib import import_module
import sys

from shufflenet_ros.stop import leave, stop

NODES = ('classifier_node', 'camera_node', 'demo_monitor', 'bench_camera', 'bench_monitor')


def classifier_node() -> int:
    """Run the classifier node."""
    return start('classifier_node')


def camera_node() -> int:
    """Run the camera of the demo."""
    return start('camera_node')


def start(node: str) -> int:
    """Run the ``main`` of one of the nodes with the arguments of this process."""
    stop.watch()
    # Imported only now: rclpy and onnxruntime take a second, in which a signal may come.
    return leave(import_module(f'shufflenet_ros.ros.{node}').main(sys.argv))


if __name__ == '__main__':
    if len(sys.argv) < 2 or sys.argv[1] not in NODES:
        print(f'usage: python3 -m shufflenet_ros.start {{{",".join(NODES)}}} [--ros-args ...]',
              file=sys.stderr)
        sys.exit(2)
    sys.exit(start(sys.argv.pop(1)))
