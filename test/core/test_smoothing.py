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

"""Scores averaged over time: what stays, what changes, and when all begins anew."""

import math

import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.frame import Classification, PartResult
from shufflenet_ros.core.parts import Box, Part
from shufflenet_ros.core.postprocess import ranked
from shufflenet_ros.core.smoothing import Smoother, Smoothing

SECOND_NS = 1_000_000_000
PERIOD_NS = SECOND_NS // 10


def scored(*scores, parts=()):
    """Make a result of these scores, and of parts by their id."""
    return Classification(*[getattr(ranked(scores, 2, 0.0, scores), name) for name in (
        'hypotheses', 'best')], tuple(
            PartResult(Part(name, Box(0, 0, 1, 1)), scored(*values))
            for name, values in parts), scores)


def smoother(seconds=0.5, margin=0.1, threshold=0.0):
    """Make one that keeps two hypotheses."""
    return Smoother(Smoothing(seconds, margin), 2, threshold)


def test_an_average_follows_its_time_constant_whatever_the_rate():
    """After so long a step has reached 63 % of its height."""
    for steps in (1, 5, 50):
        one = smoother()
        one.smooth(scored(1.0, 0.0), SECOND_NS)
        for step in range(steps):
            found = one.smooth(scored(0.0, 1.0), SECOND_NS + (step + 1) * SECOND_NS // 2 // steps)
        assert found.scores[1] == pytest.approx(1 - math.exp(-1), abs=1e-9)


def test_a_single_wrong_frame_changes_nothing():
    """The class that is held stays first until another one leads by the margin."""
    one = smoother()
    for number in range(10):
        one.smooth(scored(0.8, 0.2), SECOND_NS + number * PERIOD_NS)
    found = one.smooth(scored(0.1, 0.9), 2 * SECOND_NS)
    assert found.best.index == 0 and found.hypotheses[0].index == 0


def test_a_class_that_leads_a_little_is_second_until_it_leads_clearly():
    """Scores stay what they are: the one that is held may be the lower one."""
    one = smoother(seconds=1.0, margin=0.2)
    one.smooth(scored(0.6, 0.4), SECOND_NS)
    firsts = []
    for number in range(1, 40):
        found = one.smooth(scored(0.3, 0.7), SECOND_NS + number * PERIOD_NS)
        firsts.append(found.best.index)
        lead = found.scores[1] - found.scores[0]
        assert (found.best.index == 1) == (lead >= 0.2)
        assert {one.index for one in found.hypotheses} == {0, 1}
        assert found.best == found.hypotheses[0]
    assert firsts == sorted(firsts) and firsts[0] == 0 and firsts[-1] == 1


def test_what_is_held_below_the_threshold_is_no_hypothesis():
    """It is still the best of all, as the label says."""
    one = smoother(seconds=1.0, margin=0.5, threshold=0.5)
    one.smooth(scored(0.6, 0.4), SECOND_NS)
    for number in range(1, 8):
        found = one.smooth(scored(0.2, 0.8), SECOND_NS + number * PERIOD_NS)
    assert found.best.index == 0 and [one.index for one in found.hypotheses] == [1]


@pytest.mark.parametrize('stamp_ns', [
    SECOND_NS - 1, 10 * SECOND_NS, 0], ids=['back', 'gap', 'none'])
def test_it_begins_anew_at_gaps_and_jumps(stamp_ns):
    """What was seen before says nothing of what is seen now."""
    one = smoother()
    one.smooth(scored(1.0, 0.0), SECOND_NS)
    found = one.smooth(scored(0.25, 0.75), stamp_ns)
    assert found.scores == (0.25, 0.75) or list(found.scores) == [0.25, 0.75]
    assert found.best.index == 1


def test_each_part_has_an_average_of_its_own():
    """Also one that comes later, and without the region as a whole."""
    one = smoother(seconds=0.1)
    parts = (('r0c0', (1.0, 0.0)), ('r0c1', (0.0, 1.0)))
    found = one.smooth(Classification((), parts=scored(1, 0, parts=parts).parts), SECOND_NS)
    assert [part.classification.best.index for part in found.parts] == [0, 1]
    assert found.best is None
    parts = (('r0c0', (1.0, 0.0)), ('r9c9', (0.5, 0.5)))
    found = one.smooth(scored(0.3, 0.7, parts=parts), SECOND_NS + 1)
    assert [part.classification.scores[0] for part in found.parts] == [1.0, 0.5]


def test_a_part_that_is_left_out_keeps_its_average():
    """It goes on with the time since its own last result; after a gap it begins anew."""
    one, alone = smoother(), smoother()

    def parts_at(seconds, *names, values=(0.0, 1.0)):
        result = Classification((), parts=scored(1, 0, parts=[
            (name, values) for name in names]).parts, left_out=3)
        found = one.smooth(result, round(seconds * SECOND_NS))
        assert found.left_out == 3 and found.best is None
        return {part.part.id: list(part.classification.scores) for part in found.parts}

    parts_at(1.0, 'a', 'b', values=(1.0, 0.0))
    alone.smooth(scored(1.0, 0.0), SECOND_NS)
    for tenth in range(1, 5):
        assert parts_at(1 + tenth / 10, 'a').keys() == {'a'}
    expected = list(alone.smooth(scored(0.0, 1.0), round(1.5 * SECOND_NS)).scores)
    assert parts_at(1.5, 'b')['b'] == expected and 0 < expected[0] < 1
    for tenth in range(16, 45):
        parts_at(tenth / 10, 'a')
    assert parts_at(4.5, 'b', values=(0.6, 0.4))['b'] == [0.6, 0.4]  # 3 s: more than 5 x 0.5
    parts_at(3.0, 'a')
    assert parts_at(4.6, 'b', values=(0.3, 0.7))['b'] == [0.3, 0.7]  # stamps went back meanwhile


def test_the_whole_keeps_what_was_left_out_of_its_parts():
    """It is counted after the average."""
    result = Classification(*[getattr(scored(0.2, 0.8), name) for name in (
        'hypotheses', 'best', 'parts', 'scores')], 7)
    assert smoother().smooth(result, SECOND_NS).left_out == 7


def test_other_classes_begin_anew():
    """Those of another model have another number of them."""
    one = smoother()
    one.smooth(scored(1.0, 0.0), SECOND_NS)
    assert list(one.smooth(scored(0.2, 0.3, 0.5), SECOND_NS + 1).scores) == [0.2, 0.3, 0.5]
    one.restart()
    assert list(one.smooth(scored(0.2, 0.8), SECOND_NS + 2).scores) == [0.2, 0.8]


@pytest.mark.parametrize('values', [(-1.0, 0.1), (61.0, 0.1), (1.0, -0.1), (1.0, 1.0),
                                    (math.nan, 0.1), (1.0, math.nan)])
def test_values_that_make_no_sense_are_refused(values):
    """With what is expected; 0 seconds are off."""
    with pytest.raises(ConfigurationError, match='smoothing_.*expected 0'):
        Smoothing(*values)
    assert not Smoothing().is_on and Smoothing(0.5).is_on
