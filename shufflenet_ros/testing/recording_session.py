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

"""Recordings classified for tests: each once, with models and nodes that are started once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import isfinite
import os
from pathlib import Path

from shufflenet_ros.core.errors import BagError, ConfigurationError, system_reason
from shufflenet_ros.core.text import plain
from shufflenet_ros.player.node_process import NodeError
from shufflenet_ros.recordings.open_recording import open_recording
from shufflenet_ros.recordings.topic_choice import choose_topics
from shufflenet_ros.replay.frames import classify_all, NamedClassifier
from shufflenet_ros.replay.model import loaded, LoadedModel, Looks, ModelChoice
from shufflenet_ros.replay.slices import Selection
from shufflenet_ros.replay.work import due, whole
from shufflenet_ros.testing.table import ResultTable


@dataclass(frozen=True, slots=True)
class Asked:
    """What a test asks for."""

    path: Path
    model: ModelChoice
    selection: Selection
    through_node: bool


def asked_for(path: Path, model: str, precision: str, top_k: int, threshold: float | None,
              topics: Sequence[str], start_s: float, end_s: float | None, every_s: float,
              through_node: bool) -> Asked:
    """Check the words of a test. Raises ConfigurationError."""
    for name, value in (('start_s', start_s), ('end_s', end_s), ('every_s', every_s)):
        if value is not None and not (isfinite(value) and value >= 0):
            raise ConfigurationError(f'{name}={value}: expected seconds, 0 or more')
    if end_s is not None and end_s <= start_s:
        raise ConfigurationError(f'end_s={end_s}: expected more than start_s={start_s}')
    wanted = (topics,) if isinstance(topics, str) else tuple(topics)
    return Asked(path, ModelChoice(model, precision, top_k, threshold),
                 Selection(wanted, float(start_s), end_s, float(every_s)), through_node)


class RecordingSession:
    """Classifies, and remembers tables for as long as the files stay as they are."""

    def __init__(self) -> None:
        self._tables: dict[Asked, tuple[object, ResultTable]] = {}
        self._nodes: dict[ModelChoice, NamedClassifier] = {}
        self._stack = ExitStack()

    def classify(self, asked: Asked,
                 say: Callable[[str], None] = lambda line: None) -> ResultTable:
        """
        Give the table; ``say`` is told each time what is odd about the recording.

        Raises BagError, ModelError, ConfigurationError and NodeError.
        """
        state = _state(asked.path)
        before, table = self._tables.get(asked, (None, None))
        if table is not None and before == state:
            for note in table.notes:
                say(note)
            return table
        try:
            table = self._classify(asked, say)
        except NodeError:
            self._nodes.pop(asked.model, None)  # the next test gets a new one
            raise
        except OSError as error:
            raise BagError(f'{plain(error.filename or asked.path)}: cannot be read '
                           f'({system_reason(error)})') from error
        self._tables[asked] = state, table
        return table

    def close(self) -> None:
        """End the nodes."""
        self._stack.close()

    def _classify(self, asked: Asked, say: Callable[[str], None]) -> ResultTable:
        notes: list[str] = []
        damage: list[str] = []

        def note(line: str) -> None:
            notes.append(line)
            say(line)

        chosen = asked.selection
        model = loaded(asked.model)
        with open_recording(asked.path, note) as recording:
            topics = choose_topics(recording, chosen.topics, note)
            arrivals = due(whole(recording.images(topics, chosen.start_s, chosen.end_s), damage),
                           round(chosen.every_s * 1e9))
            results = list(classify_all(arrivals, recording.name, self._classifier(asked, model)))
            start_ns, name = recording.start_ns, recording.name
        if not results:
            raise BagError(f'{plain(asked.path)}: no image {_range(chosen)}'
                           f'{"".join(f"; {one}" for one in damage)}')
        rows, times, _ = zip(*results)
        return ResultTable(name, rows, times, start_ns, tuple(model.spec.labels), tuple(damage),
                           tuple(notes))

    def _classifier(self, asked: Asked, model: LoadedModel) -> NamedClassifier:
        if not asked.through_node:
            return model.looking_at(Looks())
        if asked.model not in self._nodes:
            self._nodes[asked.model] = self._start(asked.model, model)
        return self._nodes[asked.model]

    def _start(self, choice: ModelChoice, model: LoadedModel) -> NamedClassifier:
        """Start a node that classifies with the same form of the model."""
        try:
            from shufflenet_ros.player.through_node import NodeReplay
        except ImportError as error:
            raise ConfigurationError(
                f'through_node=True needs ROS 2 ({error}): source its setup.bash, or leave it '
                'out; the results are the same') from error
        node = self._stack.enter_context(NodeReplay(
            choice.name, model.selection.engine.name, choice.top_k, choice.threshold))
        return NamedClassifier(node, node.labels)


def _range(selection: Selection) -> str:
    if selection.end_s is None:
        return f'from {selection.start_s:g} s on'
    return f'from {selection.start_s:g} to {selection.end_s:g} s'


def _state(path: Path) -> object:
    """Give what changes with the files of a recording: names, sizes, times of the last change."""
    def described() -> Iterator[tuple[str, int, int]]:
        for one in [path, *sorted(path.rglob('*'))] if path.is_dir() else [path]:
            found = os.stat(one)
            yield str(one), found.st_size, found.st_mtime_ns
    try:
        return list(described())
    except (OSError, ValueError):  # of a name that none can have
        return None  # whoever reads it says what is wrong
