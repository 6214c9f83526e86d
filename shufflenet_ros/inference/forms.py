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
The forms that a model can run as, and the files that they are in.

``int8_native`` is one custom operator of onnxruntime, ``int8_graph`` a graph of onnxruntime's own.
The graph has two files, ``u8`` and ``s8``: activations of two types, for cores with and without
VNNI (see docs/int8.md).
"""

from __future__ import annotations

from pathlib import Path
import re

NATIVE = 'native'
"""Form of the int8 file that holds the operator and its weights."""
INT8_FORMS = ('u8', 's8')
"""``u8`` for x86 cores with VNNI instructions, ``s8`` for every other core."""
FORMS = ('int8_native', 'int8_graph', 'fp32')
"""Each runs alone where one asks for it by this name."""


def entry_of(name: str) -> tuple[str, str]:
    """Give precision and form, as the card has them, of what one of ``FORMS`` runs here."""
    if name == 'fp32':
        return 'fp32', ''
    return 'int8', NATIVE if name == 'int8_native' else int8_form()


def name_of(precision: str, form: str) -> str:
    """Give the one of ``FORMS`` that a file of the card belongs to."""
    if precision == 'fp32':
        return 'fp32'
    return 'int8_native' if form == NATIVE else 'int8_graph'


def int8_form() -> str:
    """
    Choose the graph of int8 for this machine: ``u8`` on x86 with VNNI, ``s8`` anywhere else.

    x86 cores without VNNI would run ``u8`` too, but their kernels add pairs of products in 16
    bits, which overflow: the logits would be wrong.
    """
    try:
        flags = Path('/proc/cpuinfo').read_text(encoding='ascii', errors='replace')
    except OSError:
        return 's8'
    return 'u8' if re.search(r'\b(avx512_vnni|avx_vnni)\b', flags) else 's8'
