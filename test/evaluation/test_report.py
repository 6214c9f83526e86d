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

"""The report says what the figures say, and takes every name as text."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cv2
from dataset.test_split import dataset, scene
import numpy as np
import pytest
from shufflenet_ros.core.geometry import Geometry, RESIZE_MODES
from shufflenet_ros.dataset.labelled_images import Dataset
from shufflenet_ros.dataset.sources import Entry
from shufflenet_ros.evaluation.rejection import measure_threshold
from shufflenet_ros.evaluation.report.classes import confusion, precision_recall, wilson
from shufflenet_ros.evaluation.report.page import Report, write_report
from shufflenet_ros.evaluation.report.worst_errors import contact_sheet, TILE
from shufflenet_ros.evaluation.result import EvaluationResult
from shufflenet_ros.evaluation.score_calibration import ScoreCalibration
from shufflenet_ros.inference.model_card import load_model

SURFACES = Path(__file__).resolve().parents[2] / 'models' / 'surfaces'
NAMES = ('<script>alert(1)</script>', 'a $x_{ & "b"')


class Tags(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.sources, self.text = [], [], ''
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.sources += [value for name, value in attributes if name in ('src', 'href')]

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def report():
    """Make a report on six images, of which one is wrong, with names that could break a page."""
    labels = np.array([0, 0, 0, 1, 1, 1])
    plain = dataset([scene(seed) for seed in range(6)], labels.tolist())
    val = Dataset(NAMES, plain.images, labels, (), tuple(
        Entry(Path('x'), NAMES[label], 'val', f'<b>{number}</b>\udcff.png')
        for number, label in enumerate(labels)), plain.digests)
    int8 = np.eye(2, dtype=np.float32)[labels] * 3
    int8[2] = int8[2, ::-1] * 2
    line = {'epoch': 1, 'loss': 1.0, 'val_loss': 0.5, 'val_accuracy': 0.9, 'learning_rate': 1e-3}
    scores = np.array([0.9] * 6)
    result = EvaluationResult(
        val, int8, int8, int8, ScoreCalibration(int8 / 2, labels, 0.5),
        {'int8_native': (1.0, 1.1), 'fp32': (2.0, 2.2)},
        measure_threshold(0.3, scores, scores > 0, np.array([0.2, 0.8])), np.array([0.2, 0.8]))
    return Report(load_model(SURFACES), result, [line], dict(zip(NAMES, (30, 40))),
                  {'Command': "train '<i>x</i>'"})


def test_the_page_holds_everything_and_no_name_becomes_markup(report, tmp_path):
    """No script, no link to elsewhere; every image is inside and beside the page."""
    write_report(report, tmp_path, examples=True)
    page = Tags((tmp_path / 'report.html').read_text(encoding='utf-8'))
    assert not {'script', 'b', 'i', 'link'} & set(page.tags)
    images = sorted(path.stem for path in (tmp_path / 'report').glob('*.png'))
    assert images == ['classes', 'confusion', 'curves', 'errors', 'rejection', 'reliability']
    assert len(page.sources) == len(images)
    assert all(source.startswith('data:image/png;base64,') for source in page.sources)
    for text in (*NAMES, "train '<i>x</i>'", '0.833', 'Of 2 images of other things 50.0%',
                 '1.00 / 1.10 ms', 'does not run here'):
        assert text in page.text
    for path in (tmp_path / 'report').glob('*.png'):
        assert cv2.imread(str(path)).std() > 5


@pytest.mark.parametrize('others, warned', [((0.2, 0.95), True), ((0.2, 0.3), False)])
def test_a_threshold_that_does_not_help_is_said(report, tmp_path, others, warned):
    """In the summary, beside the curve, and among the figures that the terminal prints."""
    scores, unknown = np.array([0.9] * 6), np.array(others)
    result = replace(report.result, out_of_distribution=unknown,
                     rejection=measure_threshold(0.3, scores, scores > 0, unknown))
    write_report(replace(report, result=result), tmp_path, examples=False)
    text = Tags((tmp_path / 'report.html').read_text(encoding='utf-8')).text
    assert text.count('does not help with these strangers') == 2 * warned
    assert ('warning' in result.metrics()) == warned
    if warned:
        assert 'rejects 50% of them' in result.metrics()['warning']
        assert '50% of the time (a coin: 50%)' in result.metrics()['warning']


def test_images_can_be_left_out(report, tmp_path):
    """For models that are given away while their images must not be."""
    write_report(report, tmp_path, examples=False)
    assert not (tmp_path / 'report' / 'errors.png').exists()
    assert '<b>2' not in Tags((tmp_path / 'report.html').read_text()).text


def test_precision_and_recall_are_those_of_the_confusion(report):
    """One image of the first class is taken for the second."""
    counts = confusion(report.result.int8, report.result.val.labels)
    assert counts.tolist() == [[2, 1], [0, 3]]
    (first, recall), (second, _) = precision_recall(counts)
    assert (first.value, recall.value, second.value) == (1.0, 2 / 3, 0.75)


def test_intervals_are_wilsons():
    """Published values: 0 of 10 and 9 of 10; nothing is known of no image."""
    assert wilson(0, 10).high == pytest.approx(0.2775, abs=1e-3)
    assert (wilson(9, 10).low, wilson(9, 10).high) == pytest.approx((0.596, 0.982), abs=1e-3)
    assert np.isnan(wilson(0, 0).value)


@pytest.mark.parametrize('mode', RESIZE_MODES)
def test_the_surest_errors_are_shown_as_the_network_saw_them(report, mode):
    """Cut, stretched, or between bars."""
    image = np.full((60, 120, 3), 20, np.uint8)
    image[:, :20] = image[:, -20:] = 220  # bright ends, which a crop does not reach
    result = replace(report.result, val=dataset([image] * 2, [0, 1]))
    tile = contact_sheet(result, Geometry(64, 64, 1.0, mode), [0])[2:TILE - 2, 2:TILE - 2]
    middle, top = tile[TILE // 2, :, 0].astype(int), tile[4, TILE // 2]
    assert (middle[4] > 200) == (middle[-4] > 200) == (mode != 'crop')
    assert top.tolist() == ([114] * 3 if mode == 'letterbox' else [20] * 3)
