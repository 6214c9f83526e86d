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

"""Text on images: letters of every script that a font here has, and never question marks."""

import subprocess
import sys

import cv2
import numpy as np
import pytest
from shufflenet_ros.core.annotate import annotate, NamedHypothesis
from shufflenet_ros.core.lettering import (
    drawable,
    fonts_of,
    missing_letters,
    put_text,
    shortened,
    text_width,
)

LATIN, GREEK, CYRILLIC = 'Straße äöü é', 'χόρτο', 'трава'
UNKNOWN = '\U000131ff'
"""A hieroglyph, which no usual font has."""


def drawn(text, scale=0.6, size=(40, 300), left=5):
    """Draw a line on grey and give the image."""
    image = np.full((*size, 3), 60, np.uint8)
    put_text(image, text, left, 28, scale, (255, 255, 255))
    return image


@pytest.mark.parametrize('text', [LATIN, GREEK, CYRILLIC])
def test_letters_beyond_ascii_are_drawn(text):
    """Not as question marks, and each text in a way of its own."""
    pytest.importorskip('PIL')
    assert missing_letters(text) == '' and drawable(text) == text
    image, marks = drawn(text), drawn('?' * len(text))
    assert (image != 60).any() and (image != marks).any()
    assert (image != drawn(text[::-1])).any()
    assert image.max() > 200 and image.min() >= 60


def test_ascii_is_drawn_as_opencv_draws_it():
    """Nothing changes for those names."""
    image = np.full((40, 300, 3), 60, np.uint8)
    cv2.putText(image, 'grass 0.93', (5, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1,
                cv2.LINE_AA)
    np.testing.assert_array_equal(drawn('grass 0.93'), image)


def test_a_letter_that_no_font_has_is_drawn_as_its_code():
    """And it is named, so that somebody can install a font."""
    assert missing_letters(f'a{UNKNOWN}b{UNKNOWN}é') == UNKNOWN
    assert drawable(f'a{UNKNOWN}b') == r'a\U000131ffb'
    np.testing.assert_array_equal(drawn(UNKNOWN), drawn(r'\U000131ff'))


def test_both_unicode_forms_of_an_accent_look_alike():
    """File names of macOS have their accents apart."""
    np.testing.assert_array_equal(drawn('Gehölz'), drawn('Geho\u0308lz'))


def test_what_commands_a_terminal_is_drawn_as_text():
    """One line, whatever the label holds."""
    np.testing.assert_array_equal(drawn('a\nb\x1b'), drawn(r'a\nb\x1b'))


@pytest.mark.parametrize('text', ['grass ' * 40, LATIN * 20, CYRILLIC * 60, f'{UNKNOWN}é' * 50])
@pytest.mark.parametrize('max_width', [20, 100, 250])
def test_a_shortened_text_fits(text, max_width):
    """Its start and two dots."""
    short = shortened(text, max_width, 0.6)
    assert text_width(short, 0.6) <= max_width and short.endswith('..')
    assert drawable(text).startswith(short[:-2]) and (len(short) > 2 or max_width == 20)


@pytest.mark.parametrize('left', [-500, -20, 0, 280, 299, 300, 900])
@pytest.mark.parametrize('size', [(40, 300), (10, 300), (1, 1), (28, 12)])
def test_text_is_cut_off_at_the_edges(left, size):
    """Of images of any size."""
    assert drawn(CYRILLIC * 3, size=size, left=left).shape == (*size, 3)


def test_labels_of_every_script_can_be_annotated():
    """With scores beside them."""
    image = np.full((240, 320, 3), 90, np.uint8)
    annotate(image, [NamedHypothesis(name, 0.3) for name in (LATIN, '草地', UNKNOWN)],
             (0, 40, 240, 240), 'age 1.0 ms')
    assert (image > 200).any()


def test_without_pillow_every_name_is_drawn_by_its_codes():
    """On robots that do not have it: no error, no question mark."""
    code = """
import sys
sys.modules['PIL'] = None
import numpy as np
from shufflenet_ros.core import lettering
image = np.zeros((40, 300, 3), np.uint8)
lettering.put_text(image, 'Straße', 5, 28, 0.6, (255, 255, 255))
print(lettering.drawable('Straße'), lettering.missing_letters('Straße'), image.any())
"""
    done = subprocess.run([sys.executable, '-X', 'utf8', '-c', code], capture_output=True,
                          text=True, encoding='utf-8', timeout=60)
    assert (done.stdout.split(), done.stderr) == (['Stra\\xdfe', 'ß', 'True'], '')


def test_the_fonts_of_a_text_are_files():
    """For whoever draws with another library."""
    assert len(fonts_of(LATIN + CYRILLIC)) >= 1
