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

"""``manifest.json``: what a folder of results was made of, and how far it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
import fcntl
import json
import os
from pathlib import Path
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain
from shufflenet_ros.process.files import prepare_folder, write_whole
from shufflenet_ros.replay.counts import lines_of, none_classified, TopicCounts
from shufflenet_ros.replay.plan import Planned
from shufflenet_ros.replay.results import clean

MANIFEST, LOCK = 'manifest.json', '.lock'
PARTS, RESULTS, REGIONS, LATENCY = 'parts', 'results', 'regions', 'latency'
FORMAT = 1
SAME = ('model', 'options', 'versions', 'package')
"""What must be the same for results to stand in one folder."""
ANOTHER = 'give another --out, or remove this one'


class Manifest:
    """The manifest of one folder; what is changed is written at once, whole or not at all."""

    def __init__(self, folder: Path, provenance: Mapping[str, Any]) -> None:
        """Read it, or begin one. Raises ConfigurationError where the folder is another run's."""
        self._path = folder / MANIFEST
        self._content: dict[str, Any] = {'format': FORMAT, 'state': 'running', **provenance,
                                         'recordings': {}}
        if self._path.exists():
            self._content['recordings'] = _read(self._path, provenance)
        elif any(one.name != LOCK for one in folder.iterdir()):
            raise ConfigurationError(f'{plain(folder)}: holds files, but no {MANIFEST} of a '
                                     'replay; give another --out')
        self._recordings: dict[str, dict[str, Any]] = self._content['recordings']

    def digests(self) -> dict[str, str]:
        """Give by what each recording is recognized, by the name of its results."""
        return {name: one['digest'] for name, one in self._recordings.items()}

    def sha256_of(self, planned: Planned) -> tuple[str, ...]:
        """Give the SHA-256 of its files where they are known and the files are unchanged."""
        known = self._recordings.get(planned.name, {})
        if known.get('digest') != planned.digest or known.get('files') != _files(planned):
            return ()
        found = tuple(one['sha256'] for one in known['input']['files'])
        return found if all(found) else ()

    def has_files(self, name: str, key: str, paths: Sequence[Path]) -> bool:
        """Whether the results of a recording are there, made of the same facts."""
        return self._recordings.get(name, {}).get('key') == key and all(
            path.is_file() for path in paths)

    def add(self, planned: Planned, described: Mapping[str, Any], key: str,
            damage: Sequence[str], counts: Mapping[str, TopicCounts]) -> None:
        """Note that the files of a recording are written."""
        self._recordings[planned.name] = {
            'path': clean(planned.path), 'digest': planned.digest, 'span_ns': [*planned.span_ns],
            'input': described, 'files': _files(planned), 'damage': [*damage],
            'slices': [piece.name for piece in planned.slices], 'key': key,
            'topics': {clean(topic): one.describe() for topic, one in sorted(counts.items())}}
        self.write()

    def lines_of(self, name: str) -> list[str]:
        """Say in words what became of the images of a recording."""
        return lines_of(name, self._recordings[name]['topics'])

    def failure_of(self, name: str) -> str:
        """Say that none of the images of a recording has a class, else an empty string."""
        return none_classified(name, self._recordings[name]['topics'])

    def write(self, state: str = 'running') -> None:
        """Write it; ``state`` is ``running`` or ``complete``."""
        self._content['state'] = state
        write_whole(self._path, json.dumps(self._content, indent=1, ensure_ascii=False) + '\n')


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the folder and keep it for this process; ConfigurationError where another has it."""
    prepare_folder(folder)
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigurationError(f'{plain(folder)}: another replay writes into it; wait for '
                                     'it, or give another --out') from error
        yield
    finally:
        os.close(lock)
        if os.listdir(folder) == [LOCK]:  # nothing came of it
            (folder / LOCK).unlink()
            folder.rmdir()


def _files(planned: Planned) -> list[list[Any]]:
    """Give what tells an unchanged file: path, size, time of the last change (ns)."""
    found = [(name, os.stat(name)) for name in planned.files]
    return [[clean(name), one.st_size, one.st_mtime_ns] for name, one in found]


def _read(path: Path, provenance: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        recordings = content['recordings']
        if content['format'] != FORMAT or not isinstance(recordings, dict):
            raise ValueError(f'format {content["format"]}, expected {FORMAT}')
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f'{plain(path)}: not the manifest of a replay '
                                 f'({plain(error)}); {ANOTHER}') from error
    for part in SAME:
        there, now = content.get(part), json.loads(json.dumps(provenance[part]))
        if there != now:
            raise ConfigurationError(f'{plain(path)}: its results have other {part}: '
                                     f'{_difference(there, now)}; {ANOTHER}')
    return recordings


def _difference(there: Any, now: Any) -> str:
    """Name the first value that differs."""
    if isinstance(there, dict) and isinstance(now, dict):
        for key in sorted({*there, *now}):
            if there.get(key) != now.get(key):
                return f'{plain(key)} {plain(there.get(key))} there, {plain(now.get(key))} now'
    return f'{plain(there)} there, {plain(now)} now'
