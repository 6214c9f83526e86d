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

"""Tables of what the check on ARM found, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

MOST_FUNCTIONS = 12
KINDS = ('dot', 'multiply', 'fused', 'vector', 'vector_load', 'vector_store')


def markdown(found: dict[str, Any]) -> str:
    """Give a page with a table for each step that ran."""
    parts = [f'# {found["model"]} on emulated ARM']
    if 'logits' in found:
        parts += ['## Logits', _logits(found['logits'])]
    if 'counts' in found:
        parts += ['## Instructions of an inference, in millions', _counts(found['counts'])]
    if 'cycles' in found:
        parts += ['## Cycles of an inference after llvm-mca, in thousands',
                  *(f'### {core}\n\n{_cycles(rows)}' for core, rows in found['cycles'].items())]
    if 'tests' in found:
        parts += ['## Tests', '\n'.join(f'- {file}: {line}'
                                        for file, line in found['tests'].items())]
    return '\n\n'.join(parts) + '\n'


def _logits(found: dict[str, dict[str, dict[str, Any]]]) -> str:
    return _table(
        ('CPU', 'form', 'compared with', 'images that differ', 'largest difference'),
        ((cpu, name, 'numpy reference' if entry['must_be_equal'] else 'the same form on x86',
          f'{entry["differ"]} of {entry["images"]}', f'{entry["largest"]:.3g}')
         for cpu, entries in found.items() for name, entry in entries.items()
         if entry['must_be_equal'] or cpu != 'x86'))


def _counts(found: dict[str, dict[str, dict[str, float]]]) -> str:
    return _table(
        ('CPU', 'form', 'all', *(kind.replace('_', ' ') for kind in KINDS), 'scalar'),
        ((cpu, name, *(f'{value / 1e6:.2f}' for value in (
            count['total'], *(count.get(kind, 0) for kind in KINDS),
            count['total'] - sum(count.get(kind, 0) for kind in KINDS))))
         for cpu, counts in found.items() for name, count in counts.items()))


def _cycles(rows: Sequence[dict[str, Any]]) -> str:
    total = {'function': 'all', **{key: sum(row[key] for row in rows)
                                   for key in ('instructions', 'cycles')}, 'calls': 0}
    return _table(
        ('function', 'instructions', 'cycles', 'instructions a cycle', 'calls', 'cycles a call'),
        ((f'`{row["function"]}`', f'{row["instructions"] / 1e3:.0f}',
          f'{row["cycles"] / 1e3:.0f}', f'{row["instructions"] / row["cycles"]:.2f}',
          f'{row["calls"]:.0f}' if row['calls'] else '',
          f'{row["cycles"] / row["calls"]:.0f}' if row['calls'] else '')
         for row in (total, *rows[:MOST_FUNCTIONS])))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ['---'] * len(head), *rows]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)
