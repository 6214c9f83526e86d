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

"""Every image of a recording becomes one result, the same in every format and every run."""

import hashlib
import json
from pathlib import Path

from node.recorded_frames import message_of, record, STORE
import numpy as np
import pytest
from recordings.bags import COMPRESSED, RAW, raw_of, record_images, SECOND_NS, START_NS, views
from replay.replays import (
    csv_rows,
    files_of,
    jsonl_rows,
    mcap_messages,
    parquet_rows,
    replay,
)
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.errors import BagError, ConfigurationError
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.process.files import shipped_models
from shufflenet_ros.recordings.storage import NEVER_NS
from shufflenet_ros.replay.mcap_file import McapFile
from shufflenet_ros.replay.messages import Messages
from shufflenet_ros.replay.model import ModelChoice, ModelIdentity
from shufflenet_ros.replay.results import FrameResult, NamedHypothesis
from shufflenet_ros.replay.slices import Selection, slices_of
from shufflenet_ros.replay.workers import Processes

FRONT, BELLY = '/front/image_raw', '/belly/image_raw/compressed'


@pytest.fixture(scope='module')
def images():
    """Give ten views."""
    return views(10)


@pytest.fixture(scope='module')
def drive(tmp_path_factory, images):
    """Record two cameras, one of them with three images that cannot be used."""
    messages = []
    for number, image in enumerate(images):
        stamp_ns = START_NS + number * SECOND_NS // 2
        messages += [(FRONT, stamp_ns + 5, message_of(image, stamp_ns, RAW)),
                     (BELLY, stamp_ns + 9, message_of(image, stamp_ns, COMPRESSED))]
    late_ns = START_NS + 6 * SECOND_NS
    depth = raw_of(np.zeros((8, 8), np.uint16), '16UC1', late_ns)
    whole = bytes(STORE.serialize_cdr(message_of(images[0], late_ns, RAW), RAW))
    messages += [(FRONT, late_ns, depth), (FRONT, late_ns + 1, whole[:40]),
                 (FRONT, late_ns + 2, b'\0\1\0\0')]
    return record(tmp_path_factory.mktemp('bags') / 'drive', {FRONT: RAW, BELLY: COMPRESSED},
                  messages)


@pytest.fixture(scope='module')
def done(drive, tmp_path_factory):
    """Replay it into every format."""
    out = tmp_path_factory.mktemp('out') / 'replay'
    lines = replay([drive], out)
    return out, lines


def test_every_image_has_the_result_of_the_core(done, images):
    """Scores to the last bit, in the order of the recording; times of recording and stamps."""
    spec = load_model(shipped_models() / 'surfaces')
    core = Classifier(Engine(spec), spec.geometry, 5, spec.threshold or 0.0)
    _, rows = jsonl_rows(done[0] / 'results' / 'drive.jsonl')
    front = [row for row in rows if row['topic'] == FRONT]
    assert len(rows) == 23 and [row['received_ns'] for row in rows] == sorted(
        row['received_ns'] for row in rows)
    for number, (row, image) in enumerate(zip(front, images)):
        expected, _ = core.classify(Frame(image, *image.shape[:2], 'bgr8', image.strides[0]))
        assert [(one['class_id'], one['score']) for one in row['hypotheses']] == [
            (one.index, one.score) for one in expected.hypotheses]
        stamp_ns = START_NS + number * SECOND_NS // 2
        assert (row['stamp_ns'], row['received_ns'], row['frame_id'], row['encoding'],
                row['width'], row['height']) == (
                    stamp_ns, stamp_ns + 5, 'belly_optical_frame', 'bgr8', 160, 120)
        assert row['best'] == row['label'] == spec.labels[expected.hypotheses[0].index]
    belly = [row for row in rows if row['topic'] == BELLY]
    assert len(belly) == 10 and {(row['width'], row['height']) for row in belly} == {(160, 120)}


def test_damaged_images_are_named_and_survived(done):
    """Each has a row that says why; lines count them, reasons that differ in numbers as one."""
    _, rows = jsonl_rows(done[0] / 'results' / 'drive.jsonl')
    problems = [row['problem'] for row in rows if row['problem']]
    assert len(problems) == 3 and "'16UC1' is not supported" in problems[0]
    assert all('no message of type sensor_msgs/msg/Image' in one for one in problems[1:])
    counts = next(line for line in done[1] if f'drive {FRONT}' in line)
    assert counts == f'drive {FRONT}: 10 of 13 images classified'
    left_out = [line.strip() for line in done[1] if 'left out: ' in line]
    assert [line[:25] for line in left_out] == [
        '2 left out: no message of', "1 left out: encoding '16U"]
    topics = json.loads((done[0] / 'manifest.json').read_text())['recordings']['drive']['topics']
    assert topics[FRONT]['images'] == 13 and sum(topics[FRONT]['problems'].values()) == 3


def test_all_tables_say_the_same(done):
    """JSON Lines, Parquet and CSV have the same rows, and the same provenance."""
    folder = done[0] / 'results'
    provenance, rows = jsonl_rows(folder / 'drive.jsonl')
    assert parquet_rows(folder / 'drive.parquet') == (provenance, rows)
    of_csv, cells = csv_rows(folder / 'drive.csv')
    assert of_csv == provenance and len(cells) == len(rows)
    for row, cell in zip(rows, cells):
        for name in ('topic', 'frame_id', 'best', 'label', 'problem'):
            assert cell[name] == row[name]
        assert int(cell['stamp_ns']) == row['stamp_ns'] and float(cell['score']) == row['score']
        for number, one in enumerate(row['hypotheses'], 1):
            assert cell[f'class_{number}'] == one['label']
            assert float(cell[f'score_{number}']) == one['score']


def test_the_mcap_stands_beside_the_recording(done):
    """Topics under the prefix, the input's times, and the messages of the node."""
    folder = done[0] / 'results'
    _, rows = jsonl_rows(folder / 'drive.jsonl')
    provenance, messages = mcap_messages(folder / 'drive.mcap')
    assert json.loads(provenance['model'])['name'] == 'surfaces'
    assert [(topic, kind) for topic, kind, *_ in messages[:2]] == [
        ('/classifier/label_info', 'vision_msgs/msg/LabelInfo'),
        ('/classifier/vision_info', 'vision_msgs/msg/VisionInfo')]
    names = [one.class_name for one in messages[0][4].class_map]
    results = [one for one in messages if one[0].endswith('/classification')]
    good = [row for row in rows if not row['problem']]
    assert len(results) == len(good) == 20
    for (topic, _, log_ns, publish_ns, msg), row in zip(results, good):
        assert topic == f'/classifier{row["topic"]}/classification'
        assert (log_ns, publish_ns) == (row['received_ns'], row['stamp_ns'])
        assert msg.header.stamp.sec * SECOND_NS + msg.header.stamp.nanosec == row['stamp_ns']
        assert msg.header.frame_id == row['frame_id']
        assert [(names[int(one.class_id)], one.score) for one in msg.results] == [
            (one['label'], one['score']) for one in row['hypotheses']]
    texts = [msg.texts[0] for topic, *_, msg in messages if topic.endswith('/annotations')]
    words = [msg.data for topic, *_, msg in messages if topic.endswith('/label')]
    assert [one.text for one in texts] == words == [
        f'{row["best"]} {row["score"]:.2f}' for row in good]
    assert all(0 < one.position.y < 120 and one.font_size > 0 for one in texts)


def test_provenance_names_model_and_input(done, drive):
    """By their SHA-256, with versions and options; nothing in it depends on the day or place."""
    provenance, _ = jsonl_rows(done[0] / 'results' / 'drive.jsonl')
    file, = provenance['input']['files']
    path, = drive.glob('*.mcap')
    assert file == {'name': path.name, 'bytes': path.stat().st_size,
                    'sha256': hashlib.sha256(path.read_bytes()).hexdigest()}
    onnx = [found for found in (shipped_models() / 'surfaces').glob('*.onnx')
            if hashlib.sha256(found.read_bytes()).hexdigest() == provenance['model']['sha256']]
    assert len(onnx) == 1 and provenance['model']['form'].startswith('int8')
    assert provenance['options']['top_k'] == 5 and provenance['versions']['onnxruntime']
    assert str(drive.parent) not in json.dumps(provenance)


def test_times_are_a_table_of_their_own(done):
    """One row for each result, in the same order; stages add up to the total."""
    _, rows = jsonl_rows(done[0] / 'results' / 'drive.jsonl')
    provenance, times = parquet_rows(done[0] / 'latency' / 'drive.parquet')
    assert provenance['input'] and len(times) == len(rows)
    for row, time in zip(rows, times):
        assert (row['topic'], row['received_ns']) == (time['topic'], time['received_ns'])
        assert (time['inference_ms'] > 0) is not bool(row['problem'])
        stages = [value for name, value in time.items() if name.endswith('_ms')]
        assert sum(stages[:-1]) == pytest.approx(stages[-1], abs=0.001)


def test_two_runs_are_the_same_bytes(done, drive, tmp_path):
    """Also where two processes share the work, and where the recording lies elsewhere."""
    moved = tmp_path / 'elsewhere' / 'drive'
    moved.parent.mkdir()
    moved.symlink_to(drive)
    replay([moved], tmp_path / 'out', Processes(2))
    assert files_of(tmp_path / 'out') == files_of(done[0])


def test_a_second_run_does_nothing_twice(drive, images, tmp_path):
    """Files stay as they are; another source or format is added to what is there."""
    out = tmp_path / 'out'
    replay([drive], out, formats=('csv',))
    written = {path: path.stat().st_mtime_ns for path in out.rglob('*.csv')}
    other = record_images(tmp_path / 'other', images[:3])
    replay([drive, other], out, formats=('csv',))
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert {*files_of(out)} == {'drive.csv', 'other.csv'}
    replay([drive], out, formats=('csv', 'jsonl'))
    assert {*files_of(out)} == {'drive.csv', 'drive.jsonl', 'other.csv'}
    recordings = json.loads((out / 'manifest.json').read_text())['recordings']
    assert {*recordings} == {'drive', 'other'}


def test_recordings_of_one_name_do_not_meet(images, tmp_path):
    """Each has files of its own, by the same names in every run; a source given twice has one."""
    first = record_images(tmp_path / 'a' / 'drive', images[:2])
    second = record_images(tmp_path / 'b' / 'drive', images[2:6])
    lines = replay([first, second, first], tmp_path / 'out', formats=('csv',))
    names = {*files_of(tmp_path / 'out')}
    assert len(names) == 2 and 'drive.csv' in names
    assert any('given twice' in line for line in lines)
    replay([second], tmp_path / 'out', formats=('csv',))
    assert {*files_of(tmp_path / 'out')} == names


@pytest.mark.parametrize('changed', [
    {'start_s': 1.0}, {'every_s': 1.0}, {'model': ModelChoice('surfaces', top_k=2)},
    {'model': ModelChoice('surfaces', 'fp32')}, {'model': ModelChoice('waste')}])
def test_results_of_other_options_do_not_mix(done, drive, changed):
    """The folder of another run is refused, with what differs; it stays as it is."""
    before = files_of(done[0])
    with pytest.raises(ConfigurationError, match='there, .* now; give another --out'):
        replay([drive], done[0], **changed)
    assert files_of(done[0]) == before


def test_a_part_of_the_recording(drive, tmp_path):
    """By topic, time and distance, as frames takes them."""
    replay([drive], tmp_path / 'a', formats=('jsonl',), topics=(FRONT,), start_s=1.0, end_s=3.0)
    _, rows = jsonl_rows(tmp_path / 'a' / 'results' / 'drive.jsonl')
    assert [row['stamp_ns'] - START_NS for row in rows] == [
        number * SECOND_NS // 2 for number in range(2, 6)]
    replay([drive], tmp_path / 'b', formats=('jsonl',), topics=('belly/image_raw/compressed',),
           every_s=1.0)
    _, rows = jsonl_rows(tmp_path / 'b' / 'results' / 'drive.jsonl')
    assert [row['stamp_ns'] - START_NS for row in rows] == [
        number * SECOND_NS for number in range(5)]


def test_one_bad_source_costs_no_other(drive, tmp_path):
    """All that is good is written; the error at the end names what is not."""
    bad = tmp_path / 'bad.mcap'
    bad.write_bytes(b'no mcap at all')
    with pytest.raises(BagError, match='bad.mcap'):
        replay([bad, drive], tmp_path / 'out', formats=('csv',))
    assert {*files_of(tmp_path / 'out')} == {'drive.csv'}
    with pytest.raises(BagError, match='bad.mcap'):
        replay([bad], tmp_path / 'none')
    assert not (tmp_path / 'none').exists()


@pytest.mark.parametrize('stamp_ns', [-5 * SECOND_NS, 0, (2 ** 32 - 1) * SECOND_NS])
def test_a_stamp_that_cannot_be_costs_nothing(tmp_path, stamp_ns):
    """Damaged headers, and those of ROS 1, hold times that no message of ROS 2 can."""
    result = FrameResult('drive', FRONT, -1, stamp_ns, 'x', 'bgr8', 160, 120, 'grass', 0.5,
                         'grass', (NamedHypothesis(5, 'grass', 0.5),))
    file = McapFile(tmp_path / 'one.mcap', Messages(('a', 'b'), 0.0), '/c', True,
                    {'package': 'x', 'model': {'name': 'm', 'form': 'int8'}})
    file.write(result)
    file.close()
    _, messages = mcap_messages(tmp_path / 'one.mcap')
    assert len(messages) == 5 and messages[2][2] == 0


def test_times_without_an_image_are_said(drive, tmp_path):
    """A start behind the end gives tables without rows, and a line."""
    lines = replay([drive], tmp_path / 'out', start_s=100.0)
    assert 'drive: no image in these times' in lines
    assert jsonl_rows(tmp_path / 'out' / 'results' / 'drive.jsonl')[1] == []
    assert len(mcap_messages(tmp_path / 'out' / 'results' / 'drive.mcap')[1]) == 2


def test_a_folder_of_recordings_is_all_of_them(images, tmp_path):
    """Each has its own files, as if they had been named one by one."""
    for name in ('a', 'b'):
        record_images(tmp_path / 'drives' / name, images[:3])
    lines = replay([tmp_path / 'drives'], tmp_path / 'out', formats=('csv',))
    assert {*files_of(tmp_path / 'out')} == {'a.csv', 'b.csv'}
    assert any('2 recordings' in line for line in lines)


@pytest.mark.parametrize('seconds, images, every_s, expected', [
    (600, 18000, 0.0, 10), (59, 18000, 0.0, 1), (6 * 86400, 5, 0.0, 1), (6 * 86400, 1600, 0.0, 3),
    (600, 18000, 1.0, 1), (600, 0, 0.0, 1)])
def test_slices_are_long_and_hold_every_moment(seconds, images, every_s, expected):
    """Neither days without images nor a wrong index make many of them, or lose a message."""
    model = ModelChoice('surfaces'), ModelIdentity('surfaces', 'fp32', '', '')
    end_ns = START_NS + seconds * SECOND_NS
    slices = list(slices_of('drive', Path('drive'), 'x', (START_NS, end_ns), images,
                            Selection((FRONT,), every_s=every_s), model))
    assert len(slices) == expected and len({one.name for one in slices}) == expected
    assert slices[0].start_ns == 0 and slices[-1].stop_ns == NEVER_NS
    assert all(one.stop_ns == after.start_ns for one, after in zip(slices, slices[1:]))
