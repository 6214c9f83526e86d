"""
Other inference engines with the same network, one thread each.

In: an fp32 ONNX file and calibration tensors. Out: candidates that can be timed, or why not.
"""
