"""
From the camera's bytes to the tensor: each encoding and size, ours and the textbook's ways.

Each way has a copy of the frame to itself, so that none finds the cache warm from another's; in
a turn of calls the first is cold and the others are warm. ``--size`` is that of the camera.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from shufflenet_ros.bench.baseline.encoded_frames import frame_of
from shufflenet_ros.bench.baseline.preprocess import CODES, ways
from shufflenet_ros.bench.runner.candidate import Candidate
from shufflenet_ros.bench.runner.comparison import Contender, Contest, hold_all, Outcome
from shufflenet_ros.bench.runner.request import Request
from shufflenet_ros.core.encodings.decode import decode
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess

ROUNDS = 300
CAMERAS = ((480, 640), (720, 1280), (1080, 1920))
TENSOR = Geometry(224, 224)
ENCODINGS = (*CODES, 'nv24')


def measure(request: Request) -> Outcome:
    """Hold one contest for each size of the camera and each encoding."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        return hold_all(contests(request), request.rounds or ROUNDS, request.warm_up)
    finally:
        cv2.setNumThreads(threads)


def contests(request: Request) -> Iterator[Contest]:
    """Give one contest for each size and encoding; the outputs are compared as it is made."""
    for height, width in request.sizes or CAMERAS:
        picture = cv2.resize(request.photographs[0], (width, height))
        for encoding in ENCODINGS:
            frame = frame_of(picture, encoding)
            yield Contest('preprocess', height, width, _contenders(frame), [frame], reference='')


def _contenders(frame: Frame) -> list[Contender]:
    tensor = _ours(frame).astype(int)
    found = [Contender('ours', frame.encoding, Candidate(_ours, _copied))]
    for name, way in ways(frame.encoding).items():
        run = _of(way)
        other = run(frame)
        # Floats are another scale, and the whole image another view: only alike can be compared.
        alike = name == 'convert_first'
        facts = {'mean_difference': float(np.abs(tensor - other).mean())} if alike else {}
        found.append(Contender(name, frame.encoding, Candidate(run, _copied), facts))
    return found


def _ours(frame: Frame) -> np.ndarray:
    return preprocess(decode(frame), TENSOR)


def _of(way: Callable[[Frame, Geometry], np.ndarray]) -> Callable[[Frame], np.ndarray]:
    return lambda frame: way(frame, TENSOR)


def _copied(frame: Frame) -> Frame:
    return replace(frame, data=bytearray(frame.data))
