"""
The usual way without this package: methods of tutorials and common nodes, to compare ours with.

In: frames and an fp32 network. Out: tensors, and a model file for a node that feeds floats. The
frames that both get, of every encoding, are made here as well.
"""
