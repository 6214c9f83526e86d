"""
Weights that others trained, as a network of ours: published checkpoints and model folders.

In: a file, a folder or a name. Out: a ``ShuffleNetV1``, and names of its classes.
"""
