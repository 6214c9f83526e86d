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
Telemetry of onnxruntime off, before anything can import it: importing this file does it.

onnxruntime 1.29 and later count their use in a file below the cache folder and send it to their
vendor; it reads the variable once, when it is imported. What the user has set stays.
"""

from __future__ import annotations

import os

os.environ.setdefault('ORT_DISABLE_TELEMETRY', '1')
