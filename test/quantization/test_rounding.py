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

"""Grids and int8 weights: on their grid, and better than rounding to nearest."""

import numpy as np
import pytest
from shufflenet_ros.quantization.ranges import best_grid, Grid, grid_of
from shufflenet_ros.quantization.rounding import fit, LARGEST, round_weights
import torch


def correlated(rng, samples=2000, inputs=20):
    """Make inputs that move together, as neighbouring channels do."""
    mix = rng.normal(size=(inputs, inputs)) * np.geomspace(1, 0.01, inputs)[:, np.newaxis]
    x = rng.normal(size=(samples, inputs)) @ mix
    return x - x.mean(0)


def moments_of(x):
    """Mean products of the inputs, as one layer."""
    return (x.T @ x / len(x))[np.newaxis]


def test_layers_are_independent():
    """Several layers at once give what each gives alone."""
    rng = np.random.default_rng(3)
    weight = rng.normal(size=(3, 4, 20))
    moments = np.concatenate([moments_of(correlated(rng)) for _ in range(3)])
    together = round_weights(weight, moments, 0.01)
    for layer in range(3):
        alone = round_weights(weight[layer:layer + 1], moments[layer:layer + 1], 0.01)
        np.testing.assert_allclose(together.weight[layer], alone.weight[0], atol=1e-12)


def test_rounded_weights_are_multiples_of_their_steps():
    """Whole numbers from -127 to 127, with steps that float32 holds exactly."""
    rng = np.random.default_rng(0)
    x = correlated(rng)
    found = round_weights(rng.normal(size=(1, 8, 20)), moments_of(x), 0.01)
    whole = found.weight / found.step[:, :, np.newaxis]
    np.testing.assert_allclose(whole, np.round(whole), atol=1e-9)
    assert np.abs(whole).max() <= LARGEST + 1e-9
    np.testing.assert_array_equal(found.step, found.step.astype(np.float32))


def test_the_outputs_decide_and_not_the_weights():
    """On correlated inputs the error of the outputs is well below that of nearest rounding."""
    rng = np.random.default_rng(1)
    x, weight = correlated(rng), rng.normal(size=(32, 20))
    step = np.abs(weight).max(1, keepdims=True) / LARGEST
    nearest = np.round(weight / step) * step
    found = round_weights(weight[np.newaxis], moments_of(x), 1e-4).weight[0]
    errors = [((x @ (rounded - weight).T) ** 2).mean() for rounded in (nearest, found)]
    assert errors[1] < 0.5 * errors[0]


def test_the_fit_makes_up_for_disturbed_inputs():
    """Weights fitted to disturbed inputs give outputs nearer to the clean ones."""
    rng = np.random.default_rng(2)
    clean = correlated(rng)
    disturbed = 0.9 * clean + rng.normal(scale=0.05, size=clean.shape)
    weight = rng.normal(size=(4, 20))
    cross = (clean.T @ disturbed / 2000)[np.newaxis]
    fitted = fit(weight[np.newaxis], moments_of(disturbed), cross, 1e-6)[0]
    errors = [((disturbed @ used.T - clean @ weight.T) ** 2).mean() for used in (weight, fitted)]
    assert errors[1] < errors[0]


@pytest.mark.parametrize('low, high', [(0, 6), (-3, 5), (-1e-12, 0), (0.5, 2)])
def test_zero_is_always_on_the_grid(low, high):
    """Padding and ReLU need an exact zero; the limits lie within half a step."""
    grid = grid_of(low, high)
    assert float(grid.apply(torch.zeros(1))) == 0 and 0 <= grid.zero_point <= 255
    assert abs(float(grid.apply(torch.tensor([float(high)]))) - high) <= grid.scale


def test_a_rare_large_value_is_clipped_where_that_gains():
    """One outlier among many small values does not cost them their bits."""
    values = np.abs(np.random.default_rng(0).normal(size=1_000_000)).astype(np.float32)
    values[0] = 20.0
    grid = best_grid(0.0, 20.0, values)
    assert grid.scale * 255 < 10 and grid.zero_point == 0


def test_a_grid_rounds_half_to_even_and_saturates():
    """As the integer kernels do."""
    x = torch.tensor([-9.0, 0.5, 1.5, 2.5, 999.0])
    assert Grid(1.0, 3).apply(x).tolist() == [-3.0, 0.0, 2.0, 2.0, 252.0]
