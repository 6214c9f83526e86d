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
How many cycles the counted instructions of the native library take, after llvm-mca's models.

Each piece of code, from one place where ways part or meet to the next, is taken as a loop by
itself whose data lie in the first cache. So this knows no cache misses and no wrong guesses of
branches, and where a piece reads what it wrote in the turn before, it waits where the real core
would not: it compares loops with each other and finds what a core waits for. It is no time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
import json
from pathlib import Path
import re
import subprocess
from typing import Any

from counts import Count
from machine import Failed, run

MCA = 'llvm-mca-19'
ITERATIONS = 20
COVERED = 0.98
"""Share of the instructions whose pieces llvm-mca gets; the rest counts like their mean."""
INSTRUCTION = re.compile(r'^\s*([0-9a-f]+):\t(.*)$')
SYMBOL = re.compile(r'^([0-9a-f]+) <(.*)>:$')
TARGET = re.compile(r'([0-9a-f]+) <.*')
JUMPS = ('b', 'cbz', 'cbnz', 'tbz', 'tbnz')
CALLS = ('bl', 'br', 'blr', 'ret')


@dataclass(frozen=True)
class Library:
    """Its instructions as text and the functions that they belong to, by address in memory."""

    text: dict[int, str]
    function: dict[int, str]
    first: dict[str, list[int]]
    """Function (several may have one short name) to the addresses of its first instructions."""
    target: dict[int, int]
    """A jump inside a function to where it leads."""


@dataclass(frozen=True)
class Piece:
    """Instructions that run one after the other, all as often."""

    addresses: tuple[int, ...]
    runs: int


def read_library(path: Path, address: int) -> Library:
    """Disassemble a library that starts at an address in memory."""
    library, name = Library({}, {}, defaultdict(list), {}), ''
    for line in run(['aarch64-linux-gnu-objdump', '-dC', '--no-show-raw-insn',
                     path]).splitlines():
        if symbol := SYMBOL.match(line):
            name = short_name(symbol[2])
            library.first[name].append(address + int(symbol[1], 16))
        elif instruction := INSTRUCTION.match(line):
            place = address + int(instruction[1], 16)
            text = library.text[place] = instruction[2].partition('//')[0].strip()
            library.function[place] = name
            if _is(text, JUMPS) and (target := TARGET.search(text)):
                library.target[place] = address + int(target[1], 16)
    return library


def short_name(name: str) -> str:
    """Shorten a C++ name to function and template arguments."""
    name = re.sub(r'shufflenet_ros::|\(anonymous namespace\)::', '', name)
    name = re.sub(r'\(.*$', '', name)
    return re.sub(r'^(?:void|int|float) ', '', name)


def model_cycles(count: Count, library: Library, core: str, runs: int) -> list[dict[str, Any]]:
    """
    Give instructions, cycles and calls of each function for one inference, most cycles first.

    ``core`` is a name of LLVM's; ``count`` has ``runs`` inferences.
    """
    pieces = sorted(_pieces(count, library), key=lambda piece: -piece.runs * len(piece.addresses))
    total, covered, chosen = sum(piece.runs * len(piece.addresses) for piece in pieces), 0, []
    for piece in pieces:
        if covered < COVERED * total:
            chosen.append(piece)
            covered += piece.runs * len(piece.addresses)
    functions: dict[str, dict[str, Any]] = {}
    for piece, cycles in zip(chosen, _simulate(chosen, library, core)):
        name = library.function[piece.addresses[0]]
        calls = sum(count.runs[address] for address in library.first[name])
        entry = functions.setdefault(name, {
            'function': name, 'instructions': 0, 'cycles': 0, 'calls': calls / runs})
        entry['instructions'] += piece.runs * len(piece.addresses) / runs
        entry['cycles'] += piece.runs * cycles / runs
    scale = total / covered
    for entry in functions.values():
        entry['instructions'] *= scale
        entry['cycles'] *= scale
    return sorted(functions.values(), key=lambda entry: -entry['cycles'])


def _pieces(count: Count, library: Library) -> list[Piece]:
    """Follow the code as long as it runs equally often, through jumps as well."""
    rest = set(count.runs) & set(library.text)
    entered = {following for address in rest
               if (following := _next(address, count, library)) is not None}
    pieces = []
    for start in [*sorted(rest - entered), *sorted(entered)]:
        addresses, address = list[int](), start
        while address in rest:
            rest.remove(address)
            addresses.append(address)
            following = _next(address, count, library)
            address = -1 if following is None else following
        if addresses:
            pieces.append(Piece(tuple(addresses), count.runs[start]))
    return pieces


def _next(address: int, count: Count, library: Library) -> int | None:
    """Give the instruction that always follows another one, in the same function."""
    if _is(library.text[address], CALLS):
        return None
    for following in (address + 4, library.target.get(address)):
        if following is not None and count.runs[following] == count.runs[address] and (
                library.function.get(following) == library.function[address]):
            return following
    return None


def _is(text: str, names: tuple[str, ...]) -> bool:
    return text.split()[0].partition('.')[0] in names


def _simulate(pieces: list[Piece], library: Library, core: str) -> list[float]:
    """Let llvm-mca run each piece as a loop; give the cycles of one turn."""
    code = ''.join(f'# LLVM-MCA-BEGIN {index}\n' + ''.join(
        f'{_plain(library.text[address])}\n' for address in piece.addresses)
        + '# LLVM-MCA-END\n' for index, piece in enumerate(pieces))
    done = subprocess.run(
        [MCA, '-mtriple=aarch64', f'-mcpu={core}', '-mattr=+dotprod', '-json',
         f'-iterations={ITERATIONS}'], input=code, text=True, capture_output=True)
    if done.returncode:
        raise Failed(f'{MCA}: {done.stderr.strip().splitlines()[0]}')
    regions = json.loads(done.stdout)['CodeRegions']
    return [region['SummaryView']['TotalCycles'] / ITERATIONS for region in regions]


def _plain(text: str) -> str:
    """Replace what only the linker knows: where a branch leads, and pages."""
    return TARGET.sub('#4096' if text.startswith('adrp') else '#4', text)
