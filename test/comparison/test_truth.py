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

"""Labels of users: what they are about, accuracy, and what is wrong with them."""

from comparison.made_results import compare, drive, row, TOPIC, write, write_csv
import pytest
from recordings.bags import SECOND_NS, START_NS
from shufflenet_ros.comparison.compare import CompareOptions, judged
from shufflenet_ros.evaluation.report.classes import wilson


@pytest.fixture
def results(tmp_path):
    """Give a folder of results: 10 frames of asphalt, 10 of grass."""
    return write(tmp_path / 'a', drive(20))


def accuracy(results, file):
    """Give the figures of a result with labels, without a report."""
    return judged(CompareOptions(results, labels=file)).metrics['results']['A']['truth']


def at(number, offset=0):
    return START_NS + number * SECOND_NS // 10 + offset


@pytest.mark.parametrize('columns, rows', [
    (('received_ns', 'label'), [(at(n), 'asphalt') for n in range(15)]),
    (('stamp_ns', 'label'), [(at(n, -1_000_000), 'asphalt') for n in range(15)]),
    (('label', 'start_s', 'end_s'), [('asphalt', 0, 1.5)]),
    (('start_s', 'end_s', 'label', 'topic', 'recording'),
     [(0, 1.5, 'asphalt', TOPIC, 'drive'), (0, 9, 'ice', '/rear', ''), (0, 9, 'ice', '', 'x')]),
    (('start_s', 'end_s', 'label'), [(0, 1.0, 'asphalt'), (1.0, 1.5, 'asphalt'), (3, 4, '')]),
    (('\ufeffreceived_ns', 'label', 'why'), [(at(n), ' asphalt ', '"') for n in range(15)]),
])
def test_each_way_to_name_frames(results, tmp_path, columns, rows):
    """15 frames are asphalt, of which 10 are called so."""
    file = write_csv(tmp_path / 'labels.csv', columns, *rows)
    found = accuracy(results, file)
    share = wilson(10, 15)
    assert found['accuracy'] == {'value': round(10 / 15, 6), 'low': round(share.low, 6),
                                 'high': round(share.high, 6)}
    assert found['classes']['asphalt']['precision']['value'] == 1.0
    assert found['classes']['asphalt']['recall']['value'] == round(10 / 15, 6)
    assert found['classes']['grass']['precision'] == {
        'value': 0.0, 'low': 0.0, 'high': round(wilson(0, 5).high, 6)}
    assert found['classes']['grass']['recall']['value'] is None
    assert found['confusion'] == [
        {'truth': 'asphalt', 'best': 'asphalt', 'frames': 10},
        {'truth': 'asphalt', 'best': 'grass', 'frames': 5}]


def test_fail_under_of_one_result_is_the_accuracy(results, tmp_path, capsys):
    """At the share itself it passes."""
    file = write_csv(tmp_path / 'labels.csv', ('start_s', 'end_s', 'label'), (0, 2, 'asphalt'))
    for least, wanted in ((0.5, 0), (0.51, 1)):
        code, _, error = compare(capsys, results, '--labels', file, '--fail-under', least)
        assert code == wanted
    assert 'accuracy 0.5000 (10 of 20 frames)' in error
    assert (results / 'report' / 'confusion_truth_A.png').is_file()


def test_labels_of_cells_are_refused_with_what_to_use_instead(results, tmp_path, capsys):
    """Rows of frames.csv that say nothing of a cell, or have no label, are as good as others."""
    columns = ('path', 'label', 'stamp_ns', 'topic', 'cell', 'region', 'grid')
    rows = [('', label, at(0, -1_000_000), TOPIC, cell, '0,0,1,1', '2x1')
            for label, cell in (('', 'r0c0'), ('asphalt', ''), ('grass', 'r0c1'))]
    assert accuracy(results, write_csv(tmp_path / 'whole.csv', columns, *rows[:2]))['frames'] == 1
    code, _, error = compare(capsys, results, '--labels', write_csv(
        tmp_path / 'cells.csv', columns, *rows))
    assert code == 1 and len(error.splitlines()) == 1
    for part in ('line 4 is about the cell r0c1', 'frames without --grid', 'evaluate'):
        assert part in error


def test_damaged_frames_are_wrong(tmp_path):
    """What was not classified was not right."""
    rows = drive(20, n3=row(3, '', 0.0, problem='no message'))
    file = write_csv(tmp_path / 'labels.csv', ('start_s', 'end_s', 'label'), (0, 1, 'asphalt'))
    found = accuracy(write(tmp_path / 'a', rows), file)
    assert (found['hits'], found['frames']) == (9, 10)


def test_both_results_have_their_accuracy(results, tmp_path, capsys):
    """And the truth stands beside changed frames."""
    write(tmp_path / 'b', drive(20, n5=row(5, 'gravel')))
    file = write_csv(tmp_path / 'labels.csv', ('start_s', 'end_s', 'label'), (0, 1, 'asphalt'))
    code, said, _ = compare(capsys, results, tmp_path / 'b', '--labels', file)
    assert code == 0 and 'accuracy of A 1.0000' in said and 'accuracy of B 0.9000' in said


@pytest.mark.parametrize('words, columns, rows', [
    (['its columns are received_ns, class', 'expected a column label'],
     ('received_ns', 'class'), [(1, 'a')]),
    (['expected a column label, and stamp_ns'], ('label',), [('a',)]),
    (['no row in it has a label'], ('received_ns', 'label'), [(1, '')]),
    (['line 2', "received_ns 'x'", 'whole number'], ('received_ns', 'label'), [('x', 'a')]),
    (['line 3', 'received_ns'], ('received_ns', 'label'), [(at(0), 'a'), ('', 'b')]),
    (['line 2', "start_s '2'", 'end after the start'], ('start_s', 'end_s', 'label'),
     [(2, 1, 'a')]),
    (['line 2', "'nan'"], ('start_s', 'end_s', 'label'), [('nan', 1, 'a')]),
    (['none of its 1 rows is about a frame'], ('received_ns', 'label'), [(5, 'a')]),
    (['line 3 says', "'b'", 'line 2 says', "'a'", 'same frame'], ('start_s', 'end_s', 'label'),
     [(0, 1, 'a'), (0.5, 2, 'b')]),
])
def test_what_is_wrong_with_labels_is_named(results, tmp_path, capsys, words, columns, rows):
    """File, line, value, what was expected."""
    file = write_csv(tmp_path / 'labels.csv', columns, *rows)
    code, _, error = compare(capsys, results, '--labels', file)
    assert code == 1 and error.count('\n') == 1 and 'labels.csv' in error
    assert all(word in error for word in words), error


def test_a_missing_file_of_labels_gives_one_line(results, tmp_path, capsys):
    """Before anything is read."""
    code, _, error = compare(capsys, results, '--labels', tmp_path / 'none.csv')
    assert code == 1 and 'none.csv' in error and error.count('\n') == 1
