"""
A folded network to ONNX files: fp32, and int8 with its ranges, rounded weights and rewrites.

``quantize.py`` has the steps, ``onnx_files.py`` writes what they give. In: a ``FoldedNetwork``
(plain arrays) and calibration images. Out: ONNX files. This room never knows how the network was
trained; PyTorch is used for arithmetic only.
"""
