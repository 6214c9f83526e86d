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


"""Any value in any entry of a card: it is loaded, or refused in one line that names the file."""

from datetime import date
from pathlib import Path
import shutil
import warnings

from hypothesis import given, HealthCheck, settings, strategies
import pytest
from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.core.geometry import LARGEST_SIDE, SMALLEST_SIDE
from shufflenet_ros.inference.model_card import load_model
import yaml

SHIPPED = Path(__file__).resolve().parents[2] / 'models' / 'surfaces'
CARD = yaml.safe_load((SHIPPED / 'card.yaml').read_text())
ENTRIES = [(key,) for key in CARD] + [('input', key) for key in CARD['input']] + [
    ('files', name) for name in CARD['files']] + [
    ('files', name, key) for name, entry in CARD['files'].items() for key in entry]
SCALARS = strategies.one_of(
    strategies.none(), strategies.booleans(), strategies.integers(), strategies.floats(),
    strategies.text(max_size=20), strategies.dates(), strategies.binary(max_size=8),
    strategies.sampled_from([10 ** 300, 160.0, 1e308, -0.0, 'rgb', date(2001, 1, 1), '1e9999']))
VALUES = strategies.recursive(SCALARS, lambda inner: strategies.one_of(
    strategies.lists(inner, max_size=4),
    strategies.dictionaries(strategies.text(max_size=8), inner, max_size=4)), max_leaves=8)
TRIES = settings(deadline=None, max_examples=300,
                 suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Make a copy of the shipped model whose card is written anew each time."""
    return Path(shutil.copytree(SHIPPED, tmp_path_factory.mktemp('model') / 'surfaces'))


def check(folder, content):
    """Load the folder with these bytes as its card: a spec that holds, or a ModelError."""
    (folder / 'card.yaml').write_bytes(content)
    try:
        spec = load_model(folder)
    except ModelError as error:
        text = str(error)
        assert text.startswith(str(folder)) and text.isprintable() and len(text) < 1500
        return
    geometry = spec.geometry
    assert all(type(side) is int and SMALLEST_SIDE <= side <= LARGEST_SIDE
               for side in (geometry.height, geometry.width))
    assert 0 < geometry.crop_fraction <= 1
    assert spec.threshold is None or 0 <= spec.threshold <= 1
    assert isinstance(spec.name, str) and spec.name.strip() and len(spec.labels) == 10


@TRIES
@given(strategies.sampled_from(ENTRIES), VALUES)
def test_any_value_of_any_entry(folder, entry, value):
    """Of any kind that YAML has."""
    card = yaml.safe_load(yaml.safe_dump(CARD))
    place = card
    for key in entry[:-1]:
        place = place[key]
    place[entry[-1]] = value
    check(folder, yaml.safe_dump(card, allow_unicode=True).encode('utf-8', 'surrogatepass'))


@TRIES
@given(strategies.sampled_from(ENTRIES))
def test_any_entry_may_be_missing(folder, entry):
    """Refused, or not needed."""
    card = yaml.safe_load(yaml.safe_dump(CARD))
    place = card
    for key in entry[:-1]:
        place = place[key]
    del place[entry[-1]]
    check(folder, yaml.safe_dump(card).encode())


@TRIES
@given(strategies.binary(max_size=300) | strategies.text(max_size=300).map(
    lambda text: text.encode('utf-8', 'surrogatepass')) | strategies.text(
        '[]{}:,-&*!|>\'"%@`?#~ \n\tab01.<=', max_size=120).map(str.encode))
def test_any_bytes_may_be_the_card(folder, content):
    """YAML's own signs more often than others."""
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        check(folder, content)
        check(folder, (SHIPPED / 'card.yaml').read_bytes() + content)
        check(folder, content + (SHIPPED / 'card.yaml').read_bytes())
