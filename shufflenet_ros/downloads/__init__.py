"""
Published files: what there is, and how it is fetched and checked.

In: a name of the catalogue. Out: the path of a file whose SHA-256 is right. This room never knows
what a file is for.
"""
