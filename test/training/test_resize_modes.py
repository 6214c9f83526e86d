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

"""For each resize mode, what is learned from is what the node classifies."""

from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
from dataset.test_split import dataset
import numpy as np
import pytest
from shufflenet_ros.cli import import_model as import_verb
from shufflenet_ros.cli import train as train_verb
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.core.geometry import Geometry, RESIZE_MODES
from shufflenet_ros.core.preprocess import BAR
from shufflenet_ros.evaluation.evaluate import logits_of_images
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.process.files import shipped_models
from shufflenet_ros.quantization.quantize import calibration_pixels
from shufflenet_ros.training.fine_tuning.augmentation import augment
from shufflenet_ros.training.fine_tuning.batches import Batches
from shufflenet_ros.training.fine_tuning.loop import accuracy
from shufflenet_ros.training.recipe import AugmentationSettings, Settings
import torch

WIDE, TALL, ODD = (90, 160), (160, 90), (101, 77)
NOTHING = AugmentationSettings(
    smallest_crop=1, flip=0, grey=0, low_resolution=0, motion_blur=0, blur=0, exposure=0, noise=0,
    strength=0)
EVERYTHING = AugmentationSettings(
    quarter_turns=True, grey=1, low_resolution=1, motion_blur=1, blur=1, exposure=1, noise=1,
    strength=0.9)


class Middle:
    """A generator that draws the middle of each range, and takes each chance there is."""

    def random(self):
        return 0.0

    def uniform(self, low, high, size=None):
        return (low + high) / 2 if size is None else np.full(size, (low + high) / 2)

    def integers(self, low, high):
        return (low + high - 1) // 2


class Seen(torch.nn.Module):
    """An engine and a network that keep what they are given."""

    def __init__(self, spec=None):
        super().__init__()
        self.spec, self.tensors = spec, []
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def run(self, tensor):
        self.tensors.append(tensor[0])
        return np.zeros(2, np.float32)

    def forward(self, pixels):
        self.tensors += [image.permute(1, 2, 0).numpy() for image in pixels]
        return torch.zeros(len(pixels), 2)


def noise(size):
    return np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)


def expected_of(image, side, fraction, mode):
    """Write down anew what each mode means, with whole numbers alone."""
    height, width = image.shape[:2]
    if mode == 'crop':
        height = width = round(min(height, width) * fraction)
    else:
        height, width = round(height * fraction), round(width * fraction)
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    seen = np.ascontiguousarray(image[top:top + height, left:left + width])
    if mode != 'letterbox':
        return cv2.resize(seen, (side, side))
    scaled = cv2.resize(seen, (round(side * width / max(height, width)),
                               round(side * height / max(height, width))))
    found = np.full((side, side, 3), BAR, np.uint8)
    top, left = (side - scaled.shape[0]) // 2, (side - scaled.shape[1]) // 2
    found[top:top + scaled.shape[0], left:left + scaled.shape[1]] = scaled
    return found


@pytest.mark.parametrize('size', [WIDE, TALL, ODD])
@pytest.mark.parametrize('mode', RESIZE_MODES)
def test_training_calibration_evaluation_and_node_see_the_same(mode, size):
    """One image, bit for bit, and as the mode is written down here."""
    image, geometry = noise(size), Geometry(64, 64, 0.875, mode)
    expected = expected_of(image, 64, 0.875, mode)
    spec = replace(load_model(shipped_models() / 'surfaces'), geometry=geometry)
    node, evaluation, network = Seen(), Seen(spec), Seen()
    Classifier(node, geometry).classify(Frame(image.tobytes(), *size, 'rgb8', 3 * size[1]))
    logits_of_images(evaluation, [image])
    with ThreadPoolExecutor(1) as executor:
        accuracy(network, dataset([image], [0]), geometry, executor)
    calibration = calibration_pixels([image], geometry)[0].permute(1, 2, 0).numpy()
    for found in (*node.tensors, *evaluation.tensors, *network.tensors, calibration):
        np.testing.assert_array_equal(found, expected)
    assert len(node.tensors) == len(evaluation.tensors) == len(network.tensors) == 1


@pytest.mark.parametrize('size', [WIDE, TALL, ODD])
@pytest.mark.parametrize('mode', RESIZE_MODES)
def test_a_training_image_that_is_changed_by_nothing_is_what_the_node_sees(mode, size):
    """The random view has the stretch and the bars of the mode, at each side of a batch."""
    for side in (64, 96):
        found = augment(noise(size), Geometry(side, side, 1.0, mode), NOTHING, Middle())
        np.testing.assert_array_equal(found, expected_of(noise(size), side, 1.0, mode))


@pytest.mark.parametrize('size', [WIDE, TALL])
def test_bars_are_where_the_node_has_them_whatever_is_drawn(size):
    """Of the same grey: neither turns nor blur nor colours reach them; inside nothing is grey."""
    image = np.full((*size, 3), (250, 20, 20), np.uint8)
    bars = expected_of(image, 64, 0.875, 'letterbox') == BAR
    for seed in range(24):
        found = augment(image, Geometry(64, 64, 0.875, 'letterbox'), replace(EVERYTHING, grey=0),
                        np.random.default_rng(seed))
        np.testing.assert_array_equal((found == BAR).all(2), bars.all(2))


@pytest.mark.parametrize('turned', [False, True])
def test_squash_stretches_a_turned_camera_the_same_way(turned):
    """Squares of a wide image become narrow, also where the camera looks down and has turned."""
    squares = ((np.indices((96, 288)) // 12).sum(0) % 2 * 255).astype(np.uint8)
    image = cv2.cvtColor(squares, cv2.COLOR_GRAY2RGB)
    for seed in range(16):
        found = augment(image, Geometry(96, 96, 1.0, 'squash'), replace(
            NOTHING, smallest_crop=0.3, quarter_turns=turned), np.random.default_rng(seed))
        sharp = found[..., 0] > found[..., 0].mean()
        along, down = (np.diff(sharp, axis=axis).sum() for axis in (1, 0))
        assert 3 * 0.6 < along / down < 3 / 0.6


@pytest.mark.parametrize('mode', RESIZE_MODES)
def test_cameras_that_look_down_see_every_heading(mode):
    """The bright side of an image comes to each of the four sides."""
    image = np.zeros((*WIDE, 3), np.uint8)
    image[:, :60] = 255
    seen = set()
    for seed in range(24):
        found = augment(image, Geometry(64, 64, 1.0, mode), replace(NOTHING, quarter_turns=True),
                        np.random.default_rng(seed))[..., 0]
        found = found[np.ix_(*((found != BAR[0]).any(axis) for axis in (1, 0)))]
        half = len(found) // 2, len(found[0]) // 2
        sides = (found[:half[0]].mean(), found[half[0]:].mean(), found[:, :half[1]].mean(),
                 found[:, half[1]:].mean())
        seen.add(int(np.argmax(sides)))
    assert seen == {0, 1, 2, 3}


def test_batches_have_the_mode_of_the_model():
    """At the sides of small batches as well."""
    settings = Settings(batch=2, epochs=4, sizes=(0.5, 1.0), augmentation=NOTHING)
    batches = Batches(dataset([noise(WIDE)] * 2, [0, 0]), Geometry(64, 64, 1.0, 'letterbox'),
                      settings)
    for step in range(batches.steps):
        pixels = batches[step].pixels.permute(0, 2, 3, 1).numpy()
        side = pixels.shape[1]
        bars = (pixels == BAR).all((0, 2, 3))
        assert bars.sum() == side - round(side * 90 / 160) and bars[0] and not bars[side // 2]


class Asked(Exception):
    """Carries what a verb asks for."""


@pytest.mark.parametrize('verb, entry, words', [
    (train_verb, 'train_model', ('data',)), (import_verb, 'import_model', (__file__,))])
@pytest.mark.parametrize('mode', RESIZE_MODES)
def test_the_mode_is_an_option_of_train_and_import(monkeypatch, verb, entry, words, mode):
    """What is asked for reaches the work itself."""
    def ask(request, progress):
        raise Asked(request)

    monkeypatch.setattr(f'shufflenet_ros.training.{entry}.{entry}', ask)
    parser = ArgumentParser()
    verb.add_arguments(parser)
    with pytest.raises(Asked) as caught:
        verb.run(parser.parse_args([*words, '--out', 'model', '--resize-mode', mode]))
    assert caught.value.args[0].geometry.resize_mode == mode


def test_a_run_goes_on_in_its_own_mode_alone():
    """The mode is among what the trained weights depend on."""
    parser = ArgumentParser()
    train_verb.add_arguments(parser)
    found = {train_verb._request(parser.parse_args(
        ['data', '--out', 'model', '--resize-mode', mode])).choices()['--resize-mode']
        for mode in RESIZE_MODES}
    assert found == set(RESIZE_MODES)
