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

"""Images of chosen frames, read again from their recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from shufflenet_ros.comparison.results import cleaned, Results, Source
from shufflenet_ros.core.errors import FrameError, ShufflenetRosError
from shufflenet_ros.core.frame import AnyFrame
from shufflenet_ros.core.text import plain

MAX_SIDE = 360
"""Pixels."""
FEW = 200
"""Images that are looked for one by one where a recording has an index."""


class Wanted(NamedTuple):
    """A frame, by what it is recognized by in its recording."""

    recording: str
    topic: str
    received_ns: int


def wanted_of(results: Results, rows: Iterable[int]) -> list[Wanted]:
    """Name frames of results."""
    return [Wanted(results.recording[row], results.topic[row], int(results.received_ns[row]))
            for row in rows]


def read_images(wanted: Sequence[Wanted], sources: Mapping[str, Source], given: Sequence[Path],
                say: Callable[[str], None]) -> dict[Wanted, np.ndarray]:
    """
    Read images, BGR uint8 (height, width, 3) with sides of at most ``MAX_SIDE``.

    ``given`` are recordings that the user named; the others are looked for where they were. What
    is not there is told to ``say``, and left out.
    """
    found: dict[Wanted, np.ndarray] = {}
    missing: list[str] = []
    for recording in dict.fromkeys(one.recording for one in wanted):
        part = [one for one in wanted if one.recording == recording]
        path = _path(recording, sources, given)
        if path is None:
            missing.append(f'{recording}: no images, since its recording is not known')
        elif not path.exists():
            missing.append(f'{recording}: no images, since {plain(path)} is not there')
        else:
            _read(path, part, found, say)
    if missing:
        more = f' ({len(missing) - 1} more like this)' if len(missing) > 1 else ''
        say(f'{missing[0]}; give --recording{more}')
    return found


def _path(recording: str, sources: Mapping[str, Source], given: Sequence[Path]) -> Path | None:
    for path in given:
        if recording in (cleaned(path.stem), cleaned(path.name)) or len(given) == 1 == len(
                {*sources, recording}):
            return path
    known = sources.get(recording, Source()).path
    return Path(known) if known else None


def _read(path: Path, wanted: Sequence[Wanted], found: dict[Wanted, np.ndarray],
          say: Callable[[str], None]) -> None:
    try:
        from shufflenet_ros.recordings.open_recording import open_recording
        with open_recording(path) as recording:
            topics = {cleaned(topic): topic for topic in recording.topics}
            by_key = {(topics.get(one.topic, one.topic), one.received_ns): one for one in wanted}
            names = sorted({topic for topic, _ in by_key})
            if recording.is_seekable and len(by_key) <= FEW:
                spans = [([topic], at_ns, at_ns + 1) for topic, at_ns in sorted(by_key)]
            else:
                times = [at_ns for _, at_ns in by_key]
                spans = [(names, min(times), max(times) + 1)]
            for span in spans:
                for arrival in recording.between(*span):
                    one = by_key.get((arrival.topic, arrival.received_ns))
                    if one is not None and one not in found:
                        _add(arrival.frame, one, found)
    except ImportError as error:
        say(f'no images: reading recordings needs rosbags and mcap ({error})')
        return
    except (ShufflenetRosError, OSError) as error:
        say(f'{plain(path)}: not all images could be read ({plain(error, 300)})')
        return
    missing = sum(one not in found for one in wanted)
    if missing:
        say(f'{plain(path)}: {missing} of {len(wanted)} images are not in it')


def _add(frame: AnyFrame | None, one: Wanted, found: dict[Wanted, np.ndarray]) -> None:
    from shufflenet_ros.core.image import bgr_image
    if frame is None:
        return
    try:
        found[one] = bgr_image(frame, max_side=MAX_SIDE)
    except FrameError:
        return
