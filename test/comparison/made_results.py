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

"""Results for the tests: real replays of a short recording, and rows written as replay does."""

import csv
import json
from pathlib import Path

from recordings.bags import SECOND_NS, START_NS
from shufflenet_ros.cli.main import main
from shufflenet_ros.replay.results import (
    FrameResult,
    FrameTimes,
    NamedHypothesis,
    RESULT_COLUMNS,
    TIME_COLUMNS,
)
from shufflenet_ros.replay.tables import open_table

LABELS = ['asphalt', 'grass', 'gravel']
PROVENANCE = {'package': 'shufflenet_ros 1', 'model': {
    'name': 'made', 'sha256': 'ab12', 'labels': LABELS}, 'options': {'threshold': 0.5},
    'versions': {'numpy': '2'}}
TOPIC = '/camera/image_raw'


def row(number, best='asphalt', score=0.9, recording='drive', topic=TOPIC, rate_hz=10.0,
        **fields):
    """Give one result of a steady camera."""
    received_ns = START_NS + round(number / rate_hz * SECOND_NS)
    label = best if score >= 0.5 and not fields.get('problem') else ''
    known = {'stamp_ns': received_ns - 1_000_000, 'frame_id': 'optical', 'encoding': 'bgr8',
             'width': 4, 'height': 3, 'best': best, 'score': score, 'label': label,
             'hypotheses': (NamedHypothesis(0, label, score),) if label else ()}
    return FrameResult(recording, topic, **{'received_ns': received_ns, **known, **fields})


def write(folder, rows, kinds=('jsonl',), provenance=PROVENANCE, times=None):
    """Write a folder as a replay does; give its path."""
    by_recording = {}
    for place, one in enumerate(rows):
        by_recording.setdefault(one.recording, []).append((place, one))
    for name in ('results', 'latency'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for recording, part in by_recording.items():
        for kind in kinds:
            results = open_table(folder / 'results' / f'{recording}.{kind}', kind, provenance,
                                 RESULT_COLUMNS, 3)
            latency = open_table(folder / 'latency' / f'{recording}.{kind}', kind, provenance,
                                 TIME_COLUMNS)
            for place, one in part:
                ms = 1.0 if times is None else times[place]
                results.write(one.row())
                latency.write(FrameTimes(0.5, 0.25, 0.125, ms, 0.125).row(one))
            results.close()
            latency.close()
    return folder


def drive(count=20, **changed):
    """Give frames of asphalt, then of grass; ``changed`` are rows by their number, as n3=..."""
    rows = [row(number, 'asphalt' if number < count // 2 else 'grass') for number in range(count)]
    for name, one in changed.items():
        rows[int(name[1:])] = one
    return rows


def compare(capsys, *arguments):
    """Run the verb in this process: exit code, standard output, standard error."""
    code = main(['compare', *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def metrics(folder):
    """Read the figures of a report."""
    return json.loads((folder / 'metrics.json').read_text(encoding='utf-8'))


def write_csv(path, columns, *rows):
    """Write a CSV file of a user."""
    with Path(path).open('w', encoding='utf-8', newline='') as file:
        csv.writer(file).writerows([columns, *rows])
    return path
