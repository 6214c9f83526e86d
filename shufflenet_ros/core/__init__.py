"""Pure core: frames to classifications, on numpy and OpenCV alone."""
