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

"""What the user asks of ``shufflenet_ros play``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

STAMPS = ('recorded', 'now')


@dataclass(frozen=True, slots=True)
class PlayRequest:
    """What is played, how fast, and on which topics."""

    paths: tuple[Path, ...]
    """Recordings, played one after the other."""
    topics: tuple[str, ...] = ()
    """None for all that carry images."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Topic of the recording to the topic that it is published on."""
    to: str = ''
    """Topic of the only camera, as ``image_raw`` of its driver; a compressed one is below it."""
    start_s: float = 0.0
    end_s: float | None = None
    """Both from the first message of each recording on."""
    rate: float = 1.0
    """Seconds of the recording in a second."""
    clock_hz: float = 0.0
    """Messages a second on ``/clock``; 0 for none."""
    is_looped: bool = False
    starts_paused: bool = False
    wait_s: float = 5.0
    """How long to wait until each topic has a subscriber, at most; inf for ever."""
    is_reliable: bool = False
    stamps: str = 'recorded'
    """Of ``STAMPS``: as recorded, or the moment of publishing."""
