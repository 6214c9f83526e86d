"""ShuffleNet classification of camera topics for ROS 2, with the latency of every frame."""
