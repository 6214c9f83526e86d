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

"""What a table of results answers, and in which words it fails, on results made by hand."""

import json
import pickle

import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.replay.results import FrameResult, FrameTimes, NamedHypothesis
from shufflenet_ros.testing.golden_values import differences
from shufflenet_ros.testing.table import ResultTable
import yaml

FRONT, REAR = '/front', '/rear'
START_NS = 1_700_000_000_000_000_000
LABELS = ('asphalt', 'grass', 'gravel')


def row(number, label, score=0.9, topic=FRONT, problem='', best=None):
    """Give the result of an image; ten come in a second."""
    name = '' if problem else label or best or 'asphalt'
    known = ('drive', topic, START_NS + number * 100_000_000, 0, 'camera', 'bgr8', 8, 8)
    if problem:
        return FrameResult(*known, problem=problem)
    hypotheses = (NamedHypothesis(LABELS.index(label), label, score),) if label else ()
    return FrameResult(*known, name, score, label, hypotheses)


def table(*rows):
    """Give a table whose n-th image took n ms of inference."""
    times = tuple(FrameTimes(1.0, 0.0, 0.0, 0.0 if one.problem else float(number), 0.0)
                  for number, one in enumerate(rows))
    return ResultTable('drive', rows, times, START_NS, LABELS)


DRIVE = table(*(row(number, 'grass', 0.8) for number in range(4)),
              row(4, '', 0.3, best='gravel'),
              row(5, '', problem='truncated image'),
              *(row(number, 'gravel') for number in range(6, 10)))
"""A second: four images of grass, one below the threshold, one damaged, four of gravel."""
BOTH = table(*(row(number, 'grass', topic=(FRONT, REAR)[number % 2]) for number in range(6)))


def test_a_table_is_a_sequence_of_its_rows():
    """With what whole packages of tests ask first."""
    assert len(DRIVE) == 10 and list(DRIVE) == list(DRIVE.rows) and DRIVE[-1].label == 'gravel'
    assert DRIVE.topics == (FRONT,) and BOTH.topics == (FRONT, REAR)
    assert [one.problem for one in DRIVE.problems] == ['truncated image']
    assert repr(DRIVE) == '<drive: 10 images of /front>'
    assert repr(table(row(0, 'grass', topic='/a\nb'))) == r'<drive: 1 image of /a\nb>'


def test_a_part_keeps_the_seconds_of_the_whole():
    """The end of a range is not in it; times go with their rows."""
    part = DRIVE.between(0.6, 0.9)
    assert [round(part.seconds(one), 3) for one in part] == [0.6, 0.7, 0.8]
    assert part.between(0.7).latency_ms('inference', 0) == 7
    assert len(DRIVE.between(0.95)) == 0


def test_a_topic_is_chosen_with_or_without_its_slash():
    """Another name is told those that there are."""
    assert len(BOTH.for_topic('rear')) == len(BOTH.for_topic(REAR)) == 3
    with pytest.raises(ConfigurationError, match='topic /side: not among those of drive: /front, '
                                                 '/rear'):
        BOTH.for_topic('/side')


@pytest.mark.parametrize('seconds, expected', [
    ((), 'grass'),  # four of grass and four of gravel: the first counts
    ((0, 0.4), 'grass'), ((0.5, 0.8), 'gravel'), ((0.4, 0.6), ''), ((0.3, 0.6), ''),
    ((0.5,), 'gravel')])
def test_the_class_of_a_range_is_that_of_most_images(seconds, expected):
    """Those below the threshold and damaged ones have none, which may be the answer."""
    assert DRIVE.class_between(*seconds) == expected


def test_a_share_counts_all_images():
    """Also damaged ones; a class that the model does not have is a mistake."""
    assert DRIVE.share_of('grass') == 0.4 and DRIVE.share_of('', 0.4, 0.6) == 1
    assert DRIVE.share_of('asphalt') == 0
    with pytest.raises(ConfigurationError, match="class 'gras': the model has asphalt, grass"):
        DRIVE.share_of('gras')


def test_what_has_no_answer_says_so():
    """A range without images, and one of two cameras."""
    for ask in (DRIVE.class_between, lambda *seconds: DRIVE.share_of('grass', *seconds)):
        with pytest.raises(ConfigurationError, match='drive: no image from 5 to 6 s; it has '
                                                     r'images of 0\.00 to 0\.90 s'):
            ask(5, 6)
    with pytest.raises(ConfigurationError, match='images of /front, /rear; choose one'):
        BOTH.class_between()
    with pytest.raises(ConfigurationError, match='no image was classified'):
        table(row(0, '', problem='cut off')).latency_ms()


def test_runs_and_changes():
    """A damaged image is a run of its own and changes nothing."""
    assert [(one.label, one.problem, one.frames, one.from_s) for one in DRIVE.runs()] == [
        ('grass', '', 4, 0.0), ('', '', 1, 0.4), ('', 'truncated image', 1, 0.5),
        ('gravel', '', 4, 0.6)]
    assert [one[1:] for one in DRIVE.changes()] == [(0.4, 'grass', ''), (0.6, '', 'gravel')]
    assert BOTH.changes() == []
    assert [(one.topic, one.frames) for one in BOTH.runs()] == [(FRONT, 3), (REAR, 3)]


def test_latency_is_that_of_classified_images():
    """Percentiles as numpy has them, and stages with or without their unit."""
    assert DRIVE.latency_ms('inference', 100) == DRIVE.latency_ms('inference_ms', 100) == 9
    assert DRIVE.latency_ms('inference', 0) == 0 and DRIVE.latency_ms(percentile=0) == 1
    assert DRIVE.latency_ms('inference') == 4  # of 0 1 2 3 4 6 7 8 9
    for stage, percentile in (('inferenze', 50), ('total', 101)):
        with pytest.raises(ConfigurationError, match='expected one of read, decode, .*, total'):
            DRIVE.latency_ms(stage, percentile)


def test_rows_become_dictionaries():
    """Results, second and times in one."""
    one = DRIVE.to_dicts()[6]
    assert one['seconds'] == 0.6 and one['label'] == 'gravel' and one['inference_ms'] == 6
    assert one['hypotheses'] == [{'class_id': 2, 'label': 'gravel', 'score': 0.9}]
    json.dumps(DRIVE.to_dicts())


def test_answers_are_plain_values_for_others():
    """YAML, JSON and other processes get text and numbers."""
    seen, share = DRIVE.class_between(0, 0.4), DRIVE.share_of('grass')
    assert yaml.safe_dump([seen, share]) == yaml.safe_dump(['grass', 0.4])
    assert json.dumps([seen, share]) == '["grass", 0.4]'
    assert [type(one) for one in pickle.loads(pickle.dumps([seen, share]))] == [str, float]


def test_an_answer_knows_what_it_was_made_of():
    """In eight lines at most, which pytest shows all."""
    assert DRIVE.class_between(0.3, 0.7).account == (
        '<drive: 4 images of /front> from 0.3 to 0.7 s: grass 25.0%, no class 25.0%, '
        'damaged 25.0%',
        '   0.30 to 0.30 s: grass, score 0.80 (0.80 to 0.80), 1 image',
        '   0.40 to 0.40 s: no class, best gravel, score 0.30 (0.30 to 0.30), 1 image',
        '   0.50 to 0.50 s: 1 image damaged (truncated image)',
        '   0.60 to 0.60 s: gravel, score 0.90 (0.90 to 0.90), 1 image')
    restless = table(*(row(number, LABELS[number % 3]) for number in range(60)))
    assert len(restless.class_between().account) == 7
    assert restless.class_between().account[-1].strip() == 'and 55 more runs'
    assert 'longest 9.00 ms at 0.90 s' in DRIVE.latency_ms('inference', 99).account[0]


def test_a_golden_file_holds_runs():
    """What a person can read and check."""
    assert DRIVE.golden() == {'recording': 'drive', 'topics': {FRONT: {'images': 10, 'runs': [
        {'from_s': 0.0, 'frames': 4, 'class': 'grass', 'score': 0.8},
        {'from_s': 0.4, 'frames': 1, 'class': None, 'score': 0.3},
        {'from_s': 0.5, 'frames': 1, 'problem': 'truncated image'},
        {'from_s': 0.6, 'frames': 4, 'class': 'gravel', 'score': 0.9}]}}}


def changed(**changes):
    """Give the drive with other results for some images, by number."""
    rows = list(DRIVE.rows)
    for name, one in changes.items():
        rows[int(name.removeprefix('image_'))] = one
    return table(*rows)


@pytest.mark.parametrize('other, agreement, lines', [
    (DRIVE, 1.0, []),
    (changed(image_1=row(1, 'asphalt')), 0.9, []),
    (changed(image_1=row(1, 'asphalt')), 1.0, [
        '/front: 1 of 10 images have another class; agreement 0.900, expected 1',
        '  1 image from 0.10 s on: asphalt, the golden file has grass']),
    (changed(image_0=row(0, 'asphalt'), image_5=row(5, 'gravel')), 0.85, [
        '/front: 2 of 10 images have another class; agreement 0.800, expected 0.85',
        '  1 image from 0.00 s on: asphalt, the golden file has grass',
        '  1 image from 0.50 s on: gravel, the golden file has damaged (truncated image)']),
    (changed(image_2=row(2, 'grass', 0.6)), 1.0, []),  # a mean of 0.75 for 0.80
    (changed(image_2=row(2, 'grass', 0.4)), 1.0, [
        '  /front at 0.00 s: grass has score 0.70, the golden file 0.80; 0.05 is allowed']),
    (table(*DRIVE.rows[:9]), 1.0, ['/front: 9 images, the golden file has 10']),
    (table(*DRIVE.rows, row(11, 'grass', topic=REAR)), 1.0, [
        '/rear: not in the golden file, in the results'])])
def test_what_differs_from_a_golden_file(other, agreement, lines):
    """Image by image, with the time of each."""
    assert differences(DRIVE.golden(), other.golden(), agreement, 0.05) == lines
