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

"""What a terminal shows after any changes of lines, and how little of it is sent."""

from io import StringIO
import random

from rich.text import Text
from screen_monitor.terminals import ENTER, Grid, LEAVE
from screen_monitor.views import text_of, view_of
from shufflenet_ros.screen_monitor.page import page
from shufflenet_ros.screen_monitor.painter import Painter
from shufflenet_ros.terminal.plain_console import PlainConsole

SIZE = (80, 24)
WORDS = ('grass', '0.98', '草地', '━━━━━━', '▁▂▃', ' ', '    ', 'é', 'x' * 30)


class Screen:
    """A painter and the terminal that it paints on."""

    def __init__(self, **options):
        self.file = StringIO()
        self.grid = Grid(*SIZE)
        self.painter = Painter(PlainConsole(file=self.file, force_terminal=True, width=80,
                                            **options))

    def paint(self, lines, size=SIZE):
        """Paint, and give what was sent."""
        self.painter.paint(lines, size)
        return self.sent()

    def sent(self):
        """Give what was sent since the last call; the grid shows it."""
        sent = self.file.getvalue()
        self.file.seek(0)
        self.file.truncate()
        self.grid.feed(sent)
        return sent


def test_any_change_of_lines_is_what_the_terminal_shows():
    """Narrow and wide characters, styles, shorter and longer lines, fewer and more of them."""
    screen, chance = Screen(), random.Random(0)
    lines = [Text() for _ in range(24)]
    for _ in range(300):
        for _ in range(chance.randrange(4)):
            line = Text.assemble(*((chance.choice(WORDS), chance.choice(('', 'bold', 'cyan')))
                                   for _ in range(chance.randrange(12))))
            line.truncate(80)
            lines[chance.randrange(24)] = line
        shown = lines[:chance.randrange(20, 25)]
        screen.paint(shown)
        assert screen.grid.lines() == [
            line.plain.rstrip() for line in shown] + [''] * (24 - len(shown))


def test_only_what_changed_is_sent():
    """Nothing for nothing; some bytes for a digit; all for a terminal of another size."""
    screen, view = Screen(), view_of(('front', 'left', 'rear', 'right'))
    first = screen.paint(page(view, *SIZE))
    assert first.startswith(ENTER.decode()) and len(first) > 1500
    assert screen.paint(page(view, *SIZE)) == ''
    view.note = 'ready'
    assert 5 < len(screen.paint(page(view, *SIZE))) < 20
    screen.grid = Grid(100, 30)
    assert len(screen.paint(page(view, 100, 30), (100, 30))) > 1500
    assert screen.grid.lines() == [line.rstrip() for line in text_of(page(view, 100, 30))]


def test_the_terminal_is_left_once_and_painted_anew_after_that():
    """As after Ctrl-Z."""
    screen = Screen()
    screen.paint([Text('one')])
    assert screen.painter.shows(SIZE)
    screen.painter.leave()
    screen.painter.leave()
    assert screen.sent() == LEAVE.decode() and not screen.painter.shows(SIZE)
    assert screen.paint([Text('one')]).startswith(ENTER.decode())


def test_without_colours_none_is_sent():
    """NO_COLOR leaves bold and dim."""
    screen = Screen(no_color=True)
    sent = screen.paint([Text.assemble(('grass', 'bold cyan'), ('W', 'yellow on red'))])
    assert '\x1b[1m' in sent and '36' not in sent and '33' not in sent
