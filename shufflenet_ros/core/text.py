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
Text from outside made safe to show in one line: names of files, labels, topics, card values.

Whoever names a file or a class chooses its bytes. Shown as they are, a newline forges a line of
the log, an escape sequence commands the terminal, and a bidi override reverses what is read.
"""

from __future__ import annotations

from itertools import accumulate
from unicodedata import category

ELLIPSIS = '...'
JOINERS = '\u200c\u200d'
"""Persian words and many emoji hold them; they move nothing else."""
HIDDEN = ('Cc', 'Cf', 'Cn', 'Co', 'Cs', 'Zl', 'Zp')
"""Categories of Unicode: control, format, unassigned, private, surrogate, line, paragraph."""


def plain(text: object, limit: int = 200) -> str:
    r"""
    Give text as one line that any terminal shows as it is, of at most ``limit`` characters.

    Control characters, newlines, bidi overrides, surrogates and whatever else has no glyph become
    backslash escapes (``\n``, ``\x1b``, ``\u202e``); what is too long loses its middle to
    ``...``, since paths differ at their ends. Bytes are read as UTF-8. Letters, accents and
    spaces of every script stay.
    """
    whole = text.decode('utf-8', 'surrogateescape') if isinstance(text, bytes) else str(text)
    if len(whole) <= limit:
        if whole.isprintable():
            return whole
        shown = [_shown(character) for character in whole]
        if sum(map(len, shown)) <= limit:
            return ''.join(shown)
    # Each character gives at least one, so that more than these can never be shown.
    head = [_shown(character) for character in whole[:limit]]
    tail = [_shown(character) for character in reversed(whole[-limit:] if limit else '')]
    room = max(0, limit - len(ELLIPSIS))
    start, end = _fitting(head, room - room // 2), _fitting(tail, room // 2)
    return ''.join([*head[:start], ELLIPSIS[:limit], *reversed(tail[:end])])


def _shown(character: str) -> str:
    if category(character) not in HIDDEN or character in JOINERS:
        return character
    return character.encode('unicode_escape').decode('ascii')


def _fitting(parts: list[str], room: int) -> int:
    """Count the parts from the start that fit into so many characters."""
    return sum(length <= room for length in accumulate(map(len, parts)))
