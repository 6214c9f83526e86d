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
A running classifier as its public topics show it: what the tools that watch a node are made of.

In: the graph and the topics of a node, by the names of ``node.public_names``. Out: the latest
results, the times of each frame, rates, drops and findings, as values that any screen may show.
``observed``, ``readings`` and ``stage_series`` know no ROS; ``node_observer`` and what it uses
take messages without an executor. This room never knows Qt, a terminal or a file.
"""
