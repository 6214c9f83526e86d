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

"""The authors' weights in our network give the authors' logits."""

import pickle

import cv2
import numpy as np
import pytest
from shufflenet_ros.core.encoding.decode import Pixels
from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import ShuffleNetV1, Variant
from shufflenet_ros.training.weights.published_checkpoints import (
    LAYERS,
    load_checkpoint,
    load_official,
)
import torch
from training import pytorchcv
from training.official import forward

pytestmark = pytest.mark.slow


def random_state(variant, classes=11, seed=0):
    """Make a checkpoint in the authors' naming with random weights and statistics."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, tensor in ShuffleNetV1(variant, classes).state_dict().items():
        parts = name.split('.')
        if parts[0] == 'units':
            name = f'features.{parts[1]}.{LAYERS[".".join(parts[2:4])]}.{parts[4]}'
        name = name.replace('stem.', 'first_conv.').replace('classifier.', 'classifier.0.')
        if not tensor.is_floating_point():
            state[name] = torch.tensor(1)
        elif tensor.dim() == 1:
            state[name] = torch.rand(tensor.shape, generator=generator) + 0.5
        else:
            fan = tensor[0].numel()
            state[name] = torch.randn(tensor.shape, generator=generator) / fan ** 0.5
    return state


def save(path, state):
    torch.save({'state_dict': {f'module.{name}': tensor for name, tensor in state.items()}}, path)
    return path


@pytest.mark.parametrize('variant', [Variant(3, 0.5), Variant(8, 0.5), Variant(3, 1.0)], ids=str)
def test_weights_in_the_official_naming_give_the_official_logits(tmp_path, variant):
    """Names, channel order, shuffle and statistics all find their place."""
    state = random_state(variant)
    network = load_official(save(tmp_path / 'weights.pth.tar', state))
    assert network.variant == variant
    rgb = torch.rand(2, 3, 96, 64) * 255
    with torch.no_grad():
        expected = forward(state, rgb.flip(1), variant.groups)
        torch.testing.assert_close(network(rgb), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('groups, top1', [(3, 0.63), (8, 0.65)])
def test_the_official_checkpoints_load_and_recognize_images(data, groups, top1):
    """Logits equal the reference's on images, and most images are recognized."""
    path = data / 'weights' / f'shufflenet_v1_g{groups}_0.5x.pth.tar'
    network = load_official(path)
    state = {name.removeprefix('module.'): tensor for name, tensor in torch.load(
        path, map_location='cpu', weights_only=True)['state_dict'].items()}
    photographs = sorted((data / 'imagenet_sample').glob('*.jpg'))
    right = []
    for number, photograph in enumerate(photographs):
        rgb = cv2.cvtColor(cv2.imread(str(photograph)), cv2.COLOR_BGR2RGB)
        tensor = preprocess(Pixels(rgb, None), Geometry(224, 224))
        pixels = torch.from_numpy(tensor).permute(0, 3, 1, 2).float()
        with torch.no_grad():
            logits = network(pixels)
            if number % 25 == 0:
                torch.testing.assert_close(
                    logits, forward(state, pixels.flip(1), groups), rtol=1e-4, atol=1e-4)
        right.append(int(logits.argmax()) == int(photograph.name[:4]))
    assert len(right) == 500 and np.mean(right) > top1


def test_a_file_that_is_no_checkpoint_is_named(tmp_path):
    """Text, nothing, and a pickle that would run code are each refused in one line."""
    text = tmp_path / 'weights.pth'
    text.write_text('not weights')
    evil = tmp_path / 'evil.pth'
    torch.save({'state_dict': print}, evil)
    for path in (text, evil, tmp_path / 'missing.pth'):
        with pytest.raises(ModelError, match=path.name) as caught:
            load_official(path)
        assert '\n' not in str(caught.value)


def test_tensors_without_a_place_are_refused(tmp_path):
    """Loading is strict: one tensor too many, too few or of another shape is an error."""
    variant = Variant(3, 0.5)
    changes = {
        'extra': lambda state: state.update(extra=torch.zeros(1)),
        'missing': lambda state: state.pop('features.3.branch_main_2.1.bias'),
        'shape': lambda state: state.update(
            {'features.3.branch_main_2.1.bias': torch.zeros(7)}),
        'no_stem': lambda state: state.pop('first_conv.0.weight'),
        'width': lambda state: state.update({'first_conv.0.weight': torch.zeros(13, 3, 3, 3)}),
    }
    for name, change in changes.items():
        state = random_state(variant)
        change(state)
        with pytest.raises(ModelError, match=f'{name}.pth'):
            load_official(save(tmp_path / f'{name}.pth', state))


PYTORCHCV = [
    (Variant(1, 1.0), (24, (144, 288, 576))), (Variant(2, 1.0), (24, (200, 400, 800))),
    (Variant(3, 1.0), (24, (240, 480, 960))), (Variant(4, 1.0), (24, (272, 544, 1088))),
    (Variant(8, 1.0), (24, (384, 768, 1536))), (Variant(1, 0.75), (18, (108, 216, 432))),
    (Variant(3, 0.75), (18, (180, 360, 720))), (Variant(1, 0.5), (12, (72, 144, 288))),
    (Variant(3, 0.5), (12, (120, 240, 480))), (Variant(1, 0.25), (6, (36, 72, 144))),
    (Variant(3, 0.25), (6, (60, 120, 240)))]
"""Every network that pytorchcv has, with its channels."""


@pytest.mark.parametrize('variant, channels', PYTORCHCV, ids=lambda value: str(value))
def test_weights_in_pytorchcvs_naming_give_its_logits(tmp_path, variant, channels):
    """Mean, deviation, the paper's shuffle, the order of branches and the bias are all right."""
    state = pytorchcv.random_state(variant.groups, *channels)
    torch.save(state, tmp_path / 'weights.pth')
    network, family = load_checkpoint(tmp_path / 'weights.pth')
    assert network.variant == variant and 'pytorchcv' in family
    rgb = torch.rand(2, 3, 96, 64) * 255
    with torch.no_grad():
        expected = pytorchcv.forward(state, rgb, variant.groups)
        torch.testing.assert_close(network(rgb), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('variant', [Variant(1, 2.0), Variant(2, 0.5), Variant(8, 1.5)], ids=str)
def test_other_members_of_the_authors_family_are_known_by_their_shapes(tmp_path, variant):
    """Any number of groups and any width, and the name of the family with them."""
    network, family = load_checkpoint(save(tmp_path / 'weights.pth', random_state(variant)))
    assert network.variant == variant and 'official' in family


def test_a_checkpoint_of_before_batches_were_counted_loads(tmp_path):
    """A PyTorch below 0.4.1 wrote no counters; nothing here needs them."""
    state = {name: tensor for name, tensor in random_state(Variant(3, 0.5)).items()
             if not name.endswith('num_batches_tracked')}
    assert load_checkpoint(save(tmp_path / 'old.pth', state))[0].variant == Variant(3, 0.5)


def test_what_does_not_fit_is_named(tmp_path):
    """Another network, a dictionary of numbers, a list, a missing layer of pytorchcv's."""
    state = pytorchcv.random_state(3, 12, (120, 240, 480))
    state.pop('output.bias')
    contents = {
        'other': ({'conv1.weight': torch.zeros(1)}, "'first_conv.0.weight'.*'conv1.weight'"),
        'empty': ({}, 'among its 0 tensors'), 'numbers': ({'a': 1}, 'names and tensors'),
        'list': ([torch.zeros(1)], 'names and tensors'),
        'bias': (state, "not a pytorchcv .*1 tensors are missing or unknown, 'output.bias'"),
        'groups': (pytorchcv.random_state(5, 20, (100, 200, 400)), '20 stem and 400 .*5 groups')}
    for name, (content, words) in contents.items():
        torch.save(content, tmp_path / f'{name}.pth')
        with pytest.raises(ModelError, match=f'{name}.pth: .*{words}'):
            load_checkpoint(tmp_path / f'{name}.pth')


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), 'w'))


@pytest.mark.parametrize('write', [torch.save, lambda content, path: path.write_bytes(
    pickle.dumps(content))], ids=['torch', 'pickle'])
def test_code_in_a_pickle_is_never_run(tmp_path, write):
    """The file is refused in one line, and what it wanted to do has not happened."""
    proof = tmp_path / 'proof'
    write({'state_dict': {'first_conv.0.weight': Evil(proof)}}, tmp_path / 'evil.pth')
    with pytest.raises(ModelError, match='evil.pth: .*holds code, which is never run'):
        load_checkpoint(tmp_path / 'evil.pth')
    assert not proof.exists()
    torch.load(tmp_path / 'evil.pth', weights_only=False) if write is torch.save else pickle.loads(
        (tmp_path / 'evil.pth').read_bytes())
    assert proof.exists()  # so the trap was real


@pytest.mark.parametrize('name, value, word', [
    ('first_conv.0.weight', float('nan'), 'holds NaN or infinity in 1 of'),
    ('classifier.0.weight', float('inf'), 'holds NaN or infinity in 1 of'),
    ('features.2.branch_main_1.1.running_mean', float('-inf'), 'holds NaN or infinity in 1 of'),
    ('features.2.branch_main_1.1.running_var', -0.5, 'holds a variance below 0')])
def test_weights_that_are_no_numbers_are_named(tmp_path, name, value, word):
    """By the name that the checkpoint has for the tensor."""
    state = random_state(Variant(3, 0.25))
    state[name].view(-1)[-1] = value
    path = save(tmp_path / 'weights.pth', state)
    for load in (load_official, load_checkpoint):
        with pytest.raises(ModelError, match=f'weights.pth: tensor {name!r} {word}'):
            load(path)


def test_weights_beyond_a_float_are_named_when_folded(tmp_path):
    """Each number is one, their product is none."""
    state = random_state(Variant(3, 0.25))
    state['features.2.branch_main_1.1.weight'][:] = 1e38
    state['features.2.branch_main_1.1.running_var'][:] = 1e-30
    network = load_official(save(tmp_path / 'weights.pth', state))
    with pytest.raises(ModelError, match="layer 'units.2.compress'"):
        fold(network)
