# Copyright 2026 shufflenet_ros maintainers
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""
Video files as a camera, frame by frame, by OpenCV with FFmpeg.

The first frame has the stamp 1.0 s, since 0 means that there is none; the others follow by the
times that the file gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from math import isfinite
import os
from pathlib import Path
import re

import cv2
from shufflenet_ros.core.errors import BagError
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.core.text import plain
from shufflenet_ros.recordings.image_messages import Arrival, SECOND_NS
from shufflenet_ros.recordings.storage import RAW, TOPIC, window_ns

SUFFIXES = {'.mp4', '.m4v', '.mov', '.avi', '.mkv', '.webm', '.mpg', '.mpeg', '.ts', '.mts',
            '.m2ts', '.wmv', '.asf', '.flv', '.3gp', '.3g2', '.ogv', '.mjpg', '.mjpeg', '.h264',
            '.264', '.h265', '.265', '.hevc', '.vob', '.mxf', '.divx', '.f4v', '.gif', '.y4m',
            '.ivf'}
BEGINS = re.compile(
    rb'....ftyp(?!avi[fs]|hei|hev|mif|msf)|....(moov|mdat|free|wide|skip)|RIFF....AVI |'
    rb'\x1a\x45\xdf\xa3|\0\0\1[\xba\xb3]|FLV\1|OggS|\x30\x26\xb2\x75\x8e\x66\xcf\x11|GIF8[79]a|'
    rb'YUV4MPEG2 |DKIF\0\0|\x06\x0e\x2b\x34', re.DOTALL)
"""How the containers of video begin; images of the same family are left out."""
COUNTED = re.compile(rb'....(ftyp|moov|mdat|free|wide|skip)|RIFF....AVI ', re.DOTALL)
"""Containers that state how many frames they hold; of others OpenCV estimates it."""
FIRST_NS = SECOND_NS
USUAL_RATE_HZ = 30.0
RATES_HZ = 0.01, 1000.0
MOST_FRAMES = 10 ** 9
MISSING_SHARE = 0.02
"""Of the length that other containers state, which may be rounded."""
TRIES = 64
"""OpenCV gives up at a damaged packet, and goes on when it is asked again."""
OPTIONS = 'OPENCV_FFMPEG_CAPTURE_OPTIONS'
EXPECTED = 'expected a video that OpenCV reads (FFmpeg); ffprobe says what is in it'


def is_video(path: Path, begin: bytes) -> bool:
    """Whether a file is a video, by its name or its first bytes."""
    return path.suffix.lower() in SUFFIXES or BEGINS.match(begin) is not None


class VideoFile:
    """One video file, open for reading; a context manager."""

    is_seekable = False
    """Frames are found by decoding all that come before."""

    def __init__(self, path: Path, say: Callable[[str], None] = lambda line: None) -> None:
        """Read its first frame. Raises BagError where there is none."""
        self.path, self.name = path, path.stem
        self.files = [path]
        self.topics = {TOPIC: RAW}
        self.start_ns = FIRST_NS
        try:
            with path.open('rb') as file:
                begin = file.read(16)
        except OSError as error:
            raise BagError(f'{plain(path)}: cannot be read ({error.strerror}); check who may '
                           'read it, and its disk') from error
        self._is_counted = COUNTED.match(begin) is not None
        with closing(_Capture(path)) as capture:
            if not capture.grab() or capture.frame() is None:
                raise BagError(f'{plain(path)}: no frame can be decoded ({capture.codec}); '
                               'ffmpeg converts it: -c:v libx264 makes what OpenCV reads')
            self._rate_hz, self._promised = capture.rate_hz, capture.frames
        if not self._promised:
            say(f'{plain(path)}: it does not say how many frames it has, so it is read to where '
                'it ends')

    def __enter__(self) -> VideoFile:
        return self

    def __exit__(self, *_: object) -> None: ...

    @property
    def counts(self) -> dict[str, int]:
        """How many frames it has, where the file says it."""
        return {TOPIC: self._promised} if self._promised else {}

    @property
    def end_ns(self) -> int:
        """Just behind its last frame, by its rate."""
        return self.start_ns + max(1, round(self.seconds * SECOND_NS))

    @property
    def seconds(self) -> float:
        """Its length, by its rate; 0 where the number of frames is unknown."""
        return self._promised / self._rate_hz

    def images(self, topics: Collection[str], start_s: float = 0.0,
               end_s: float | None = None) -> Iterator[Arrival]:
        """
        Give its frames in order.

        Raises BagError at the end where the file promises more frames than can be decoded.
        """
        return self.between(topics, *window_ns(self.start_ns, start_s, end_s))

    def between(self, topics: Collection[str], start_ns: int, stop_ns: int) -> Iterator[Arrival]:
        """Give those with ``start_ns <= stamp < stop_ns``, else as ``images``."""
        if TOPIC not in topics:
            return
        number, stamp_ns = 0, 0
        with closing(_Capture(self.path)) as capture:
            stamps = _Stamps(self._rate_hz)
            while capture.go_on(number):
                stamp_ns = stamps.next(capture.position_ms)
                if stamp_ns >= stop_ns:
                    return
                number += 1
                if stamp_ns >= start_ns:
                    yield _arrival(capture, stamp_ns)
        self._check_end(number, stamp_ns)

    def _check_end(self, number: int, stamp_ns: int) -> None:
        """Compare with what the container promises: frames, or a length."""
        if number >= self._promised:
            return
        if self._is_counted:
            if self._hides_frames():
                return
            raise BagError(f'{plain(self.path)}: damaged or truncated: {number} of its '
                           f'{self._promised} frames could be read')
        seconds = (stamp_ns - self.start_ns) / SECOND_NS + 2 / self._rate_hz
        if seconds < self.seconds * (1 - MISSING_SHARE):
            raise BagError(f'{plain(self.path)}: damaged or truncated: frames up to '
                           f'{seconds:.1f} s of its {self.seconds:.1f} s could be read')


    def _hides_frames(self) -> bool:
        """Whether an edit list leaves some out, as cuts without loss do; then all are there."""
        with closing(_Capture(self.path, 'ignore_editlist;1')) as capture:
            number = 0
            while capture.go_on(number):
                number += 1
        return number >= self._promised


class _Capture:
    """A video file that OpenCV decodes."""

    def __init__(self, path: Path, option: str = '') -> None:
        # Its messages are those of damaged bytes, in lines of its own; ours says what matters.
        os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')
        with _quiet(), _with_option(option):
            # An absolute path is no address of a network, and this way no pattern of images.
            self._video = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
        if not self._video.isOpened():
            raise BagError(f'{plain(path)}: cannot be read as a video; {EXPECTED}')
        number, rate_hz = (self._video.get(one) for one in (
            cv2.CAP_PROP_FRAME_COUNT, cv2.CAP_PROP_FPS))
        self.frames = int(number) if 0 < number < MOST_FRAMES else 0
        """Frames that it should have; 0 where it does not say so."""
        low, high = RATES_HZ
        self.rate_hz = rate_hz if low <= rate_hz <= high else USUAL_RATE_HZ

    @property
    def codec(self) -> str:
        """Give the four letters of its codec."""
        number = int(self._video.get(cv2.CAP_PROP_FOURCC)) & 0xffffffff
        letters = number.to_bytes(4, 'little').decode('latin-1')
        return f'codec {plain(letters)!r}' if letters.strip('\0 ') else 'codec unknown'

    @property
    def position_ms(self) -> float:
        """Time of the frame that was grabbed last."""
        return float(self._video.get(cv2.CAP_PROP_POS_MSEC))

    def grab(self) -> bool:
        """Go to the next frame, if there is one."""
        return self._video.grab()

    def go_on(self, number: int) -> bool:
        """Go to the next frame behind ``number``, also behind ones that are damaged."""
        tries = 1 if number >= self.frames else TRIES + self.frames
        return any(self.grab() for _ in range(tries))

    def frame(self) -> Frame | None:
        """Give what was grabbed, upright where the file says how."""
        done, image = self._video.retrieve()
        if not done or image is None or not image.size:
            return None
        height, width = image.shape[:2]
        return Frame(image, height, width, 'bgr8', image.strides[0])

    def close(self) -> None:
        """Close the file."""
        self._video.release()


class _Stamps:
    """Stamps of frames (ns), each above the last: by the file's times, or else by its rate."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._first_ms: float | None = None
        self._sound_ns, self._since = FIRST_NS, 0
        self._last_ns = 0

    def next(self, position_ms: float) -> int:
        """Give the stamp of the next frame."""
        if self._first_ms is None:
            self._first_ms = position_ms if isfinite(position_ms) else 0.0
            self._last_ns = FIRST_NS
            return FIRST_NS
        shift_ms = position_ms - self._first_ms
        stamp_ns = FIRST_NS + round(shift_ms * 1e6) if isfinite(shift_ms) else 0
        if stamp_ns > self._last_ns:
            self._sound_ns, self._since = stamp_ns, 0
        else:
            self._since += 1
            stamp_ns = max(self._last_ns + 1, self._sound_ns + round(
                self._since / self._rate_hz * SECOND_NS))
        self._last_ns = stamp_ns
        return stamp_ns


def _arrival(capture: _Capture, stamp_ns: int) -> Arrival:
    frame = capture.frame()
    if frame is None:
        return Arrival(TOPIC, stamp_ns, stamp_ns, problem='OpenCV cannot convert this frame')
    return Arrival(TOPIC, stamp_ns, stamp_ns, frame=frame)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings of OpenCV from standard error."""
    logging = getattr(cv2.utils, 'logging', None)
    if logging is None:  # of an old release
        yield
        return
    level = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_ERROR)
    try:
        yield
    finally:
        logging.setLogLevel(level)


@contextmanager
def _with_option(option: str) -> Iterator[None]:
    """Open files with an option of FFmpeg, which OpenCV takes from the environment alone."""
    before = os.environ.get(OPTIONS)
    if option:
        os.environ[OPTIONS] = f'{before}|{option}' if before else option
    try:
        yield
    finally:
        if option:
            os.environ.pop(OPTIONS)
        if option and before:
            os.environ[OPTIONS] = before
