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

"""Our totals against those that the paper prints."""

import pytest
from shufflenet_ros.architecture.paper import CLOSE, paper_rows, REASONS
from shufflenet_ros.training.network import ShuffleNetV1
from training.exported import exported_multiply_adds

ROWS = list(paper_rows())


@pytest.mark.parametrize('row', ROWS, ids=lambda row: str(row.variant))
def test_ours_is_what_the_network_really_takes(row):
    """Counted in the ONNX file of the network itself."""
    assert row.ours == exported_multiply_adds(ShuffleNetV1(row.variant, 1000))


@pytest.mark.parametrize('row', ROWS, ids=lambda row: str(row.variant))
def test_a_difference_above_one_per_cent_is_explained(row):
    """By choices with a name, after which the paper's whole number comes out, or by table 2."""
    assert abs(row.difference) <= CLOSE or row.reasons
    assert set(row.reasons) <= set(REASONS)
    if 'one figure' not in row.reasons:
        assert round(row.by_its_choices / 1e6) == row.paper / 1e6


def test_the_full_width_is_the_papers_to_the_million():
    """Table 1 for every number of groups: 143, 140, 137, 133, 137, without the classifier."""
    found = [round(row.by_its_choices / 1e6) for row in ROWS if row.variant.width == 1.0]
    assert found == [143, 140, 137, 133, 137]


def test_one_figure_for_all_groups_is_that_of_one_group():
    """Table 2: 38 and 13 M."""
    found = {row.variant.width: round(row.by_its_choices / 1e6) for row in ROWS
             if row.variant.groups == 1}
    assert found == {1.0: 143, 0.5: 38, 0.25: 13}
    alone = [str(row.variant) for row in ROWS if 'one figure' in row.reasons]
    assert alone == ['0.5x g=3', '0.5x g=4', '0.25x g=8']
