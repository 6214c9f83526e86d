"""
Other networks, and ours at other sizes, as ONNX files with their multiply-adds.

In: a name or a model, and a size. Out: an ONNX file.
"""
