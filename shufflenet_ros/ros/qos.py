"""The quality of service of every topic, by kind (REP-2003)."""

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

SENSOR_QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT,
                        durability=DurabilityPolicy.VOLATILE)
"""Sensor data with room for one message: an older image is of no use once a newer one is there."""
RESULT_QOS = QoSProfile(depth=10)
"""Reliable and volatile: results."""
LATCHED_QOS = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""Reliable and kept for late subscribers: label and vision info."""
