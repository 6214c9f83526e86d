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

"""Conditions: what they measure, groups, the JUnit file, and what is wrong with a file of them."""

from xml.etree import ElementTree

from comparison.made_results import compare, drive, metrics, row, write, write_csv
import pytest
from recordings.bags import START_NS
from shufflenet_ros.comparison.compare import CompareOptions, judged

TIMES = [1.0] * 19 + [30.0]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Give results A, and B with one frame changed and one missing."""
    folder = tmp_path_factory.mktemp('conditions')
    write(folder / 'a', drive(20), times=TIMES)
    write(folder / 'b', drive(20, n5=row(5, 'gravel'))[:19])
    write_csv(folder / 'labels.csv', ('start_s', 'end_s', 'label'), (0, 1, 'asphalt'),
              (1, 1.7, 'grass'), (1.7, 9, 'gravel'))
    return folder


def checks(folder, out, text, **more):
    """Judge conditions about A, without a report; give the checks."""
    file = out / 'conditions.yaml'
    file.write_text(text, encoding='utf-8')
    return judged(CompareOptions(folder / 'a', conditions=file, **more)).checks


def one_condition(lines):
    return 'Conditions:\n  - condition_name: it\n' + ''.join(f'    {line}\n' for line in lines)


@pytest.mark.parametrize('passes, lines', [
    (True, ['label: asphalt', 'PassRate: 50']),
    (False, ['label: asphalt', 'PassRate: 50.1']),
    (True, ['label: [asphalt, grass]', 'condition_type: all_of']),
    (False, ['label: asphalt', 'condition_type: all_of']),
    (True, ['label: asphalt', 'condition_type: all_of', 'time: {start: 0.0, end: 0.9}']),
    (False, ['label: asphalt', 'condition_type: all_of', 'time: {start: 0.0, end: 1.0}']),
    (True, ['label: grass', 'condition_type: all_of', 'time: {start: 1.0}']),
    (True, ['label: grass', 'condition_type: all_of',
            f'time: {{start: {START_NS / 1e9 + 1.0}, end: {START_NS / 1e9 + 50}}}']),
    (True, ['label: gravel', 'condition_type: any_of', 'judgement: negative']),
    (False, ['label: grass', 'condition_type: any_of', 'judgement: negative']),
    (True, ['label: grass', 'condition_type: any_of']),
    (True, ['label: grass', 'condition_type: percentage_larger_than',
            'percentage_threshold: 0.49']),
    (False, ['label: grass', 'condition_type: percentage_larger_than',
             'percentage_threshold: 0.5']),
    (True, ['label: gravel', 'condition_type: percentage_less_than',
            'percentage_threshold: 0.01']),
    (True, ['label: grass', 'condition_type: duration_larger_than', 'duration_threshold: 0.99']),
    (False, ['label: grass', 'condition_type: duration_larger_than', 'duration_threshold: 1.01']),
    (True, ['label: grass', 'condition_type: duration_less_than', 'duration_threshold: 1.01']),
    (False, ['label: asphalt', 'PassRate: 50', 'topic: /rear']),
    (False, ['label: asphalt', 'PassRate: 0', 'recording: other']),
    (True, ['label: asphalt', 'PassRate: 50', 'topic: /camera/image_raw', 'recording: drive']),
    (True, ['metric_name: latency/inference_ms/p50', 'value_range: {max: 1.0}']),
    (False, ['metric_name: latency/inference_ms/p99', 'value_range: {max: 20.0}']),
    (True, ['metric_name: latency/inference_ms/max', 'value_range: {max: 1.0}',
            'time: {end: 1.8}']),
    (True, ['metric_name: rate_hz', 'value_range: {min: 9.99, max: 10.01}']),
    (True, ['metric_name: frames', 'value_range: {min: 20, max: 20}']),
    (True, ['metric_name: gaps', 'value_range: {max: 0}']),
    (True, ['metric_name: changes', 'value_range: {min: 1, max: 1}']),
    (False, ['metric_name: mean_score', 'value_range: {min: 0.95}']),
    (False, ['metric_name: agreement', 'value_range: {min: 0}']),
    (False, ['metric_name: accuracy', 'value_range: {min: 0}']),
])
def test_a_condition_about_one_result(folder, tmp_path, passes, lines):
    """Each kind, both ways; what cannot be measured is not met."""
    found, = checks(folder, tmp_path, one_condition(lines))
    assert (found.holds, found.counts, found.name) == (passes, True, 'it'), found


@pytest.mark.parametrize('passes, lines', [
    (True, ['metric_name: agreement', 'value_range: {min: 0.9, max: 0.9}']),
    (False, ['metric_name: agreement', 'value_range: {min: 0.91}']),
    (True, ['metric_name: agreement', 'value_range: {min: 1}', 'time: {start: 0.6, end: 1.8}']),
    (False, ['metric_name: agreement', 'value_range: {min: 1}', 'time: {start: 0.5, end: 1.8}']),
    (True, ['metric_name: changed_frames', 'value_range: {max: 1}']),
    (True, ['metric_name: only_in_a', 'value_range: {min: 1, max: 1}']),
    (True, ['label: gravel', 'condition_type: any_of']),
    (False, ['label: gravel', 'condition_type: any_of', 'result: A']),
    (True, ['metric_name: score_difference/max', 'value_range: {max: 0.0}']),
    (True, ['metric_name: accuracy', 'value_range: {min: 0.84, max: 0.85}']),
    (True, ['metric_name: accuracy', 'value_range: {min: 0.85, max: 0.85}', 'result: A']),
    (True, ['metric_name: recall/grass', 'value_range: {min: 1}']),
    (True, ['metric_name: precision/gravel', 'value_range: {max: 0}']),
    (False, ['metric_name: precision/ice', 'value_range: {max: 1}']),
])
def test_a_condition_about_two_results_and_the_truth(folder, tmp_path, passes, lines):
    """B is meant unless A is named."""
    found, = checks(folder, tmp_path, one_condition(lines), b=folder / 'b',
                    labels=folder / 'labels.csv')
    assert found.holds == passes, found


GROUPS = """
ScenarioFormatVersion: 3.1.0
ScenarioName: groups
Evaluation:
  UseCaseName: classification
  UseCaseFormatVersion: 1.0.0
  Conditions:
    - group_name: either
      group_type: any_of
      condition_list:
        - {condition_name: gravel, label: gravel, condition_type: any_of}
        - group_name: both
          group_type: all_of
          condition_list:
            - {condition_name: half, label: asphalt, PassRate: 50}
            - {condition_name: fast, metric_name: latency/inference_ms/p50,
               value_range: {max: 2}}
    - group_name: "all & <every>"
      group_type: all_of
      condition_list:
        - {condition_name: some, label: grass, condition_type: any_of}
        - {condition_name: none, label: grass, condition_type: any_of, judgement: negative}
"""


def test_groups_nest_and_junit_has_each_condition(folder, tmp_path, capsys):
    """What a group that holds does not need is skipped; the rest fails with both values."""
    (tmp_path / 'groups.yaml').write_text(GROUPS)
    code, _, error = compare(capsys, folder / 'a', '--conditions', tmp_path / 'groups.yaml',
                             '--out', tmp_path / 'report')
    assert code == 1 and error == (
        'shufflenet_ros compare: failed: all & <every>: 1 of 2 hold; not: none, wanted all of '
        'its conditions\n')
    found = {one['name']: one['passed'] for one in metrics(tmp_path / 'report')['checks']}
    assert found == {
        'either': True, 'either / gravel': False, 'either / both': True,
        'either / both / half': True, 'either / both / fast': True, 'all & <every>': False,
        'all & <every> / some': True, 'all & <every> / none': False}
    suite = ElementTree.parse(tmp_path / 'report' / 'junit.xml').getroot().find('testsuite')
    assert suite.attrib | {'name': ''} == {'name': '', 'tests': '8', 'failures': '2',
                                           'errors': '0', 'skipped': '1', 'time': '0'}
    cases = {case.get('name'): case for case in suite}
    assert [*cases] == [*found]
    assert all(case.get('classname') and case.get('time') for case in suite)
    message = cases['all & <every> / none'].find('failure').get('message')
    assert message == 'measured: in 10 of 20 frames (50.00%); wanted: grass in no frame'
    assert cases['either / gravel'].find('skipped') is not None


def test_junit_without_conditions_has_one_skipped_case(folder, tmp_path, capsys):
    """An empty suite would be an error for some readers."""
    compare(capsys, folder / 'a', '--out', tmp_path)
    suite = ElementTree.parse(tmp_path / 'junit.xml').getroot().find('testsuite')
    assert (suite.get('tests'), suite.get('skipped'), len(suite)) == ('1', '1', 1)


@pytest.mark.parametrize('line, words, text', [
    (1, ['expected keys with values'], '- a\n- b\n'),
    (1, ['Conditions is missing'], 'ScenarioName: x\n'),
    (2, ["'Condition' is no key", 'did you mean Conditions?'],
     'ScenarioName: x\nCondition: []\n'),
    (1, ['Conditions: expected a list'], 'Conditions: {a: 1}\n'),
    (1, ['Conditions: expected a list'], 'Conditions: []\n'),
    (2, ['condition_name is missing'], 'Conditions:\n  - label: a\n    PassRate: 3\n'),
    (3, ["'lable' is no key of a condition", 'did you mean label?'],
     one_condition(['lable: a', 'PassRate: 3'])),
    (2, ['label is missing'], one_condition(['PassRate: 3'])),
    (2, ['expected one of PassRate and condition_type'], one_condition(['label: a'])),
    (2, ['expected one of PassRate and condition_type', 'both'],
     one_condition(['label: a', 'PassRate: 3', 'condition_type: any_of'])),
    (4, ['PassRate: 101', 'from 0 to 100'], one_condition(['label: a', 'PassRate: 101'])),
    (4, ["PassRate: 'high'"], one_condition(['label: a', 'PassRate: high'])),
    (4, ['PassRate: nan'], one_condition(['label: a', 'PassRate: .nan'])),
    (4, ["condition_type: 'some_of'", 'all_of, any_of'],
     one_condition(['label: a', 'condition_type: some_of'])),
    (2, ['percentage_threshold is missing'],
     one_condition(['label: a', 'condition_type: percentage_larger_than'])),
    (5, ['percentage_threshold: 95', 'from 0 to 1'],
     one_condition(['label: a', 'condition_type: percentage_larger_than',
                    'percentage_threshold: 95'])),
    (5, ['duration_threshold has no meaning for all_of'],
     one_condition(['label: a', 'condition_type: all_of', 'duration_threshold: 1'])),
    (5, ['time: start 5 is above end 2'],
     one_condition(['label: a', 'PassRate: 3', 'time: {start: 5, end: 2}'])),
    (5, ["'begin' is no key of time"],
     one_condition(['label: a', 'PassRate: 3', 'time: {begin: 5}'])),
    (3, ['label: False', 'put it in quotes'], one_condition(['label: off', 'PassRate: 3'])),
    (3, ['metric_name:', 'did you mean latency/inference_ms/p99?'],
     one_condition(['metric_name: latency/inference_ms/p98', 'value_range: {max: 1}'])),
    (2, ['value_range is missing'], one_condition(['metric_name: frames'])),
    (4, ['value_range: expected min, max or both'],
     one_condition(['metric_name: frames', 'value_range: {}'])),
    (5, ["result: 'C'", 'A, B'], one_condition(['label: a', 'PassRate: 3', 'result: C'])),
    (5, ['stands here twice'], one_condition(['label: a', 'PassRate: 3', 'label: b'])),
    (5, ["condition_name: 'it' stands here twice"],
     one_condition(['label: a', 'PassRate: 3']) + '  - {condition_name: it}\n'),
    (2, ['group_type is missing'],
     'Conditions:\n  - group_name: g\n    condition_list: [{condition_name: a}]\n'),
    (2, ['condition_list is missing'], 'Conditions:\n  - {group_name: g, group_type: any_of}\n'),
    (2, ['an alias'], 'Conditions:\n  - &a {condition_name: a}\n  - *a\n'),
    (2, [], 'Conditions:\n  - {condition_name: a\n'),
])
def test_what_is_wrong_with_a_file_is_named_with_its_line(folder, tmp_path, capsys, line, words,
                                                          text):
    """The key, the line, what was expected; exit code 1, and no report."""
    (tmp_path / 'conditions.yaml').write_text(text, encoding='utf-8')
    code, _, error = compare(capsys, folder / 'a', '--conditions', tmp_path / 'conditions.yaml',
                             '--out', tmp_path / 'report')
    assert code == 1 and error.count('\n') == 1 and not (tmp_path / 'report').exists()
    number = int(error.partition(' line ')[2].partition(':')[0])
    # PyYAML names the place where it gives up for what is no YAML.
    assert number == line or (not words and number >= line) or 'alias' in error, error
    assert all(word in error for word in words), error
    assert 'conditions.yaml' in error


@pytest.mark.parametrize('content', [
    b'\xff\xfe\x00', b'', b'"', pytest.param(b'[' * 5000, id='deep'),
    pytest.param(b'Conditions: ' + b'9' * 4000, id='long'), b'? [a]\n: b\n'])
def test_a_file_that_is_no_conditions_gives_one_line(folder, tmp_path, capsys, content):
    """Never a traceback."""
    (tmp_path / 'c.yaml').write_bytes(content)
    code, _, error = compare(capsys, folder / 'a', '--conditions', tmp_path / 'c.yaml')
    assert code == 1 and error.count('\n') == 1 and 'c.yaml' in error
