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

"""Whatever users call their files and classes, a terminal shows it and obeys nothing."""

import ast
from io import StringIO
from pathlib import Path

import pytest
from rich.table import Table
from shufflenet_ros.cli.terminal.progress import TerminalProgress
from shufflenet_ros.terminal.plain_console import PlainConsole

PACKAGE = Path(__file__).resolve().parents[2] / 'shufflenet_ros'
ROBOT_LOG = {'error', 'fatal', 'info', 'warn', 'warning', 'debug'}
OURS = {'program', 'args.verb'}
"""Values that are always ours."""
NAMES = ['[/b]', 'grass [wet]', '[bold red]x', ':smile:', '[link=http://x]y[/link]', '\\[x]',
         'a\nforged line', '\x1b[2Jcleared', '\x1b]0;title\x07', '\x9b31m', 'a\rb', '\udce9',
         '\u202egnp.exe', '草地', 'naß', '\u2028x', '[@click=app.bell]z[/]', '100%|{name}']


def lines_of(show, **options):
    """Give what a terminal of 200 columns gets."""
    file = StringIO()
    show(PlainConsole(file=file, width=200, **options))
    return file.getvalue().splitlines()


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('is_terminal', [False, True])
def test_a_name_is_shown_as_it_is(name, is_terminal):
    """On one line: brackets, codes of emoji, escapes, newlines, half characters."""
    from shufflenet_ros.core.text import plain
    shown = plain(name)
    assert lines_of(lambda console: console.print(f'class {name}!'),
                    force_terminal=is_terminal) == [f'class {shown}!']

    def table(console):
        made = Table(title=f'about {name}')
        made.add_column(name)
        made.add_column('wide ' * 10)
        made.add_row(name, name)
        console.print(made)

    lines = lines_of(table, force_terminal=is_terminal)
    assert [line.count(shown) for line in lines] == [1, 0, 1, 0, 2, 0]
    allowed = ('\x1b[1m', '\x1b[3m', '\x1b[0m') if is_terminal else ()
    text = '\n'.join(lines)
    for style in allowed:  # rich's own, of titles and headers
        text = text.replace(style, '')
    assert '\x1b' not in text and '\x9b' not in text


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('is_terminal', [False, True])
def test_progress_shows_names_as_they_are(name, is_terminal):
    """Of stages, in notes and in lines above the bars."""
    def work(console):
        with TerminalProgress(console) as progress:
            progress.say(f'said {name}')
            update = progress.start(name, 2)
            update(1, name)
            update(2, name)

    text = '\n'.join(lines_of(work, force_terminal=is_terminal))
    from shufflenet_ros.core.text import plain
    assert text.count(plain(name)) >= 2 and f'said {plain(name)}' in text
    assert '\x1b[2Jcleared' not in text and '\nforged' not in text


def calls(tree):
    """Give each call of a file with the name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func
            yield node, (name.id if isinstance(name, ast.Name) else
                         name.attr if isinstance(name, ast.Attribute) else '')


def is_safe(node):
    """Whether an expression can only be text of ours, a number, or went through ``plain``."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.JoinedStr):
        return all(map(is_safe, node.values))
    if isinstance(node, ast.FormattedValue):
        spec = ast.unparse(node.format_spec) if node.format_spec is not None else ''
        return is_safe(node.value) or spec.rstrip("'").endswith(('d', 'f', 'g', '%')) or (
            ast.unparse(node.value) in OURS)
    if isinstance(node, ast.BinOp):
        return is_safe(node.left) and is_safe(node.right)
    if isinstance(node, ast.IfExp):
        return is_safe(node.body) and is_safe(node.orelse)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in (
        'plain', 'len', 'str')


@pytest.mark.parametrize('path', sorted(PACKAGE.rglob('*.py')),
                         ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_is_printed_that_did_not_pass_the_sanitizer(path):
    """A console is a plain one; ``print``, ``Text`` and ``write`` get text that is safe."""
    tree = ast.parse(path.read_text())
    found = []
    for node, name in calls(tree):
        if name == 'Console' or name == 'from_markup':
            found.append(node.lineno)
        is_print = isinstance(node.func, ast.Name) and name in ('print', 'Text')
        is_stream = name == 'write' and 'sys.std' in ast.unparse(node.func)
        if (is_print or is_stream) and node.args and not is_safe(node.args[0]):
            if not (name == 'Text' and 'str(' in ast.unparse(node.args[0])):
                found.append(node.lineno)
    assert not found, f'{path}: lines {found} print what a user may have named; see core/text.py'


def test_the_rule_sees_what_bypasses_it():
    """The names that it knows are those that are used."""
    bad = ast.parse("print(f'{name}: x'); print(name); print('a' + name); Text(name)")
    assert not any(is_safe(node.args[0]) for node, _ in calls(bad))
    bad = ast.parse("print(f'{name:<12}')")
    assert not any(is_safe(node.args[0]) for node, _ in calls(bad))
    good = ast.parse("print(f'{plain(name)} {x:.2f}'); print('a'); print(plain(name, 3) + 'b')")
    assert all(is_safe(node.args[0]) for node, name in calls(good) if name == 'print')


@pytest.mark.parametrize('path', sorted((PACKAGE / 'node').rglob('*.py')),
                         ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_nodes_log_takes_no_value_from_outside_as_it_is(path):
    """Names of topics and providers are those of this machine; all else goes through plain."""
    known = {'name', 'topic', 'text', 'describe(error)', 'camera', 'self._topic', 'times'}
    tree, found = ast.parse(path.read_text()), []
    for node, name in calls(tree):
        if name in ROBOT_LOG and isinstance(node.func, ast.Attribute) and 'logger' in ast.unparse(
                node.func.value) and not is_safe(node.args[0]):
            values = [one for one in ast.walk(node) if isinstance(one, ast.FormattedValue)]
            found += [ast.unparse(one.value) for one in values
                      if not is_safe(one) and ast.unparse(one.value) not in known
                      and '.describe(' not in ast.unparse(one.value)
                      and 'engine.' not in ast.unparse(one.value)]
    assert not found, f'{path}: {found}'
