"""Image files: which ones below a folder are, and what is in one. Labels are unknown here."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SUFFIXES = {'.jpg', '.jpeg', '.png', '.bmp', '.webp'}


def images_below(folder: Path) -> list[Path]:
    """Image files anywhere below a folder, by their suffix, in alphabetical order."""
    return sorted(path for path in folder.rglob('*') if path.suffix.lower() in SUFFIXES)


def decode_image(content: bytes) -> np.ndarray | None:
    """Decode a file's bytes as BGR uint8 (height, width, 3), upright; None where they are none."""
    if not content:
        return None
    try:
        return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
