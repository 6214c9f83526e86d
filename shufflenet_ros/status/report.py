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
The whole report as one dictionary, of which both the page and the JSON are made.

Keys
    ``format`` 1; ``time`` (UTC); ``software``, ``native``, ``ros``, ``shared_memory``,
    ``machine``, ``processes`` and ``graph`` with the fields of :mod:`shufflenet_ros.status.facts`;
    ``findings``, the worst first, each with ``severity`` (``note``, ``warn``, ``error``),
    ``name``, ``text``, ``cure`` and ``about``. What is not known is null, 0 or empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
import os
import time
from typing import Any

from shufflenet_ros.process.middleware import prepare_middleware
from shufflenet_ros.status.anonymous import Anonymizer, Known, known_here
from shufflenet_ros.status.facts import Facts, Graph
from shufflenet_ros.status.finding import Finding, Severity
from shufflenet_ros.status.machine import machine
from shufflenet_ros.status.problems import of_machine, of_nodes, of_ros, of_software
from shufflenet_ros.status.processes import classifier_processes
from shufflenet_ros.status.ros_setup import ros_setup
from shufflenet_ros.status.shared_memory import shared_memory
from shufflenet_ros.status.software import native_library, software, try_all

FORMAT = 1
RULES = (*of_nodes.RULES, *of_software.RULES, *of_ros.RULES, *of_machine.RULES)
"""All known problems that can be seen from a process beside the node."""


def gather(seconds: float, asked_for: str = '') -> Facts:
    """
    Look at this machine, and listen to the classifiers of this domain for so many seconds.

    ``asked_for`` is the full name of the one node to show; empty for all.
    """
    environment = dict(os.environ)
    memory = shared_memory()  # before this process takes its share
    prepare_middleware()
    found = try_all()
    programs = software(found)
    return Facts(
        software=programs, native=native_library(found),
        ros=ros_setup(environment, programs.middleware), shared_memory=memory,
        machine=machine(), processes=classifier_processes(),
        graph=_graph(programs.libraries, seconds, asked_for))


def find_problems(facts: Facts) -> list[Finding]:
    """Apply all rules; the worst first."""
    found = [finding for rule in RULES for finding in rule(facts)]
    return sorted(found, key=lambda finding: -finding.severity)


def report_of(facts: Facts, known: Known | None = None) -> dict[str, Any]:
    """Make the report of some facts, without what ``known`` names (default: of this machine)."""
    anonymizer = Anonymizer(known_here() if known is None else known)
    findings = [asdict(finding) | {'severity': finding.severity.name.lower()}
                for finding in find_problems(facts)]
    report = {'format': FORMAT, 'time': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
              **asdict(facts), 'findings': findings}
    return {key: anonymizer.value(_finite(value)) for key, value in report.items()}


def worst_of(report: Mapping[str, Any]) -> Severity:
    """Give the severity of the worst finding; a note where there is none."""
    return max((Severity[finding['severity'].upper()] for finding in report['findings']),
               default=Severity.NOTE)


def _graph(libraries: Mapping[str, Any], seconds: float, asked_for: str) -> Graph:
    """Look at the running nodes, where rclpy can be imported without harm."""
    for name in ('rclpy', 'vision_msgs', 'numpy'):
        found = libraries[name]
        if found.error or found.crash:
            return Graph(error=f'{name}: {found.error or found.crash}', asked_for=asked_for)
    from shufflenet_ros.status.live.running import look

    return look(seconds, asked_for)


def _finite(value: Any) -> Any:
    """Give a value without NaN and infinity, which JSON does not have."""
    if isinstance(value, float):
        return round(value, 3) if isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return value
