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

"""Images to calibrate with: of the data, the user's, or a package's, and it is said which."""

import subprocess
import sys

import cv2
from dataset.labelled_folders import write_images
from dataset.test_split import dataset, scene
import numpy as np
import pytest
from shufflenet_ros.core.errors import ConfigurationError, DatasetError
from shufflenet_ros.dataset.sample_images import samples_folder
from shufflenet_ros.quantization.calibration_images import (
    every_third_in_grey,
    FEWEST_IMAGES,
    IMAGES,
    own_images,
    sample_images,
    SAMPLES,
    training_images,
)


def test_every_third_is_grey_whoever_calibrates():
    """The first of every three, the same images in training and import; the others stay."""
    images = [scene(seed) for seed in range(7)]
    found = every_third_in_grey(images)
    for number, (image, changed) in enumerate(zip(images, found)):
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        np.testing.assert_array_equal(changed, image if number % 3 else grey)
    order = np.random.default_rng(5).permutation(7)
    drawn = training_images(dataset(images, [0] * 7), seed=5)
    for one, other in zip(drawn, every_third_in_grey([images[index] for index in order])):
        np.testing.assert_array_equal(one, other)


def test_every_fifth_is_kept_to_measure_with(tmp_path):
    """At any depth, of every suffix that training reads; no image serves for both."""
    write_images(tmp_path / 'deep', 15)
    found = own_images(tmp_path, 0, print)
    assert (len(found.used), len(found.kept)) == (24, 6)
    each = {image.tobytes() for image in found.used + found.kept}
    assert len(each) == 30 and '--calibration' in found.what


def test_large_images_are_shrunk(tmp_path):
    """Hundreds of a modern camera fit in memory."""
    write_images(tmp_path, FEWEST_IMAGES, size=400)
    assert own_images(tmp_path, 0, print).used[0].shape == (320, 320, 3)


def test_what_cannot_be_read_is_said_and_does_not_count(tmp_path):
    """A broken file among the images costs nothing else."""
    write_images(tmp_path, 10)
    (tmp_path / 'broken.jpg').write_bytes(b'no image')
    said = []
    own_images(tmp_path, 0, said.append)
    assert len(said) == 1 and 'broken.jpg: not readable' in said[0]
    (tmp_path / 'rust' / '000.png').unlink()
    with pytest.raises(DatasetError, match=f'--calibration {tmp_path}: 19 images'):
        own_images(tmp_path, 0, print)


def test_samples_are_parts_of_every_image_of_the_package():
    """Squares of all sizes, the same for the same seed, of each image on both sides."""
    found, again = (sample_images(0, 'x') for _ in range(2))
    assert len(found.used) + len(found.kept) == IMAGES
    assert all(np.array_equal(*pair) for pair in zip(found.used, again.used))
    assert len({image.shape for image in found.used}) > 50
    assert all(image.shape[0] == image.shape[1] for image in found.used)
    for name in SAMPLES:
        whole = cv2.imread(str(samples_folder('') / name))[:, :, ::-1]
        for side in (found.used, found.kept):
            assert any(_is_part(image, whole) for image in side), name


def _is_part(image, whole):
    """Whether an image, or its mirror image, stands somewhere in another one, exactly."""
    if image.shape[0] > min(whole.shape[:2]):
        return False
    return any(cv2.matchTemplate(whole[:, :, 1].copy(), one[:, :, 1].copy(),
                                 cv2.TM_SQDIFF_NORMED).min() < 1e-6
               for one in (image, image[:, ::-1]))


def test_a_missing_package_is_named_with_what_to_do():
    """In an interpreter without it, in one line."""
    code = ('import sys; sys.modules["skimage"] = None\n'
            'from shufflenet_ros.dataset.sample_images import samples_folder\n'
            'try: samples_folder("do that")\n'
            'except Exception as error: print(type(error).__name__, error)')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert done.stdout.startswith(ConfigurationError.__name__), done.stderr
    assert 'pip install scikit-image, or do that' in done.stdout
