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

"""The rules: which facts are a problem of a camera, a clock or a model, and what is said of it."""

from dataclasses import fields, replace

import pytest
from shufflenet_ros.monitoring.facts import CameraFacts, ClockFacts, ModelFacts, NodeFacts
from shufflenet_ros.monitoring.rules import (
    camera_problems,
    clock_problems,
    Level,
    model_problems,
    node_problems,
    overall_status,
    Problem,
    state_text,
)
from shufflenet_ros.monitoring.thresholds import Thresholds

LIMITS = Thresholds()
HEALTHY = CameraFacts(publishers=1, has_arrived=True, silent_s=0.03, rate_hz=30.0, usual_hz=30.0,
                      age_p95_ms=8.0, received=30, classified=30)


def status(limits=LIMITS, **changes):
    return overall_status(camera_problems(replace(HEALTHY, **changes), limits), 'ok')


def test_a_camera_without_problems_is_ok():
    """No problem, no warning."""
    assert status() == (Level.OK, 'ok')


@pytest.mark.parametrize('changes, level, word', [
    ({'rate_hz': 14.9}, Level.WARN, '14.9 Hz, 30.0 Hz are usual so far'),
    ({'rate_hz': 15.1}, Level.OK, 'ok'),
    ({'age_p95_ms': 201.0}, Level.WARN, 'p95 of their age is 201 ms, above 200 ms'),
    ({'age_p95_ms': 199.0}, Level.OK, 'ok'),
    ({'age_p95_ms': 1001.0}, Level.ERROR, 'above 1000 ms'),
    ({'age_p95_ms': float('nan')}, Level.OK, 'ok'),
    ({'ahead_ms': 1.5}, Level.WARN, 'up to 1.5 ms ahead of the clock'),
    ({'ahead_ms': 0.5}, Level.OK, 'ok'),
    ({'replaced_share': 0.11}, Level.WARN, '11% of the images'),
    ({'replaced_share': 0.09}, Level.OK, 'ok'),
    ({'replaced_share': 0.95}, Level.ERROR, '95% of the images'),
    ({'replaced_share': 0.06, 'expired_share': 0.05}, Level.WARN, '6% of the images are replaced'),
    ({'expired_share': 0.48, 'out_of_order_share': 0.48}, Level.ERROR, '48% of the images'),
    ({'stuck_s': 4.9}, Level.OK, 'ok'),
    ({'stuck_s': 5.1, 'replaced_share': 0.9}, Level.ERROR, 'no image was finished for 5.1 s'),
    ({'failed': 1, 'last_error': 'no such encoding'}, Level.WARN,
     '1 of 30 images could not be classified: no such encoding'),
    ({'failed': 30, 'classified': 0}, Level.ERROR, '30 of 30 images'),
    ({'lost_share': 0.06, 'lost': 9}, Level.WARN, '6% of the images are lost on their way'),
    ({'lost_share': 0.04, 'lost': 6}, Level.OK, 'ok'),
    ({'lost_share': 0.5, 'lost': 1}, Level.OK, 'ok'),
    ({'lost_share': 0.07, 'lost': 2, 'is_new': True}, Level.OK, 'ok'),
    ({'lost_share': 0.5, 'lost': 5, 'is_new': True}, Level.WARN, '50% of the images are lost'),
    ({'incompatible': 'camera: RELIABILITY'}, Level.WARN, 'camera: RELIABILITY'),
    ({'other_transport': 'web publishes another type'}, Level.WARN, 'give it a topic of its own'),
])
def test_each_rule_has_its_threshold(changes, level, word):
    """On both sides of it; the message says the value and what it was compared with."""
    found, message = status(**changes)
    assert found == level and word in message


@pytest.mark.parametrize('changes, words', [
    ({'replaced_share': 0.5}, ('replaced by newer ones', 'too slow for the camera')),
    ({'expired_share': 0.5, 'age_at_receipt_ms': 5000.0},
     ('max_age_ms', '5000 ms after their stamp', 'chrony')),
    ({'expired_share': 0.5}, ('max_age_ms', 'chrony')),
    ({'out_of_order_share': 0.5, 'publishers': 2}, ('2 publishers share the topic', 'own')),
    ({'out_of_order_share': 0.5}, ('stamps jump back', 'driver')),
    ({'stuck_s': 9.0}, ('hangs', 'set the parameter model', 'restart')),
    ({'lost_share': 0.5, 'lost': 70}, ('lost on their way', 'config/fastdds.xml')),
    ({'lost_share': 0.5, 'lost': 70, 'loss_advice': 'plug the cable in'}, ('plug the cable in',)),
])
def test_each_kind_of_drop_has_its_own_cure(changes, words):
    """The advice for another kind would send the user to the wrong place."""
    message = status(**changes)[1]
    assert all(word in message for word in words)
    assert ('this machine is too slow' in message) == ('replaced_share' in changes)


def test_kinds_of_drops_that_come_together_are_all_named():
    """Except one that hardly counts."""
    message = status(replaced_share=0.3, expired_share=0.2, out_of_order_share=0.01)[1]
    assert '30% of the images are replaced' in message and '20% of the images are older' in message
    assert '1% of' not in message


@pytest.mark.parametrize('age_at_receipt_ms, word', [(4990.0, 'chrony'), (3.0, 'the stages say')])
def test_late_results_of_late_images_are_no_matter_of_the_stages(age_at_receipt_ms, word):
    """A clock that is behind makes every image old before this node has it."""
    message = status(age_p95_ms=5000.0, age_at_receipt_ms=age_at_receipt_ms)[1]
    assert word in message


def test_an_age_above_the_second_threshold_alone_is_an_error():
    """Wherever the first one is."""
    limits = Thresholds(age_warn_ms=5000.0, age_error_ms=100.0)
    assert status(limits, age_p95_ms=150.0)[0] == Level.ERROR
    assert status(limits, age_p95_ms=90.0)[0] == Level.OK


def test_a_rate_that_is_low_because_images_get_lost_is_no_fault_of_the_camera():
    """Its driver would be searched in vain."""
    message = status(lost_share=0.9, lost=90, rate_hz=3.0)[1]
    assert 'lost on their way' in message and 'usual' not in message


def test_what_hangs_is_not_called_a_silent_camera():
    """While an inference hangs no image is taken, whatever the camera sends."""
    level, message = status(stuck_s=6.0, silent_s=6.0, rate_hz=0.0)
    assert level == Level.ERROR and 'hangs' in message and 'no image for' not in message


def test_an_expected_rate_is_compared_with_that_of_the_camera():
    """Even where the camera never had it."""
    limits = Thresholds(expected_hz=60.0)
    assert status(limits, rate_hz=29.0, usual_hz=29.0)[1].startswith('29.0 Hz, 60.0 Hz are expec')
    assert status(limits, rate_hz=31.0, usual_hz=31.0)[0] == Level.OK


@pytest.mark.parametrize('changes, level, word', [
    ({'silent_s': 3.1}, Level.STALE, 'no image for 3.1 s, though 1 publisher(s) are matched'),
    ({'silent_s': 3.1, 'lost': 90, 'lost_share': 0.9, 'loss_advice': 'plug it in'}, Level.WARN,
     'unless the camera is paused, its images are lost on their way: plug it in'),
    ({'silent_s': 3.1, 'loss_advice': 'plug it in'}, Level.STALE,
     'are matched; if it publishes, its images are lost: plug it in'),
    ({'silent_s': 2.9}, Level.OK, 'ok'),
    ({'silent_s': 9.0, 'usual_hz': 0.2, 'rate_hz': 0.2}, Level.OK, 'ok'),
    ({'silent_s': 13.0, 'usual_hz': 0.2, 'rate_hz': 0.2}, Level.STALE, 'no image for 13.0 s'),
    ({'silent_s': 3.1, 'publishers': 0}, Level.STALE, 'nobody publishes the topic'),
    ({'silent_s': 3.1, 'publishers': 0, 'similar_topics': 'there are images on /cam'},
     Level.STALE, 'nobody publishes the topic; there are images on /cam'),
    ({'has_arrived': False, 'publishers': 0, 'silent_s': 0.5}, Level.STALE,
     'no image yet in 0.5 s'),
    ({'has_arrived': False, 'silent_s': 1.0}, Level.STALE, 'though 1 publisher(s) are matched'),
    ({'has_arrived': False, 'silent_s': 3.1}, Level.WARN, 'config/fastdds.xml'),
    ({'has_arrived': False, 'silent_s': 3.1, 'loss_advice': 'another user'}, Level.WARN,
     'another user'),
    ({'has_arrived': False, 'publishers': 0, 'incompatible': 'QoS'}, Level.ERROR, 'qos_overrides'),
    ({'has_arrived': False, 'publishers': 0, 'other_transport': 'set image_transport:=compressed'},
     Level.ERROR, 'set image_transport:=compressed'),
])
def test_silence_has_its_reason(changes, level, word):
    """Nobody there, nobody who fits, or images that get lost on the way: with the cure."""
    found, message = status(**changes)
    assert found == level and word in message


def test_a_silent_camera_is_judged_by_nothing_else():
    """What it did before it fell silent would only hide that."""
    silent = replace(HEALTHY, silent_s=9.0, rate_hz=0.1, replaced_share=1.0)
    problems = camera_problems(silent, LIMITS)
    assert len(problems) == 1


def test_the_worst_problem_decides_and_comes_first():
    """All of them are reported."""
    level, message = overall_status([Problem(Level.WARN, 'a'), Problem(Level.ERROR, 'b')], 'ok')
    assert (level, message) == (Level.ERROR, 'b; a')


@pytest.mark.parametrize('facts, word', [
    (ClockFacts(jump_s=-3.5), 'jumped back by 3.50 s'),
    (ClockFacts(jump_s=7.0), 'jumped forward by 7.00 s'),
    (ClockFacts(jump_s=-0.0031), 'jumped back by 3.1 ms'),
    (ClockFacts(is_waiting=True), 'no /clock has come')])
def test_a_clock_that_cannot_be_believed_is_named(facts, word):
    """Ages would be wrong, and nothing else would show it."""
    problem, = clock_problems(facts)
    assert problem.level == Level.WARN and word in problem.text
    assert not clock_problems(ClockFacts())


def test_another_node_of_the_same_name_is_named_once_it_stays():
    """A node that starts again is seen twice for a moment."""
    assert not node_problems(NodeFacts('/robot/classifier', namesakes_s=2.0))
    problem, = node_problems(NodeFacts('/robot/classifier', namesakes_s=4.0))
    assert problem.level == Level.WARN and '/robot/classifier' in problem.text


def test_a_state_without_results_says_what_leads_to_them():
    """The word alone means nothing to who does not know lifecycles."""
    assert 'activate' in state_text('inactive') and 'configure' in state_text('unconfigured')
    assert state_text('active') == 'active'


@pytest.mark.parametrize('facts, level, word', [
    (ModelFacts('surfaces int8', ('CPU',), ('CPU',)), Level.OK, 'ok'),
    (ModelFacts('surfaces int8', ('CUDA', 'CPU'), ('CUDA', 'CPU')), Level.OK, 'ok'),
    (ModelFacts('surfaces int8', ('CUDA', 'CPU'), ('CPU',)), Level.WARN,
     'runs on CPU, though CUDA was asked for first'),
    (ModelFacts('surfaces', ('CUDA',), ()), Level.WARN, 'runs on nothing'),
    (ModelFacts('surfaces int8', error='mine: missing'), Level.WARN, 'surfaces int8 goes on'),
    (ModelFacts(error='mine: missing'), Level.ERROR, 'no model is loaded: mine: missing'),
    (ModelFacts(), Level.ERROR, 'no model is loaded: not configured')])
def test_a_model_runs_where_it_was_asked_to_or_says_so(facts, level, word):
    """A silent fallback to the CPU is a fault."""
    found, message = overall_status(model_problems(facts), 'ok')
    assert found == level and word in message


def test_the_docs_name_every_threshold_with_its_value():
    """A wrong table is worse than none."""
    from pathlib import Path
    text = (Path(__file__).resolve().parents[2] / 'docs' / 'monitoring.md').read_text()
    for field in fields(Thresholds):
        assert f'| `{field.name}` | {getattr(LIMITS, field.name):g} |' in text
