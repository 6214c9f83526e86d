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

"""Grids of all sizes as maps of letters with a legend, at all widths."""

from io import StringIO

import pytest
from screen_monitor.views import text_of, view_of
from shufflenet_ros.core.palette import PALETTE
from shufflenet_ros.observer.grid_cells import cells_of, CellsReading
from shufflenet_ros.screen_monitor.control import Control
from shufflenet_ros.screen_monitor.grid_map import grid_map
from shufflenet_ros.screen_monitor.page import page
from shufflenet_ros.screen_monitor.plain_lines import PlainLines
from shufflenet_ros.terminal.plain_console import PlainConsole

LABELS = {'0': 'grass', '1': 'gravel', '27': '\x1b[2J草地\n' * 9}


def cells(rows, columns, classes=('0', '1', '27', None)):
    """Make a grid of these classes, one after the other."""
    return cells_of(CellsReading(1, tuple(
        (f'r{place // columns}c{place % columns}',
         None if classes[place % len(classes)] is None
         else (classes[place % len(classes)], 0.5))
        for place in range(rows * columns))), LABELS)


@pytest.mark.parametrize('rows, columns', [
    (1, 1), (2, 2), (3, 4), (8, 6), (16, 16), (1, 256), (256, 1), (9, 28)])
@pytest.mark.parametrize('classes', [('0',), (None,), ('0', '1', '27', None),
                                     tuple(map(str, range(0, 1000, 7))), ('999999',)])
def test_a_map_fills_its_place_and_never_more(rows, columns, classes):
    """Each line, whatever the labels are."""
    for width in (26, 38, 46, 80, 200):
        lines = grid_map(cells(rows, columns, classes), width, 8, 'a hint')
        assert [line.cell_len for line in lines] == [width] * 8
        assert not any('\x1b' in line or '\n' in line for line in text_of(lines))


def test_a_small_grid_has_letters_scores_and_shares():
    """The colours are those of the annotated images."""
    lines = grid_map(cells(2, 2, ('0', '1', '0', None)), 46, 8, 'key c: classes')
    assert [line.split() for line in text_of(lines)[:4]] == [
        ['A', 'B', 'A', 'grass', '50', '%'], ['.50', '.50', 'B', 'gravel', '25', '%'],
        ['A', '-', '-', 'below', 'threshold', '25', '%'], ['.50', 'key', 'c:', 'classes']]
    blue, green, red = PALETTE[0]
    shown = PlainConsole(file=StringIO(), force_terminal=True, color_system='truecolor',
                         _environ={})
    shown.print(lines[0])
    assert f'48;2;{red};{green};{blue}m  A  ' in shown.file.getvalue()
    plain = PlainConsole(file=StringIO(), force_terminal=True, _environ={'NO_COLOR': '1'})
    plain.print(lines[0])
    assert ';2;' not in plain.file.getvalue() and '  A  ' in plain.file.getvalue()


def test_a_grid_that_is_too_large_is_shown_smaller():
    """A letter is what most of its cells are, and the legend says how many these are."""
    classes = ['1'] * 256
    for place in (0, 16, 34, 35, 50, 51):
        classes[place] = '0'
    lines = text_of(grid_map(cells(16, 16, classes), 46, 8))
    assert [line[:16] for line in lines[:3]] == ['A' + 15 * 'B', 'BBAA' + 12 * 'B', 16 * 'B']
    assert any('1 letter: 1x2 cells' in line for line in lines)
    lines = text_of(grid_map(cells(16, 16, tuple(map(str, range(40)))), 46, 8))
    assert '1 letter: ' in lines[-1] and 'and 34 more' in lines[-2]


def test_the_page_has_the_cells_of_a_camera_with_a_grid_until_c_is_pressed():
    """The class of the whole stays above; others have their classes."""
    view = view_of(('front', 'rear'))
    view.node.cameras['front'].record_cells(CellsReading(1, (
        ('r0c0', ('0', 0.9)), ('r0c1', ('1', 0.8)))), LABELS, 19.0)
    for columns, rows in ((60, 17), (80, 24), (160, 50)):
        lines = text_of(page(view, columns, rows))
        assert len(lines) == rows and max(map(len, lines)) <= columns
    text = '\n'.join(text_of(page(view, 80, 24)))
    assert 'A grass' in text and 'key c: classes' in text and '── front  grass 0.80' in text
    Control(view, None).press('c')
    text = '\n'.join(text_of(page(view, 80, 24)))
    assert 'A grass' not in text and 'key c: cells' in text
    assert any('front: grass 0.80, cells: grass 50 %, gravel 50 %, ' in line
               for line in PlainLines().lines(view))


def test_where_only_cells_are_classified_they_are_the_result():
    """Before the first result of the whole, or long after the last."""
    view = view_of(('front',), seconds=20)
    front = view.node.cameras['front']
    for last_s in (None, 1.0):
        front.last_result_s = last_s
        front.record_cells(CellsReading(1, (('r0c0', ('0', 0.9)),)), LABELS, 19.0)
        assert 'cells: grass 100 %' in '\n'.join(text_of(page(view, 120, 24))[2:4])
