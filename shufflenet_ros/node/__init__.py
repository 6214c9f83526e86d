"""
The ROS side of the classifier: lifecycle node, topics, parameters, QoS, diagnostics.

In: image messages and parameters. Out: classifications, latencies, annotated images, diagnostics.
Nothing is computed here that could be computed in ``core``, ``inference`` or ``monitoring``.
"""
