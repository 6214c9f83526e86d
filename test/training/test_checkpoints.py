"""The authors' weights in our network give the authors' logits."""

import cv2
import numpy as np
import pytest
from shufflenet_ros.core.decode import Pixels
from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.training.checkpoints import LAYERS, load_official
from shufflenet_ros.training.network import ShuffleNetV1, Variant
import torch

from training.official import forward


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
def test_the_official_checkpoints_load_and_recognize_photographs(data, groups, top1):
    """Logits equal the reference's on photographs, and most photographs are recognized."""
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
