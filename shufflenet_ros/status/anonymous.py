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
Take out of a page what says whose machine it is, since people paste it where everybody reads.

Home folders become ``~``, names of users ``USER`` (``USER2``, ... for others), that of the machine
``HOST``, wherever they stand as a whole word: also in topics and paths, each time the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import os
from pathlib import Path
import pwd
import re
import socket
from typing import Any, NamedTuple

COMMON = frozenset({
    'root', 'nobody', 'user', 'users', 'admin', 'ubuntu', 'debian', 'pi', 'nvidia', 'jetson',
    'raspberrypi', 'ros', 'ros2', 'robot', 'camera', 'classifier', 'localhost', 'linux', 'home'})
"""Names that systems and images of containers come with: they say nothing of anybody."""
FIRST_PERSON, LAST_PERSON = 1000, 65000
"""Numbers of the users that are people."""
LEAST = 2
"""Shorter names stand for too much else."""


class Known(NamedTuple):
    """What is to be taken out."""

    homes: tuple[str, ...] = ()
    """Own first."""
    users: tuple[str, ...] = ()
    """Own first."""
    hosts: tuple[str, ...] = ()


def known_here() -> Known:
    """Find out what this machine knows of names."""
    own_home = os.path.expanduser('~')
    people = [one for one in _all_users() if FIRST_PERSON <= one.pw_uid < LAST_PERSON]
    own = [one.pw_name for one in _all_users() if one.pw_uid == os.getuid()]
    named = [os.environ.get(name, '') for name in ('USER', 'LOGNAME', 'SUDO_USER')]
    host = socket.gethostname()
    homes = [own_home, os.path.realpath(own_home), *(one.pw_dir for one in people)]
    return Known(
        tuple(dict.fromkeys(home for home in homes if len(Path(home).parts) > 1)),
        tuple(dict.fromkeys(filter(None, [*own, *named, *(one.pw_name for one in people)]))),
        tuple(dict.fromkeys(filter(None, [host, host.partition('.')[0]]))))


class Anonymizer:
    """Takes known names out of texts."""

    def __init__(self, known: Known) -> None:
        """``known`` is what to take out."""
        own = known.homes[:1]
        self._pairs = [(_folder(home), '~' if home in own else f'~{_number("USER", index)}')
                       for index, home in enumerate(known.homes)]
        # What another machine calls its users may stand in paths as well.
        self._pairs.append((re.compile(r'(?<![\w~])/(?:home|Users)/[^/\s:,;"\')]+'), '~USER'))
        self._pairs += _words([(name, 'HOST') for name in known.hosts])
        self._pairs += _words([(name, _number('USER', index))
                               for index, name in enumerate(known.users)])

    def text(self, text: str) -> str:
        """Give a text without them."""
        for pattern, word in self._pairs:
            text = pattern.sub(word, text)  # no word has a backslash
        return text

    def value(self, value: Any) -> Any:
        """Give a value of JSON, with all texts in it, without them; keys of ours stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.value(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(one) for one in value]
        return value


def _all_users() -> list[pwd.struct_passwd]:
    try:
        return pwd.getpwall()
    except OSError:
        return []


def _folder(home: str) -> re.Pattern[str]:
    return re.compile(rf'(?<![\w.~]){re.escape(home.rstrip("/"))}(?![\w.-])')


def _words(pairs: Iterable[tuple[str, str]]) -> list[tuple[re.Pattern[str], str]]:
    """Prepare names with what takes their place; longest first: a name may hold another one."""
    found = [(name, word) for name, word in pairs
             if len(name) >= LEAST and name.lower() not in COMMON]
    return [(re.compile(rf'(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])'), word)
            for name, word in sorted(found, key=lambda pair: -len(pair[0]))]


def _number(word: str, index: int) -> str:
    return word if not index else f'{word}{index + 1}'
