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

"""Bytes to rows: the right pixels, no copy, and a clear error for every kind of bad image."""

import numpy as np
import pytest
from shufflenet_ros.core.encoding.decode import decode, ENCODINGS
from shufflenet_ros.core.errors import FrameError, UnsupportedEncodingError
from shufflenet_ros.core.frame import Frame

PACKED8 = ['8UC1', '8UC3', 'bgr8', 'bgra8', 'mono8', 'rgb8', 'rgba8']


def image(encoding='rgb8', height=5, width=7, padding=0, seed=0):
    """Random rows (height, width, channels) and a frame that holds them with padded rows."""
    channels = ENCODINGS[encoding].channels
    rows = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    step = width * channels + padding
    buffer = np.full((height, step), 255, np.uint8)
    buffer[:, :width * channels] = rows.reshape(height, -1)
    return rows, Frame(buffer.tobytes(), height, width, encoding, step)


@pytest.mark.parametrize('padding', [0, 1, 13])
@pytest.mark.parametrize('encoding', PACKED8)
def test_rows_are_the_pixels_whatever_the_padding(encoding, padding):
    """Padded rows do not skew the image."""
    rows, frame = image(encoding, padding=padding)
    np.testing.assert_array_equal(decode(frame).rows, rows)


@pytest.mark.parametrize('is_bigendian', [False, True])
def test_16_bits_are_read_in_the_byte_order_of_the_frame(is_bigendian):
    """The same two bytes are two numbers."""
    frame = Frame(bytes([1, 2]), 1, 1, 'mono16', 2, is_bigendian=is_bigendian)
    assert decode(frame).rows.item() == (0x0102 if is_bigendian else 0x0201)


def test_the_bytes_are_viewed_and_not_copied():
    """A later write to the message's buffer shows in the rows: there is no copy on the way."""
    buffer = bytearray(2 * 8)
    rows = decode(Frame(buffer, 2, 2, 'rgb8', 8)).rows
    buffer[8] = 42
    assert rows[1, 0, 0] == 42


def test_the_last_row_may_lack_its_padding():
    """Drivers that end the buffer with the last pixel are understood."""
    rows, frame = image(padding=4)
    short = Frame(frame.data[:-4], frame.height, frame.width, frame.encoding, frame.step)
    np.testing.assert_array_equal(decode(short).rows, rows)


@pytest.mark.parametrize('encoding', sorted(ENCODINGS))
def test_no_encoding_is_copied(encoding):
    """Whatever the layout, the arrays lie in the message's own memory."""
    buffer = bytearray(8 * 80)
    view = decode(Frame(buffer, 4, 4, encoding, 40))
    memory = np.frombuffer(buffer, np.uint8)
    arrays = [part for name in view.__slots__
              if isinstance(part := getattr(view, name), np.ndarray)]
    assert arrays and all(np.shares_memory(part, memory) for part in arrays)


@pytest.mark.parametrize('encoding', ['jpeg', 'nv42', '', 'RGB8'])
def test_an_unknown_encoding_is_named_with_the_known_ones(encoding):
    """The message quotes the encoding and lists what works."""
    with pytest.raises(UnsupportedEncodingError) as caught:
        decode(Frame(bytes(100), 2, 2, encoding, 8))
    assert f'encoding {encoding!r} is not supported: ' in str(caught.value)
    assert ', '.join(sorted(ENCODINGS)) in str(caught.value)


@pytest.mark.parametrize('encoding, reason', [
    ('16UC1', 'distances .* subscribe to the colour'), ('32FC1', 'distances .* subscribe'),
    ('64FC1', 'distances'), ('8UC2', 'no colours; let its publisher name them'),
    ('32FC3', 'no colours'), ('16SC1', 'no colours'), ('8UC', 'no colours')])
def test_what_is_no_image_is_refused_with_the_reason(encoding, reason):
    """Depth images and nameless matrices would be classified as rubbish."""
    with pytest.raises(UnsupportedEncodingError, match=f"'{encoding}' is not .*: .*{reason}"):
        decode(Frame(bytes(1000), 2, 2, encoding, 40))


@pytest.mark.parametrize('encoding, height, step, length, numbers', [
    ('rgba16', 2, 24, 47, '47 bytes of data, but 2 rows of step 24 need 48'),
    ('yuyv', 2, 8, 13, '13 bytes of data, but 2 rows of step 8 need 14'),
    ('bayer_rggb16', 4, 8, 27, '27 bytes of data, but 4 rows of step 8 need 28'),
    ('nv12', 4, 4, 21, '21 bytes of data, but 2 rows of step 4 after 16 bytes need 22'),
    ('nv12', 5, 4, 25, '25 bytes of data, but 2 rows of step 4 after 20 bytes need 26'),
    ('nv24', 2, 4, 21, '21 bytes of data, but 2 rows of step 8 after 8 bytes need 22')])
def test_every_layout_knows_how_many_bytes_it_needs(encoding, height, step, length, numbers):
    """Three pixels a row: one byte less than enough is refused with numbers, enough is not."""
    with pytest.raises(FrameError, match=f'truncated image: {numbers}'):
        decode(Frame(bytes(length), height, 3, encoding, step))
    decode(Frame(bytes(length + 1), height, 3, encoding, step))


@pytest.mark.parametrize('encoding, step, needed', [
    ('bgra8', 11, 12), ('rgb16', 17, 18), ('uyvy', 5, 6), ('nv21', 2, 3), ('nv24', 2, 3),
    ('bayer_grbg8', 1, 2)])
def test_every_layout_knows_how_long_a_row_is(encoding, step, needed):
    """Three pixels a row: a step of one byte less is refused with both numbers."""
    with pytest.raises(FrameError, match=f'step of {step} bytes is too short: .* need {needed};'):
        decode(Frame(bytes(1000), 4, 3, encoding, step))
    decode(Frame(bytes(1000), 4, 3, encoding, needed))


@pytest.mark.parametrize('encoding, height, width, block', [
    ('yuyv', 4, 1, '2x1'), ('nv12', 4, 1, '2x2'), ('nv21', 1, 4, '2x2'),
    ('bayer_bggr8', 1, 4, '2x2')])
def test_an_image_smaller_than_a_block_is_refused(encoding, height, width, block):
    """One column of a pattern has no colour."""
    with pytest.raises(FrameError, match=f'{width}x{height} pixels: .* blocks of {block}'):
        decode(Frame(bytes(100), height, width, encoding, 8))


def test_a_truncated_buffer_is_named_with_both_lengths():
    """One byte short is refused, with what there is and what was needed."""
    _, frame = image()
    short = Frame(frame.data[:-1], frame.height, frame.width, frame.encoding, frame.step)
    with pytest.raises(FrameError, match='truncated image: 104 bytes .* need 105'):
        decode(short)


def test_an_empty_buffer_is_refused_as_truncated():
    """No data at all is the same fault, not a crash of its own."""
    with pytest.raises(FrameError, match='truncated image: 0 bytes'):
        decode(Frame(b'', 2, 2, 'mono8', 2))


@pytest.mark.parametrize('step', [0, 20])
def test_a_step_shorter_than_a_row_is_refused(step):
    """A wrong step would read one row into the next."""
    with pytest.raises(FrameError, match=f'step of {step} bytes is too short'):
        decode(Frame(bytes(1000), 5, 7, 'rgb8', step))
