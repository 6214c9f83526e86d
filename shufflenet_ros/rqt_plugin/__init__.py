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
The rqt plugin "Classifier": a running classifier on one page of rqt.

In: what ``observer`` takes from the public topics of a node. Out: widgets, and changes of the
node's parameters. ``chart_columns``, ``choices``, ``colours``, ``model_names`` and ``texts`` know
no Qt, ``watch`` knows ROS and no Qt; the others use Qt through ``python_qt_binding`` alone, so
that they run with PyQt5 and with PySide6. This room never reads a message and never knows a topic.
"""
