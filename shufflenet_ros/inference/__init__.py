"""
Models: folders that are read, checked and written, and the onnxruntime sessions that run them.

In: the name or path of a model folder. Out: an ``Engine`` that makes logits of a tensor. This
room never knows cameras, messages, or how a model was trained.
"""
