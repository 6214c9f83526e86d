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

"""Two results: which frames belong together, agreement, what changed."""

from comparison.made_results import compare, drive, metrics, PROVENANCE, row, TOPIC, write
from comparison.node_bags import record_outputs
import pytest
from recordings.bags import START_NS
from shufflenet_ros.comparison.agreement import agreement_of, episodes_of
from shufflenet_ros.comparison.join import join
from shufflenet_ros.comparison.read_results import read_results


def pair(folder, rows_a, rows_b):
    """Read two results, and join them."""
    a, b = (read_results(write(folder / name, rows)) for name, rows in (
        ('a', rows_a), ('b', rows_b)))
    return a, b, agreement_of(a, b, join(a, b))


def test_frames_in_one_only_count_as_disagreement(tmp_path, capsys):
    """20 frames in A, of which B lacks two and has another one."""
    rows = [one for number, one in enumerate(drive(20)) if number not in (3, 4)]
    _, _, found = pair(tmp_path, drive(20), [*rows, row(99)])
    assert (len(found.joined.a), len(found.joined.only_a), len(found.joined.only_b)) == (18, 2, 1)
    assert found.frames == 21 and found.agreed == 18 and found.share == pytest.approx(18 / 21)
    code, said, _ = compare(capsys, tmp_path / 'a', tmp_path / 'b', '--out', tmp_path / 'out')
    assert code == 0 and '2 only in A, 1 only in B' in said
    listed = metrics(tmp_path / 'out')['agreement']['only_in_a_frames']
    assert [one['at_s'] for one in listed] == [0.3, 0.4]


def test_best_and_label_are_told_apart(tmp_path):
    """The same best class below the threshold in one of them: another label."""
    _, _, found = pair(tmp_path, drive(20), drive(20, n7=row(7, 'asphalt', 0.4)))
    assert found.share == 1.0 and found.label_share == pytest.approx(19 / 20)


def test_equal_times_are_joined_one_by_one(tmp_path):
    """Three frames with one time of recording: the first with the first."""
    same = [row(0, 'asphalt'), row(0, 'grass'), row(0, 'gravel')]
    _, _, found = pair(tmp_path, same, same)
    assert found.share == 1.0 and found.frames == 3
    _, _, found = pair(tmp_path / 'less', same, same[:2])
    assert found.agreed == 2 and len(found.joined.only_a) == 1


def test_damaged_in_both_counts_for_nothing_and_in_one_as_a_difference(tmp_path):
    """Two empty answers are no agreement."""
    damaged = row(3, '', 0.0, problem='no message')
    also = row(4, '', 0.0, problem='no message')
    _, _, found = pair(tmp_path, drive(20, n3=damaged, n4=also), drive(20, n3=damaged))
    assert found.frames == 19 and found.agreed == 18
    assert found.changed.tolist() == [4]


def test_changes_that_follow_one_another_are_one_place(tmp_path):
    """Frames 2, 3 and 4, then 9."""
    a, b, found = pair(tmp_path, drive(20), drive(20, n2=row(2, 'gravel'), n3=row(3, 'grass'),
                                                  n4=row(4, 'gravel'), n9=row(9, 'gravel')))
    assert episodes_of(a, found) == [(2, 5), (9, 10)]


def test_one_recording_of_each_is_joined_whatever_its_name(tmp_path):
    """A copy of the bag has another name; it is told."""
    rows = [row(number, recording='copy') for number in range(10)]
    a, b, found = pair(tmp_path, drive(20)[:10], rows)
    assert found.share == 1.0
    assert 'drive' in found.joined.remarks[0] and 'copy' in found.joined.remarks[0]


def test_results_of_other_recordings_have_nothing_in_common(tmp_path, capsys):
    """An agreement of 0, not an error and not 1."""
    write(tmp_path / 'a', [row(number, recording=name) for name in 'xy' for number in range(4)])
    write(tmp_path / 'b', [row(number, recording=name) for name in 'vw' for number in range(4)])
    code, said, error = compare(capsys, tmp_path / 'a', tmp_path / 'b', '--fail-under', '0.1')
    assert code == 1 and 'agreement 0.0000: 0 of 16 frames' in said and error.count('\n') == 1


def test_only_the_stamps_are_common_with_what_a_node_published(tmp_path):
    """Recorded later than the images; the camera's name stands for its topic."""
    results = read_results(write(tmp_path / 'a', drive(20)))
    bag = record_outputs(tmp_path / 'live', 'mcap', [
        (one.received_ns + 5_000_000, one.stamp_ns, one.best, one.score) for one in drive(20)[2:]])
    live = read_results(bag)
    assert not live.is_offline and not live.has_best and set(live.topic) == {'/classifier'}
    found = agreement_of(results, live, join(results, live))
    assert found.by == 'label' and found.agreed == 18 and found.frames == 20
    assert any('by their stamps' in line for line in found.joined.remarks)


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_bags_of_a_node_are_read(tmp_path, capsys, storage):
    """Both storages of rosbag2, folder and bare file; below the threshold none is named."""
    rows = [(START_NS + number * 10 ** 8, START_NS + number, 'grass', 0.8) for number in range(5)]
    written = record_outputs(tmp_path / 'live', storage, [*rows, (START_NS + 10 ** 9, 7, '', 0.0)])
    bag = written.rename(tmp_path / 'li#ve')
    for path in (bag, next(bag.glob('*.mcap' if storage == 'mcap' else '*.db3'))):
        found = read_results(path)
        assert found.label.tolist() == ['grass'] * 5 + [''] and found.stamp_ns[5] == 7
    code, _, _ = compare(capsys, bag, '--out', tmp_path / 'out')
    assert code == 0


def test_what_differs_about_both_is_named(tmp_path, capsys):
    """Model, options and versions; what is the same is not."""
    other = {**PROVENANCE, 'model': {**PROVENANCE['model'], 'sha256': 'cd34'}}
    write(tmp_path / 'a', drive(20))
    write(tmp_path / 'b', drive(20), provenance=other)
    _, said, _ = compare(capsys, tmp_path / 'a', tmp_path / 'b')
    assert 'model sha256: A ab12, B cd34' in said and 'numpy' not in said
    assert metrics(tmp_path / 'a' / 'report')['differences'] == [
        {'name': 'model sha256', 'a': 'ab12', 'b': 'cd34'}]


def test_topics_are_never_mixed(tmp_path):
    """Two cameras that share their times."""
    rows = [row(number, best, topic=topic) for number in range(5)
            for topic, best in ((TOPIC, 'asphalt'), ('/rear', 'grass'))]
    _, _, found = pair(tmp_path, rows, list(reversed(rows)))
    assert found.share == 1.0 and found.frames == 10
