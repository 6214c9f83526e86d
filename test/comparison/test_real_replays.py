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

"""Replays of the shipped models through the whole verb: every format, report, images."""

from html.parser import HTMLParser
import json
import shutil

from comparison.made_results import compare, metrics
import cv2
import numpy as np
import pytest
from recordings.bags import record_images, views
from shufflenet_ros.comparison.read_results import read_results

FORMATS = ('parquet', 'jsonl', 'csv', 'mcap')
COLUMNS = ('recording', 'topic', 'received_ns', 'stamp_ns', 'best', 'label', 'problem')


class Page(HTMLParser):
    """What a page would load, and what a reader sees of it."""

    def __init__(self, path):
        super().__init__()
        self.loaded, self.images, self.words, self.scripts = [], 0, [], 0
        self._inside = []
        self.feed(path.read_text(encoding='utf-8'))

    def handle_starttag(self, tag, attrs):
        if tag not in ('meta', 'img', 'br', 'link'):
            self._inside.append(tag)
        self.images += tag == 'img'
        self.scripts += tag == 'script'
        self.loaded += [value for name, value in attrs if name in (
            'src', 'href', 'srcset', 'data', 'action', 'poster')]

    def handle_endtag(self, tag):
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data):
        if not {'script', 'style'} & set(self._inside):
            self.words.append(data)

    @property
    def text(self):
        return ' '.join(' '.join(self.words).split())


def test_every_format_gives_the_same_results(replays):
    """The folder, and each file of it on its own, with the times beside it."""
    folder = read_results(replays / 'int8')
    assert len(folder) == 12 and folder.labels[0]
    assert np.isfinite(folder.times['total']).all()
    assert len(read_results(replays / 'int8' / 'results')) == 12
    for kind in FORMATS:
        one = read_results(replays / 'int8' / 'results' / f'drive.{kind}')
        for name in COLUMNS:
            assert getattr(one, name).tolist() == getattr(folder, name).tolist(), (kind, name)
        assert np.allclose(one.score, folder.score, atol=1e-6)
        assert one.times['total'].tolist() == folder.times['total'].tolist()
        assert one.provenance == folder.provenance, kind


@pytest.mark.parametrize('kind', FORMATS)
def test_a_format_agrees_with_another_one(replays, kind, tmp_path, capsys):
    """What was written twice is the same."""
    results = replays / 'int8' / 'results'
    code, said, _ = compare(capsys, results / 'drive.csv', results / f'drive.{kind}', '--out',
                            tmp_path / 'out', '--fail-under', '1')
    assert code == 0 and 'agreement 1.0000: 12 of 12 frames' in said


def test_the_report_of_two_has_everything(replays, tmp_path, capsys):
    """Page, charts, metrics, JUnit; images come from the recording."""
    out = tmp_path / 'out'
    code, said, error = compare(capsys, replays / 'int8', replays / 'fp32', '--out', out)
    assert (code, error) == (0, '')
    assert 'options precision: A int8, B fp32' in said
    found = metrics(out)
    assert found['passed'] is None and found['agreement']['frames'] == 12
    assert {one['name'] for one in found['differences']} >= {'model form', 'options precision'}
    page = Page(out / 'report.html')
    assert all(value.startswith('data:') for value in page.loaded)
    assert f'{found["agreement"]["agreed"]}' in said
    assert 'A and B agree on' in page.text and 'fp32' in page.text
    for name in ('timeline', 'latency', 'confusion'):
        assert cv2.imread(str(out / f'{name}.png')).shape[1] > 300, name


def test_the_report_of_one_shows_images_where_the_class_changes(replays, tmp_path, capsys):
    """At least the first frame."""
    code, _, _ = compare(capsys, replays / 'int8', '--out', tmp_path / 'out')
    page = Page(tmp_path / 'out' / 'report.html')
    assert code == 0 and page.images >= 1
    assert cv2.imread(str(tmp_path / 'out' / 'changes.png')).shape[0] > 100


def test_the_same_input_gives_the_same_bytes(replays, tmp_path, capsys):
    """Every file of the report."""
    for out in ('one', 'two'):
        compare(capsys, replays / 'int8', replays / 'fp32', '--out', tmp_path / out)
    names = sorted(path.name for path in (tmp_path / 'one').iterdir())
    assert {'metrics.json', 'junit.xml', 'report.html', 'timeline.png'} <= set(names)
    for name in names:
        assert (tmp_path / 'one' / name).read_bytes() == (
            tmp_path / 'two' / name).read_bytes(), name


def test_a_recording_that_is_gone_costs_the_images_alone(replays, tmp_path, capsys):
    """A line says so; --recording gives them back."""
    shutil.copytree(replays / 'int8', tmp_path / 'results')
    manifest = tmp_path / 'results' / 'manifest.json'
    content = json.loads(manifest.read_text())
    content['recordings']['drive']['path'] = str(tmp_path / 'gone')
    manifest.write_text(json.dumps(content))
    code, said, _ = compare(capsys, tmp_path / 'results')
    page = Page(tmp_path / 'results' / 'report' / 'report.html')
    assert code == 0 and 'is not there; give --recording' in said and not page.images
    assert 'is not there; give --recording' in page.text
    code, said, _ = compare(capsys, tmp_path / 'results', '--recording', replays / 'drive')
    assert code == 0 and 'not there' not in said
    assert Page(tmp_path / 'results' / 'report' / 'report.html').images


def test_a_tampered_result_fails(replays, tmp_path, capsys):
    """One answer changed by hand: exit code 1, one line on standard error."""
    shutil.copytree(replays / 'int8', tmp_path / 'tampered')
    for name in ('parquet', 'csv', 'mcap'):
        (tmp_path / 'tampered' / 'results' / f'drive.{name}').unlink()
    file = tmp_path / 'tampered' / 'results' / 'drive.jsonl'
    lines = file.read_text().splitlines()
    changed = json.loads(lines[5])
    changed['best'] = changed['label'] = 'gravel' if changed['best'] != 'gravel' else 'grass'
    file.write_text('\n'.join([*lines[:5], json.dumps(changed), *lines[6:]]) + '\n')
    code, said, error = compare(capsys, replays / 'int8', tmp_path / 'tampered', '--fail-under',
                                '0.99', '--out', tmp_path / 'out')
    assert code == 1 and 'not met: --fail-under 0.99' in said
    assert error == ('shufflenet_ros compare: failed: --fail-under 0.99: agreement 0.9166 (11 of '
                     '12 frames), wanted agreement at least 0.99\n')
    found = metrics(tmp_path / 'out')
    assert found['passed'] is False
    assert [one['at_s'] for one in found['agreement']['changed_frames']] == [0.4]
    assert 'Failed' in Page(tmp_path / 'out' / 'report.html').text


def test_a_label_of_frames_csv_is_the_truth(replays, tmp_path, capsys):
    """The verb frames writes it, a user fills in the labels."""
    from shufflenet_ros.cli.main import main
    assert main(['frames', str(replays / 'drive'), '--out', str(tmp_path / 'frames'), '--every',
                 '0', '--keep-duplicates']) == 0
    table = tmp_path / 'frames' / 'frames.csv'
    lines = table.read_text().splitlines()
    table.write_text('\n'.join([lines[0], *(line.replace(',,', ',asphalt,', 1)
                                            for line in lines[1:])]) + '\n')
    capsys.readouterr()
    code, said, _ = compare(capsys, replays / 'int8', '--labels', table, '--out', tmp_path / 'o')
    best = read_results(replays / 'int8').best
    hits = int((best == 'asphalt').sum())
    assert code == 0 and f'{hits} of 12 labelled frames' in said


def test_images_of_another_recording_are_not_taken(tmp_path, capsys, replays):
    """It does not have those frames, and says so."""
    record_images(tmp_path / 'other', views(2), start_ns=5)
    code, said, _ = compare(capsys, replays / 'int8', '--recording', tmp_path / 'other', '--out',
                            tmp_path / 'o')
    assert code == 0 and 'images are not in it' in said
