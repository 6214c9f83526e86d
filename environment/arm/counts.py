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

"""Read what count.c wrote: how often each instruction ran between two marks, and of which kind."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

KINDS = ('dot', 'multiply', 'fused', 'vector', 'vector_load', 'vector_store', 'load', 'store',
         'integer', 'branch', 'sve')
"""dot: int8 dot products and matrix products; multiply: vector integer multiplies; fused: vector
float multiply-adds; vector: all else of the vector unit, scalar float included; branch: system
instructions as well."""

_DOT = ((0x9FE0FC00, 0x0E809400), (0xBFE0FC00, 0x0E809C00), (0x9FC0F400, 0x0F80E000),
        (0xBF40F400, 0x0F00F000), (0xDFE0FC00, 0x4E80A400), (0xFFE0FC00, 0x4E80AC00))
_FUSED = ((0xBFA0FC00, 0x0E20CC00), (0xBF00F400, 0x0F001000))
_MULTIPLY = ((0x9F20F400, 0x0E209400),)  # mla, mul of vectors
_LONG = (0x9F200C00, 0x0E200000)  # of these smlal, smlsl, smull by bits 12 to 15
_BY_ELEMENT = (0x9F000400, 0x0F000000)


@dataclass
class Count:
    """What ran between two marks: address to runs, and address to the instruction's word."""

    runs: Counter[int] = field(default_factory=Counter)
    words: dict[int, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many instructions ran."""
        return sum(self.runs.values())

    def kinds(self) -> Counter[str]:
        """How many of each of ``KINDS`` ran."""
        counter: Counter[str] = Counter()
        for address, runs in self.runs.items():
            counter[kind(self.words[address])] += runs
        return counter


def read_counts(path: Path) -> dict[int, Count]:
    """Give what ran before each mark of a log of count.c."""
    counts: dict[int, Count] = {}
    for line in path.read_text().splitlines():
        first, second, *words = line.split()
        if first == 'mark':
            count = counts.setdefault(int(second), Count())
            continue
        for index, word in enumerate(words):
            address = int(first, 16) + 4 * index
            count.runs[address] += int(second)
            count.words[address] = int(word, 16)
    return counts


def kind(word: int) -> str:
    """Say which of ``KINDS`` an A64 instruction is (Arm ARM, C4.1: top-level encodings)."""
    group = word >> 25 & 15
    if group == 2:
        return 'sve'
    if group & 7 == 7:
        return _kind_of_vector(word)
    if group & 5 == 4:
        return _kind_of_memory(word)
    return 'branch' if group & 14 == 10 else 'integer'


def _kind_of_vector(word: int) -> str:
    if _matches(word, _DOT):
        return 'dot'
    if _matches(word, _FUSED):
        return 'fused'
    long = _matches(word, (_LONG,)) and word >> 12 & 15 in (8, 10, 12)
    by_element = _matches(word, (_BY_ELEMENT,)) and word >> 12 & 15 in (0, 2, 4, 6, 8, 10)
    return 'multiply' if _matches(word, _MULTIPLY) or long or by_element else 'vector'


def _kind_of_memory(word: int) -> str:
    vector = word >> 26 & 1
    if word & 0x3B000000 == 0x18000000:  # from beside the instruction
        load = True
    elif word & 0x3A000000 == 0x28000000 or vector:  # pairs; vectors
        load = bool(word >> 22 & 1)
    else:
        load = word >> 22 & 3 != 0
    return ('vector_' if vector else '') + ('load' if load else 'store')


def _matches(word: int, patterns: tuple[tuple[int, int], ...]) -> bool:
    return any(word & mask == value for mask, value in patterns)
