"""Encodings that hold distances instead of a picture (REP 118), and the word about them."""

DEPTH = ('16UC1', '32FC1', '64FC1')
"""What REP 118 and its users store distances in."""
NO_PICTURE = ('it holds distances (REP 118) and no picture; subscribe to the colour or infrared '
              'image of the camera')
