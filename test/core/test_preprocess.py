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

"""Crop first, one resize, RGB: what the network sees of each image."""

import cv2
from encoders import RESIZE_LEVELS
import numpy as np
import pytest
from shufflenet_ros.core.encoding.decode import decode, Pixels
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess

IMAGE = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
GEOMETRY = Geometry(32, 32, 0.875)


def tensor_of(image, encoding, padding=0):
    height, width = image.shape[:2]
    row_bytes = image[0].size
    buffer = np.zeros((height, row_bytes + padding), np.uint8)
    buffer[:, :row_bytes] = image.reshape(height, -1)
    frame = Frame(buffer.tobytes(), height, width, encoding, row_bytes + padding)
    return preprocess(decode(frame), GEOMETRY)


def test_the_tensor_is_one_uint8_rgb_image_in_nhwc():
    """Shape and dtype are those the engine demands."""
    tensor = preprocess(Pixels(IMAGE, None), Geometry(40, 56, 1.0))
    assert tensor.shape == (1, 40, 56, 3) and tensor.dtype == np.uint8


@pytest.mark.parametrize('padding', [0, 5])
def test_rgb8_and_bgr8_of_one_image_give_the_same_tensor(padding):
    """Channel order is a matter of the encoding and never reaches the network."""
    np.testing.assert_array_equal(
        tensor_of(IMAGE, 'rgb8', padding), tensor_of(IMAGE[:, :, ::-1], 'bgr8'))


def test_mono8_gives_three_equal_channels():
    """A mono camera is served as a grey colour image."""
    grey = IMAGE[:, :, :1]
    found = tensor_of(grey, 'mono8', 3)
    np.testing.assert_array_equal(found, np.repeat(found[..., :1], 3, -1))
    np.testing.assert_allclose(
        found, tensor_of(np.repeat(grey, 3, 2), 'rgb8'), rtol=0, atol=RESIZE_LEVELS)


def test_resize_of_the_crop_equals_a_plain_crop_and_resize():
    """The tensor is what cv2 makes of the centred crop, bit for bit."""
    crop = np.ascontiguousarray(IMAGE[3:45, 11:53])
    expected = cv2.resize(crop, (32, 32), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(preprocess(Pixels(IMAGE, None), GEOMETRY)[0], expected)


@pytest.mark.parametrize('size, geometry, region', [
    ((480, 640), Geometry(224, 224, 0.875), (30, 110, 420, 420)),
    ((480, 640), Geometry(224, 224, 1.0), (0, 80, 480, 480)),
    ((640, 480), Geometry(224, 224, 1.0), (80, 0, 480, 480)),
    ((480, 640), Geometry(480, 640, 1.0), (0, 0, 480, 640)),
    ((720, 1280), Geometry(480, 640, 1.0), (0, 160, 720, 960)),
    ((1, 1), Geometry(224, 224, 0.875), (0, 0, 1, 1)),
])
def test_the_crop_is_centred_and_keeps_the_aspect_ratio(size, geometry, region):
    """The crop is the largest centred one of the input's shape, times the fraction."""
    assert geometry.region(*size) == region


@pytest.mark.parametrize('size', [(1, 1), (1, 500), (500, 1), (3, 2)])
def test_tiny_images_are_enlarged_and_do_not_crash(size):
    """Any image with a pixel becomes a tensor."""
    image = np.full((*size, 3), 7, np.uint8)
    assert (preprocess(Pixels(image, None), GEOMETRY) == 7).all()


@pytest.mark.parametrize('samples', [np.uint8, np.uint16])
@pytest.mark.parametrize('channels', [1, 2, 3, 4])
@pytest.mark.parametrize('size', [(1, 1), (1, 40), (40, 1), (1, 2), (2, 1)])
def test_a_crop_one_pixel_wide_or_high_keeps_its_colours(size, channels, samples):
    """OpenCV 4.5.4 alone would fail; along the other side it is still an image."""
    high = np.arange(40 * 40 * 4).reshape(40, 40, 4)[:size[0], :size[1], :channels] % 251
    high = high.astype(samples) * (1 if samples == np.uint8 else 256)
    long = Geometry(32, 1280, 1.0) if size[1] > size[0] else Geometry(1280, 32, 1.0)
    for geometry in (GEOMETRY, long):
        found = preprocess(Pixels(high, None), geometry)
        assert found.shape[1:3] == (geometry.height, geometry.width)
        assert found.max() <= high.max() // (1 if samples == np.uint8 else 256)
        assert found.min() >= high.min() // (1 if samples == np.uint8 else 256)


@pytest.mark.parametrize('values, word', [
    ((31, 32, 1.0), '32x31'), ((32, 0, 1.0), '0x32'), ((32, 32, 0.0), '0.0'),
    ((32, 32, 1.1), '1.1'), ((32, 32, float('nan')), 'nan')])
def test_an_impossible_geometry_is_refused_with_its_value(values, word):
    """A card with such a geometry cannot be loaded."""
    with pytest.raises(ConfigurationError, match=word):
        Geometry(*values)
