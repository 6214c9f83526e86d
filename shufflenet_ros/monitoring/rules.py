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

"""
When a camera, a clock or a model is not well: rules from facts to a level and one line of reasons.

The levels are those of ``diagnostic_msgs/msg/DiagnosticStatus``; ``docs/monitoring.md`` explains
the rules. This file reads no clock, keeps nothing and knows no message.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from math import isnan
from typing import NamedTuple

from shufflenet_ros.monitoring.facts import CameraFacts, ClockFacts, ModelFacts, NodeFacts
from shufflenet_ros.monitoring.thresholds import Thresholds


class Level(IntEnum):
    """How well something is; STALE says that nothing is known of it any more."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


class Problem(NamedTuple):
    """One thing that is not well."""

    level: Level
    text: str


SILENT_PERIODS = 2.5
CLOCKS = ('synchronize the clock of the camera with that of this machine (PTP, chrony), or look '
          'at its driver and the network')
REPLACED = ('replaced by newer ones before they were classified; this machine is too slow for the '
            'camera: lower its rate, or give the node more of the machine')
LOST = ('the middleware dropped them; set the Fast DDS profile of this package, '
        'config/fastdds.xml, for the process of the camera too (docs/troubleshooting.md)')
LEAST_LOST, LEAST_LOST_AT_FIRST = 2, 5
"""Fewer images are no share, whatever the rate, and in the first seconds."""
NAMESAKE_S = 3.0
"""A node that starts again may be seen twice for a moment."""
STATES = {'unconfigured': 'unconfigured: no model is loaded; configure it, then activate it',
          'inactive': 'inactive: no images are taken until it is activated'}
"""What a state of the lifecycle means for who waits for results."""


def overall_status(problems: list[Problem], ok_text: str) -> tuple[Level, str]:
    """Give the worst level and all texts, worst first; without a problem OK and ``ok_text``."""
    if not problems:
        return Level.OK, ok_text
    worst_first = sorted(problems, key=lambda problem: -problem.level)
    return worst_first[0].level, '; '.join(problem.text for problem in worst_first)


def camera_problems(facts: CameraFacts, limits: Thresholds) -> list[Problem]:
    """List what is not well with a camera; of a stuck or silent one that alone."""
    for problem in (*hangs(facts, limits), *_silence(facts, limits)):
        return [problem]
    return [*_qos(facts), *losses(facts, limits), *_rate(facts, limits), *_age(facts, limits),
            *_drops(facts, limits), *_failures(facts), *_damage(facts)]


def hangs(facts: CameraFacts, limits: Thresholds) -> Iterator[Problem]:
    """Say that an inference does not come to an end."""
    if facts.stuck_s > limits.stuck_s:
        yield Problem(Level.ERROR, (
            f'no image was finished for {facts.stuck_s:.1f} s: an inference hangs, or gets no '
            'core; set the parameter model to another one, or restart the node'))


def loses_images(facts: CameraFacts, limits: Thresholds) -> bool:
    """Whether images are published, and too many of them never reach this node."""
    if not facts.has_arrived:
        return facts.publishers > 0 and facts.silent_s > limits.silence_s
    least = LEAST_LOST_AT_FIRST if facts.is_new else LEAST_LOST
    return facts.lost >= least and facts.lost_share > limits.lost_warn


def perhaps_lost(facts: CameraFacts) -> str:
    """Say why the images of a silent camera may be lost, where a reason is seen."""
    return f'; if it publishes, its images are lost: {facts.loss_advice}' if (
        facts.publishers and facts.loss_advice) else ''


def losses(facts: CameraFacts, limits: Thresholds) -> Iterator[Problem]:
    """Say that images get lost on their way to the node, and what to do."""
    if loses_images(facts, limits):
        yield Problem(Level.WARN, (
            f'{facts.lost_share:.0%} of the images are lost on their way to this node: '
            f'{facts.loss_advice or LOST}'))


def clock_problems(facts: ClockFacts) -> list[Problem]:
    """Say why ages cannot be believed, where they cannot."""
    if facts.is_waiting:
        return [Problem(Level.WARN, 'use_sim_time is set, but no /clock has come: ages are wrong; '
                        'play the bag with --clock, or start the simulator')]
    if facts.jump_s:
        how_far_s = abs(facts.jump_s)
        span = f'{how_far_s:.2f} s' if how_far_s >= 0.1 else f'{1000 * how_far_s:.3g} ms'
        direction = 'forward' if facts.jump_s > 0 else 'back'
        return [Problem(Level.WARN, f'the clock of this node jumped {direction} by {span} (a bag '
                        'that started anew, or a clock that was set); the statistics of ages '
                        'were restarted')]
    return []


def node_problems(facts: NodeFacts) -> list[Problem]:
    """Say that another node has the same name."""
    if facts.namesakes_s < NAMESAKE_S:
        return []
    return [Problem(Level.WARN, (
        f'another node is called {facts.name} too: services and parameters of both mix; give one '
        'of them another name (name:= of the launch file, or -r __node:=NAME). One that was '
        'killed is still seen for some 20 s'))]


def state_text(state: str) -> str:
    """Say what a state of the lifecycle means."""
    return STATES.get(state, state)


def model_problems(facts: ModelFacts) -> list[Problem]:
    """Say whether the model asked for runs, and on the execution provider asked for first."""
    if not facts.name:
        return [Problem(Level.ERROR, f'no model is loaded: {facts.error or "not configured"}')]
    problems = []
    if facts.error:
        problems.append(Problem(Level.WARN, f'{facts.name} goes on running: {facts.error}'))
    if facts.requested and facts.running[:1] != facts.requested[:1]:
        problems.append(Problem(Level.WARN, (
            f'runs on {facts.running[0] if facts.running else "nothing"}, though '
            f'{facts.requested[0]} was asked for first; install what it needs or take it out of '
            'execution_providers')))
    return problems


def silence_limit_s(usual_hz: float, silence_s: float) -> float:
    """After how many seconds without an image a camera of that usual rate is silent."""
    return max(silence_s, SILENT_PERIODS / usual_hz) if usual_hz > 0 else silence_s


def _silence(facts: CameraFacts, limits: Thresholds) -> Iterator[Problem]:
    limit_s = silence_limit_s(facts.usual_hz, limits.silence_s)
    if not facts.has_arrived or facts.quiet_s > limit_s:
        yield _reason_of_silence(facts, limits, limit_s)


def _reason_of_silence(facts: CameraFacts, limits: Thresholds, limit_s: float) -> Problem:
    since = f'no image {"for" if facts.has_arrived else "yet in"} {facts.silent_s:.1f} s'
    if facts.other_transport and not facts.publishers:
        return Problem(Level.ERROR, f'{since}: {facts.other_transport}')
    if facts.incompatible and not facts.publishers:
        return Problem(Level.ERROR, f'{since}: {_incompatible(facts)}')
    if not facts.publishers:
        cure = facts.similar_topics or 'check its name and the camera driver'
        return Problem(Level.STALE, f'{since}: nobody publishes the topic; {cure}')
    matched = f'{since}, though {facts.publishers} publisher(s) are matched'
    if not loses_images(facts, limits) or facts.silent_s <= limit_s:
        return Problem(Level.STALE, f'{matched}{perhaps_lost(facts)}')
    return Problem(Level.WARN, (
        f'{matched}: unless the camera is paused, its images are lost on their way: '
        f'{facts.loss_advice or LOST}'))


def _qos(facts: CameraFacts) -> Iterator[Problem]:
    if facts.incompatible:
        yield Problem(Level.WARN, _incompatible(facts))
    if facts.other_transport:
        yield Problem(Level.WARN, f'{facts.other_transport}; give it a topic of its own')


def _incompatible(facts: CameraFacts) -> str:
    return (f'a publisher does not fit: {facts.incompatible}; change its QoS, or that of this '
            'subscription with qos_overrides')


def _rate(facts: CameraFacts, limits: Thresholds) -> Iterator[Problem]:
    if loses_images(facts, limits):
        return  # that is why, and no fault of the camera
    for wanted_hz, reason in ((limits.expected_hz, 'expected'), (facts.usual_hz, 'usual so far')):
        if facts.rate_hz < limits.rate_share * wanted_hz:
            yield Problem(Level.WARN, f'{facts.rate_hz:.1f} Hz, {wanted_hz:.1f} Hz are {reason}; '
                          'check the camera driver and the load of this machine')
            return


def _age(facts: CameraFacts, limits: Thresholds) -> Iterator[Problem]:
    if facts.ahead_ms > limits.ahead_ms:
        yield Problem(Level.WARN, (
            f'stamps are up to {facts.ahead_ms:.1f} ms ahead of the clock of this node: ages are '
            'too small; synchronize the clock of the camera (PTP, chrony)'))
    level, limit_ms = ((Level.ERROR, limits.age_error_ms)
                       if facts.age_p95_ms > limits.age_error_ms
                       else (Level.WARN, limits.age_warn_ms))
    if isnan(facts.age_p95_ms) or facts.age_p95_ms <= limit_ms:
        return
    cure = 'the stages say where the time goes'
    if facts.age_at_receipt_ms > facts.age_p95_ms / 2:
        cure = f'they arrive {facts.age_at_receipt_ms:.0f} ms after their stamp already: {CLOCKS}'
    yield Problem(level, f'results are late: p95 of their age is {facts.age_p95_ms:.0f} ms, above '
                  f'{limit_ms:.0f} ms; {cure}')


def _drops(facts: CameraFacts, limits: Thresholds) -> Iterator[Problem]:
    """Each kind of drop with a cure of its own; a kind that hardly counts is left out."""
    if facts.dropped_share <= limits.dropped_warn:
        return
    level = Level.ERROR if facts.dropped_share > limits.dropped_error else Level.WARN
    for share, text in ((facts.replaced_share, REPLACED), (facts.expired_share, _expired(facts)),
                        (facts.out_of_order_share, _out_of_order(facts))):
        if share > limits.dropped_warn / 2 or share >= facts.dropped_share / 2:
            yield Problem(level, f'{share:.0%} of the images are {text}')


def _expired(facts: CameraFacts) -> str:
    arrive = '' if isnan(facts.age_at_receipt_ms) else (
        f'; they arrive {facts.age_at_receipt_ms:.0f} ms after their stamp')
    return f'older than max_age_ms and dropped{arrive}: {CLOCKS}, or raise max_age_ms'


def _out_of_order(facts: CameraFacts) -> str:
    if facts.publishers > 1:
        return (f'older than the last result and dropped: {facts.publishers} publishers share the '
                'topic, and their stamps differ; give each camera a topic of its own')
    return ('older than the last result and dropped: stamps jump back; check that the driver '
            'stamps its images in order, and that nobody else publishes them')


def _failures(facts: CameraFacts) -> Iterator[Problem]:
    if facts.failed:
        level = Level.ERROR if facts.failed >= facts.received else Level.WARN
        yield Problem(level, f'{facts.failed} of {facts.received} images could not be classified: '
                      f'{facts.last_error}')


def _damage(facts: CameraFacts) -> Iterator[Problem]:
    if facts.damaged:
        yield Problem(Level.WARN, f'{facts.damaged} images of the last seconds are damaged inside '
                      f'({facts.last_damage}) and were classified all the same; check the cable, '
                      'the link and the encoder of the camera')
