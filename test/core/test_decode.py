"""Bytes to rows: the right pixels, no copy, and a clear word about every kind of bad image."""

import numpy as np
import pytest
from shufflenet_ros.core.decode import decode, ENCODINGS
from shufflenet_ros.core.errors import FrameError, UnsupportedEncodingError
from shufflenet_ros.core.types import Frame


def image(encoding='rgb8', height=5, width=7, padding=0, seed=0):
    """Random rows (height, width, channels) and a frame that holds them with padded rows."""
    channels = ENCODINGS[encoding].channels
    rows = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    step = width * channels + padding
    buffer = np.full((height, step), 255, np.uint8)
    buffer[:, :width * channels] = rows.reshape(height, -1)
    return rows, Frame(buffer.tobytes(), height, width, encoding, step)


@pytest.mark.parametrize('padding', [0, 1, 13])
@pytest.mark.parametrize('encoding', sorted(ENCODINGS))
def test_rows_are_the_pixels_whatever_the_padding(encoding, padding):
    """Padded rows do not skew the picture."""
    rows, frame = image(encoding, padding=padding)
    np.testing.assert_array_equal(decode(frame).rows, rows)


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


@pytest.mark.parametrize('encoding', ['32FC1', 'yuv422', '', 'RGB8'])
def test_an_unknown_encoding_is_named_with_the_known_ones(encoding):
    """The message quotes the encoding and lists what works."""
    with pytest.raises(UnsupportedEncodingError) as caught:
        decode(Frame(bytes(100), 2, 2, encoding, 8))
    assert repr(encoding) in str(caught.value)
    assert 'bgr8, mono8, rgb8' in str(caught.value)


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
