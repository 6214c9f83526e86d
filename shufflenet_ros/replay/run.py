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

"""One replay: has the work done, and writes the files of each recording when that is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
import hashlib
import json
from pathlib import Path
from typing import Any

from shufflenet_ros.core.encoding.compressed import EVERYTHING
from shufflenet_ros.core.errors import BagError
from shufflenet_ros.core.parts import View
from shufflenet_ros.core.smoothing import Smoothing
from shufflenet_ros.process.files import prepare_folder
from shufflenet_ros.process.progress import Progress
from shufflenet_ros.replay.manifest import locked, Manifest, PARTS
from shufflenet_ros.replay.model import LoadedModel, Looks
from shufflenet_ros.replay.outputs import assemble, in_order, OutputOptions
from shufflenet_ros.replay.parts import remove_half_written, SliceParts
from shufflenet_ros.replay.plan import Planned, Planner
from shufflenet_ros.replay.provenance import Input, provenance_of, with_input
from shufflenet_ros.replay.rate import ReplayProgress
from shufflenet_ros.replay.results import Extras
from shufflenet_ros.replay.slices import Selection
from shufflenet_ros.replay.work import Digests, Files, Task
from shufflenet_ros.replay.workers import Workers


@dataclass(slots=True)
class Pending:
    """A recording on its way."""

    planned: Planned
    missing: set[str]
    """Names of slices that are not done."""
    sha256: tuple[str, ...] = ()
    """Of its files, as soon as they are known."""
    error: str = ''
    """Why it could not be read."""

    def tasks(self) -> Iterator[Task]:
        """Give what is left to do."""
        if not self.sha256:
            yield Files(self.planned.digest, self.planned.files)
        yield from (piece for piece in self.planned.slices if piece.name in self.missing)


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What is replayed, and what is written."""

    selection: Selection = field(default_factory=lambda: Selection(()))
    outputs: OutputOptions = field(default_factory=OutputOptions)
    view: View = EVERYTHING
    """What of each image is classified."""
    smoothing: Smoothing = field(default_factory=Smoothing)
    through_node: bool = False
    """Whether the frames go through a real node; results say so."""
    with_sha256: bool = True
    """Whether all bytes of the recordings are read for their digest, which results then hold."""

    @property
    def looks(self) -> Looks:
        """What the slices are about."""
        return Looks(self.view, self.smoothing.is_on)

    @property
    def extras(self) -> Extras:
        """What results hold beside that of the whole image."""
        return Extras(self.view.grid is not None, self.smoothing.is_on)


class Replay:
    """One run into one folder."""

    def __init__(self, folder: Path, model: LoadedModel, options: ReplayOptions,
                 stages: Progress) -> None:
        # Other processes have another current folder.
        self._folder = folder.absolute()
        self._model, self._options, self._stages = model, options, stages
        self._provenance = provenance_of(model, options.selection, options.view,
                                         options.smoothing, options.through_node)
        self._damaged: list[str] = []

    def run(self, sources: Sequence[Path], workers: Workers) -> None:
        """
        Classify what is missing and write the files of each recording.

        Raises BagError for what is damaged, and for recordings of whose images none could be
        classified, after all that is good was written, and
        ConfigurationError where the folder is another run's or cannot be written.
        """
        with locked(self._folder):
            self._manifest = Manifest(self._folder, self._provenance)
            planner = Planner(self._options.selection, self._model, self._options.looks,
                              self._manifest.digests(), self._stages.say)
            planned, self._damaged = planner.plan(sources)
            if not planned:
                raise BagError('; '.join(self._damaged))
            self._manifest.write()
            prepare_folder(self._folder / PARTS)
            remove_half_written(self._folder / PARTS)
            self._work(planned, workers)
            self._manifest.write('complete')
        if self._damaged:
            raise BagError('; '.join(self._damaged))

    def _work(self, planned: Sequence[Planned], workers: Workers) -> None:
        """Do what is missing; a recording is written when its last slice is done."""
        progress = ReplayProgress(self._stages, planned)
        pending = [self._pending(one) for one in planned]
        owners = {piece.name: one for one in pending for piece in one.planned.slices}
        owners |= {one.planned.digest: one for one in pending}
        tasks = [task for one in pending for task in one.tasks()]
        for one in pending:
            progress.skip([piece for piece in one.planned.slices if piece.name not in one.missing])
            self._finish(one)
        with closing(workers.run(tasks, str(self._folder / PARTS), progress.at)) as answers:
            for answer in answers:
                one = owners[answer.name]
                if isinstance(answer, Digests):
                    one.sha256 = answer.sha256
                elif answer.error:
                    one.error = answer.error
                else:
                    one.missing.discard(answer.name)
                    progress.done(answer)
                self._finish(one)
        self._damaged += [one.error for one in pending if one.error]
        progress.close()

    def _pending(self, planned: Planned) -> Pending:
        parts = self._folder / PARTS
        missing = {piece.name for piece in planned.slices
                   if SliceParts(parts, piece.name).damage() is None}
        sha256 = (self._manifest.sha256_of(planned) if self._options.with_sha256
                  else ('',) * len(planned.files))
        return Pending(planned, missing, sha256)

    def _finish(self, one: Pending) -> None:
        """Write the files of a recording where all of it is done."""
        if one.missing or one.error or not one.sha256:
            return
        planned, options, extras = one.planned, self._options.outputs, self._options.extras
        slices = [piece.name for piece in planned.slices]
        recording = Input(planned.name, planned.files, one.sha256)
        provenance = with_input(self._provenance, recording, planned.topics)
        damage = list(dict.fromkeys(line for name in slices for line in SliceParts(
            self._folder / PARTS, name).damage() or ()))
        self._damaged += damage
        key = _key(slices, asdict(options), provenance)
        if not self._manifest.has_files(planned.name, key, options.paths(
                self._folder, planned.name, extras)):
            results = in_order(self._folder, slices, self._options.smoothing, self._model)
            counts = assemble(self._folder, planned.name, results, options, extras, self._model,
                              provenance)
            self._manifest.add(planned, provenance['input'], key, damage, counts)
        for line in self._manifest.lines_of(planned.name):
            self._stages.say(line)
        if failure := self._manifest.failure_of(planned.name):
            self._damaged.append(failure)


def _key(*facts: Any) -> str:
    """Give what changes with anything that the files of a recording depend on."""
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
