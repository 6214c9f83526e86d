"""The demo's own ROS nodes: its camera, and the monitor that joins results and truth."""
