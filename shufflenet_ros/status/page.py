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

"""The report as text: sections of names and values, then what was found and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text
from shufflenet_ros.core.text import plain
from shufflenet_ros.status.page_of_nodes import node_sections
from shufflenet_ros.terminal.plain_console import MAX_LENGTH, PlainConsole

WIDTH = 80
"""Of the page, also into a file: it is pasted into reports."""
LEAST_WIDTH = 40
LABELS = 14
Rows = Iterator[tuple[str, str]]
LIBRARIES = {'cv2': 'OpenCV', 'yaml': 'PyYAML', 'PIL': 'Pillow'}
OPTIONAL = ('cv_bridge', 'PIL')
WORDS = {'error': 'ERROR', 'warn': 'WARN', 'note': 'note'}


def print_page(console: PlainConsole, report: Mapping[str, Any]) -> None:
    """Print a report of :mod:`shufflenet_ros.status.report`."""
    _print_entry(
        console, '', f'shufflenet_ros {report["software"]["package"]}, status at {report["time"]}')
    for title, rows in sections(report):
        _print_section(console, title, rows)
    findings = report['findings']
    console.print()
    _print_entry(console, '', _summary(findings))
    for number, finding in enumerate(findings, 1):
        _print_finding(console, number, finding)


def make_console() -> PlainConsole:
    """Make a console of at most 80 columns, whatever it writes to."""
    console = PlainConsole()
    if not console.is_terminal:
        return PlainConsole(width=WIDTH)
    return PlainConsole(width=max(LEAST_WIDTH, min(WIDTH, console.width)))


def sections(report: Mapping[str, Any]) -> Iterator[tuple[str, Rows]]:
    """Give the title and rows of each section."""
    yield 'Software', _software(report)
    yield 'ROS 2', _ros(report['ros'], report['shared_memory'])
    yield 'Machine', _machine(report['machine'])
    yield from node_sections(report)


def _software(report: Mapping[str, Any]) -> Rows:
    software, native = report['software'], report['native']
    yield 'Python', f'{software["python"]} ({software["environment"]})'
    for name, found in software['libraries'].items():
        if name in OPTIONAL and found['error']:
            continue
        yield LIBRARIES.get(name, name), _library(name, found, software)
    sets = ', '.join(native['instruction_sets'])
    asked = native['asked_for']
    yield 'native int8', (f'{sets}{f" (asked for: {asked})" if asked else ""}' if sets else
                          native['error'] or 'unknown')


def _library(name: str, found: Mapping[str, Any], software: Mapping[str, Any]) -> str:
    if found['crash']:
        return f'ends the process with {found["crash"]}'
    if found['error']:
        return f'cannot be imported: {found["error"]}'
    providers = software['execution_providers'] if name == 'onnxruntime' else ()
    shown = ', '.join(provider.removesuffix('ExecutionProvider') for provider in providers)
    return f'{found["version"] or "version unknown"}{f" ({shown})" if shown else ""}'


def _ros(ros: Mapping[str, Any], memory: Mapping[str, Any]) -> Rows:
    yield 'distribution', (ros['distribution'] or 'not sourced') + (
        ' (pip wheels)' if ros['is_from_wheels'] else '')
    if ros['installed']:
        yield 'in /opt/ros', ', '.join(ros['installed'])
    for name, value in ros['variables'].items():
        yield '', f'{name}={value}'
    profile = ros['profile']
    if ros['fast_dds']:
        yield 'Fast DDS', str(ros['fast_dds'])
    if profile['path']:
        size = f'{_mb(profile["segment_bytes"])} of shared memory for each process'
        yield 'profile', f'{profile["path"]} ({profile["chosen_by"]})'
        yield '', profile['error'] or (size if profile['segment_bytes'] else
                                       'shared memory as Fast DDS has it by itself'
                                       if profile['shared_memory'] else 'no shared memory')
    else:
        yield 'profile', 'none'
    stale = memory['stale_segments'] + memory['foreign_stale_segments']
    left = f', {stale} left by ended processes' if stale else ''
    yield '/dev/shm', (f'{_mb(memory["free_bytes"])} of {_mb(memory["total_bytes"])} free, fits '
                       f'{memory["fitting_profile"] or "nothing"}')
    yield '', f'{memory["segments"]} segment(s) in use{left}'


def _machine(machine: Mapping[str, Any]) -> Rows:
    yield 'system', f'{machine["system"]}{", in a container" if machine["is_container"] else ""}'
    yield 'kernel', f'{machine["kernel"]} {machine["architecture"]}'
    if machine['board']:
        yield 'board', machine['board']
    yield 'processor', machine['processor'] or 'unknown'
    yield 'int8 features', ', '.join(machine['features']) or 'none'
    quota = machine['cores_by_quota']
    yield 'cores', (f'{machine["cores"]}, {machine["cores_allowed"]} allowed'
                    f'{f", quota {quota:g}" if quota else ""}, load {machine["load"]:.2f}')
    yield 'governor', _governor(machine)
    if machine['power_mode']:
        yield 'power mode', machine['power_mode']
    hot = machine['temperature_c']
    yield 'throttling', '; '.join(machine['throttling']) or 'none seen'
    if hot:
        yield 'temperature', f'{hot:.0f} degrees Celsius, of the hottest zone'
    swap = machine['swap_bytes']
    yield 'memory', (f'{_mb(machine["available_bytes"])} of {_mb(machine["memory_bytes"])} '
                     'available, ' + (f'swap {_mb(machine["swap_used_bytes"])} of {_mb(swap)} used'
                                      if swap else 'no swap'))
    yield 'clock', {None: 'unknown whether it is synchronized', True: 'synchronized',
                    False: 'not synchronized'}[machine['is_clock_synchronized']]
    yield 'UDP buffer', f'{_mb(machine["receive_buffer_bytes"])} at most (net.core.rmem_max)'


def _governor(machine: Mapping[str, Any]) -> str:
    names = ', '.join(machine['governors'])
    if not names:
        return 'none to be seen'
    more = [machine['frequency_driver'], machine['energy_preference']]
    share = (f', {machine["allowed_mhz"]:.0f} of {machine["most_mhz"]:.0f} MHz allowed'
             if machine['most_mhz'] else '')
    return f'{names} ({", ".join(filter(None, more))}){share}'


def _summary(findings: Sequence[Mapping[str, Any]]) -> str:
    counts = [(sum(one['severity'] == level for one in findings), word)
              for level, word in (('error', 'error'), ('warn', 'warning'), ('note', 'note'))]
    words = [f'{count} {word}{"s" if count > 1 else ""}' for count, word in counts if count]
    return f'Found: {", ".join(words)}' if words else 'Found: nothing that is known to be wrong'


def _print_section(console: PlainConsole, title: str, rows: Rows) -> None:
    console.print()
    _print_entry(console, '', title)
    for label, value in rows:
        _print_entry(console, f'  {label:{LABELS}} ', value)


def _print_finding(console: PlainConsole, number: int, finding: Mapping[str, Any]) -> None:
    about = f'{finding["about"]}: ' if finding['about'] else ''
    _print_entry(console, f'{number:2} {WORDS[finding["severity"]]:5} ',
                 f'{about}{finding["text"]}')
    if finding['cure']:
        _print_entry(console, f'{"do: ":>9}', finding['cure'])


def _print_entry(console: PlainConsole, lead: str, value: str) -> None:
    """Print a value behind its label, wrapped below itself; no blanks at the ends of lines."""
    lines = Text(plain(value, MAX_LENGTH)).wrap(
        console, console.width - len(lead), overflow='fold')
    for line in lines or [Text()]:
        console.print(f'{lead}{line.plain}'.rstrip(), soft_wrap=True)
        lead = ' ' * len(lead)


def _mb(size: int) -> str:
    return f'{size / (1 << 20):.0f} MB'
