"""The rules: which facts make a camera, a clock or a model unwell, and what is said of it."""

from dataclasses import fields, replace

import pytest

from shufflenet_ros.monitoring.rules import (
    CameraFacts,
    ClockFacts,
    examine_camera,
    examine_clock,
    examine_model,
    Finding,
    Level,
    ModelFacts,
    Thresholds,
    verdict,
)

LIMITS = Thresholds()
WELL = CameraFacts(publishers=1, ever=True, silent_s=0.03, rate_hz=30.0, usual_hz=30.0,
                   age_p95_ms=8.0, received=30, classified=30)


def judge(limits=LIMITS, **changes):
    return verdict(examine_camera(replace(WELL, **changes), limits), 'well')


def test_a_camera_that_is_well_is_ok():
    """No finding, no alarm."""
    assert judge() == (Level.OK, 'well')


@pytest.mark.parametrize('changes, level, word', [
    ({'rate_hz': 14.9}, Level.WARN, '14.9 Hz, 30.0 Hz are usual so far'),
    ({'rate_hz': 15.1}, Level.OK, 'well'),
    ({'age_p95_ms': 201.0}, Level.WARN, 'p95 of their age is 201 ms, above 200 ms'),
    ({'age_p95_ms': 199.0}, Level.OK, 'well'),
    ({'age_p95_ms': 1001.0}, Level.ERROR, 'above 1000 ms'),
    ({'age_p95_ms': float('nan')}, Level.OK, 'well'),
    ({'ahead_ms': 1.5}, Level.WARN, 'up to 1.5 ms ahead of the clock'),
    ({'ahead_ms': 0.5}, Level.OK, 'well'),
    ({'dropped_share': 0.11}, Level.WARN, '11% of the images'),
    ({'dropped_share': 0.09}, Level.OK, 'well'),
    ({'dropped_share': 0.95}, Level.ERROR, '95% of the images'),
    ({'failed': 1, 'last_error': 'no such encoding'}, Level.WARN,
     '1 of 30 images could not be classified: no such encoding'),
    ({'failed': 30, 'classified': 0}, Level.ERROR, '30 of 30 images'),
    ({'incompatible': 'camera: RELIABILITY'}, Level.WARN, 'camera: RELIABILITY'),
])
def test_each_rule_has_its_threshold(changes, level, word):
    """On both sides of it; the message says the value and what it was held against."""
    found, message = judge(**changes)
    assert found == level and word in message


def test_an_expected_rate_is_held_against_the_camera():
    """Even where the camera never had it."""
    limits = Thresholds(expected_hz=60.0)
    assert judge(limits, rate_hz=29.0, usual_hz=29.0)[1].startswith('29.0 Hz, 60.0 Hz are expec')
    assert judge(limits, rate_hz=31.0, usual_hz=31.0)[0] == Level.OK


@pytest.mark.parametrize('changes, level, word', [
    ({'silent_s': 3.1}, Level.STALE, 'no image for 3.1 s, though 1 publisher(s) are matched'),
    ({'silent_s': 2.9}, Level.OK, 'well'),
    ({'silent_s': 9.0, 'usual_hz': 0.2, 'rate_hz': 0.2}, Level.OK, 'well'),
    ({'silent_s': 13.0, 'usual_hz': 0.2, 'rate_hz': 0.2}, Level.STALE, 'no image for 13.0 s'),
    ({'silent_s': 3.1, 'publishers': 0}, Level.STALE, 'nobody publishes the topic'),
    ({'ever': False, 'publishers': 0, 'silent_s': 0.5}, Level.STALE, 'no image yet in 0.5 s'),
    ({'ever': False, 'silent_s': 1.0}, Level.STALE, 'though 1 publisher(s) are matched'),
    ({'ever': False, 'silent_s': 3.1}, Level.WARN, 'FASTDDS_DEFAULT_PROFILES_FILE'),
    ({'ever': False, 'publishers': 0, 'incompatible': 'QoS'}, Level.ERROR, 'qos_overrides'),
])
def test_silence_has_its_reason(changes, level, word):
    """Nobody there, nobody who fits, or images that get lost on the way: with the cure."""
    found, message = judge(**changes)
    assert found == level and word in message


def test_a_silent_camera_is_judged_by_nothing_else():
    """What it did before it fell silent would only hide that."""
    findings = examine_camera(replace(WELL, silent_s=9.0, rate_hz=0.1, dropped_share=1.0), LIMITS)
    assert len(findings) == 1


def test_the_worst_finding_decides_and_comes_first():
    """All of them are told."""
    level, message = verdict([Finding(Level.WARN, 'a'), Finding(Level.ERROR, 'b')], 'well')
    assert (level, message) == (Level.ERROR, 'b; a')


@pytest.mark.parametrize('facts, word', [
    (ClockFacts(jump_s=-3.5), 'jumped back by 3.50 s'),
    (ClockFacts(jump_s=7.0), 'jumped forward by 7.00 s'),
    (ClockFacts(is_waiting=True), 'no /clock has come')])
def test_a_clock_that_cannot_be_believed_is_named(facts, word):
    """Ages would be wrong without a word."""
    finding, = examine_clock(facts)
    assert finding.level == Level.WARN and word in finding.text
    assert not examine_clock(ClockFacts())


@pytest.mark.parametrize('facts, level, word', [
    (ModelFacts('surfaces int8', ('CPU',), ('CPU',)), Level.OK, 'well'),
    (ModelFacts('surfaces int8', ('CUDA', 'CPU'), ('CUDA', 'CPU')), Level.OK, 'well'),
    (ModelFacts('surfaces int8', ('CUDA', 'CPU'), ('CPU',)), Level.WARN,
     'runs on CPU, though CUDA was asked for first'),
    (ModelFacts('surfaces', ('CUDA',), ()), Level.WARN, 'runs on nothing'),
    (ModelFacts('surfaces int8', trouble='mine: missing'), Level.WARN, 'surfaces int8 goes on'),
    (ModelFacts(trouble='mine: missing'), Level.ERROR, 'no model is loaded: mine: missing'),
    (ModelFacts(), Level.ERROR, 'no model is loaded: not configured')])
def test_a_model_runs_where_it_was_asked_to_or_says_so(facts, level, word):
    """A silent fallback to the CPU is a fault."""
    found, message = verdict(examine_model(facts), 'well')
    assert found == level and word in message


def test_the_docs_name_every_threshold_with_its_value():
    """A table that lies is worse than none."""
    from pathlib import Path
    text = (Path(__file__).resolve().parents[2] / 'docs' / 'monitoring.md').read_text()
    for field in fields(Thresholds):
        assert f'| `{field.name}` | {getattr(LIMITS, field.name):g} |' in text
