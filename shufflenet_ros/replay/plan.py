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

"""What a replay has to do: each source opened once, its topics chosen, its slices named."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
import os
from pathlib import Path
import re

from shufflenet_ros.core.errors import BagError, ConfigurationError
from shufflenet_ros.core.text import plain
from shufflenet_ros.recordings.open_recording import find_recordings, open_recording, Recording
from shufflenet_ros.recordings.topic_choice import choose_topics
from shufflenet_ros.replay.model import LoadedModel, Looks
from shufflenet_ros.replay.slices import quick_digest, Selection, Slice, slices_of

MANY = 10 ** 9
"""Images of a topic whose number is not known."""
NAME_BYTES = 180
"""Of a recording in the names of files."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One recording and its work."""

    name: str
    """Of its results, which no other recording of the folder has."""
    path: str
    files: tuple[str, ...]
    digest: str
    """By which the recording is recognized, see :func:`.slices.quick_digest`."""
    topics: tuple[str, ...]
    span_ns: tuple[int, int]
    """Times of the first message and behind the last one, as far as they are known."""
    slices: tuple[Slice, ...]


class Planner:
    """Plans one source after the other."""

    def __init__(self, selection: Selection, model: LoadedModel, looks: Looks,
                 known: dict[str, str], say: Callable[[str], None]) -> None:
        """``known`` are the digests of recordings that have results already, by name."""
        self._selection, self._model, self._looks, self._say = selection, model, looks, say
        self._known = dict(known)
        self._planned: set[str] = set()

    def plan(self, sources: Iterable[Path]) -> tuple[list[Planned], list[str]]:
        """
        Plan all that can be read; give what is wrong with the others too.

        Raises ConfigurationError for a topic that no recording has.
        """
        planned: list[Planned] = []
        unreadable: list[str] = []
        lacking: list[ConfigurationError] = []
        for source in self._recordings(sources, unreadable):
            try:
                found = self._plan(Path(os.path.abspath(source)))
            except BagError as error:
                unreadable.append(str(error))
                continue
            except ConfigurationError as error:
                self._say(f'{plain(source)}: left out, {error}')
                lacking.append(error)
                continue
            if found.digest in self._planned:
                self._say(f'{plain(source)}: given twice')
                continue
            self._planned.add(found.digest)
            planned.append(found)
        if lacking and not planned:
            raise lacking[0]
        return planned, unreadable

    def _recordings(self, sources: Iterable[Path], unreadable: list[str]) -> Iterator[Path]:
        """Give every recording that the sources are or hold."""
        for source in sources:
            try:
                found = find_recordings(source)
            except BagError as error:
                unreadable.append(str(error))
                continue
            if len(found) > 1:
                self._say(f'{plain(source)}: {len(found)} recordings')
            yield from found

    def _plan(self, path: Path) -> Planned:
        with open_recording(path, self._say) as recording:
            topics = tuple(choose_topics(recording, self._selection.topics, self._say))
            files = sorted(recording.files)
            digest = quick_digest(files)
            name = self._name(recording.name, digest)
            selection = replace(self._selection, topics=topics)
            span_ns = recording.start_ns, recording.end_ns
            slices = slices_of(name, path, digest, span_ns, _images_in(recording, topics),
                               selection, (self._model.choice, self._model.identity),
                               self._looks)
            return Planned(name, str(path), tuple(map(str, files)), digest, topics, span_ns,
                           tuple(slices))

    def _name(self, name: str, digest: str) -> str:
        """Give the name of the results: that of the recording, longer where another has it."""
        known = [one for one, found in self._known.items() if found == digest]
        kept = re.sub(r'[^\w.-]+', '_', name).encode()[:NAME_BYTES].decode(errors='ignore')
        kept = re.sub(r'^[.-]', '_', kept) or '_'
        chosen = known[0] if known else kept if kept not in self._known else (
            f'{kept}-{digest[:8]}')
        self._known[chosen] = digest
        return chosen



def _images_in(recording: Recording, topics: Collection[str]) -> int:
    """Count the images, as far as they are known; 0 where a part cannot be read alone."""
    if not recording.is_seekable:
        return 0
    counts = recording.counts
    return sum(counts.get(topic, MANY) for topic in topics)
