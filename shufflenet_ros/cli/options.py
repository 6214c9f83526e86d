"""Values of options that several verbs take."""

from __future__ import annotations

import re

from shufflenet_ros.core.errors import ConfigurationError

LARGEST_SIDE = 8192


def parse_size(text: str, smallest_side: int = 16) -> tuple[int, int]:
    """Height and width (pixels) of "640x480". Raises ConfigurationError for anything else."""
    found = re.fullmatch(r'(\d{1,5})x(\d{1,5})', text)
    width, height = (int(side) for side in found.groups()) if found else (0, 0)
    if not all(smallest_side <= side <= LARGEST_SIDE for side in (height, width)):
        raise ConfigurationError(
            f'--size {text!r}: expected WIDTHxHEIGHT, {smallest_side} to {LARGEST_SIDE} pixels '
            'each, such as 640x480')
    return height, width
