"""
Other networks, and ours at other sizes or with random weights, as ONNX files; their multiply-adds.

In: a name or a model, and a size. Out: an ONNX file.
"""
