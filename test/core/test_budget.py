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


"""A compressed image that costs too much is refused with the figure, and at once."""

import resource
import struct
import zlib

from costs import in_time
import cv2
from encoders import colour_image
import numpy as np
import pytest
from shufflenet_ros.core.encoding import png_chunks
from shufflenet_ros.core.encoding.decode import decode
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import CompressedFrame
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess

BGR = np.ascontiguousarray(colour_image(120, 160)[:, :, ::-1])
GEOMETRY = Geometry(144, 144)
MAX_S = 0.5


def jpeg(image, *flags):
    return cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 90, *flags])[1].tobytes()


def progressive(side, scans=0):
    """Give a grey progressive jpeg with its last scan repeated: each one costs a few bytes."""
    data = jpeg(np.full((side, side, 3), 90, np.uint8), cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    last = data[data.rfind(b'\xff\xda'):-2]
    return data[:-2] + scans * last + b'\xff\xd9'


def chunk(kind, content):
    return (struct.pack('>I', len(content)) + kind + content
            + struct.pack('>I', zlib.crc32(kind + content)))


def png(width, height, bits, colours, packed, before=b'', after=b'', interlace=0):
    """Give a png of these fields and packed rows, with chunks before and behind them."""
    fields = struct.pack('>IIBBBBB', width, height, bits, colours, 0, 0, interlace)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', fields) + before + chunk(b'IDAT', packed)
            + after + chunk(b'IEND', b''))


def packed_zeros(size):
    """Pack that many zeros without having them all at once."""
    packer, part = zlib.compressobj(9), bytes(1_000_000)
    return b''.join([*(packer.compress(part) for _ in range(size // len(part))),
                     packer.compress(part[:size % len(part)]), packer.flush()])


def slow_to_unpack(size):
    """Give bytes of a zlib stream without content: a Huffman table in every eleven of them."""
    bits = '001' + '00000' + '00000' + '0111'  # not the last, dynamic: 257 codes, 1, 18 of lengths
    bits += ''.join('100' if place in (2, 17) else '000' for place in range(18))  # 18 and 1
    bits += '0' + '1' + '1111111' + '1' + '0101011' + '0' + '0'  # 1, 138 and 117 times 0, 1, 1
    bits += '1'  # the end of the block
    repeated = bits * 8
    block = bytes(int(repeated[start:start + 8][::-1], 2) for start in range(0, len(repeated), 8))
    return b'\x78\x01' + block * (size // len(block))


def outcome(data, name='', geometry=GEOMETRY):
    """Decode within the time and memory that one frame may take; None, or why it was refused."""
    return in_time(lambda: attempt(data, name, geometry), MAX_S)


def attempt(data, name, geometry):
    """Give None, or why the data was refused."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = None
    try:
        decode(CompressedFrame(data, name), geometry)
    except FrameError as error:
        refused = str(error)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024
    return refused


@pytest.mark.parametrize('side, scans, figure', [
    (4096, 200, '4096x4096 pixels in 210 scans: 55050240 blocks'),
    (8192, 0, '8192x8192 pixels in 10 scans: 10485760 blocks'),
    (64, 100_000, '64x64 pixels in 100010 scans: 6400640 blocks')])
def test_scans_are_counted_before_any_is_decoded(side, scans, figure):
    """Each goes through the whole image, whatever the length of the data."""
    assert figure in outcome(progressive(side, scans))


@pytest.mark.parametrize('side', [64, 720, 4096])
def test_an_ordinary_progressive_jpeg_is_served(side):
    """Ten scans are what encoders write."""
    assert outcome(progressive(side)) is None


def test_a_jpeg_of_a_component_a_scan_is_budgeted_as_well():
    """A decoder keeps all coefficients until the last scan: 400 MB for 8192x8192."""
    data = bytearray(jpeg(np.zeros((8192, 8192, 3), np.uint8)))
    start = data.index(b'\xff\xda')
    one_component = b'\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00'
    apart = bytes(data[:start]) + 3 * (one_component + bytes(data[start + 14:-2])) + b'\xff\xd9'
    assert '3 scans: 201326592 bytes of coefficients' in outcome(apart)


def test_a_long_progressive_jpeg_is_refused_by_its_length():
    """Its bytes take several times as long as those of a sequential one."""
    noise = np.random.default_rng(0).integers(0, 256, (2900, 2900, 3), np.uint8)
    data = jpeg(noise, cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_QUALITY, 98)
    assert 'progressive jpeg of 2900x2900 pixels' in outcome(data)
    assert outcome(jpeg(noise)) is None


def test_a_huge_jpeg_is_served_at_a_fraction_and_refused_whole():
    """What is decoded counts, not what the camera has."""
    data = jpeg(np.full((8192, 8192, 3), 90, np.uint8))
    assert outcome(data) is None
    assert '201326592 bytes decoded, expected at most 67108864' in outcome(data, geometry=None)


def test_data_of_any_length_is_refused_before_it_is_read():
    """No camera sends so much for one image."""
    assert '40000000 bytes, expected at most 33554432' in outcome(
        jpeg(BGR) + bytes(40_000_000 - len(jpeg(BGR))))


@pytest.mark.parametrize('filler', [b'\xff', b'\xff\x01', b'\xff\xe5\0\2'])
def test_millions_of_markers_take_no_time(filler):
    """Served or refused, but at once."""
    data = jpeg(BGR)
    refused = outcome(data[:2] + filler * (8_000_000 // len(filler)) + data[2:])
    assert refused is None or '4096 segments' in refused


@pytest.mark.parametrize('bits, colours, size', [
    (16, 2, 6), (16, 6, 8), (8, 2, 3), (8, 6, 4), (16, 0, 2), (8, 4, 2)])
@pytest.mark.parametrize('interlace', [0, 1])
def test_a_huge_png_is_refused_by_the_bytes_it_unpacks_to(bits, colours, size, interlace):
    """A few hundred kilobytes are 134 to 537 megabytes."""
    data = png(8192, 8192, bits, colours, zlib.compress(bytes(1000)), interlace=interlace)
    found = int(outcome(data).split('pixels: ')[1].split()[0])
    assert 8192 * 8192 * size < found < 8192 * 8192 * size + 20_000


@pytest.mark.parametrize('bits, colours', [(1, 0), (8, 0), (1, 3), (4, 3)])
def test_samples_count_that_a_decoder_makes_of_bits(bits, colours):
    """A palette of two colours becomes three bytes a pixel."""
    data = png(8192, 8192, bits, colours, b'', chunk(b'PLTE', bytes(6)))
    samples = 8192 * 8192 * (3 if colours == 3 else 1)
    found = int(outcome(data).split('pixels: ')[1].split()[0])
    assert samples <= found < samples + 20_000


@pytest.mark.parametrize('width, height, bits, colours, size', [
    (4208, 3120, 8, 2, 3), (2688, 1944, 16, 6, 8), (3840, 2160, 8, 6, 4)])
def test_the_largest_png_is_served_in_time(width, height, bits, colours, size):
    """13 megapixels of 8 bits, 5 of 16 bits with alpha."""
    assert outcome(png(width, height, bits, colours, packed_zeros(
        (width * size + 1) * height))) is None


def test_texts_and_profiles_are_passed_over():
    """Each would be unpacked to a megabyte; the image is the same without them."""
    text = chunk(b'zTXt', b'a\0\0' + packed_zeros(1_000_000))
    profile = chunk(b'iCCP', b'a\0\0' + packed_zeros(1_000_000))
    data = cv2.imencode('.png', BGR)[1].tobytes()
    data = data[:33] + profile + 2000 * text + data[33:-12] + 2000 * text + data[-12:]
    assert outcome(data) is None
    rows = decode(CompressedFrame(data, 'png')).rows
    np.testing.assert_array_equal(rows, BGR)


def test_what_is_packed_behind_the_last_row_stays_packed():
    """A gigabyte behind one pixel."""
    assert outcome(png(1, 1, 8, 2, packed_zeros(1_000_000_000))) is None


def test_a_stream_that_takes_long_to_unpack_is_given_up():
    """Huffman tables without content: the time of the CPU is bounded, not only the bytes."""
    data = png(3840, 3000, 8, 2, slow_to_unpack(30_000_000))
    assert 'takes more than 0.4 s to unpack' in outcome(data)


def test_a_hundred_thousand_chunks_are_refused():
    """Each costs a microsecond, also without content."""
    data = png(1, 1, 8, 2, zlib.compress(bytes(4)), after=chunk(b'tEXt', b'a\0') * 100_000)
    assert 'more than 65536 chunks' in outcome(data)


@pytest.mark.parametrize('bits, colours', [
    (bits, colours) for colours, depths in png_chunks.DEPTHS.items() for bits in depths])
@pytest.mark.parametrize('interlace', [0, 1])
@pytest.mark.parametrize('width, height', [(37, 29), (1, 1), (3, 9), (200, 150)])
def test_every_kind_of_png_is_what_opencv_makes_of_it(bits, colours, interlace, width, height):
    """Written again with nothing but its pixels, no sample changes."""
    random = np.random.default_rng(bits * 7 + colours)
    size = png_chunks._unpacked_bytes(
        height, width, bits * png_chunks.CHANNELS[colours], bool(interlace))
    rows = bytearray(random.integers(0, 256, size, np.uint8).tobytes())
    passes = png_chunks.ADAM7 if interlace else ((0, 0, 1, 1),)
    place = 0
    for top, left, down, across in passes:
        columns, lines = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and lines > 0:
            for _ in range(lines):
                rows[place] = random.integers(5)  # the filter of the row
                place += 1 + -(-columns * bits * png_chunks.CHANNELS[colours] // 8)
    palette = chunk(b'PLTE', random.integers(0, 256, 768 if bits == 8 else 3 << bits,
                                             np.uint8).tobytes()) if colours == 3 else b''
    data = png(width, height, bits, colours, zlib.compress(bytes(rows)), palette,
               chunk(b'tEXt', b'a\0b'), interlace)
    flags = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    found = decode(CompressedFrame(data, 'png')).rows
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)


def test_an_animated_png_shows_its_image():
    """The frames behind it are passed over."""
    data = cv2.imencode('.png', BGR)[1].tobytes()
    control = chunk(b'acTL', struct.pack('>II', 1000, 0))
    data = data[:33] + control + data[33:]
    np.testing.assert_array_equal(decode(CompressedFrame(data, 'png')).rows, BGR)


@pytest.mark.parametrize('name, is_mosaic', [
    ('bayer_rggb8; jpeg compressed mono8', False), ('bayer_rggb8; png compressed mono16', False),
    ('bayer_rggb8; jpeg compressed bgr8', False), ('bayer_rggb8; JPEG Compressed Mono8', False),
    ('bayer_rggb8; jpeg compressed ', True), ('bayer_rggb8; jpeg compressed', True),
    ('bayer_rggb8; png compressed bayer_rggb8', True), ('bayer_rggb8', True),
    ('mono8; png compressed bayer_rggb8', True), ('mono8; jpeg compressed mono8', False)])
def test_the_word_behind_compressed_says_what_the_file_holds(name, is_mosaic):
    """image_transport converts a mosaic to grey before it writes a jpeg, and says so there."""
    grey = np.ascontiguousarray(BGR[:, :, 1])
    data = cv2.imencode('.png', grey)[1].tobytes()
    tensor = preprocess(decode(CompressedFrame(data, name), GEOMETRY), GEOMETRY)
    has_colours = bool((tensor[..., 0] != tensor[..., 1]).any())
    assert has_colours == is_mosaic
