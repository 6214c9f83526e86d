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

"""The order of names that people expect: numbers by their value."""

from __future__ import annotations

import os
import re


def natural(name: str) -> list[tuple[str, int]]:
    """Give the key to sort a path by: img2 comes before img10, folders one after the other."""
    parts = re.split(r'(\d+)', name.replace(os.sep, '\0'), flags=re.ASCII)
    return [(text, int(number)) for text, number in zip(parts[::2], [*parts[1::2], '-1'])]
