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

"""Each step is drawn from the seed and its number alone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
from dataset.test_split import dataset, scene
import numpy as np
import pytest
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.dataset.images import Images
from shufflenet_ros.training.fine_tuning.augmentation import augment, colour_matrix, motion_kernel
from shufflenet_ros.training.fine_tuning.batches import balanced_order, Batch, Batches, mix
from shufflenet_ros.training.recipe import AugmentationSettings, Settings
import torch

SIZE = Geometry(64, 64)


@pytest.fixture(scope='module')
def data():
    return dataset([scene(seed) for seed in range(20)], [0] * 15 + [1] * 5)


def test_a_step_is_the_same_whenever_it_is_drawn(data):
    """Alone, again, and in a row ahead of the network, by threads that share the images."""
    batches = Batches(data, SIZE, Settings(epochs=2, batch=8, mixup=0.3, cutmix=0.3))
    assert batches.steps == 6
    with ThreadPoolExecutor(3) as executor:
        queue = batches.queue(2, executor, depth=2)
        for step in range(2, 6):
            batch = queue.take()
            queue.refill()
            assert torch.equal(batch.pixels, batches[step].pixels)
            assert torch.equal(batch.targets, batches[step].targets)
        with pytest.raises(IndexError):
            queue.take()
    assert not torch.equal(batches[0].targets, Batches(
        data, SIZE, Settings(epochs=2, batch=8, mixup=0.3, cutmix=0.3, seed=1))[0].targets)


def test_an_image_that_cannot_be_made_is_an_error(data):
    """What a thread fails at comes out where the batch is taken."""
    class Full(Images):
        def __getitem__(self, index):
            raise MemoryError('no room')

    full = replace(data, images=Full())
    for image in data.images:
        full.images.append(image)
    with ThreadPoolExecutor(2) as executor, pytest.raises(MemoryError, match='no room'):
        Batches(full, SIZE, Settings(batch=8)).queue(0, executor).take()


def test_images_of_a_batch_draw_apart(data):
    """The same image twice in a batch is changed in two ways; in another step in a third."""
    batches = Batches(dataset([scene(1)], [0]), SIZE, Settings(batch=2, epochs=2, sizes=(1.0,)))
    first, second = (batches[step].pixels[0] for step in (0, 1))
    assert not torch.equal(first, second)
    both = Batches(dataset([scene(1)] * 2, [0, 0]), SIZE, Settings(batch=2))[0].pixels
    assert not torch.equal(*both)


def test_no_image_is_alone_in_a_batch():
    """Nothing could be normalised by the statistics of one pixel."""
    odd = dataset([scene(seed, 40) for seed in range(7)], [0, 1, 0, 1, 0, 1, 0])
    batches = Batches(odd, Geometry(32, 32), Settings(batch=2, epochs=1))
    assert [len(batches[step].pixels) for step in range(batches.steps)] == [3, 2, 2]


def test_sizes_vary_until_the_last_share(data):
    """The end is at the model's size."""
    batches = Batches(data, SIZE, Settings(epochs=10, batch=10, sizes=(0.5, 0.75), end_share=0.2))
    sides = [batches[step].pixels.shape[-1] for step in range(batches.steps)]
    assert set(sides[:16]) == {32, 48} and set(sides[16:]) == {64}


@pytest.mark.parametrize('balance, expected', [(0.0, [15, 5]), (1.0, [10, 10])])
def test_rare_classes_come_as_often_as_asked(balance, expected):
    """0 shows every image once; 1 all classes alike, no image twice before all came once."""
    labels = np.array([0] * 15 + [1] * 5)
    order = balanced_order(labels, balance, np.random.default_rng(0))
    assert np.bincount(labels[order]).tolist() == expected
    counts = np.bincount(order, minlength=20)
    for label in (0, 1):
        own = counts[labels == label]
        assert own.max() - own.min() <= 1


@pytest.mark.parametrize('settings', [(0.4, 0.0), (0.0, 0.4), (0.4, 0.4)])
def test_targets_are_mixed_as_the_pixels_are(settings):
    """Each image holds its class as its colour, so the target can be read from the pixels."""
    labels = torch.arange(6)
    pixels = labels[:, None, None, None].float().expand(6, 3, 32, 32).contiguous()
    batch = Batch(pixels, torch.eye(6))
    changed = 0
    for seed in range(12):
        found = mix(batch, *settings, np.random.default_rng(seed))
        torch.testing.assert_close(found.targets.sum(1), torch.ones(6))
        torch.testing.assert_close(found.targets @ labels.float(), found.pixels.mean((1, 2, 3)))
        changed += not torch.equal(found.pixels, pixels)
    assert changed >= 3


def test_every_augmentation_gives_an_image_of_the_size_asked_for():
    """All of them at once, on wide, tall and small images."""
    everything = AugmentationSettings(
        quarter_turns=True, flip=1, grey=1, low_resolution=1, motion_blur=1, blur=1, exposure=1,
        noise=1, strength=0.9)
    for shape in ((40, 300, 3), (300, 40, 3), (32, 32, 3)):
        image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        found = augment(image, SIZE, everything, np.random.default_rng(1))
        assert found.shape == (64, 64, 3) and found.dtype == np.float32
        assert np.isfinite(found).all() and found.min() >= 0 and found.max() <= 255


def test_the_colour_matrix_is_saturation_then_white_balance():
    """Away from grey, whose weights are those of OpenCV; then each channel by its factor."""
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    grey = cv2.cvtColor(pixels.astype(np.float32), cv2.COLOR_RGB2GRAY)[..., np.newaxis]
    balance = np.array([0.9, 1.0, 1.1])
    for saturation in (0.0, 0.6, 1.0, 1.3):
        found = cv2.transform(pixels.astype(np.float32), colour_matrix(saturation, balance))
        np.testing.assert_allclose(
            found, (grey + (pixels - grey) * saturation) * balance, rtol=1e-4, atol=1e-3)


def test_brightness_and_contrast_stay_within_the_strength():
    """Brightness is the change of the mean, contrast that of distances to it; both vary."""
    image = np.full((40, 40, 3), 120, np.uint8)
    image[:20] = 60
    plain = AugmentationSettings(
        smallest_crop=1, flip=0, grey=1, low_resolution=0, motion_blur=0, blur=0, exposure=0,
        noise=0, strength=0.3)
    found = [augment(image, Geometry(40, 40), plain, np.random.default_rng(seed))
             for seed in range(40)]
    for changes in ([each.mean() / image.mean() for each in found],
                    [(each[-1, -1, 0] - each[0, 0, 0]) / 60 for each in found]):
        assert 0.69 < min(changes) < 0.8 and 1.2 < max(changes) < 1.31


def test_motion_blur_smears_along_its_direction():
    """A motion along the row leaves columns as sharp as they were."""
    along, down = motion_kernel(8, 0.0), motion_kernel(8, np.pi / 2)
    np.testing.assert_allclose(along.sum(), 1, rtol=1e-5)
    assert (along.sum(1) > 0).sum() == 1 and (along.sum(0) > 0).sum() == 9
    np.testing.assert_allclose(down, along.T)


def test_nothing_turns_unless_the_camera_looks_down():
    """With everything else off, upright images stay upright, or are mirrored."""
    image = np.zeros((64, 64, 3), np.uint8)
    image[:20] = 255
    plain = AugmentationSettings(
        smallest_crop=1, grey=0, low_resolution=0, motion_blur=0, blur=0, exposure=0, noise=0,
        strength=0)
    for seed in range(8):
        found = augment(image, SIZE, plain, np.random.default_rng(seed))
        assert found[:10].mean() > found[-10:].mean() + 100
