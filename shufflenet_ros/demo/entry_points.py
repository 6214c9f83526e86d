"""The executable of the demo's camera."""

from __future__ import annotations

from shufflenet_ros.process.entry_points import start


def camera_node() -> int:
    """Run the camera of the demo."""
    return start('demo.nodes.camera')
