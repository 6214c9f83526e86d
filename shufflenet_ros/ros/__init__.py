"""The wall of middleware around the core: the only room that imports rclpy and messages."""
