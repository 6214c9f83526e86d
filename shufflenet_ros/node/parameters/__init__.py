"""
Parameters: how a node declares them, those of the classifier, and changes while it runs.

In: values of parameter files, command lines and services. Out: a ``Parameters`` record that the
node can run with, or one line that says why not.
"""
