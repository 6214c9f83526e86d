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

The levels are those of ``diagnostic_msgs/msg/DiagnosticStatus``. Every threshold has its place in
:class:`Thresholds`; ``docs/monitoring.md`` explains them. This file reads no clock, keeps nothing
and knows no message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from math import isnan, nan
from typing import NamedTuple


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


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a camera stops being well."""

    expected_hz: float = 0.0
    """Rate that the camera should have; 0: no more than its own usual one."""
    rate_share: float = 0.5
    """WARN below this share of the expected rate, or of the camera's own usual one."""
    age_warn_ms: float = 200.0
    """WARN where the p95 of the age of images, when their result was sent, is above it."""
    age_error_ms: float = 1000.0
    dropped_warn: float = 0.1
    """WARN where a larger share of the images received was dropped unasked, for any reason."""
    dropped_error: float = 0.9
    stuck_s: float = 5.0
    """ERROR where no image was finished for so long, though newer ones kept replacing another."""
    silence_s: float = 3.0
    """STALE after so long without an image, or after 2.5 periods of a slower camera."""
    ahead_ms: float = 1.0
    """WARN where a stamp lies further in the future of the node's clock."""


SILENT_PERIODS = 2.5
CLOCKS = ('synchronize the clock of the camera with that of this machine (PTP, chrony), or look '
          'at its driver and the network')
REPLACED = ('replaced by newer ones before they were classified; this machine is too slow for the '
            'camera: lower its rate, or give the node more of the machine')


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """What is known of a camera at one moment."""

    publishers: int = 0
    """Publishers of its topic whose QoS fits the subscription."""
    incompatible: str = ''
    """Why the QoS of another publisher does not fit; empty where there is none."""
    other_transport: str = ''
    """Who publishes images under another transport, and what to set; empty where nobody does."""
    silent_s: float = 0.0
    """Since the last image, or since the subscription where none ever came."""
    has_arrived: bool = False
    """Whether an image ever came."""
    rate_hz: float = 0.0
    usual_hz: float = 0.0
    """The rate it had in the last minute; 0.0 while unknown."""
    age_p95_ms: float = nan
    """Of the images whose result was sent, at that moment; NaN without stamps."""
    ahead_ms: float = 0.0
    """How far the latest stamps lay in the future, at most."""
    replaced_share: float = 0.0
    """Of the images received in the last seconds, as the two that follow."""
    expired_share: float = 0.0
    out_of_order_share: float = 0.0
    age_at_receipt_ms: float = nan
    """Median of the last seconds, dropped images included; NaN without stamps."""
    stuck_s: float = 0.0
    """Since an image was finished, while newer ones replace the one that waits; 0.0 otherwise."""
    received: int = 0
    """Images since the last report, as the two that follow."""
    classified: int = 0
    failed: int = 0
    last_error: str = ''
    damaged: int = 0
    """Images of the last seconds that were classified although their data are damaged."""
    last_damage: str = ''

    @property
    def dropped_share(self) -> float:
        """Share of the images received that were dropped unasked."""
        return min(1.0, self.replaced_share + self.expired_share + self.out_of_order_share)


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What is known of the node's clock at one moment."""

    jump_s: float = 0.0
    """How far it jumped in the last seconds against a steady clock; negative: back."""
    is_waiting: bool = False
    """Whether simulated time was asked for and has not begun."""
    has_jumped: bool = False
    """Whether it jumped since the last comparison."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What runs, and what was asked for."""

    name: str = ''
    """Empty while no model is loaded."""
    requested: tuple[str, ...] = ()
    """Execution providers in the order asked for."""
    running: tuple[str, ...] = ()
    """Execution providers of the session."""
    error: str = ''
    """Why the model asked for last does not run; empty where it does."""
    hardware: str = ''
    """What it runs on, as a reader knows it; empty for the name of the execution provider."""


def overall_status(problems: list[Problem], ok_text: str) -> tuple[Level, str]:
    """Give the worst level and all texts, worst first; without a problem OK and ``ok_text``."""
    if not problems:
        return Level.OK, ok_text
    worst_first = sorted(problems, key=lambda problem: -problem.level)
    return worst_first[0].level, '; '.join(problem.text for problem in worst_first)


def camera_problems(facts: CameraFacts, limits: Thresholds) -> list[Problem]:
    """List what is not well with a camera; of a silent one its silence alone."""
    silence = _silence(facts, limits)
    if silence is not None:
        return [silence]
    return [*_qos(facts), *_rate(facts, limits), *_age(facts, limits), *_drops(facts, limits),
            *_failures(facts), *_damage(facts)]


def clock_problems(facts: ClockFacts) -> list[Problem]:
    """Say why ages cannot be believed, where they cannot."""
    if facts.is_waiting:
        return [Problem(Level.WARN, 'use_sim_time is set, but no /clock has come: ages are wrong; '
                        'play the bag with --clock, or start the simulator')]
    if facts.jump_s:
        direction = 'forward' if facts.jump_s > 0 else 'back'
        return [Problem(Level.WARN, f'the clock of this node jumped {direction} by '
                        f'{abs(facts.jump_s):.2f} s; the statistics of ages were restarted')]
    return []


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


def _silence(facts: CameraFacts, limits: Thresholds) -> Problem | None:
    limit_s = silence_limit_s(facts.usual_hz, limits.silence_s)
    if facts.has_arrived and facts.silent_s <= limit_s:
        return None
    since = f'no image {"for" if facts.has_arrived else "yet in"} {facts.silent_s:.1f} s'
    if facts.other_transport and not facts.publishers:
        return Problem(Level.ERROR, f'{since}: {facts.other_transport}')
    if facts.incompatible and not facts.publishers:
        return Problem(Level.ERROR, f'{since}: {_incompatible(facts)}')
    if not facts.publishers:
        return Problem(Level.STALE, f'{since}: nobody publishes the topic; check its name and '
                       'the camera driver')
    matched = f'{since}, though {facts.publishers} publisher(s) are matched'
    if facts.has_arrived or facts.silent_s <= limit_s:
        return Problem(Level.STALE, matched)
    return Problem(Level.WARN, (
        f'{matched}: unless the camera is paused, its images do not fit into the shared memory '
        'of Fast DDS and get lost; set FASTDDS_DEFAULT_PROFILES_FILE (Jazzy, Humble: '
        'FASTRTPS_DEFAULT_PROFILES_FILE) to config/fastdds.xml of this package for the process '
        'of the camera too'))


def _qos(facts: CameraFacts) -> Iterator[Problem]:
    if facts.incompatible:
        yield Problem(Level.WARN, _incompatible(facts))
    if facts.other_transport:
        yield Problem(Level.WARN, f'{facts.other_transport}; give it a topic of its own')


def _incompatible(facts: CameraFacts) -> str:
    return (f'a publisher does not fit: {facts.incompatible}; change its QoS, or that of this '
            'subscription with qos_overrides')


def _rate(facts: CameraFacts, limits: Thresholds) -> Iterator[Problem]:
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
    if isnan(facts.age_p95_ms) or facts.age_p95_ms <= limits.age_warn_ms:
        return
    level, limit_ms = ((Level.ERROR, limits.age_error_ms)
                       if facts.age_p95_ms > limits.age_error_ms
                       else (Level.WARN, limits.age_warn_ms))
    cure = 'the stages say where the time goes'
    if facts.age_at_receipt_ms > facts.age_p95_ms / 2:
        cure = f'they arrive {facts.age_at_receipt_ms:.0f} ms after their stamp already: {CLOCKS}'
    yield Problem(level, f'results are late: p95 of their age is {facts.age_p95_ms:.0f} ms, above '
                  f'{limit_ms:.0f} ms; {cure}')


def _drops(facts: CameraFacts, limits: Thresholds) -> Iterator[Problem]:
    """Each kind of drop with a cure of its own; a kind that hardly counts is left out."""
    if facts.stuck_s > limits.stuck_s:
        yield Problem(Level.ERROR, (
            f'no image was finished for {facts.stuck_s:.1f} s, though they arrive: an inference '
            'hangs or gets no core; set the parameter model to another one, or restart the node'))
        return
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
