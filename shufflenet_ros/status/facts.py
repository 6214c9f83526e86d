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
What is known of the machine, its software and the classifiers on it, at one moment.

The names of the fields are the keys of ``shufflenet_ros status --json``: they are never renamed or
taken away, new ones may be added. None, 0 and empty texts stand for what could not be found out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any


@dataclass(frozen=True, slots=True)
class Library:
    """A Python library as a process of its own sees it."""

    version: str = ''
    error: str = ''
    """Why it cannot be imported; empty where it can."""
    crash: str = ''
    """Name of the signal that ended the process that imported it, such as ``SIGILL``."""


@dataclass(frozen=True, slots=True)
class Software:
    """Python, the package and the libraries that it uses."""

    package: str = ''
    """Version of shufflenet_ros."""
    package_of_share: str = ''
    """Version of the folder of models and profiles that this process finds."""
    python: str = ''
    environment: str = 'system'
    """``system``, ``venv`` or ``conda``."""
    bits: int = 64
    """Of a pointer of this Python."""
    libraries: Mapping[str, Library] = field(default_factory=dict)
    """Name to import by to what it says: onnxruntime, numpy, cv2, rclpy, ..."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Installed packages that matter here, as pip calls them, to their versions."""
    execution_providers: tuple[str, ...] = ()
    """That this onnxruntime has."""
    middleware: str = ''
    """RMW implementation that rclpy takes."""
    changed_s: float = 0.0
    """How long ago the newest file of its part for robots was written."""


@dataclass(frozen=True, slots=True)
class NativeLibrary:
    """The fused int8 operator."""

    instruction_sets: tuple[str, ...] = ()
    """Those that it has and this processor runs, best first; empty where it cannot be loaded."""
    error: str = ''
    asked_for: str = ''
    """The one that ``SHUFFLENET_INSTRUCTION_SET`` names."""
    is_older_than_sources: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """The Fast DDS profile that a process started in this shell gets."""

    path: str = ''
    chosen_by: str = ''
    """The variable that names it, ``current folder``, or ``this package``; empty: none."""
    error: str = ''
    """Why it cannot be used."""
    shared_memory: bool = True
    """Whether it names a transport with shared memory."""
    segment_bytes: int = 0
    """Shared memory of each process; 0: as Fast DDS has it without a profile."""


@dataclass(frozen=True, slots=True)
class Ros:
    """ROS 2 as this shell has it set up."""

    distribution: str = ''
    """``ROS_DISTRO``, or that of the pip wheels."""
    is_from_wheels: bool = False
    installed: tuple[str, ...] = ()
    """Distributions below /opt/ros."""
    sourced: tuple[str, ...] = ()
    """Of those, the ones in ``AMENT_PREFIX_PATH``."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Those that decide who finds whom, and how images travel; no others."""
    fast_dds: int = 0
    """2 or 3; 0: unknown, or another middleware."""
    profile: Profile = Profile()


@dataclass(frozen=True, slots=True)
class SharedMemory:
    """/dev/shm, through which Fast DDS passes images on."""

    total_bytes: int = 0
    free_bytes: int = 0
    fitting_profile: str = ''
    """The package's profile for that much free memory."""
    segments: int = 0
    """Of living processes."""
    stale_segments: int = 0
    """Of processes that have ended, which were of this user."""
    stale_bytes: int = 0
    foreign_stale_segments: int = 0
    """Of processes that have ended, which were of other users."""
    foreign_stale_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Machine:
    """Processor, memory, clock."""

    system: str = ''
    kernel: str = ''
    architecture: str = ''
    board: str = ''
    processor: str = ''
    features: tuple[str, ...] = ()
    """Instructions that int8 depends on."""
    cores: int = 1
    cores_allowed: int = 1
    cores_by_quota: float = 0.0
    """What the quota of a container gives; 0.0: no quota."""
    held_back: int = 0
    """How often that quota held processes back since the container was started."""
    is_container: bool = False
    load: float = 0.0
    """Processes that ran or waited, mean of the last minute."""
    governors: tuple[str, ...] = ()
    """Of all cores, each once."""
    frequency_driver: str = ''
    energy_preference: str = ''
    power_mode: str = ''
    """Mode of nvpmodel on a Jetson."""
    most_mhz: float = 0.0
    allowed_mhz: float = 0.0
    """Of the slowest share of its own most; 0.0 as above: unknown."""
    temperature_c: float = 0.0
    """Of the hottest zone."""
    throttling: tuple[str, ...] = ()
    """What slows the processor down now, or did since the machine was started."""
    memory_bytes: int = 0
    available_bytes: int = 0
    swap_bytes: int = 0
    swap_used_bytes: int = 0
    is_clock_synchronized: bool | None = None
    receive_buffer_bytes: int = 0
    """What the kernel lets a UDP socket have (net.core.rmem_max)."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process on this machine that runs a classifier."""

    pid: int
    started_s: float = 0.0
    """How long ago."""
    is_same_user: bool = True
    is_root: bool = False
    is_apart: bool = False
    """Whether it has another /dev/shm, as in a container of its own."""
    segment_bytes: int = 0
    """Its largest segment of shared memory."""
    swapped_bytes: int = 0
    variables: Mapping[str, str] | None = None
    """As ``Ros.variables``, and ``ROS_DISTRO``; None where they may not be read."""
    names: tuple[str, ...] = ()
    """Of its arguments those that give it a name or a namespace: ``__ns:=/robot1``."""
    is_simulated: bool | None = None
    """Whether its arguments set ``use_sim_time``; None where they do not name it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A publisher or subscription of one topic."""

    node: str = ''
    """Its node, with namespace; empty where the middleware does not tell."""
    type: str = ''
    reliability: str = ''
    durability: str = ''
    depth: int = 0
    """0: unknown, or all are kept."""
    misfit: str = ''
    """Why the camera's subscription gets nothing from it; empty where it fits."""
    cure: str = ''
    """What would lose images on the way from it, and what to do; empty where nothing is seen."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera as its node publishes it."""

    name: str = ''
    topic: str = ''
    rate_hz: float = nan
    age_p50_ms: float = nan
    """Of results when they are published, as the next one."""
    age_p95_ms: float = nan
    age_at_receipt_ms: float = nan
    result_hz: float = nan
    """Results each second, while this command listened."""
    counters: Mapping[str, int] = field(default_factory=dict)
    publishers: tuple[Endpoint, ...] = ()
    subscription: Endpoint | None = None
    """None while the node is not active, or the middleware does not tell."""


@dataclass(frozen=True, slots=True)
class Report:
    """One status of ``/diagnostics``: what the node itself says of one thing."""

    about: str = ''
    """Name of a camera, ``model`` or ``lifecycle``."""
    level: str = 'ok'
    """``ok``, ``warn``, ``error`` or ``stale``."""
    text: str = ''


@dataclass(frozen=True, slots=True)
class Node:
    """A running classifier, as it shows itself."""

    name: str = ''
    """With namespace: ``/robot1/classifier``."""
    state: str = ''
    """Of its lifecycle; empty where it reported nothing."""
    namesakes: int = 1
    """How many nodes have this name."""
    pid: int = 0
    """Of its process; 0: on another machine, or unknown."""
    model: Mapping[str, str] = field(default_factory=dict)
    """What ``/diagnostics`` says of the model: which, what it runs as, and why."""
    card: Mapping[str, Any] = field(default_factory=dict)
    """Of its model card what tells models apart; empty where it is not on this machine."""
    card_error: str = ''
    """Why the model folder, as it is now, would be refused."""
    changed_on_disk: tuple[str, ...] = ()
    """Files of the model that were written or replaced after it was loaded."""
    cameras: tuple[Camera, ...] = ()
    reports: tuple[Report, ...] = ()
    uses_simulated_time: bool | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """What was seen of ROS 2 in this domain."""

    error: str = ''
    """Why nothing could be seen; empty where it could."""
    listened_s: float = 0.0
    clocks: int = 0
    """Publishers of /clock."""
    image_topics: tuple[str, ...] = ()
    """Topics with images that somebody publishes, without those of classifiers."""
    asked_for: str = ''
    """The node that was asked for; empty for all."""
    found: tuple[str, ...] = ()
    """All classifiers that were seen, asked for or not."""
    pids: tuple[int, ...] = ()
    """Their processes, as far as they are on this machine."""
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known."""

    software: Software = Software()
    native: NativeLibrary = NativeLibrary()
    ros: Ros = Ros()
    shared_memory: SharedMemory = SharedMemory()
    machine: Machine = Machine()
    processes: tuple[Process, ...] = ()
    graph: Graph = Graph()
