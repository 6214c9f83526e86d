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

"""Text from outside, shown in one line that no terminal obeys."""

import pytest
from shufflenet_ros.core.text import plain


@pytest.mark.parametrize('text, shown', [
    ('grass', 'grass'),
    ('Kopfsteinpflaster (naß)', 'Kopfsteinpflaster (naß)'),
    ('草地 \u3000 трава عشب', '草地 \u3000 трава عشب'),
    ('می\u200cخواهم', 'می\u200cخواهم'),
    ('C:\\data\\a.png', 'C:\\data\\a.png'),
    ('a\nb\r\nc\td', r'a\nb\r\nc\td'),
    ('\x1b[2J\x1b]0;title\x07', r'\x1b[2J\x1b]0;title\x07'),
    ('\x9b31mred', r'\x9b31mred'),
    ('gnp\u202egpj.exe', r'gnp\u202egpj.exe'),
    ('a\u2028b\u2029c\x85d', r'a\u2028b\u2029c\x85d'),
    ('\ufeffa\u200bb\u2066c', r'\ufeffa\u200bb\u2066c'),
    ('a\x00b', r'a\x00b'),
    ('caf\udce9', r'caf\udce9'),
    ('\U000e0041\ue000', r'\U000e0041\ue000'),
    (b'caf\xe9\n', r'caf\udce9\n'),
    (b'na\xc3\xafve', 'naïve'),
    (3.5, '3.5'),
    (None, 'None'),
    ('', ''),
])
def test_what_has_no_glyph_is_shown_as_an_escape(text, shown):
    """Letters of every script stay; a second time changes nothing."""
    assert plain(text) == shown
    assert plain(plain(text)) == shown


@pytest.mark.parametrize('character', ['a', '\n', '\x1b', '\u202e', '\U000e0041', '草'])
@pytest.mark.parametrize('limit', [0, 1, 2, 3, 4, 10, 200])
@pytest.mark.parametrize('length', [0, 1, 3, 10, 199, 200, 201, 100_000])
def test_no_text_is_longer_than_the_limit(character, limit, length):
    """An escape is never cut in two: only the ellipsis stands for what is missing."""
    shown = plain(character * length, limit)
    assert len(shown) <= limit
    assert shown.isprintable()
    if limit > 3:
        assert not shown.replace('...', '').replace(plain(character), '')


def test_a_long_text_keeps_both_ends():
    """The ends of paths tell them apart, and the end of a message says what to do."""
    shown = plain(f'/data/{"x" * 10_000}/front.png', 40)
    assert shown.startswith('/data/') and shown.endswith('/front.png') and '...' in shown


def test_ten_megabytes_take_no_time():
    """Only the ends are looked at."""
    text = '\x1b' * 10_000_000
    assert len(plain(text)) <= 200


def test_every_character_of_unicode_is_printable_or_a_space_or_a_joiner():
    """No character of any plane gets through that moves a cursor or hides."""
    for number in range(0x110000):
        shown = plain(chr(number))
        assert shown.isprintable() or shown.isspace() or shown in '\u200c\u200d', hex(number)
        assert '\n' not in shown and '\r' not in shown and len(shown.splitlines()) == 1
