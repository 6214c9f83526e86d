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

"""Known problems of running classifiers: none is seen, two of one name, QoS, clock, model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isnan

from shufflenet_ros.status.facts import Camera, Endpoint, Facts, Node, Process
from shufflenet_ros.status.finding import error, Finding, note, warn
from shufflenet_ros.status.ros_setup import DISTRIBUTION, DOMAIN, LOCALHOST, RANGE, RMW

DAYS_MS = 86_400_000.0
"""An age of a day or more is no latency, but the time of a recording."""
START = 'ros2 launch shufflenet_ros classifier.launch.py image:=TOPIC'
IDLE = ('unconfigured', 'inactive')
"""States of the lifecycle in which no image is taken."""
DEFAULTS = {DOMAIN: '0', LOCALHOST: '0', RMW: 'rmw_fastrtps_cpp'}
"""What a variable means that is not set."""
Differences = tuple[tuple[str, str, str], ...]
"""Variables with what a process has and what this shell has."""
SOCKET_BYTES = 4 << 20
REMOTE = 'is on another machine'
"""Part of the cause that ``node.health.loss_cures`` gives for a publisher elsewhere."""


def graph_unseen(facts: Facts) -> Iterator[Finding]:
    """Say that ROS 2 could not be started at all."""
    text = facts.graph.error
    library = facts.software.libraries.get('rclpy')
    if text and not (library and library.error):
        yield error('graph_unseen', f'ROS 2 cannot be started: {text}',
                    f'check {RMW} and {DOMAIN}, and that the package of that RMW is installed')


def no_node(facts: Facts) -> Iterator[Finding]:
    """Say that no classifier is seen in this domain."""
    graph = facts.graph
    if graph.nodes or graph.error or _differing(facts):
        return
    if graph.asked_for and graph.found:
        yield warn('no_node', f'no node {graph.asked_for} is seen',
                   f'take one of these: {", ".join(graph.found)}')
    elif facts.processes:
        yield warn('node_unseen', f'a classifier runs (process {facts.processes[0].pid}), but '
                    'is not seen', 'run this command as the same user and in the same container, '
                    'with the same ROS_ variables; if it still starts, wait a few seconds')
    else:
        yield note('no_node', f'no classifier is seen in domain {_domain(facts)}, nor does one '
                   'run on this machine', f'start it: {START}; on another machine: the same '
                   f'{DOMAIN}, and no {LOCALHOST} or {RANGE}=LOCALHOST here or there')


def node_elsewhere(facts: Facts) -> Iterator[Finding]:
    """Say that a classifier runs on this machine with other variables than this shell."""
    # Beside a node that is seen, it may well be meant so.
    make = note if facts.graph.nodes else warn
    for differing, processes in _differing(facts).items():
        have = 'has' if len(processes) == 1 else 'have'
        yield make('node_elsewhere', f'classifier process {", ".join(map(_title, processes))} '
                   f'{have} {_pairs(differing, 1)}, this shell has {_pairs(differing, 2)}: they '
                   'do not find each other', f'{_exports(differing)} in this shell')


def other_user(facts: Facts) -> Iterator[Finding]:
    """Say that node and command have different users, which share no memory."""
    for process in facts.processes:
        if not process.is_same_user:
            yield note('other_user', f'classifier process {process.pid} runs as another user'
                       f'{" (root)" if process.is_root else ""} than this command: Fast DDS '
                       'shares no memory between them', 'run this command, and cameras, as the '
                       'user of the node')


def apart(facts: Facts) -> Iterator[Finding]:
    """Say that a node is in a container of its own."""
    for process in facts.processes:
        if process.is_apart:
            yield note('apart', f'classifier process {process.pid} has another /dev/shm, as in a '
                       'container: images from outside go over UDP', 'start every container with '
                       '--ipc=host --network=host, and all processes as the same user')


def namesakes(facts: Facts) -> Iterator[Finding]:
    """Say that two nodes have one name: each gets what is sent to the other."""
    for node in facts.graph.nodes:
        if node.namesakes > 1:
            yield error('namesakes', f'{node.namesakes} nodes have this name (one that was '
                        'killed is still seen for some 20 s)', 'end all but one, or give each a '
                        'namespace: -r __ns:=/robot1', node.name)


def not_active(facts: Facts) -> Iterator[Finding]:
    """Say that a node is not active: it takes no images."""
    for node in facts.graph.nodes:
        if node.state in IDLE:
            step = 'configure, then activate' if node.state == 'unconfigured' else 'activate'
            yield warn('not_active', f'the node is {node.state}: it takes no images',
                       f'ros2 lifecycle set {node.name} {step}', node.name)


def no_report(facts: Facts) -> Iterator[Finding]:
    """Say that a node is in the graph, but reports nothing."""
    for node in facts.graph.nodes:
        if not node.reports:
            yield warn('no_report', f'no report came from it in {facts.graph.listened_s:.1f} s',
                       'it was killed (then it is gone in some 20 s), hangs, or runs as another '
                       'user or in another container than this command', node.name)


def reported(facts: Facts) -> Iterator[Finding]:
    """Give what the node itself found; its text names the cure."""
    for node in facts.graph.nodes:
        for report in node.reports:
            is_said = report.about == 'lifecycle' and (node.state in IDLE or node.namesakes > 1)
            if report.level == 'ok' or is_said:
                continue
            make = error if report.level == 'error' else warn
            yield make('reported', report.text, '', f'{node.name} {report.about}')


def qos_misfit(facts: Facts) -> Iterator[Finding]:
    """Say that a publisher cannot give what the camera's subscription asks for."""
    for node, camera, publisher in _publishers(facts):
        if publisher.misfit:
            yield error('qos_misfit', f'{publisher.node or "a publisher"} on {camera.topic} does '
                        f'not fit: {publisher.misfit}', 'change its QoS, or that of the node: '
                        f'parameter qos_overrides.{camera.topic}.subscription.'
                        f'{_policy(publisher)}', f'{node.name} {camera.name}')


def loses_images(facts: Facts) -> Iterator[Finding]:
    """Say that something on the way from a camera loses images, or would lose large ones."""
    for node, camera, publisher in _publishers(facts):
        said = any(report.about == camera.name and publisher.cure[:40] in report.text
                   for report in node.reports)
        if publisher.cure and not said:
            make = warn if camera.counters.get('lost') or not camera.rate_hz > 0 else note
            text, _, cure = publisher.cure.partition(': ')
            yield make('loses_images', text, cure, f'{node.name} {camera.name}')


def small_receive_buffer(facts: Facts) -> Iterator[Finding]:
    """Say that images from another machine may find no room in the sockets of the node."""
    size = facts.machine.receive_buffer_bytes
    if 0 < size < SOCKET_BYTES:
        for node, camera, publisher in _publishers(facts):
            if REMOTE in publisher.cure:
                yield warn('small_receive_buffer', f'sockets may have {size >> 10} KB for images '
                           'from another machine, less than one image',
                           f'sudo sysctl -w net.core.rmem_max={SOCKET_BYTES}, then start the '
                           'node again', f'{node.name} {camera.name}')


def clock_of_another_machine(facts: Facts) -> Iterator[Finding]:
    """Say that ages are wrong: camera and node follow different clocks."""
    if facts.machine.is_clock_synchronized is False:
        for node, camera, publisher in _publishers(facts):
            if REMOTE in publisher.cure:
                yield warn('clock_of_another_machine', 'the camera is on another machine, and the '
                           'clock of this one follows no other one: ages are wrong',
                           'chrony or PTP on both', f'{node.name} {camera.name}')


def several_publishers(facts: Facts) -> Iterator[Finding]:
    """Say that two publishers share a topic: their stamps do not follow each other."""
    for node in facts.graph.nodes:
        for camera in node.cameras:
            fitting = [one for one in camera.publishers if not one.misfit]
            if len(fitting) > 1:
                yield warn('several_publishers', f'{len(fitting)} publishers share '
                           f'{camera.topic}: {", ".join(one.node or "?" for one in fitting)}',
                           'give each camera a topic of its own', f'{node.name} {camera.name}')


def waits_for_clock(facts: Facts) -> Iterator[Finding]:
    """Say that simulated time stands still, since nobody publishes it."""
    for node in facts.graph.nodes:
        said = any('/clock' in report.text for report in node.reports)
        if node.uses_simulated_time and not facts.graph.clocks and not said:
            yield warn('waits_for_clock', 'use_sim_time is set, but nobody publishes /clock',
                       'ros2 bag play --clock 100, or start it without use_sim_time', node.name)


def several_clocks(facts: Facts) -> Iterator[Finding]:
    """Say that there are two simulated times in one domain."""
    if facts.graph.clocks > 1:
        yield warn('several_clocks', f'{facts.graph.clocks} publishers of /clock: time jumps',
                   'end all but one')


def recorded_stamps(facts: Facts) -> Iterator[Finding]:
    """Say that stamps are those of a recording while the node's clock is that of today."""
    for node in facts.graph.nodes:
        for camera in node.cameras:
            age = camera.age_at_receipt_ms
            if not isnan(age) and abs(age) >= DAYS_MS and not node.uses_simulated_time:
                yield warn('recorded_stamps', f'images are {age / DAYS_MS:.0f} days old: stamps '
                           'of a recording, or of a camera whose clock is not set',
                           'use_sim_time:=true and ros2 bag play --clock 100; a camera: '
                           'synchronize its clock', f'{node.name} {camera.name}')


def model_changed(facts: Facts) -> Iterator[Finding]:
    """Say that what runs is no longer what lies in the folder."""
    for node in facts.graph.nodes:
        if node.changed_on_disk:
            yield warn('model_changed', f'{", ".join(node.changed_on_disk)} changed after the '
                       'model was loaded: what runs is the model of before',
                       f'ros2 param set {node.name} model {node.model.get("folder", "")}',
                       node.name)
        if node.card_error:
            yield error('model_damaged', f'the folder of the model would be refused now: '
                        f'{node.card_error}', 'copy or export it again; the node runs the model '
                        'that it loaded before', node.name)


def code_changed(facts: Facts) -> Iterator[Finding]:
    """Say that the node still runs the code of before."""
    changed_s = facts.software.changed_s
    for process in facts.processes:
        if 0 < changed_s < process.started_s and process.pid in facts.graph.pids:
            yield note('code_changed', 'the package was changed or installed anew '
                       f'{changed_s:.0f} s ago, after process {process.pid} was started',
                       'start the node again')


def not_native(facts: Facts) -> Iterator[Finding]:
    """Say that int8 runs as a graph, which is slower."""
    for node in facts.graph.nodes:
        why = node.model.get('not_native', '')
        if why:
            yield note('not_native', f'int8_native does not run: {why}', 'see "int8_native does '
                       'not run" in docs/troubleshooting.md', node.name)


RULES = (graph_unseen, no_node, node_elsewhere, namesakes, not_active, no_report, reported,
         qos_misfit, loses_images, small_receive_buffer, several_publishers, waits_for_clock,
         several_clocks, clock_of_another_machine, recorded_stamps, model_changed, code_changed,
         not_native, other_user, apart)


def _publishers(facts: Facts) -> Iterator[tuple[Node, Camera, Endpoint]]:
    for node in facts.graph.nodes:
        for camera in node.cameras:
            for publisher in camera.publishers:
                yield node, camera, publisher


def _policy(publisher: Endpoint) -> str:
    """Name the policy to change, with the value that the publisher satisfies."""
    for policy, value in (('reliability', publisher.reliability),
                          ('durability', publisher.durability)):
        if policy in publisher.misfit.lower():
            return f'{policy} to {value}'
    return 'reliability to best_effort'


def _differing(facts: Facts) -> dict[Differences, list[Process]]:
    """Give processes that the graph does not show, by what they and this shell have."""
    found: dict[Differences, list[Process]] = {}
    for process in facts.processes:
        if process.pid in facts.graph.pids or process.variables is None:
            continue
        pairs = ((name, _value(process.variables, name), _value(facts.ros.variables, name))
                 for name in (DOMAIN, RMW, DISTRIBUTION, LOCALHOST, RANGE))
        differing = tuple(one for one in pairs if one[1] != one[2])
        if any(name != DISTRIBUTION for name, _, _ in differing):
            found.setdefault(differing, []).append(process)
    return found


def _title(process: Process) -> str:
    names = ' '.join(process.names)
    return f'{process.pid}{f" ({names})" if names else ""}'


def _value(variables: Mapping[str, str], name: str) -> str:
    return variables.get(name, '') or DEFAULTS.get(name, '')


def _pairs(differing: Differences, which: int) -> str:
    return ', '.join(f'{one[0]}={one[which]}' if one[which] else f'no {one[0]}'
                     for one in differing)


def _exports(differing: Differences) -> str:
    return '; '.join(f'export {name}={theirs}' if theirs else f'unset {name}'
                     for name, theirs, _ in differing if name != DISTRIBUTION)


def _domain(facts: Facts) -> str:
    return facts.ros.variables.get(DOMAIN, '') or '0'
