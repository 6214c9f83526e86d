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
Which of the two forms of a model's int8 file runs on this machine.

``u8`` and ``s8`` hold the same integers in activations of two types (see docs/int8.md).
"""

from __future__ import annotations

from pathlib import Path
import re

INT8_FORMS = ('u8', 's8')
"""``u8`` for x86 cores with VNNI instructions, ``s8`` for every other core."""


def int8_form() -> str:
    """
    Choose the int8 form for this machine: ``u8`` on x86 with VNNI, ``s8`` anywhere else.

    x86 cores without VNNI would run ``u8`` too, but their kernels add pairs of products in 16
    bits, which overflow: the logits would be wrong.
    """
    try:
        flags = Path('/proc/cpuinfo').read_text(encoding='ascii', errors='replace')
    except OSError:
        return 's8'
    return 'u8' if re.search(r'\b(avx512_vnni|avx_vnni)\b', flags) else 's8'
