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

"""Results as tables for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import sys
from typing import Any

from rich.table import Table
from shufflenet_ros.core.frame import STAGES
from shufflenet_ros.terminal.plain_console import PlainConsole

Row = dict[str, Any]
Cell = Callable[[Row, Sequence[Row]], str]
"""Text of one cell, of a row and of all rows of its table."""


def _text(key: str) -> Cell:
    return lambda row, rows: str(row[key])


def _known(key: str) -> Cell:
    return lambda row, rows: str(row.get(key, ''))


def _number(key: str, digits: int, factor: float = 1) -> Cell:
    def cell(row: Row, rows: Sequence[Row]) -> str:
        value = row.get(key)
        return '' if value is None else f'{value * factor:.{digits}f}'
    return cell


def _times_ours(row: Row, rows: Sequence[Row]) -> str:
    ours = [other['min_ms'] for other in rows if other['engine'] == 'ours_int8']
    return f'{row["min_ms"] / ours[0]:.2f}' if ours else ''


def _times_ours_alike(row: Row, rows: Sequence[Row]) -> str:
    ours = [other['min_ms'] for other in rows
            if (other['engine'], other['model']) == ('ours', row['model'])]
    return f'{row["min_ms"] / ours[0]:.2f}' if ours else ''


def _times_ours_in_scene(row: Row, rows: Sequence[Row]) -> str:
    ours = [other['median_ms'] for other in rows
            if (other['engine'], other['cameras']) == ('ours_node', row['cameras'])]
    return f'{row["median_ms"] / ours[0]:.2f}' if ours and ours[0] and row['median_ms'] else ''


def _times_none(name: str) -> Cell:
    """Ratio to the node that nobody watches, and how far from 1 noise may take it."""
    def cell(row: Row, rows: Sequence[Row]) -> str:
        times, noise = (row[f'{name}_{part}'] for part in ('times_none', 'noise'))
        return '' if times is None else f'{times:.3f} ±{noise:.3f}'
    return cell


def _stage(name: str) -> Cell:
    return lambda row, rows: f'{row["own_stages_ms"][name]:.2f}'


def _own_total(row: Row, rows: Sequence[Row]) -> str:
    return f'{row["own_total_ms"]["p50"]:.2f}'


def _way_to_the_subscriber(row: Row, rows: Sequence[Row]) -> str:
    return f'{row["median_ms"] - row["own_total_ms"]["p50"]:.2f}' if row['median_ms'] else ''


def _alexnet(key: str) -> Cell:
    """How many times as long AlexNet in fp32 takes, here or in the paper."""
    def cell(row: Row, rows: Sequence[Row]) -> str:
        alexnet = next((other[key] for other in rows if (other['engine'], other['model']) == (
            'ort_fp32', 'alexnet')), None)
        # The paper measured fp32: its figures belong to our fp32 rows alone.
        known = row[key] and alexnet and (key == 'min_ms' or row['engine'] == 'ort_fp32')
        return f'{alexnet / row[key]:.1f}' if known else ''
    return cell


TIMES = [('min ms', _number('min_ms', 3)), ('median', _number('median_ms', 3)),
         ('p99', _number('p99_ms', 3))]
FIDELITY = [('agreement', _number('agreement', 3)), ('SQNR dB', _number('sqnr_db', 1))]
MODEL, SIZE = ('model', _text('model')), [
    ('M mult-adds', _number('multiply_adds', 1, 1e-6)),
    ('M param.', _number('parameters', 2, 1e-6))]
FORM, KIND = ('form', _known('form')), ('recording', _known('kind'))
AGES = [('p50 ms', _number('median_ms', 2)), ('p95', _number('p95_ms', 2)),
        ('p99', _number('p99_ms', 2)), ('max', _number('max_ms', 1))]
SCENE = [('cameras', _text('cameras')), ('Hz each', _number('rate_hz', 1))]
SERVICE = [('results/s', _number('results_per_s', 1)), ('lost %', _number('lost_share', 1, 100))]
CPU = [('CPU ms/frame', _number('cpu_ms_per_frame', 2)), ('CPU %', _number('cpu_share', 0, 100))]
COLUMNS: dict[str, list[tuple[str, Cell]]] = {
    'int8': [FORM, *TIMES, ('times ours', _times_ours), *FIDELITY],
    'peers': [MODEL, FORM, *TIMES, ('times ours', _times_ours), *FIDELITY],
    'paper': [
        MODEL, *SIZE, ('paper', _number('paper_multiply_adds', 0, 1e-6)), *TIMES,
        ('AlexNet / this', _alexnet('min_ms')), ('paper ms', _number('paper_ms', 1)),
        ('paper AlexNet / this', _alexnet('paper_ms'))],
    'preprocess': [
        ('encoding', _text('model')), *TIMES, ('times ours', _times_ours_alike),
        ('levels from ours', _number('mean_difference', 2))],
    'threads': [*TIMES, ('CPU ms a frame at 30 Hz', _number('cpu_ms_per_frame', 2))],
    'floor': [
        FORM, *TIMES, ('floor ms', _number('floor_ms', 3)),
        ('times floor', _number('times_floor', 2)),
        ('executed M mult-adds', _number('executed_multiply_adds', 1, 1e-6)),
        ('their floor ms', _number('executed_floor_ms', 3))],
    'profile': [
        ('work', _text('kind')), ('nodes', _text('nodes')), ('ms', _number('median_ms', 3)),
        ('%', _number('share', 1, 100)), ('M mult-adds', _number('multiply_adds', 1, 1e-6))],
    'footprint': [
        ('RSS MB', _number('rss_mb', 1)), ('peak', _number('peak_rss_mb', 1)),
        ('import ms', _number('import_ms', 0)), ('load ms', _number('load_ms', 0)),
        ('first run ms', _number('first_run_ms', 1))],
    'node': [
        FORM, *SCENE, *AGES, ('times ours', _times_ours_in_scene), *CPU, *SERVICE,
        ('RSS MB', _number('rss_end_mb', 0)), ('x served', _number('times_served', 1))],
    'soak': [
        *SCENE, ('images', _text('published')), *AGES, *SERVICE, *CPU,
        ('RSS MB', _number('rss_end_mb', 1)), ('growth', _number('rss_growth_mb', 2)),
        ('at most', _number('rss_peak_growth_mb', 2))],
    'replay': [
        KIND, ('ms/frame', _number('median_ms', 3)), ('frames/s', _number('frames_per_s', 0)),
        ('spread %', _number('spread', 1, 100)), ('of alone', _number('of_alone', 2)),
        ('by CPU', _number('of_alone_cpu', 2)), ('CPU ms/frame', _number('cpu_ms_per_frame', 3)),
        ('start s', _number('start_s', 2)), ('RSS MB', _number('rss_start_mb', 1)),
        ('growth', _number('rss_growth_mb', 2)), ('at most', _number('rss_peak_growth_mb', 2)),
        ('at the end', _number('rss_end_growth_mb', 2))],
    'monitors': [
        ('shown on', _known('shown')), *AGES, ('p50 / none, noise', _times_none('median')),
        ('p95 / none, noise', _times_none('p95')), ('verdict', _known('verdict')), *SERVICE,
        ('node CPU %', _number('cpu_share', 0, 100)),
        ('monitor CPU %', _number('watcher_cpu_share', 1, 100)),
        ('monitor RSS MB', _number('watcher_rss_mb', 0)),
        ('terminal kB/s', _number('terminal_bytes_per_s', 1, 1e-3))],
    'regions': [
        ('images', _known('kind')), ('others on', _known('others_on')), *SCENE,
        ('parts', _text('parts')), *AGES, ('lost', _text('lost')),
        ('own total', _number('own_ms', 2)), ('in node', _number('in_node_ms', 2)),
        ('beside', _number('beside_ms', 2)), ('cell ms', _number('cell_ms', 3)),
        ('decode', _number('decode_ms', 2)), ('budget', _number('budget_ms', 2)),
        ('warm', _number('burst_budget_ms', 2))]}
"""Columns after the engine, by suite."""
STAGE_COLUMNS: list[tuple[str, Cell]] = [
    *SCENE, *((name.replace('_', ' '), _stage(name)) for name in STAGES),
    ('own total', _own_total), ('to subscriber', _way_to_the_subscriber),
    ('p50 ms', _number('median_ms', 2)), ('CPU ms/frame', _number('cpu_ms_per_frame', 2))]
"""Where the time of a frame goes, medians in ms, of a node that reports it."""
DERIVED_COLUMNS: list[tuple[str, Cell]] = [
    KIND, ('kB/frame', _number('bytes_per_frame', 1, 1e-3)),
    ('MB/s to read', _number('read_mb_per_s', 0)),
    ('min for 1e6 frames', _number('million_frames_s', 1, 1 / 60)),
    ('1e9 frames in 1 PB', _number('petabyte_frames', 2, 1e-9)),
    ('core-hours for 1 PB', _number('petabyte_hours', 0))]
"""What the medians of a replay mean for much data, on the cores that were used."""
MORE: tuple[tuple[str, str, list[tuple[str, Cell]]], ...] = (
    ('the stages of a frame', 'own_stages_ms', STAGE_COLUMNS),
    ('derived from the medians', 'million_frames_s', DERIVED_COLUMNS))
"""More tables: title, what a row must have to be in it, columns."""
TEXTS = ('model', 'work', 'encoding', 'form', 'recording', 'shown on', 'verdict', 'images',
         'others on')
IN_ORDER = ('profile', 'threads', 'footprint', 'preprocess', 'node', 'soak', 'replay', 'monitors',
            'regions')
"""Suites whose rows stay as they are; the others are sorted by time."""
WIDTH = 200
"""Columns of text, where the output is a file or a pipe."""


def show(record: dict[str, Any]) -> None:
    """Print all tables, what was absent, and why figures may not hold."""
    # Where there is no terminal, rich would cut columns off at 80.
    console = PlainConsole() if sys.stdout.isatty() else PlainConsole(width=WIDTH)
    for title, rows in tables_of(record['results']):
        console.print(_table(f'{title}: {record["environment"]["cpu"]}', rows,
                             COLUMNS[rows[0]['suite']]))
        for words, key, columns in MORE:
            if chosen := [row for row in rows if row.get(key)]:
                console.print(_table(f'{title}, {words}', chosen, columns))
    for name, value in record.get('peaks', {}).items():
        console.print(f'{name}: {value / 1e9:.1f}e9')
    for one in (*record.get('replay_requirements', ()), *record.get('regions_requirements', ())):
        measured = 'no result' if one['measured'] is None else f'{one["measured"]:.2f}'
        console.print(f'{"reached" if one["is_reached"] else "MISSED"}: {measured} '
                      f'({one["required"]}) {one["where"]}, {one["what"]}',
                      style='green' if one['is_reached'] else 'red')
    for name, reason in record['absent'].items():
        console.print(f'absent: {name} ({reason})')
    for name, reason in record['unstable'].items():
        console.print(f'unstable: {name}: {reason}', style='yellow')


def tables_of(results: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Rows that belong together, with a title: those of one suite at one size."""
    groups: dict[str, list[Row]] = {}
    for row in results:
        groups.setdefault(f'{row["suite"]}, {row["width"]}x{row["height"]}', []).append(row)
    return list(groups.items())


def _table(title: str, rows: list[Row], columns: Sequence[tuple[str, Cell]]) -> Table:
    table = Table(title=title)
    table.add_column('engine', overflow='fold')
    for name, _ in columns:
        table.add_column(name, overflow='fold', justify='left' if name in TEXTS else 'right')
    in_order = rows[0]['suite'] in IN_ORDER
    for row in rows if in_order else sorted(rows, key=lambda row: row['min_ms']):
        table.add_row(row['engine'], *(cell(row, rows) for _, cell in columns))
    return table
