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
The networks that the paper compares with, and those that a user would choose instead.

Each is written as fp32 ONNX with random weights: only speed and size mean something. All take
uint8 pixels (1, height, width, 3) like ours, so that the same conversion is in every time, and
name 1000 classes.
"""

from __future__ import annotations

from pathlib import Path

from shufflenet_ros.bench.networks import from_papers, from_torchvision

NETWORKS = (*from_papers.NETWORKS, *from_torchvision.NETWORKS)


def write_network(name: str, height: int, width: int, path: Path) -> None:
    """Write the ONNX file of one of ``NETWORKS``; ImportError where it needs torchvision."""
    source = from_torchvision if name in from_torchvision.NETWORKS else from_papers
    source.write(name, height, width, path)
