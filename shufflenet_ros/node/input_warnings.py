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
Warnings about what keeps images from arriving, or results from being received; each logged once.

A subscription whose QoS no publisher satisfies, and a publisher whose images get lost on their
way, look alike to the user: nothing happens. Both are named here, with the cure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.qos import qos_policy_name_from_kind

SILENCE_S = 5.0
"""A publisher that is there for so long without a message is one whose messages get lost."""
ADVICE_AFTER_S = 2.0
"""The topics of a camera appear one after the other: so long another transport is no mistake."""


class InputWarnings:
    """What is known of the publishers and subscribers of one camera's topics."""

    def __init__(self, logger: RcutilsLogger, topic: str) -> None:
        self._logger = logger
        self._topic = topic
        self._silent_since_s: float | None = None
        self._advised_since_s: float | None = None
        self._has_arrived = False
        self._warned: set[str] = set()

    def restart(self) -> None:
        """Start again: a new subscription was made."""
        self._has_arrived = False
        self._silent_since_s = self._advised_since_s = None

    def record_arrival(self) -> None:
        """Remember that a message arrived."""
        self._has_arrived = True

    def check(self, now_s: float, publishers: int, advice: Callable[[], str]) -> None:
        """
        Warn where no message came since the subscription was made, though images are published.

        ``advice`` says how to get those that are published under another transport.
        """
        if not self._has_arrived:
            self._check_transport(now_s, advice())
        if not publishers or self._has_arrived:
            self._silent_since_s = None
        elif self._silent_since_s is None:
            self._silent_since_s = now_s
        elif now_s - self._silent_since_s >= SILENCE_S:
            self._warn_once('silence', (
                f'{self._topic}: {publishers} publisher(s) for {SILENCE_S:g} s, but no image '
                'arrived. If it publishes, its images get lost in shared memory: set '
                'FASTDDS_DEFAULT_PROFILES_FILE (Jazzy and older: FASTRTPS_...) to this '
                "package's config/fastdds.xml for the camera's process as well; see "
                'docs/troubleshooting.md'))

    def _check_transport(self, now_s: float, advice: str) -> None:
        if not advice:
            self._advised_since_s = None
        elif self._advised_since_s is None:
            self._advised_since_s = now_s
        elif now_s - self._advised_since_s >= ADVICE_AFTER_S:
            self._warn_once('transport', f'{self._topic}: no image arrived, but {advice}')

    def incompatible_publisher(self, event: Any) -> None:
        """Name the policy that keeps a publisher's images from us (QoS event)."""
        policy = qos_policy_name_from_kind(event.last_policy_kind)
        self._warn_once('publisher', (
            f'{self._topic}: a publisher offers a QoS that this subscription cannot take '
            f'({policy}), so its images do not arrive. Set parameter qos_overrides.{self._topic}.'
            f'subscription.{policy.lower()} to what it offers (ros2 topic info -v '
            f'{self._topic})'))

    def incompatible_subscriber(self, event: Any) -> None:
        """Name the policy that keeps our results from a subscriber (QoS event)."""
        policy = qos_policy_name_from_kind(event.last_policy_kind)
        self._warn_once(f'subscriber {policy}', (
            f'{self._topic}: a subscriber of its results asks for a QoS that this node does not '
            f'offer ({policy}), so it gets none. Ask for less, or set qos_overrides.<topic>.'
            f'publisher.{policy.lower()} of this node'))

    def _warn_once(self, kind: str, text: str) -> None:
        if kind not in self._warned:
            self._warned.add(kind)
            self._logger.warning(text)
