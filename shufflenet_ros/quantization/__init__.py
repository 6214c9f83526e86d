"""
A folded network to ONNX files: fp32, and int8 with its ranges, rounded weights and rewrites.

In: a ``FoldedNetwork`` (plain arrays) and calibration images. Out: ONNX files. This room never
knows how the network was trained; PyTorch is used for arithmetic only.
"""
