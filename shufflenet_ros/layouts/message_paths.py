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
Message paths of Foxglove and Lichtblick: a topic, and the way to a value inside its messages.

The syntax is that of https://docs.foxglove.dev/docs/visualization/message-path-syntax and of the
grammar of Lichtblick's package ``message-path``. Strings in filters know no escapes there.
"""

from __future__ import annotations

import re

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.node.public_names import DIAGNOSTICS

UNQUOTED = re.compile('[A-Za-z0-9_/-]+', re.ASCII)
"""Topics that need no quotes."""


def topic_path(topic: str) -> str:
    """Give the path of whole messages: the topic, in quotes where it needs them."""
    if UNQUOTED.fullmatch(topic):
        return topic
    escaped = topic.replace('\\', r'\\').replace('"', r'\"')
    return f'"{escaped}"'


def best_class(classification: str) -> str:
    """Path of the best hypothesis of ``vision_msgs/Classification``: its class id, a string."""
    return f'{topic_path(classification)}.results[0].class_id'


def best_score(classification: str) -> str:
    """Path of the score (0 to 1) of the best hypothesis."""
    return f'{topic_path(classification)}.results[0].score'


def latency_value(frame_latency: str, key: str) -> str:
    """Path of one value of the only status in ``frame_latency``; it is a number as a string."""
    return f'{topic_path(frame_latency)}.status[0]{_value(key)}'


def diagnostic_value(status: str, key: str) -> str:
    """Path of one value of a status, by its name, in ``/diagnostics``."""
    return f'{DIAGNOSTICS}.status[:]{{name=={_string(status)}}}{_value(key)}'


def _value(key: str) -> str:
    return f'.values[:]{{key=={_string(key)}}}.value'


def _string(text: str) -> str:
    for quote in ('"', "'"):
        if quote not in text:
            return f'{quote}{text}{quote}'
    raise ConfigurationError(f'{text!r}: expected a name without both kinds of quotes, which no '
                             'message path can hold')
