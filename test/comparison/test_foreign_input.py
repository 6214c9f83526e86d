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

"""Input that is none, is damaged, or has hostile names: one line, and a page that stays ours."""

from html.parser import HTMLParser
import json
import re
from xml.etree import ElementTree

from comparison.made_results import compare, drive, metrics, PROVENANCE, row, write, write_csv
import plotly.graph_objects
import pytest

EVIL = ['</script><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '<b>$x^2$</b>',
        "'; DROP", 'two\nlines\x1b[31m', '\u202egnp', '=cmd()', '%{x} {{y}}', '\ufffe\ud800',
        '<a href="javascript:alert(1)">x</a>', '{"a":1}', '', ' ']


def test_hostile_names_stay_text_everywhere(tmp_path, capsys):
    """Page, metrics, JUnit, console: no tag, no attribute, no escape sequence of theirs."""
    names = [name.encode('utf-8', 'replace').decode() for name in EVIL]
    rows = [row(number, names[number % len(names)], recording='drive <b>', topic='/<i>&"\'')
            for number in range(26)]
    provenance = {**PROVENANCE, 'model': {'name': EVIL[0], 'sha256': EVIL[1], 'labels': names}}
    write(tmp_path / 'a', rows, provenance=provenance)
    write(tmp_path / 'b', [row(number, names[(number + 1) % len(names)], recording='drive <b>',
                               topic='/<i>&"\'') for number in range(26)])
    conditions = tmp_path / 'c.yaml'
    conditions.write_text(json.dumps({'Conditions': [
        {'condition_name': name, 'label': name, 'PassRate': 100} for name in EVIL[:2]]}))
    labels = write_csv(tmp_path / 'l.csv', ('start_s', 'end_s', 'label'), (0, 9, EVIL[1]))
    code, said, error = compare(capsys, tmp_path / 'a', tmp_path / 'b', '--conditions',
                                conditions, '--labels', labels, '--out', tmp_path / 'out')
    assert code == 1 and error.count('\n') == 1
    assert '\x1b' not in said + error and '\u202e' not in said
    tags = Tags(tmp_path / 'out' / 'report.html')
    assert tags.names <= {'html', 'head', 'meta', 'title', 'style', 'body', 'h1', 'h2', 'h3', 'p',
                          'b', 'br', 'div', 'span', 'strong', 'table', 'tr', 'th', 'td', 'script',
                          'figure', 'figcaption', 'details', 'summary', 'img'}
    assert tags.attributes <= {'lang', 'charset', 'content', 'http-equiv', 'name', 'class', 'id',
                               'style', 'type', 'alt', 'width', 'height', 'src', 'data-head'}
    assert not [value for value in tags.sources if not value.startswith('data:')]
    assert 'alert(1)' in tags.text
    for figure in tags.figures:
        for word in re.findall(r'<[^>]*>', json.dumps(figure)):
            assert word in ('<br>', '<extra>', '</extra>'), word
    ElementTree.parse(tmp_path / 'out' / 'junit.xml')
    metrics(tmp_path / 'out')


def test_figures_are_what_plotly_knows(tmp_path, capsys):
    """Each property of each chart."""
    write(tmp_path / 'a', drive(20))
    write(tmp_path / 'b', drive(20, n3=row(3, 'gravel')))
    compare(capsys, tmp_path / 'a', tmp_path / 'b', '--out', tmp_path / 'out')
    figures = Tags(tmp_path / 'out' / 'report.html').figures
    assert len(figures) == 4
    for figure in figures:
        plotly.graph_objects.Figure(figure)


class Tags(HTMLParser):
    """Every tag and attribute of a page, what it loads, its text, its figures."""

    def __init__(self, path):
        super().__init__()
        self.names, self.attributes, self.sources = set(), set(), []
        self.text, self.figures, self._kind = '', [], None
        self.feed(path.read_text(encoding='utf-8'))

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.sources += [value for name, value in attrs if name == 'src']
        self._kind = dict(attrs).get('type', '') if tag == 'script' else None

    def handle_data(self, data):
        if self._kind is None:
            self.text += data
        elif self._kind == 'application/json' and data.strip():
            self.figures.append(json.loads(data))


@pytest.mark.parametrize('name, content, words', [
    ('none.jsonl', None, ['no such file or folder', 'shufflenet_ros replay']),
    ('text.txt', b'hello\n', ['no results', 'expected a folder']),
    ('empty.csv', b'', ['no results']),
    ('image.png', b'\x89PNG\r\n\x1a\n' + b'\0' * 99, ['no results']),
    ('other.csv', b'recording,a,b\n1,2,3\n', ['lacks the column topic, received_ns']),
    ('other.jsonl', b'{"a": 1}\n', ['lacks the column']),
    ('cut.jsonl', b'{"provenance": {}}\n{"topic": "/a", "recei', ['damaged in line 2']),
    ('bytes.jsonl', b'{"provenance": {}}\n{"topic": "\xff"}\n', ['not UTF-8']),
    ('deep.jsonl', b'{"a": ' + b'[' * 100_000, ['damaged in line 1']),
    ('cut.parquet', b'PAR1 and nothing more', ['damaged']),
    ('cut.mcap', b'\x89MCAP0\r\n\x01', ['cannot be read as a bag', 'no results']),
    ('cut.db3', b'SQLite format 3\0' + b'\0' * 500, ['cannot be read as a bag']),
    ('folder', 'folder', ['no results']),
    ('replay', 'manifest', ['no results in it yet']),
    ('broken', 'broken manifest', ['manifest.json: damaged']),
])
@pytest.mark.parametrize('as_b', [False, True])
def test_what_is_no_result_gives_one_line(tmp_path, capsys, name, content, words, as_b):
    """Of A and of B; no report is begun."""
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path.mkdir()
        if 'manifest' in content:
            (path / 'manifest.json').write_text('{' if 'broken' in content else (
                '{"state": "running", "recordings": {}}'))
    good = write(tmp_path / 'good', drive(20))
    pair = (good, path) if as_b else (path,)
    code, said, error = compare(capsys, *pair, '--out', tmp_path / 'out')
    assert code == 1 and error.count('\n') == 1 and name in error
    assert any(word in error for word in words), error
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('column, value', [
    ('received_ns', 'x'), ('received_ns', 1.5), ('received_ns', True), ('received_ns', 2 ** 70),
    ('score', 'high'), ('score', None), ('best', 3), ('label', None), ('topic', ['a'])])
def test_values_of_another_kind_are_named(tmp_path, capsys, column, value):
    """Line, column, value."""
    path = write(tmp_path / 'a', drive(20)) / 'results' / 'drive.jsonl'
    lines = path.read_text().splitlines()
    lines[4] = json.dumps({**json.loads(lines[4]), column: value})
    path.write_text('\n'.join(lines))
    code, _, error = compare(capsys, tmp_path / 'a')
    assert code == 1 and error.count('\n') == 1
    assert 'line 5' in error and column in error, error


def test_a_row_of_csv_with_too_few_values_is_named(tmp_path, capsys):
    """A file that was cut."""
    path = write(tmp_path / 'a', drive(20), kinds=('csv',)) / 'results' / 'drive.csv'
    path.write_text(path.read_text()[:-20])
    code, _, error = compare(capsys, tmp_path / 'a')
    assert code == 1 and 'damaged in line 22' in error


@pytest.mark.parametrize('more', [('--fail-under', '1.5'), ('--fail-under', 'nan'),
                                  ('--fail-under', '0.9')])
def test_a_share_that_makes_no_sense_is_refused(tmp_path, capsys, more):
    """Out of range, or of one result without labels."""
    write(tmp_path / 'a', drive(20))
    code, _, error = compare(capsys, tmp_path / 'a', *more)
    assert code == 1 and '--fail-under' in error and error.count('\n') == 1


def test_an_unfinished_replay_says_so(tmp_path, capsys):
    """What is there is shown."""
    folder = write(tmp_path / 'a', drive(20))
    (folder / 'manifest.json').write_text(json.dumps({'state': 'running', 'recordings': {
        'drive': {'path': 7, 'span_ns': 'x', 'damage': ['a chunk is damaged']}}}))
    code, said, _ = compare(capsys, folder)
    assert code == 0 and 'was not finished' in said and 'a chunk is damaged' in said
