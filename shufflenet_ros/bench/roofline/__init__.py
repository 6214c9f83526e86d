"""
How fast this core can be at most (the roofline), and where the time of a graph goes.

In: ONNX files. Out: multiply-adds and bytes per second, and times of operators.
"""
