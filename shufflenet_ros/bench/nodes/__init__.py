"""
Whole nodes in processes of their own: cameras, the node under test, and a monitor outside it.

In: a node and a scene (sizes, cameras, rate). Out: ages of results, CPU and memory.
"""
