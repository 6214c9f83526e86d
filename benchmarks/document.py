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
Print the tables of README.md, docs/int8.md, docs/replay.md and docs/monitoring.md from a record.

``benchmarks/document.py RECORD``: RECORD is what "shufflenet_ros bench --json RECORD" writes; what
it does not have is left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
import json
from pathlib import Path
import sys
from typing import Any

Row = Mapping[str, Any]
PAPER_SIZE = (224, 224)
LABELS = {'ours_int8': '**this int8**', 'ours_int8_graph': 'the int8 graph',
          'ort_fp32': 'onnxruntime fp32'}


def main() -> int:
    """Print every table that the record has rows for."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 1
    record = json.loads(Path(sys.argv[1]).read_text())
    machine = record['environment']
    print(f'{machine["cpu"]}, onnxruntime {machine["packages"]["onnxruntime"]}, '
          f'{machine.get("instruction_sets")}, {machine["time"]}\n')
    for suite, table in TABLES.items():
        if rows := [row for row in record['results'] if row['suite'] == suite]:
            print('\n'.join(table(rows)), '\n', sep='')
    for name, reason in record['unstable'].items():
        print(f'unstable: {name}: {reason}')
    return 0


def int8_table(rows: Sequence[Row]) -> Iterator[str]:
    """Forms and onnxruntime's own int8, at each size."""
    for size in _sizes(rows):
        found = _sorted(rows, size)
        ours = _ours(found)
        yield from _head(_text(size), 'form', 'min ms', 'median', 'times ours', 'agreement',
                         'SQNR dB')
        for row in found:
            yield _line(_label(row), row.get('form', ''), *_times(row, ours), *_fidelity(row))
        yield ''


def peers_table(rows: Sequence[Row]) -> Iterator[str]:
    """Everything of about this cost, at the paper's size; networks with random weights last."""
    found = _sorted(rows, PAPER_SIZE)
    if found:
        ours = _ours(found)
        yield from _head('engine', 'network', 'min ms', 'median', 'times ours', 'agreement',
                         'SQNR dB')
        for row in sorted(found, key=lambda row: row['model'] != ours['model']):
            yield _line(_label(row), row['model'], *_times(row, ours), *_fidelity(row))


def paper_table(rows: Sequence[Row]) -> Iterator[str]:
    """AlexNet's time over ours, at each size."""
    sizes = _sizes(rows)
    yield from _head('AlexNet fp32 (grouped, with LRN) takes', *map(_text, sizes))
    for engine, words in (('ours_int8', "this int8's time"),
                          ('ours_int8_graph', "the int8 graph's time"),
                          ('ort_fp32', "ShuffleNet fp32's time")):
        yield _line(words, *(_alexnet(_sorted(rows, size), engine) for size in sizes))


def threads_table(rows: Sequence[Row]) -> Iterator[str]:
    """Medians and CPU time at a camera's pace."""
    yield from _head('engine', 'size', 'threads', 'spinning', 'median ms', 'CPU ms a frame')
    for row in rows:
        yield _line(row['engine'].partition(f'_{row["threads"]}_threads')[0], _text(_size(row)),
                    str(row['threads']), 'yes' if row['spinning'] else 'no',
                    f'{row["median_ms"]:.2f}', f'{row["cpu_ms_per_frame"]:.1f}')


def floor_table(rows: Sequence[Row]) -> Iterator[str]:
    """Time over that of the useful multiply-adds at this core's measured peak."""
    yield from _head('engine', 'size', 'min ms', 'floor ms', 'times floor')
    for row in rows:
        yield _line(row['engine'], _text(_size(row)), f'{row["min_ms"]:.3f}',
                    f'{row["floor_ms"]:.3f}', f'{row["times_floor"]:.2f}')


def footprint_table(rows: Sequence[Row]) -> Iterator[str]:
    """Memory and start of a process with the engine alone."""
    yield from _head('engine', 'RSS MB', 'import ms', 'load ms', 'first run ms')
    for row in rows:
        yield _line(row['engine'], *(f'{row[key]:.1f}' for key in (
            'rss_mb', 'import_ms', 'load_ms', 'first_run_ms')))


def node_table(rows: Sequence[Row]) -> Iterator[str]:
    """Stamp to result of our node and of the baselines, and CPU time of a frame."""
    yield from _head('node', 'form', 'scene', 'p50 / p99 ms', 'times ours', 'CPU ms a frame')
    for row in rows:
        ours = next(other for other in rows if other['engine'] == 'ours_node'
                    and (_size(other), other['cameras']) == (_size(row), row['cameras']))
        yield _line(row['engine'], row.get('form', ''),
                    f'{_text(_size(row))}, cameras: {row["cameras"]}, {row["rate_hz"]:.0f} Hz',
                    f'{row["median_ms"]:.2f} / {row["p99_ms"]:.2f}',
                    f'{row["median_ms"] / ours["median_ms"]:.2f}',
                    f'{row["cpu_ms_per_frame"]:.2f}')


def replay_table(rows: Sequence[Row]) -> Iterator[str]:
    """Frames a second and core of each kind of recording, and what much data takes."""
    yield from _head('recording', 'kB a frame', 'alone, frames/s', 'replay, frames/s', 'of alone',
                     'with SHA-256', '2 cores / 1', '10^6 frames', '1 PB', 'MB/s to read')
    kinds: dict[tuple[str, tuple[int, int]], dict[str, Row]] = {}
    for row in rows:
        kinds.setdefault((row['kind'], _size(row)), {})[row['engine']] = row
    for (kind, size), found in kinds.items():
        ours = found.get('replay_mcap_csv')
        if ours:
            yield _line(f'{kind} {_text(size)}', f'{ours["bytes_per_frame"] / 1e3:.0f}',
                        f'{found.get("alone", found["core"])["frames_per_s"]:.0f}',
                        f'{ours["frames_per_s"]:.0f}', f'{ours["of_alone"]:.2f}',
                        _rate(found, 'replay_with_sha256'), _gain(found, ours),
                        f'{ours["million_frames_s"] / 60:.0f} min',
                        f'{ours["petabyte_hours"]:.0f} h', f'{ours["read_mb_per_s"]:.0f}')
    for row in rows:
        if row.get('rss_growth_mb') is not None:
            yield (f'\n{row["frames"]} images of {_text(_size(row))}: '
                   f'{row["rss_start_mb"]:.0f} MB, {row["rss_growth_mb"]:+.1f} MB later, '
                   f'{row["rss_end_growth_mb"]:+.1f} MB at most with the files of results')


def monitors_table(rows: Sequence[Row]) -> Iterator[str]:
    """Ages of results with and without each monitor, and what each one costs."""
    yield from _head('watched by', 'p50 / p95 / p99 / max ms', 'p50 / none (noise)',
                     'p95 / none (noise)', 'verdict', 'lost', 'node, % of a core',
                     'monitor, % of a core', 'terminal, kB/s')
    for row in rows:
        ages = ' / '.join(f'{row[key]:.1f}' for key in ('median_ms', 'p95_ms', 'p99_ms', 'max_ms'))
        yield _line(row['engine'], ages, *(
            f'{row[f"{name}_times_none"]:.3f} (±{row[f"{name}_noise"]:.3f})'
            for name in ('median', 'p95')), row['verdict'], f'{row["lost"]} of {row["published"]}',
            f'{row["cpu_share"] * 100:.0f}', *(_use(row, key, factor) for key, factor in (
                ('watcher_cpu_share', 100), ('terminal_bytes_per_s', 1e-3))))


def regions_table(rows: Sequence[Row]) -> Iterator[str]:
    """Ages of results with and without cells, beside what they may be."""
    yield from _head('node', 'images', 'others on', 'cameras', 'p50 / p95 / max ms',
                     'own total, p50', 'taken to published', 'beside the network', 'budget',
                     'lost')
    for row in rows:
        ages = ' / '.join('' if row[key] is None else f'{row[key]:.2f}'
                          for key in ('median_ms', 'p95_ms', 'max_ms'))
        yield _line(row['engine'], row['kind'], row['others_on'], str(row['cameras']), ages,
                    *('' if row.get(key) is None else f'{row[key]:.2f}'
                      for key in ('own_ms', 'in_node_ms', 'beside_ms', 'budget_ms')),
                    f'{row["lost"]} of {row["published"]}')


def _use(row: Row, key: str, factor: float) -> str:
    return f'{row[key] * factor:.1f}' if row.get(key) else ''


def _rate(found: Mapping[str, Row], engine: str) -> str:
    return f'{found[engine]["frames_per_s"]:.0f}' if engine in found else ''


def _gain(found: Mapping[str, Row], ours: Row) -> str:
    two = found.get('replay_2_jobs')
    return f'{two["frames_per_s"] / ours["frames_per_s"]:.2f}' if two else ''


def _head(*names: str) -> Iterator[str]:
    yield _line(*names)
    yield '|---' * len(names) + '|'


def _line(*cells: str) -> str:
    return f'| {" | ".join(cells)} |'


def _size(row: Row) -> tuple[int, int]:
    return row['height'], row['width']


def _sizes(rows: Sequence[Row]) -> list[tuple[int, int]]:
    return list(dict.fromkeys(map(_size, rows)))


def _text(size: tuple[int, int]) -> str:
    return f'{size[1]}x{size[0]}'


def _sorted(rows: Sequence[Row], size: tuple[int, int]) -> list[Row]:
    return sorted((row for row in rows if _size(row) == size), key=lambda row: row['min_ms'])


def _ours(rows: Sequence[Row]) -> Row:
    return next(row for row in rows if row['engine'] == 'ours_int8')


def _label(row: Row) -> str:
    return LABELS.get(row['engine'], row['engine'])


def _times(row: Row, ours: Row) -> tuple[str, str, str]:
    return (f'{row["min_ms"]:.2f}', f'{row["median_ms"]:.2f}',
            f'{row["min_ms"] / ours["min_ms"]:.2f}')


def _fidelity(row: Row) -> tuple[str, str]:
    return (f'{row["agreement"]:.3f}',
            '' if row['sqnr_db'] is None else f'{row["sqnr_db"]:.1f}')


def _alexnet(rows: Sequence[Row], engine: str) -> str:
    times_ms = {(row['engine'], row['model']): row['min_ms'] for row in rows}
    own = times_ms.get((engine, 'shufflenet_0.5x_g3'))
    alexnet = times_ms.get(('ort_fp32', 'alexnet'))
    return f'{alexnet / own:.1f} times' if own and alexnet else ''


TABLES: dict[str, Callable[[Sequence[Row]], Iterator[str]]] = {
    'int8': int8_table, 'peers': peers_table, 'paper': paper_table, 'floor': floor_table,
    'threads': threads_table, 'footprint': footprint_table, 'node': node_table,
    'replay': replay_table, 'monitors': monitors_table, 'regions': regions_table}


if __name__ == '__main__':
    sys.exit(main())
