"""Other inference engines with the same network, one thread each."""
