"""The paper's family in numbers: shapes, costs and tables, without a network and without torch."""
