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
What the log says of one camera: its first image, silence and return, and what keeps images away.

A subscription whose QoS no publisher satisfies, a wrong topic, and a publisher whose images get
lost on their way look alike to the user: nothing happens. Each is named here, with the cure.
"""

from __future__ import annotations

from typing import Any

from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.qos import qos_policy_name_from_kind
from shufflenet_ros.core.encoding.budget import check_data
from shufflenet_ros.core.encoding.image_header import codec_of
from shufflenet_ros.core.encoding.jpeg_header import read_jpeg
from shufflenet_ros.core.encoding.png_chunks import read_png
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import AnyFrame, Frame
from shufflenet_ros.core.text import plain
from shufflenet_ros.monitoring.facts import CameraFacts
from shufflenet_ros.monitoring.rules import (
    hangs,
    losses,
    LOST,
    perhaps_lost,
    silence_limit_s,
)
from shufflenet_ros.monitoring.thresholds import Thresholds

LASTING_S = 2.0
"""What diagnostics show is worth a line when it has lasted: topics appear one after the other."""
MATCHED_S = 1.0
"""More than diagnostics wait: a camera needs some time from its topic to its first image."""
RATE_KNOWN_S = 2.5
"""The first image is reported with its rate, or after so long without it."""
MAX_LENGTH, MAX_ENCODING = 600, 60
"""Of one text, and of the name of an encoding in it (characters)."""


class InputWarnings:
    """What was said of one camera's topics; each thing once, until it has changed."""

    def __init__(self, logger: RcutilsLogger, topic: str) -> None:
        self._logger = logger
        self._topic = topic
        self._warned: set[str] = set()
        self.restart()

    def restart(self) -> None:
        """Start again: a new subscription was made."""
        self._first: AnyFrame | None = None
        self._has_greeted = False
        self._silent_s = 0.0
        self._fitting_since_s: float | None = None
        self._elsewhere_since_s: float | None = None

    def record_frame(self, frame: AnyFrame) -> None:
        """Remember what the images are like; from any thread."""
        if not self._has_greeted:
            self._first = frame

    def check(self, facts: CameraFacts, limits: Thresholds) -> None:
        """Say what has changed; call it once a second while the subscription is there."""
        if facts.has_arrived:
            self._greet(facts)
            self._check_silence(facts, limits)
            self._check_while(facts, limits)
        else:
            self._check_start(facts, limits)

    def no_sequence_numbers(self) -> None:
        """Say once that replaced images cannot be counted."""
        if 'numbers' not in self._warned:
            self._warned.add('numbers')
            self._logger.info(f'{self._topic}: images have no sequence numbers (Humble, or a '
                              'middleware other than Fast DDS), so replaced ones are not counted')

    def _greet(self, facts: CameraFacts) -> None:
        if self._first is None or not (facts.usual_hz or facts.silent_s > RATE_KNOWN_S):
            return
        rate = f' at {facts.rate_hz:.1f} Hz' if facts.usual_hz else ''
        self._logger.info(plain(f'{self._topic}: images of {_likeness(self._first)} arrive{rate}'))
        self._has_greeted, self._first = True, None

    def _check_silence(self, facts: CameraFacts, limits: Thresholds) -> None:
        if facts.quiet_s < LASTING_S + silence_limit_s(facts.usual_hz, limits.silence_s):
            if self._silent_s:
                self._logger.info(
                    f'{self._topic}: images arrive again, after {self._silent_s:.0f} s')
            self._silent_s = 0.0
            return
        if not self._silent_s:
            who = (f'though {facts.publishers} publisher(s) are there' if facts.publishers
                   else 'and nobody publishes it any more')
            cure = f'check the camera driver, its cable and its link{perhaps_lost(facts)}'
            self._logger.warning(plain(
                f'{self._topic}: no image for {facts.silent_s:.0f} s, {who}; {cure}', MAX_LENGTH))
        self._silent_s = facts.silent_s

    def _check_while(self, facts: CameraFacts, limits: Thresholds) -> None:
        """Say once what lasts for a while, and again when it comes back."""
        for kind, problems, is_over in (
                ('hang', hangs(facts, limits), facts.stuck_s < limits.stuck_s),
                ('losses', losses(facts, limits), not facts.lost)):
            for problem in problems:
                self._warn_once(kind, problem.text)
            if is_over:
                self._warned.discard(kind)

    def _check_start(self, facts: CameraFacts, limits: Thresholds) -> None:
        """Say why not one image has come since the subscription was made."""
        now_s, matched_s = facts.silent_s, limits.silence_s + MATCHED_S
        self._fitting_since_s = _since(self._fitting_since_s, now_s, facts.publishers > 0)
        self._elsewhere_since_s = _since(
            self._elsewhere_since_s, now_s, bool(facts.other_transport))
        if _has_lasted(self._elsewhere_since_s, now_s, LASTING_S):
            self._warn_once('transport', f'no image arrived, but {facts.other_transport}')
        elif _has_lasted(self._fitting_since_s, now_s, matched_s):
            self._warn_once('silence', (
                f'{facts.publishers} publisher(s) for {matched_s:g} s, but no image arrived. If '
                f'it publishes, its images are lost: {facts.loss_advice or LOST}'))
        elif now_s >= limits.silence_s + LASTING_S and not (
                facts.publishers or facts.other_transport or facts.incompatible):
            cure = facts.similar_topics or 'check its name and the camera driver'
            self._warn_once(f'nobody {bool(facts.similar_topics)}', (
                f'nobody publishes this topic for {now_s:.0f} s; {cure}'))

    def incompatible_publisher(self, event: Any) -> None:
        """Name the policy that keeps a publisher's images from us (QoS event)."""
        policy = qos_policy_name_from_kind(event.last_policy_kind)
        self._warn_once('publisher', (
            f'a publisher offers a QoS that this subscription cannot take '
            f'({policy}), so its images do not arrive. Set parameter qos_overrides.{self._topic}.'
            f'subscription.{policy.lower()} to what it offers (ros2 topic info -v '
            f'{self._topic})'))

    def incompatible_subscriber(self, event: Any) -> None:
        """Name the policy that keeps our results from a subscriber (QoS event)."""
        policy = qos_policy_name_from_kind(event.last_policy_kind)
        self._warn_once(f'subscriber {policy}', (
            f'a subscriber of its results asks for a QoS that this node does not '
            f'offer ({policy}), so it gets none. Ask for less, or set qos_overrides.<topic>.'
            f'publisher.{policy.lower()} of this node'))

    def _warn_once(self, kind: str, text: str) -> None:
        if kind not in self._warned:
            self._warned.add(kind)
            self._logger.warning(plain(f'{self._topic}: {text}', MAX_LENGTH))


def _since(before_s: float | None, now_s: float, is_so: bool) -> float | None:
    """Since when something is so; None while it is not."""
    if not is_so:
        return None
    return now_s if before_s is None else before_s


def _has_lasted(since_s: float | None, now_s: float, limit_s: float) -> bool:
    return since_s is not None and now_s - since_s >= limit_s


def _likeness(frame: AnyFrame) -> str:
    """Size and encoding of a frame, such as ``640x480 bgr8``."""
    if isinstance(frame, Frame):
        return f'{frame.width}x{frame.height} {plain(frame.encoding, MAX_ENCODING)}'
    encoding = plain(frame.format, MAX_ENCODING)
    try:
        check_data(len(frame.data))
        data = bytes(frame.data)
        header = {'jpeg': read_jpeg, 'png': read_png}[codec_of(data)](data)
    except (FrameError, KeyError):
        return encoding
    return f'{header.width}x{header.height} {encoding}'
