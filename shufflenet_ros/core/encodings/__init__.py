"""
The bytes of an image message as pixels: every encoding of ``sensor_msgs``, jpeg and png.

In: a ``Frame`` or ``CompressedFrame``. Out: views of its samples, still in the colours of the
camera. This room never knows what the pixels are needed for.
"""
