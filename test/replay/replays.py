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

"""Replays of short recordings, in this process and as users type them."""

import csv
import json
from pathlib import Path

from mcap.reader import make_reader
from node.recorded_frames import STORE
import pyarrow.parquet
from recordings.bags import Lines
from rosbags.typesys import get_types_from_msg
from shufflenet_ros.core.encoding.compressed import EVERYTHING
from shufflenet_ros.core.smoothing import Smoothing
from shufflenet_ros.replay.messages import DEFINITIONS
from shufflenet_ros.replay.model import loaded, ModelChoice
from shufflenet_ros.replay.outputs import FORMATS, OutputOptions
from shufflenet_ros.replay.run import Replay, ReplayOptions
from shufflenet_ros.replay.slices import Selection
from shufflenet_ros.replay.workers import OneProcess


def replay(sources, out, workers=None, formats=FORMATS, prefix='/classifier', annotations=True,
           model=None, view=EVERYTHING, smoothing=Smoothing(), **selection):
    """Run a replay in this process; give the lines that were said."""
    lines = Lines()
    options = ReplayOptions(Selection(**{'topics': (), **selection}),
                            OutputOptions(formats, prefix, annotations), view, smoothing)
    Replay(out, loaded(model or ModelChoice('surfaces')), options, lines).run(
        [Path(one) for one in sources], workers or OneProcess())
    return lines.said


def files_of(out, folder='results'):
    """Give name and bytes of every file of results."""
    return {path.name: path.read_bytes() for path in sorted((out / folder).iterdir())}


def jsonl_rows(path):
    """Give provenance and rows of a table in JSON Lines."""
    first, *rows = map(json.loads, path.read_text(encoding='utf-8').splitlines())
    return first['provenance'], rows


def csv_rows(path):
    """Give provenance and rows of a CSV."""
    with path.open(encoding='utf-8', newline='') as file:
        provenance = json.loads(file.readline().removeprefix('# '))
        return provenance, list(csv.DictReader(file))


def parquet_rows(path):
    """Give provenance and rows of a Parquet file."""
    table = pyarrow.parquet.read_table(path)
    return json.loads(table.schema.metadata[b'shufflenet_ros']), table.to_pylist()


def mcap_messages(path):
    """Give provenance and (topic, type, log time, publish time, message) of an mcap in order."""
    for name, text in DEFINITIONS.items():
        if name not in STORE.types:
            STORE.register(get_types_from_msg(text, name))
    with path.open('rb') as file:
        reader = make_reader(file, validate_crcs=True)
        provenance = {name: value for one in reader.iter_metadata()
                      for name, value in one.metadata.items()}
        found = [(channel.topic, schema.name, message.log_time, message.publish_time,
                  STORE.deserialize_cdr(message.data, schema.name))
                 for schema, channel, message in reader.iter_messages(log_time_order=False)]
    return provenance, found
