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

"""Cells of a grid and averages over time in a replay: what the core and the node give."""

import cv2
from node.recorded_frames import frame_of, message_of, record, STORE
import numpy as np
import pytest
from recordings.bags import COMPRESSED, RAW, raw_of, SECOND_NS, START_NS, views
from replay.replays import (
    csv_rows,
    files_of,
    jsonl_rows,
    mcap_messages,
    parquet_rows,
    replay,
)
from shufflenet_ros.cli.main import main
from shufflenet_ros.comparison.read_results import read_results
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import Grid, Region, View
from shufflenet_ros.core.smoothing import Smoother, Smoothing
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.process.files import shipped_models
from shufflenet_ros.replay import parts, slices
from shufflenet_ros.replay.model import Looks
from shufflenet_ros.replay.workers import OneProcess

FRONT, BELLY = '/front/image_raw', '/belly/image_raw/compressed'
VIEW, SMOOTHING = View(Region(0.1, 0.2, 0.85, 0.7), Grid(3, 2)), Smoothing(0.5, 0.1)
OLD_NS = START_NS - 10 * 3600 * SECOND_NS
STAMPS_NS = [START_NS + round(at_s * SECOND_NS) for at_s in (
    0, 0.25, 0.5, 0.5, 0.75, 0.3, 1.0, 1.25, 4.0, 4.25)] + [
    0, START_NS + 5 * SECOND_NS, START_NS + 5 * SECOND_NS + 1,
    *(START_NS + 3 * SECOND_NS + number for number in range(4)), OLD_NS, OLD_NS + SECOND_NS // 5]
"""One that repeats, one that was overtaken, a gap, none, a clock that is set back, twice."""
OVERTAKEN = (5, 13, 14)
"""Images that the node drops: older than the result before them."""
UNREADABLE, FAILED = 3, 7


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    """Record two cameras whose stamps are not in order; two images of each cannot be used."""
    images = views(len(STAMPS_NS), 1.5)
    messages = []
    for number, (image, stamp_ns) in enumerate(zip(images, STAMPS_NS)):
        at_ns = START_NS + number * SECOND_NS
        odd = image[:119, :157]
        raw = raw_of(np.ascontiguousarray(odd), 'bgr8', stamp_ns)
        if number == FAILED:
            raw = raw_of(np.zeros((8, 8), np.uint16), '16UC1', stamp_ns)
        whole = bytes(STORE.serialize_cdr(raw, RAW))
        large = cv2.resize(image, (640, 480))
        jpeg = message_of(large, stamp_ns, COMPRESSED)
        if number == FAILED:
            jpeg.data = jpeg.data[:50]
        messages += [(FRONT, at_ns, whole[:60] if number == UNREADABLE else whole),
                     (BELLY, at_ns + 5, bytes(STORE.serialize_cdr(jpeg, COMPRESSED)))]
    return record(tmp_path_factory.mktemp('bags') / 'drive', {FRONT: RAW, BELLY: COMPRESSED},
                  messages), messages


@pytest.fixture(scope='module')
def done(drive, tmp_path_factory):
    """Replay it into every format, with cells and averages."""
    out = tmp_path_factory.mktemp('out') / 'replay'
    replay([drive[0]], out, view=VIEW, smoothing=SMOOTHING)
    return out


def expected_of(messages, topic):
    """Give raw and averaged classifications of a topic, as the node makes them of its images."""
    spec = load_model(shipped_models() / 'surfaces')
    core = Classifier(Engine(spec), spec.geometry, 5, spec.threshold or 0.0, keeps_scores=True)
    smoother = Smoother(SMOOTHING, 5, spec.threshold or 0.0)
    kind = RAW if topic == FRONT else COMPRESSED
    found = []
    for number, (stamp_ns, (_, _, data)) in enumerate(zip(
            STAMPS_NS, [one for one in messages if one[0] == topic])):
        try:
            raw, _ = core.classify(frame_of(data, kind)[2], VIEW)
        except Exception:  # those of damaged messages share no base class
            found.append(None)
            continue
        is_dropped = number in OVERTAKEN
        found.append((raw, raw if is_dropped else smoother.smooth(raw, stamp_ns)))
    return found, spec.labels


def answer(row, prefix=''):
    """Give pairs of class and score of a row."""
    return [(one['class_id'], one['score']) for one in row[f'{prefix}hypotheses']]


def pairs(classification):
    """Give the same of a classification of the core."""
    return [(one.index, one.score) for one in classification.hypotheses]


@pytest.mark.parametrize('topic', [FRONT, BELLY])
def test_cells_and_averages_are_those_of_the_core_to_the_last_bit(done, drive, topic):
    """Also of odd and compressed images, after gaps, jumps of the clock and damaged images."""
    expected, labels = expected_of(drive[1], topic)
    rows = [row for row in jsonl_rows(done / 'results' / 'drive.jsonl')[1]
            if row['topic'] == topic]
    assert len(rows) == len(expected) == len(STAMPS_NS)
    differing = 0
    for row, found in zip(rows, expected):
        assert bool(row['problem']) is (found is None)
        if found is None:
            assert row['regions'] == [] and row['raw_best'] == '' and row['raw_hypotheses'] == []
            continue
        raw, smooth = found
        assert (answer(row), answer(row, 'raw_')) == (pairs(smooth), pairs(raw))
        assert row['best'] == labels[smooth.best.index]
        assert [(one['id'], one['y'], one['x'], one['height'], one['width'])
                for one in row['regions']] == [(one.part.id, *one.part.box) for one in raw.parts]
        assert [answer(one) for one in row['regions']] == [
            pairs(one.classification) for one in smooth.parts]
        assert [answer(one, 'raw_') for one in row['regions']] == [
            pairs(one.classification) for one in raw.parts]
        differing += answer(row) != answer(row, 'raw_')
    assert differing > 5 and len(rows[0]['regions']) == 6


def test_all_formats_have_the_same_cells(done):
    """Parquet as JSON Lines; in CSV a table of their own, with a row for each cell."""
    provenance, rows = jsonl_rows(done / 'results' / 'drive.jsonl')
    assert parquet_rows(done / 'results' / 'drive.parquet') == (provenance, rows)
    of_csv, lines = csv_rows(done / 'results' / 'drive.csv')
    assert [one['raw_best'] for one in lines] == [row['raw_best'] for row in rows]
    assert not {'regions', 'raw_hypotheses'} & {*lines[0]}
    of_cells, cells = csv_rows(done / 'regions' / 'drive.csv')
    assert of_csv == of_cells == provenance
    expected = [(row, one) for row in rows for one in row['regions']]
    assert len(cells) == len(expected) > 100
    for cell, (row, one) in zip(cells, expected):
        assert (cell['topic'], int(cell['stamp_ns']), cell['id'], int(cell['x'])) == (
            row['topic'], row['stamp_ns'], one['id'], one['x'])
        assert (cell['best'], float(cell['score']), cell['raw_best'], cell['class_2']) == (
            one['best'], one['score'], one['raw_best'], one['hypotheses'][1]['label'])


def test_the_mcap_has_the_topics_of_the_node(done):
    """Boxes in pixels, the image's own header, raw results beside; frames for Foxglove."""
    rows = [row for row in jsonl_rows(done / 'results' / 'drive.jsonl')[1] if not row['problem']]
    _, messages = mcap_messages(done / 'results' / 'drive.mcap')
    by_name = {name: [one for one in messages if one[0].endswith(f'/{name}')] for name in (
        'regions', 'regions_raw', 'classification', 'classification_raw', 'annotations')}
    assert {len(found) for found in by_name.values()} == {len(rows)}
    for prefix, name in (('', 'regions'), ('raw_', 'regions_raw')):
        for (topic, kind, *_, msg), row in zip(by_name[name], rows):
            assert topic == f'/classifier{row["topic"]}/{name}'
            assert kind == 'vision_msgs/msg/Detection2DArray'
            assert all(one.header == msg.header for one in msg.detections)
            assert [(one.id, one.bbox.center.position.x, one.bbox.size_y,
                     [(int(found.hypothesis.class_id), found.hypothesis.score)
                      for found in one.results]) for one in msg.detections] == [
                (one['id'], one['x'] + one['width'] / 2, one['height'], answer(one, prefix))
                for one in row['regions']]
    drawn, row = by_name['annotations'][0][4], rows[0]
    assert [one.text.rpartition(' ')[0] for one in drawn.texts] == [
        row['best'], *(one['best'] for one in row['regions'])]
    assert [(one.points[0].x, one.points[0].y) for one in drawn.points] == [
        (one['x'], one['y']) for one in row['regions']]


@pytest.mark.parametrize('grid, keeps_scores, classes, expected', [
    (None, False, 1000, 1000), (Grid(4, 3), True, 10, 1000), (Grid(16, 16), True, 10, 259),
    (Grid(16, 16), True, 1000, 3)])
def test_a_part_fits_into_memory(grid, keeps_scores, classes, expected):
    """Of many cells and classes it holds fewer images."""
    looks = Looks(View(grid=grid), keeps_scores)
    assert parts.frames_of_part(looks, 5, classes) == expected


def test_slices_and_parts_change_no_average(done, drive, tmp_path, monkeypatch):
    """Cut into pieces, each in parts, done last to first: the same bytes."""
    monkeypatch.setattr(slices, 'SLICE_NS', 4 * SECOND_NS)
    monkeypatch.setattr(slices, 'SLICE_IMAGES', 2)
    monkeypatch.setattr(parts, 'PART_FRAMES', 3)

    class Backwards(OneProcess):
        def run(self, tasks, folder, told):
            return super().run(list(tasks)[::-1], folder, told)

    replay([drive[0]], tmp_path / 'out', Backwards(), view=VIEW, smoothing=SMOOTHING)
    assert len(list((tmp_path / 'out' / 'parts').iterdir())) > 8
    for folder in ('results', 'regions'):
        assert files_of(tmp_path / 'out', folder) == files_of(done, folder)


@pytest.mark.parametrize('changed', [
    {'view': View(grid=Grid(3, 2))}, {'smoothing': Smoothing(0.5, 0.2)},
    {'smoothing': Smoothing()}])
def test_other_regions_and_averages_do_not_mix(done, drive, changed):
    """The folder of another run is refused, with what differs."""
    with pytest.raises(ConfigurationError, match='(region|smoothing_.*) .* there, .* now'):
        replay([drive[0]], done, **{'view': VIEW, 'smoothing': SMOOTHING, **changed})


def test_cells_alone_have_no_class_of_the_whole(drive, tmp_path):
    """Its columns stay empty, its topic has no message, and the cells are averaged."""
    replay([drive[0]], tmp_path, smoothing=SMOOTHING, formats=('jsonl', 'mcap'),
           view=View(VIEW.region, VIEW.grid, classify_whole=False), topics=(FRONT,))
    provenance, rows = jsonl_rows(tmp_path / 'results' / 'drive.jsonl')
    assert provenance['options']['classify_whole'] is False
    assert {(row['best'], row['score'], row['raw_best']) for row in rows} == {('', 0.0, '')}
    assert rows[1]['regions'][0]['score'] != rows[1]['regions'][0]['raw_score']
    topics = {topic for topic, *_ in mcap_messages(tmp_path / 'results' / 'drive.mcap')[1]}
    assert f'/classifier{FRONT}/regions' in topics
    assert f'/classifier{FRONT}/classification' not in topics


@pytest.mark.parametrize('words, expected', [
    (('--region', '0.5,0,0.6,1'), '--region: [0.5, 0.0, 0.6, 1.0], expected'),
    (('--region', 'a,b'), '--region a,b: expected four numbers'),
    (('--region', '0,1'), '--region: [0.0, 1.0], expected four numbers'),
    (('--region', 'nan,0,1,1'), '--region: [nan'),
    (('--grid', '4'), "--grid: '4', expected columns x rows"),
    (('--grid', '99x99'), "--grid: '99x99', expected columns x rows with 1 to 256"),
    (('--smoothing', '-1'), '--smoothing: -1.0, expected 0 (off) to 60'),
    (('--smoothing-margin', '1'), '--smoothing-margin: 1.0, expected 0 to less than 1')])
def test_a_bad_option_is_one_line(tmp_path, capsys, words, expected):
    """It names the option, and no folder is made."""
    assert main(['replay', str(tmp_path), '--out', str(tmp_path / 'out'), *words]) == 1
    line, = capsys.readouterr().err.strip().splitlines()
    assert expected in line and not (tmp_path / 'out').exists()


def test_compare_reads_averages_and_says_what_it_leaves_out(done, drive, tmp_path):
    """Raw results are no camera of their own; tables and mcap say the same."""
    of_tables = read_results(done)
    of_mcap = read_results(done / 'results' / 'drive.mcap')
    rows = [row for row in jsonl_rows(done / 'results' / 'drive.jsonl')[1] if row['best']]
    assert {*of_mcap.topic} == {*of_tables.topic} == {FRONT, BELLY}
    assert len(of_mcap) == len(rows) == of_tables.is_good.sum()
    assert sorted(of_mcap.score) == sorted(row['score'] for row in rows)
    for found in (of_tables, of_mcap):
        assert any('cells' in one and 'are not compared' in one for one in found.remarks)
    replay([drive[0]], tmp_path, view=View(grid=Grid(2, 1), classify_whole=False),
           formats=('csv',), topics=(FRONT,))
    with pytest.raises(ConfigurationError, match='classified in cells only'):
        read_results(tmp_path)
