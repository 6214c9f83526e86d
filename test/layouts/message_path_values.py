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
Message paths as Foxglove and Lichtblick read them, evaluated on received messages.

The grammar is that of Lichtblick's ``message-path``, as far as layouts use it: a topic, fields,
an index or ``[:]``, and a filter that compares one field with a string.
"""

import re

TOPIC = re.compile(r'[A-Za-z0-9_/-]+|"(?:[^"\\]|\\\\|\\")*"')
PART = re.compile(r'\.(?P<name>[A-Za-z0-9_-]+)'
                  r'|\[(?P<index>\d+|:)\]'
                  r'|\{(?P<field>[A-Za-z0-9_-]+)==(?P<quote>["\'])(?P<value>[^"\']*)(?P=quote)\}')


def topic_of(path):
    """Give the topic of a path, without its quotes and escapes."""
    found = TOPIC.match(path)[0]
    return re.sub(r'\\(.)', r'\1', found[1:-1]) if found.startswith('"') else found


def values_at(path, message):
    """List what a path selects in one message; fail where it is no path."""
    position, values = TOPIC.match(path).end(), [message]
    while position < len(path):
        part = PART.match(path, position)
        assert part, f'{path}: no path behind {path[:position]!r}'
        values = list(_selected(part, values))
        position = part.end()
    return values


def _selected(part, values):
    for value in values:
        if part['name']:
            yield getattr(value, part['name'])
        elif part['index'] == ':':
            yield from value
        elif part['index']:
            yield from value[int(part['index']):][:1]
        elif getattr(value, part['field']) == part['value']:
            yield value
