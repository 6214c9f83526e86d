"""
Compare the outputs of entries, time them in turns, and write down figures and environment.

In: comparisons of a suite. Out: rows of results, raw times, tables and plots.
"""
