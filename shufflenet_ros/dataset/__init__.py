"""
Labelled images: where they lie, how they are split, and which of them are near-duplicates.

In: a folder or CSV file. Out: images in memory with labels and splits. This room never knows a
network or a model.
"""
