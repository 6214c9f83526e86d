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
A folded network to ONNX files: fp32, and int8 with its ranges, rounded weights and rewrites.

``quantize.py`` has the steps, ``integers.py`` makes integers of what they give, ``reference.py``
defines what is computed with them, ``onnx_files.py`` writes the files. In: a ``FoldedNetwork``
(plain arrays) and calibration images. Out: ONNX files. This room never knows how the network was
trained; PyTorch is used for arithmetic only.
"""
