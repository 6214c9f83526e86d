"""Recordings of ROS 2 and ROS 1, and the frames in them that are worth a label."""
