"""
A frame becomes a classification: decode, preprocess, infer, postprocess, in that order.

In: a ``Frame`` whose bytes are borrowed. Out: a ``Classification``, and how long each stage took.
This room never knows where frames come from, who publishes results, or which engine runs. It
imports numpy and OpenCV alone.
"""
