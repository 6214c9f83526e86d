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
The work of a replay in pieces that can be done in any order, by any process, any number of times.

A slice is a part of one recording by time, or all of it where a part cannot be read alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
import hashlib
import json
from pathlib import Path

from shufflenet_ros.recordings.image_messages import SECOND_NS
from shufflenet_ros.recordings.storage import NEVER_NS
from shufflenet_ros.replay.model import Looks, ModelChoice, ModelIdentity

SLICE_NS, SLICE_IMAGES = 60 * SECOND_NS, 500
"""
A slice is longer than one of them, or all there is.

Long enough that opening the recording costs little, short enough to share it out.
"""
QUICK_BYTES = 1 << 20
"""Read at the beginning and at the end of each file to recognize it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which images of a recording are classified."""

    topics: tuple[str, ...]
    start_s: float = 0.0
    end_s: float | None = None
    """Both from the first message of the recording on."""
    every_s: float = 0.0
    """Time between two frames of a topic, at least."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One piece of work."""

    name: str
    """Of its part files: the same content, model and options give the same name."""
    recording: str
    """Its name in results."""
    path: str
    digest: str
    """Of the recording, see :func:`quick_digest`."""
    topics: tuple[str, ...]
    start_ns: int
    stop_ns: int
    """Times of recording, the second not included."""
    every_ns: int
    model: ModelChoice
    identity: ModelIdentity
    looks: Looks = Looks()


def quick_digest(files: list[Path]) -> str:
    """
    Hexadecimal digest of the sizes, beginnings and ends of files, which names the parts.

    All bytes are read for the provenance, beside the replay and not before it.
    """
    digest = hashlib.sha256()
    for path in files:
        size = path.stat().st_size
        digest.update(f'{path.name}\0{size}\0'.encode('utf-8', 'surrogateescape'))
        with path.open('rb') as file:
            digest.update(file.read(QUICK_BYTES))
            file.seek(max(0, size - QUICK_BYTES))
            digest.update(file.read(QUICK_BYTES))
    return digest.hexdigest()


def slices_of(name: str, path: Path, digest: str, span_ns: tuple[int, int], images: int,
              selection: Selection, model: tuple[ModelChoice, ModelIdentity],
              looks: Looks = Looks()) -> Iterator[Slice]:
    """
    Cut one recording; ``span_ns`` are the times of its first message and behind its last.

    ``images`` is how many there are about, or 0 where a part of the recording cannot be read
    alone. With ``every_s`` a frame depends on the one before it, so there is one slice as well.
    """
    first_ns, behind_ns = span_ns
    start_ns = first_ns + round(selection.start_s * SECOND_NS)
    stop_ns = NEVER_NS if selection.end_s is None else first_ns + round(
        selection.end_s * SECOND_NS)
    long_ns = max(0, min(stop_ns, behind_ns) - start_ns)
    pieces = 1 if selection.every_s else max(1, min(long_ns // SLICE_NS, images // SLICE_IMAGES))
    cuts_ns = [start_ns + long_ns * number // pieces for number in range(1, pieces)]
    # What a wrong index says of the first and last message must not cost one.
    times_ns = [start_ns if selection.start_s else 0, *cuts_ns, stop_ns]
    for from_ns, to_ns in zip(times_ns, times_ns[1:]):
        facts = [digest, name, selection.topics, from_ns, to_ns, selection.every_s,
                 asdict(model[0]), asdict(model[1]), asdict(looks)]
        part = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]
        yield Slice(part, name, str(path), digest, selection.topics, from_ns, to_ns,
                    round(selection.every_s * SECOND_NS), *model, looks)
