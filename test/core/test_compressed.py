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

"""Jpeg and png: the right colours, and a clear error for everything that is no whole image."""

from array import array
import struct
import zlib

import cv2
from encoders import colour_image
import numpy as np
import pytest
from shufflenet_ros.bench.baseline.encoded_frames import BAYER, frame_of
from shufflenet_ros.core.encoding.compressed import MAX_PIXELS
from shufflenet_ros.core.encoding.decode import decode
from shufflenet_ros.core.encoding.layouts import Pixels
from shufflenet_ros.core.errors import FrameError, UnsupportedEncodingError
from shufflenet_ros.core.frame import CompressedFrame
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess

RGB = colour_image(120, 160)
BGR = np.ascontiguousarray(RGB[:, :, ::-1])
GREY = np.ascontiguousarray(RGB[:, :, 1])
ALPHA = np.dstack((BGR, np.full_like(GREY, 7)))
DEEP = BGR.astype(np.uint16) * 256 + 99
GEOMETRY = Geometry(96, 96)


def jpeg(image=BGR, *flags):
    return cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 95, *flags])[1].tobytes()


def png(image=BGR):
    return cv2.imencode('.png', image)[1].tobytes()


def rgb_of(data, name='', geometry=None):
    """RGB of the whole image as uint8; the high bytes of 16 bits."""
    pixels = decode(CompressedFrame(data, name), geometry)
    rows = pixels.rows if pixels.rows.dtype == np.uint8 else (pixels.rows >> 8).astype(np.uint8)
    return cv2.cvtColor(np.ascontiguousarray(rows), pixels.to_rgb)


def psnr_db(image, reference):
    return 10 * np.log10(255 ** 2 / max(1e-9, np.square(image - reference.astype(float)).mean()))


def chunk(kind, content):
    return (struct.pack('>I', len(content)) + kind + content
            + struct.pack('>I', zlib.crc32(kind + content)))


def bomb(width, height):
    """Give a png of a few bytes whose header claims that size."""
    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header)
            + chunk(b'IDAT', zlib.compress(bytes(1000))) + chunk(b'IEND', b''))


@pytest.mark.parametrize('name', [
    'jpeg', 'jpg', '', 'rgb8; jpeg compressed bgr8', 'bgr8; jpeg compressed bgr8',
    'rgb8; jpeg compressed rgb8', 'bgra8; jpeg compressed bgr8'])
def test_a_jpeg_has_the_colours_of_its_file(name):
    """Whatever the format says of their order: red stays red."""
    assert psnr_db(rgb_of(jpeg(), name), RGB) > 30
    assert psnr_db(rgb_of(jpeg()), BGR) < 20


@pytest.mark.parametrize('image, expected, name', [
    (BGR, RGB, 'bgr8; png compressed bgr8'), (BGR, RGB, 'rgb8; png compressed bgr8'),
    (ALPHA, RGB, 'rgba8; png compressed '), (DEEP, RGB, 'rgb16; png compressed bgr16'),
    (GREY, np.dstack([GREY] * 3), 'mono8; png compressed '),
    (GREY.astype(np.uint16) * 256 + 99, np.dstack([GREY] * 3), 'mono16; png compressed '),
    (np.dstack((ALPHA[:, :, :3], GREY)), RGB, 'png'),
    (np.dstack((DEEP, DEEP[:, :, 0])), RGB, 'png')], ids=range(8))
def test_a_png_is_the_image_bit_for_bit(image, expected, name):
    """8 and 16 bits, grey and colour; alpha is left out as in rgba8."""
    np.testing.assert_array_equal(rgb_of(png(image), name), expected)


def test_a_grey_image_stays_one_channel():
    """A mono camera's jpeg costs no colour conversion before the resize."""
    pixels = decode(CompressedFrame(jpeg(GREY), 'mono8; jpeg compressed '))
    assert isinstance(pixels, Pixels) and pixels.rows.shape == (*GREY.shape, 1)
    assert psnr_db(pixels.rows[:, :, 0], GREY) > 35


@pytest.mark.parametrize('codec', [jpeg, png])
@pytest.mark.parametrize('encoding', [name for name in BAYER if name.endswith('8')])
def test_a_compressed_mosaic_is_read_in_its_pattern(encoding, codec):
    """The transport compresses the mosaic as it is; its colours are not lost."""
    frame = frame_of(RGB, encoding)
    mosaic = np.frombuffer(frame.data, np.uint8).reshape(RGB.shape[:2])
    data, name = codec(mosaic), f'{encoding}; {codec.__name__} compressed '
    tensor = preprocess(decode(CompressedFrame(data, name), GEOMETRY), GEOMETRY)
    expected = preprocess(decode(frame), GEOMETRY)
    assert psnr_db(tensor, expected) > (25 if codec is jpeg else 100)


@pytest.mark.parametrize('data', [bytes, bytearray, lambda data: array('B', data), memoryview,
                                  lambda data: np.frombuffer(data, np.uint8)])
def test_any_buffer_will_do(data):
    """Whatever a message or a bag holds its bytes in."""
    assert psnr_db(rgb_of(data(jpeg())), RGB) > 30


def test_exif_turns_nothing():
    """The network sees what the sensor saw, as with a raw image of the same camera."""
    entry = struct.pack('>HHIHH', 0x112, 3, 1, 6, 0)  # 6: turned by 90 degrees
    exif = b'Exif\0\0MM\0*' + struct.pack('>IH', 8, 1) + entry + bytes(4)
    data = jpeg()
    turned = data[:2] + b'\xff\xe1' + struct.pack('>H', len(exif) + 2) + exif + data[2:]
    assert cv2.imdecode(np.frombuffer(turned, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (160, 120)
    np.testing.assert_array_equal(rgb_of(turned), rgb_of(data))


@pytest.mark.parametrize('size, divisor', [
    ((480, 640), 1), ((1080, 1920), 2), ((2160, 3840), 4), ((720, 1280), 1)])
def test_a_jpeg_far_larger_than_the_tensor_is_decoded_smaller(size, divisor):
    """Only where enough pixels are left; the tensor shows the same image."""
    geometry = Geometry(144, 144)
    image = cv2.resize(BGR, size[::-1], interpolation=cv2.INTER_CUBIC)
    frame = CompressedFrame(jpeg(image), 'jpeg')
    pixels = decode(frame, geometry)
    assert pixels.rows.shape[:2] == tuple(-(-side // divisor) for side in size)
    assert decode(CompressedFrame(png(image), 'png'), geometry).rows.shape[:2] == size
    whole = preprocess(decode(frame), geometry)
    assert psnr_db(preprocess(pixels, geometry), whole) > 34


@pytest.mark.parametrize('quality', [(), (cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
                                     (cv2.IMWRITE_JPEG_RST_INTERVAL, 4)])
def test_a_jpeg_that_ends_early_is_refused(quality):
    """Some decoders serve the rest in grey without a word; every kind of scan is understood."""
    data = jpeg(BGR, *quality)
    rgb_of(data)
    for length in (3, 30, 400, len(data) // 2, len(data) - 100, len(data) - 1):
        with pytest.raises(FrameError, match=f'truncated jpeg: its {length} bytes'):
            rgb_of(data[:length])


def test_the_end_of_a_thumbnail_is_not_that_of_the_image():
    """An EXIF thumbnail is a jpeg of its own, before the image."""
    data, thumbnail = jpeg(), jpeg(BGR[:16, :16])
    whole = data[:2] + b'\xff\xe1' + struct.pack('>H', len(thumbnail) + 2) + thumbnail + data[2:]
    assert psnr_db(rgb_of(whole), RGB) > 30
    with pytest.raises(FrameError, match='truncated jpeg'):
        rgb_of(whole[:-500])


def test_bytes_behind_the_end_do_no_harm():
    """Cameras that pad their jpegs to a fixed length are understood."""
    np.testing.assert_array_equal(rgb_of(jpeg() + bytes(1000)), rgb_of(jpeg()))
    np.testing.assert_array_equal(rgb_of(png() + bytes(1000)), RGB)


@pytest.mark.parametrize('position', [20, 40, 2000, -30, -6])
def test_a_damaged_png_is_refused(position):
    """Its checksums show it, wherever the damage is."""
    data = bytearray(png())
    data[position] ^= 1
    with pytest.raises(FrameError, match='(corrupt|truncated) png: '):
        rgb_of(data)


@pytest.mark.parametrize('length', [9, 30, 3000, -1, -5])
def test_a_png_that_ends_early_is_refused(length):
    """Even where only the last checksum is missing."""
    with pytest.raises(FrameError, match='truncated png: its .* bytes'):
        rgb_of(png()[:length])


@pytest.mark.parametrize('data, word', [
    (b'\xff\xd8\xff\xe0\x00\x04ab\x12\x34\x00\x00', 'byte 0x12 at 8 of 12, expected a marker'),
    (b'\xff\xd8\xff\xe0\x00\x01' + bytes(9), 'marker 0xe0 at byte 2 of 15, expected a segment'),
    (b'\xff\xd8\xff\xda\x00\x02\x01\x01\xff\xd9', 'corrupt jpeg: no size'),
    (jpeg().replace(b'\xff\xda\x00\x0c\x03', b'\xff\xda\x00\x0c\x09'), 'OpenCV cannot decode')],
    ids=['no marker', 'short segment', 'no size', 'bad scan'])
def test_a_damaged_jpeg_is_refused(data, word):
    """What the decoder would choke on is named."""
    with pytest.raises(FrameError, match=word):
        rgb_of(data)


@pytest.mark.parametrize('width, height', [(60000, 60000), (2 ** 31 - 1, 2 ** 31 - 1), (0, 5),
                                           (MAX_PIXELS + 1, 1)])
def test_an_image_that_claims_gigabytes_is_never_unpacked(width, height):
    """Its header is read first: a robot must not run out of memory for one image."""
    with pytest.raises(FrameError, match=f'png of {width}x{height} pixels: expected 1 to'):
        rgb_of(bomb(width, height))


def test_an_image_that_opencv_finds_too_wide_is_refused():
    """The limit of libpng is a side of a million pixels; ours is one of all pixels together."""
    with pytest.raises(FrameError, match='corrupt png: OpenCV cannot decode'):
        rgb_of(bomb(2 ** 21, 1))


def test_a_jpeg_that_claims_gigabytes_is_never_unpacked():
    """The size in its frame header counts."""
    data = bytearray(jpeg())
    place = data.index(b'\xff\xc0') + 5
    data[place:place + 4] = b'\xff\xff\xff\xff'
    with pytest.raises(FrameError, match='jpeg of 65535x65535 pixels: expected 1 to 67108864'):
        rgb_of(data)


@pytest.mark.parametrize('name', [
    '16UC1; compressedDepth png', '32FC1; compressedDepth', '16UC1; png compressed ',
    '16UC1; compressedDepth rvl'])
def test_distances_are_refused_with_the_reason(name):
    """A depth image would be classified as rubbish."""
    with pytest.raises(UnsupportedEncodingError, match='holds distances .* subscribe to the col'):
        rgb_of(png(GREY.astype(np.uint16)), name)


@pytest.mark.parametrize('suffix, name', [
    ('.tiff', 'rgb8; tiff compressed '), ('.webp', 'webp'), ('.bmp', 'bmp'), ('.tiff', ''),
    ('.webp', 'h264')])
def test_other_formats_are_refused_even_where_opencv_reads_them(suffix, name):
    """The message quotes the format and how the bytes begin."""
    data = cv2.imencode(suffix, BGR)[1].tobytes()
    with pytest.raises(UnsupportedEncodingError) as caught:
        rgb_of(data, name)
    assert f'format {name!r} is not supported' in str(caught.value)
    assert data[:4].hex(' ') in str(caught.value) and 'neither jpeg nor png' in str(caught.value)


def test_rubbish_under_a_known_name_is_called_corrupt():
    """It is the data that is wrong, not the format."""
    with pytest.raises(FrameError, match="corrupt image of format 'jpeg': .* 61 61 61 61"):
        rgb_of(b'a' * 100, 'jpeg')


def test_a_matrix_without_colours_is_refused():
    """As its raw form: nobody knows what its two channels are."""
    with pytest.raises(FrameError, match='is not supported'):
        decode(CompressedFrame(png(GREY), 'bayer_gbgr8; png compressed '))


def test_no_data_is_refused_at_once():
    """An empty message never becomes a frame."""
    with pytest.raises(FrameError, match="compressed image of format 'jpeg' without data"):
        CompressedFrame(b'', 'jpeg')


def test_no_bytes_give_anything_but_pixels_or_a_frame_error(capfd):
    """Damaged at random places, headers more often than not."""
    random = np.random.default_rng(3)
    small = BGR[:24, :32]
    served = 0
    for number in range(1500):
        data = bytearray((jpeg, png)[number % 2](small))
        for _ in range(random.integers(1, 5)):
            data[random.integers(2, len(data))] = random.integers(256)
        if number % 5 == 0:
            del data[random.integers(1, len(data)):]
        try:
            pixels = decode(CompressedFrame(bytes(data), ''), Geometry(32, 32))
        except FrameError:
            continue
        served += 1
        assert pixels.rows.size and pixels.rows.dtype.kind == 'u'
    assert served > 100
