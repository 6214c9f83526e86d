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

"""What is known of a camera, a clock, a model and the node itself at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """What is known of a camera at one moment."""

    publishers: int = 0
    """Publishers of its topic whose QoS fits the subscription."""
    incompatible: str = ''
    """Why the QoS of another publisher does not fit; empty where there is none."""
    other_transport: str = ''
    """Who publishes images under another transport, and what to set; empty where nobody does."""
    similar_topics: str = ''
    """Which topics have images while nobody publishes this one, and what to set."""
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
    """Of the images published in the last seconds, as the three that follow."""
    expired_share: float = 0.0
    out_of_order_share: float = 0.0
    lost_share: float = 0.0
    lost: int = 0
    """Images of the last seconds that never reached this process, though a worker was free."""
    is_new: bool = False
    """Whether it is watched for less than those seconds: a share of a few images says little."""
    loss_advice: str = ''
    """Why images get lost on their way, and what to do; empty where that is unknown."""
    age_at_receipt_ms: float = nan
    """Median of the last seconds, dropped images included; NaN without stamps."""
    stuck_s: float = 0.0
    """How long no worker has been free for its images; 0.0 where one is."""
    received: int = 0
    """Images since the last report, as the two that follow."""
    classified: int = 0
    failed: int = 0
    last_error: str = ''
    damaged: int = 0
    """Images of the last seconds that were classified although their data are damaged."""
    last_damage: str = ''

    @property
    def quiet_s(self) -> float:
        """Since the last image, without the time in which none could be taken."""
        return max(0.0, self.silent_s - self.stuck_s)

    @property
    def dropped_share(self) -> float:
        """Share of the images published that this node dropped unasked."""
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


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What is known of the node itself."""

    name: str = ''
    """With its namespace."""
    state: str = 'unconfigured'
    """Of its lifecycle."""
    namesakes_s: float = 0.0
    """Since when another node has its name; 0.0 where none has."""
