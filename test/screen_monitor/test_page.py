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

"""The screen as lines, at all sizes, with whatever names there are."""

import pytest
from screen_monitor.views import text_of, view_of, widest
from shufflenet_ros.monitoring.rules import Level
from shufflenet_ros.observer.observed import ObservedNode
from shufflenet_ros.screen_monitor.page import page
from shufflenet_ros.screen_monitor.view import Prompt, Surroundings, View

FOUR = ('front', 'left', 'rear', 'right')
FINDING = (Level.WARN, 'rear', 'results are late: 310 ms; lower the rate of the camera')


def view_of_many(count):
    """Make a view of so many cameras, each with a finding."""
    names = [f'camera_{number:02}' for number in range(count)]
    return view_of(names, findings=[(Level.ERROR, name, f'{name} is silent; check its cable')
                                    for name in names])


@pytest.mark.parametrize('view', [
    view_of(FOUR, findings=[FINDING]), view_of(['']), view_of_many(20),
    view_of(['front'], {'0': '草地' * 30, '1': 'x' * 300, '2': '\x1b[2J\ngrass\u202e'}), View(),
    View(node=ObservedNode('/classifier'), wanted='/classifier')],
    ids=['four', 'nameless', 'twenty', 'labels', 'nothing', 'wanted'])
def test_the_page_fills_every_size_and_never_more(view):
    """Each line is as wide as the terminal at most; the keys stand in the last one."""
    for columns in (60, 79, 80, 100, 147, 160, 300):
        for rows in (12, 17, 24, 30, 50, 120):
            lines = page(view, columns, rows)
            assert len(lines) == rows and widest(lines) <= columns
            assert text_of(lines)[-1].startswith('up/down camera  +/- threshold')
            assert not any('\x1b' in line or '\n' in line for line in text_of(lines))


@pytest.mark.parametrize('columns, rows', [(40, 10), (59, 24), (80, 11), (10, 1), (1, 1)])
def test_a_terminal_that_is_too_small_is_told(columns, rows):
    """In as many words as fit."""
    lines = page(view_of(FOUR), columns, rows)
    assert len(lines) <= rows and widest(lines) <= columns
    if columns == 40:
        assert text_of(lines) == ['The terminal is too small: 40x10.',
                                  'At least 60x12 is needed.', 'q quits.']


def test_80x24_has_all_cameras_the_chosen_one_in_full_and_its_finding():
    """Four cameras are what a robot has."""
    view = view_of(FOUR, findings=[FINDING, (Level.ERROR, 'left', 'silent')], replaced=3)
    view.camera = 'rear'
    lines = text_of(page(view, 80, 24))
    assert lines[0].startswith('/robot1/classifier  active  surfaces  int8_native avx2')
    assert lines[1] == ('threshold 0.70 (of the card)  top_k 5  max_rate_hz none  '
                        'max_age_ms 150')
    assert [line[3:8].strip() for line in lines[3:7]] == list(FOUR)
    assert lines[5].startswith('>W rear ') and lines[4].startswith(' E left ')
    rear = lines[5].split()
    assert rear[2:6] == ['10.0', '10.0', 'grass', '0.80']
    assert rear[-2:] == ['149.0', '198.0']  # of the frames 99 to 199
    assert lines[7].startswith('── rear  grass 0.80 ─')
    stages = [line.split() for line in lines[8:16]]
    assert [words[-2:] for words in stages[:7]] == [
        [f'{number}.00'] * 2 for number in range(1, 8)]
    assert stages[0][-5:-2] == ['age', 'at', 'receipt'] and stages[7][0] == 'total'
    assert stages[0][0] == 'grass' and stages[1][0] == 'gravel'
    assert lines[16].rstrip().endswith('max 199.0 ms')
    assert lines[17].startswith('drops replaced 57 (3.0/s)  lost 0')
    assert lines[18] == 'WARN rear: results are late: 310 ms; lower the rate of the camera'
    assert lines[19] == 'ERROR left: silent'


def test_160x50_has_all_four_cameras_with_their_stages():
    """Two beside each other."""
    lines = text_of(page(view_of(FOUR), 160, 50))
    assert sum(line.count('age at receipt') for line in lines) == 4
    assert [sum(f'── {name}  ' in line for line in lines) for name in FOUR] == [1] * 4


def test_a_long_list_shows_the_chosen_camera_and_where_it_is():
    """In the table and in full; and says how many findings do not fit."""
    view = view_of_many(20)
    view.camera = 'camera_13'
    lines = text_of(page(view, 80, 24))
    assert lines[2].startswith('12-16 of 20')
    assert [line[:12] for line in lines[3:8]] == [
        f'{">" if number == 13 else " "}E camera_{number}'[:12] for number in range(11, 16)]
    assert any(line.startswith('── camera_13 ') for line in lines)
    assert 'ERROR camera_13: camera_13 is silent; check its cable' in lines
    assert any(line.startswith('18 more or longer') for line in lines)


def test_what_is_not_there_is_said():
    """No result for a while, nothing above the threshold, a node that is gone."""
    view = view_of(('front', 'rear'))
    view.node.cameras['front'].hypotheses = ()
    view.node.cameras['front'].label = 'below threshold 0.70: metal 0.41'
    assert 'below thresho' in text_of(page(view, 80, 24))[3]
    view.now_s = 29.0
    lines = text_of(page(view, 120, 24))
    assert lines[0].startswith('/robot1/classifier  no report for 10 s: it has ended or is out of')
    assert 'no result for 10 s' in lines[3]


def test_the_wait_says_for_what_and_what_to_check():
    """Also which other nodes there are, and how far this process looks."""
    view = View(now_s=12.0, wanted='/classifier', nodes=['/robot1/classifier'],
                surroundings=Surroundings('rmw_x', '66', 'ROS_LOCALHOST_ONLY=1'))
    lines = text_of(page(view, 80, 24))
    assert lines[0] == 'Waiting for the classifier /classifier (12 s)'
    text = '\n'.join(lines)
    for words in ('/classifier/label_info', 'lifecycle set /classifier configure',
                  'ROS_DOMAIN_ID=66, ROS_LOCALHOST_ONLY=1', 'rmw_x', '/robot1/classifier (key n)'):
        assert words in text


def test_a_prompt_shows_the_end_of_what_is_typed():
    """And stands in the place of the note, which comes again."""
    view = view_of(['front'])
    view.note = 'threshold is 0.5 now'
    assert text_of(page(view, 80, 24))[-2] == view.note
    view.prompt = Prompt('model', 'a' * 100 + 'end')
    line = text_of(page(view, 80, 24))[-2]
    assert line.startswith('model: aaa') and 'aend   enter: set   esc: leave' in line
