"""
Recordings (rosbag2, ROS 1 bags) as one stream of frames, and the frames that are worth a label.

In: paths of recordings. Out: frames with stamp and topic, or a folder of images with
``frames.csv``. This room never knows a model.
"""
