"""
What a careful user writes without this package, and inputs that both sides are given.

In: frames and an fp32 network. Out: tensors and a model file of the usual kind.
"""
