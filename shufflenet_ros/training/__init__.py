"""From photographs to a model folder: the only room that imports torch."""
