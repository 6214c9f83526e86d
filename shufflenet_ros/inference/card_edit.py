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

"""One more file in the text of a card, whose other lines and comments stay as they are."""

from __future__ import annotations

from typing import Any

from shufflenet_ros.inference.card_text import CardSyntaxError, parse_card
import yaml

HEADER = '# Model card of shufflenet_ros. The node checks every entry on load.\n'
WIDTH = 95
"""Of a line (characters)."""


def card_text(card: dict[str, Any]) -> str:
    """Write a card anew, its entries in their order."""
    return HEADER + yaml.safe_dump(card, sort_keys=False, width=WIDTH, allow_unicode=True)


def with_file(text: str, name: str, entry: dict[str, Any]) -> str:
    """
    Add a file to a card, or change its entry; it stands behind the other files of its precision.

    A card that is laid out in another way than ours is written anew: its comments are lost.
    """
    card = parse_card(text.encode())
    old = card['files'].get(name)
    wanted = card | {'files': card['files'] | {name: entry}}
    changed = (_inserted(text, card['files'], name, entry) if old is None
               else text.replace(str(old.get('sha256')), entry['sha256']))
    try:
        if parse_card(changed.encode()) == wanted:
            return changed
    except CardSyntaxError:
        pass
    return card_text(wanted)


def _inserted(text: str, files: dict[str, dict[str, Any]], name: str,
              entry: dict[str, Any]) -> str:
    """Insert an entry as lines; what comes of it where a card has another layout is no card."""
    places = {key.value: (key.start_mark.column,
                          (value.value[-1][1] if value.value else value).end_mark.line)
              for node, mapping in yaml.compose(text, yaml.SafeLoader).value
              if node.value == 'files' for key, value in mapping.value}
    before = [each for each, its in files.items() if its.get('precision') == entry['precision']]
    column, last = places[(before or list(files))[-1]]
    lines = text.splitlines(keepends=True)
    block = yaml.safe_dump({name: entry}, sort_keys=False)
    new = [' ' * column + line for line in block.splitlines(keepends=True)]
    return ''.join(lines[:last + 1] + new + lines[last + 1:])
