"""
The paper's family of networks in numbers: shapes, costs and tables.

In: a variant (groups and width). Out: layers with multiply-adds, parameters and memory. Standard
library alone: no network is built here.
"""
