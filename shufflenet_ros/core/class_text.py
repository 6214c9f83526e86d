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

"""The class of a frame in words, as the node publishes them and a replay writes them."""

from __future__ import annotations


def class_text(name: str, score: float, threshold: float, is_below: bool) -> str:
    """Give ``grass 0.93``, or ``below threshold 0.70: metal 0.41`` where it did not reach it."""
    below = f'below threshold {threshold:.2f}: ' if is_below else ''
    return f'{below}{name} {score:.2f}'
