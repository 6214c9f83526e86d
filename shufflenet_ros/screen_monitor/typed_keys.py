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

"""What was typed as keys: characters, and the names of the keys that send a sequence."""

from __future__ import annotations

import codecs
import re

UP, DOWN, PAGE_UP, PAGE_DOWN = 'up', 'down', 'page up', 'page down'
ENTER, ESCAPE, BACKSPACE, CLEAR = 'enter', 'escape', 'backspace', 'clear'
CONTROLS = {'\r': ENTER, '\n': ENTER, '\x7f': BACKSPACE, '\x08': BACKSPACE, '\x15': CLEAR}
SEQUENCES = {'\x1b[A': UP, '\x1bOA': UP, '\x1b[B': DOWN, '\x1bOB': DOWN, '\x1b[5~': PAGE_UP,
             '\x1b[6~': PAGE_DOWN}
SEQUENCE = re.compile(r'\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^\[O\x1b])')
BEGUN = re.compile(r'\x1b(?:\[[0-?]*[ -/]*|O)?')
LONGEST = 32
"""Characters of a sequence: what is longer is none."""


class TypedKeys:
    """
    Keys out of bytes, however a slow link has cut them.

    A sequence that has only begun waits for its rest, and is the key Escape where none comes.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder('utf-8')('replace')
        self._begun = ''

    def feed(self, typed: bytes) -> list[str]:
        """Give the keys: a printable character each, or one of the names above."""
        text, self._begun = self._begun + self._decoder.decode(typed), ''
        keys = []
        while text:
            whole = SEQUENCE.match(text)
            if whole is not None:
                keys.append(SEQUENCES.get(whole[0], ''))
                text = text[whole.end():]
            elif text[0] == '\x1b' and len(text) < LONGEST and BEGUN.fullmatch(text):
                self._begun, text = text, ''
            else:
                key = text[0]
                keys.append(CONTROLS.get(key, ESCAPE if key == '\x1b' else key))
                text = text[1:]
        return [key for key in keys if len(key) > 1 or key.isprintable() and key]

    @property
    def is_begun(self) -> bool:
        """Whether a sequence waits for its rest."""
        return bool(self._begun)

    def give_up(self) -> list[str]:
        """Give Escape where a sequence waits for its rest: there is none."""
        begun, self._begun = self._begun, ''
        return [ESCAPE] if begun else []
