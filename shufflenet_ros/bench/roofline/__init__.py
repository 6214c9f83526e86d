"""
What this core can do at best, and where the time of a graph goes.

In: ONNX files. Out: multiply-adds and bytes per second, and times of operators.
"""
