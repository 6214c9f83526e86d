"""One file a suite: ``measure`` makes what it compares, and gives the rows of results."""
