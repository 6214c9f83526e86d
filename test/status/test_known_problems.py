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

"""Each known problem is found in facts that have it, alone, and has a cure."""

from dataclasses import replace

import pytest
from shufflenet_ros.status.facts import (
    Camera,
    Endpoint,
    Facts,
    Graph,
    Library,
    Machine,
    NativeLibrary,
    Node,
    Process,
    Profile,
    Report,
    Ros,
    SharedMemory,
    Software,
)
from shufflenet_ros.status.finding import Severity
from shufflenet_ros.status.report import find_problems, RULES

GB = 1 << 30
FRONT = Camera(
    name='front', topic='/front/image_raw', rate_hz=30.0, age_at_receipt_ms=2.0,
    counters={'received': 10, 'lost': 0}, subscription=Endpoint('/classifier'),
    publishers=(Endpoint('/camera', 'sensor_msgs/msg/Image', 'best_effort', 'volatile'),))
NODE = Node(name='/classifier', state='active', pid=7, cameras=(FRONT,),
            reports=(Report('front', 'ok', '30.0 Hz'), Report('lifecycle', 'ok', 'active')),
            uses_simulated_time=False)
LIBRARIES = {name: Library(version) for name, version in (
    ('onnxruntime', '1.23.2'), ('numpy', '1.26.4'), ('cv2', '4.6.0'), ('yaml', '6.0'),
    ('PIL', '10'), ('rclpy', '7.1'), ('vision_msgs', '4.1'), ('cv_bridge', '3.4'))}
WELL = Facts(
    software=Software('0.1.0', '0.1.0', '3.12.3', libraries=LIBRARIES,
                      packages={'onnxruntime': '1.23.2'},
                      execution_providers=('CPUExecutionProvider',),
                      middleware='rmw_fastrtps_cpp'),
    native=NativeLibrary(('avx512_vnni', 'avx2', 'plain')),
    ros=Ros('jazzy', installed=('jazzy',), sourced=('jazzy',), fast_dds=2,
            profile=Profile('/share/fastdds.xml', 'this package', '', True, 64 << 20)),
    shared_memory=SharedMemory(4 * GB, 3 * GB, 'fastdds.xml', 2),
    machine=Machine(architecture='x86_64', cores=4, cores_allowed=4, load=1.0,
                    governors=('performance',), frequency_driver='acpi-cpufreq',
                    most_mhz=3000.0, allowed_mhz=3000.0, temperature_c=50.0,
                    memory_bytes=8 * GB, available_bytes=4 * GB, is_clock_synchronized=True,
                    receive_buffer_bytes=4 << 20),
    processes=(Process(7, 60.0, variables={}),),
    graph=Graph(listened_s=3.0, found=('/classifier',), pids=(7,), nodes=(NODE,)))


def software(**fields):
    """Facts with other software; ``libraries`` are added to those that are well."""
    if 'libraries' in fields:
        fields['libraries'] = LIBRARIES | fields['libraries']
    return replace(WELL, software=replace(WELL.software, **fields))


def native(**fields):
    """Facts with another native library."""
    return replace(WELL, native=replace(WELL.native, **fields))


def ros(facts=WELL, **fields):
    """Facts with another setup of ROS 2."""
    return replace(facts, ros=replace(facts.ros, **fields))


def variables(**values):
    """Facts with some variables in the shell."""
    return ros(variables=values)


def profile(**fields):
    """Facts with a profile of the user."""
    fields = {'path': '/home/me/p.xml', 'chosen_by': 'FASTRTPS_DEFAULT_PROFILES_FILE'} | fields
    return ros(profile=replace(WELL.ros.profile, **fields))


def memory(**fields):
    """Facts with other shared memory."""
    return replace(WELL, shared_memory=replace(WELL.shared_memory, **fields))


def machine(facts=WELL, **fields):
    """Facts on another machine."""
    return replace(facts, machine=replace(facts.machine, **fields))


def graph(**fields):
    """Facts with something else seen of ROS 2."""
    return replace(WELL, graph=replace(WELL.graph, **fields))


def node(**fields):
    """Facts with another node."""
    return graph(nodes=(replace(NODE, **fields),))


def camera(**fields):
    """Facts with another camera."""
    return node(cameras=(replace(FRONT, **fields),))


def publisher(**fields):
    """Facts with another publisher."""
    return camera(publishers=(replace(FRONT.publishers[0], **fields),))


def process(*, seen=False, **fields):
    """Facts with another process, which the graph shows or not."""
    facts = replace(WELL, processes=(replace(WELL.processes[0], **fields),))
    return facts if seen else replace(facts, graph=Graph(listened_s=3.0))


def gone(**fields):
    """Facts without a node."""
    return replace(WELL, processes=(), graph=Graph(**fields))


ERROR, WARN, NOTE = Severity.ERROR, Severity.WARN, Severity.NOTE
CRASH = {'onnxruntime': Library(crash='SIGILL')}
MISFIT = 'Best effort publisher and reliable subscription'
BESIDE = ('loses_images', 'clock_not_synchronized')
"""What a camera on another machine brings along."""
FOUND = [
    # facts, severity, name, words of text, words of the cure
    (software(libraries=CRASH), ERROR, 'library_crashes', 'SIGILL', '>=1.23'),
    (software(libraries={'onnxruntime': Library(error="No module named 'onnxruntime'")}), ERROR,
     'onnxruntime_missing', 'No module', 'pip install'),
    (software(libraries={'cv2': Library(error='libGL.so.1')}), ERROR, 'cv2_missing', 'libGL',
     'python3-opencv'),
    (software(libraries={'PIL': Library(error='gone')}), NOTE, 'PIL_missing', 'gone', 'pil'),
    (machine(software(libraries={'onnxruntime': Library('1.22.0')}), architecture='aarch64'), WARN,
     'onnxruntime_of_arm', '1.22.0', '>=1.23'),
    (software(libraries={'onnxruntime': Library('1.15.1')}), ERROR, 'onnxruntime_too_old',
     '1.15.1', 'pip'),
    (software(packages={'onnxruntime': '1.23', 'onnxruntime-gpu': '1.18'}), WARN,
     'two_onnxruntimes', 'onnxruntime-gpu 1.18', '--skip-keys'),
    (machine(board='NVIDIA Jetson Orin Nano'), NOTE, 'cpu_onnxruntime_on_jetson', 'no GPU',
     'onnxruntime-gpu'),
    (software(libraries={'numpy': Library('1.19.5')}), ERROR, 'numpy_too_old', '1.19.5', 'numpy'),
    (software(libraries={'numpy': Library('2.1.0')}), WARN, 'numpy_2_with_ros', 'jazzy',
     "'numpy<2'"),
    (software(packages={'opencv-python': '4.9', 'opencv-python-headless': '4.10'}), WARN,
     'several_opencvs', 'opencv-python 4.9', 'uninstall'),
    (software(libraries={'cv2': Library('5.0.0')}), NOTE, 'opencv_5_with_cv_bridge', '5.0.0',
     '<5'),
    (ros(software(packages={'lark': '1', 'lark-parser': '0.12'}), is_from_wheels=True), WARN,
     'two_larks', 'lark', 'uninstall'),
    (software(bits=32), ERROR, 'python_of_32_bits', '32 bits', '64-bit'),
    (software(package_of_share='0.0.9'), WARN, 'two_versions', '0.0.9', 'source'),
    (native(instruction_sets=(), error='x.so: was not built; install g++'), WARN,
     'native_library_missing', 'was not built', 'g++'),
    (native(instruction_sets=(), error='x.so: cannot be loaded (wrong ELF class)'), WARN,
     'native_library_missing', 'another machine', 'build'),
    (native(asked_for='neon'), ERROR, 'instruction_set_unknown', 'neon', 'unset'),
    (native(asked_for='avx2'), NOTE, 'instruction_set_slow', 'avx512_vnni is the best', 'unset'),
    (native(is_older_than_sources=True), NOTE, 'native_library_old', 'older', 'make'),
    (ros(software(libraries={'rclpy': Library(error='No module')}), sourced=()), ERROR,
     'ros_not_sourced', 'not sourced', 'source /opt/ros/jazzy/setup.bash'),
    (software(libraries={'rclpy': Library(error='_rclpy_pybind11')}), ERROR,
     'rclpy_of_another_python', 'is not its own', '/usr/bin/python3'),
    (ros(software(libraries={'rclpy': Library(error='No module')}), sourced=(), installed=()),
     ERROR, 'ros_missing', 'No module', 'install ROS 2'),
    (software(libraries={'vision_msgs': Library(error='No module')}), ERROR,
     'vision_msgs_missing', 'No module', 'ros-jazzy-vision-msgs'),
    (ros(sourced=('humble', 'jazzy')), ERROR, 'several_distributions', 'humble and jazzy',
     'new shell'),
    (variables(ROS_DOMAIN_ID='233'), ERROR, 'domain_unusable', '233', '0 to 101'),
    (variables(ROS_DOMAIN_ID='robot'), ERROR, 'domain_unusable', 'robot', '0 to 101'),
    (variables(ROS_DOMAIN_ID='150'), NOTE, 'domain_unusable', 'may be taken', '0 to 101'),
    (ros(distribution='humble', variables={'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}), WARN,
     'range_unknown', 'Humble', 'ROS_LOCALHOST_ONLY=1'),
    (variables(ROS_AUTOMATIC_DISCOVERY_RANGE='LOCAL'), WARN, 'range_unknown', '=LOCAL;',
     'LOCALHOST'),
    (variables(ROS_AUTOMATIC_DISCOVERY_RANGE='OFF'), ERROR, 'range_unknown', 'no node', 'unset'),
    (variables(ROS_LOCALHOST_ONLY='1'), NOTE, 'localhost_wins', 'ROS_LOCALHOST_ONLY=1', 'unset'),
    (profile(error='No such file or directory'), ERROR, 'profile_unusable', 'No such file',
     'unset FASTRTPS'),
    (profile(shared_memory=False, segment_bytes=0), WARN, 'profile_too_small', 'UDP', 'unset'),
    (profile(segment_bytes=0), WARN, 'profile_too_small', '0.5 MB', 'fastdds.xml'),
    (variables(FASTDDS_DEFAULT_PROFILES_FILE='/p.xml'), WARN, 'profile_of_another_version',
     'reads FASTRTPS', 'export FASTRTPS_DEFAULT_PROFILES_FILE=/p.xml'),
    (ros(fast_dds=3, variables={'FASTRTPS_DEFAULT_PROFILES_FILE': '/p.xml'}), NOTE,
     'profile_of_another_version', 'older name', 'export FASTDDS'),
    (variables(FASTDDS_BUILTIN_TRANSPORTS='UDPv4'), WARN, 'transports_without_memory', 'UDPv4',
     'unset'),
    (ros(profile=Profile(), variables={'FASTDDS_BUILTIN_TRANSPORTS': 'DEFAULT'}), WARN,
     'transports_without_memory', 'sets no profile', 'unset'),
    (memory(total_bytes=0, free_bytes=0), ERROR, 'shared_memory_short', 'no /dev/shm', '--ipc'),
    (memory(free_bytes=8 << 20), ERROR, 'shared_memory_short', '8 MB', '--shm-size'),
    (memory(free_bytes=64 << 20, fitting_profile='fastdds_small.xml'), NOTE,
     'shared_memory_short', 'small profile', '--shm-size'),
    (memory(stale_segments=2, stale_bytes=8 << 20), NOTE, 'stale_segments', '8 MB', 'clean'),
    (memory(stale_segments=2, stale_bytes=4 * GB), WARN, 'stale_segments', '2 seg', 'clean'),
    (memory(foreign_stale_segments=1, foreign_stale_bytes=9 << 20), NOTE, 'foreign_segments',
     'other users', 'sudo rm'),
    (software(middleware='rmw_cyclonedds_cpp'), NOTE, 'another_middleware', 'cyclonedds',
     'rmw_fastrtps_cpp'),
    (machine(governors=('powersave',)), WARN, 'saving_governor', 'powersave', 'cpupower'),
    (machine(governors=('powersave',), frequency_driver='intel_pstate',
             energy_preference='power'), WARN, 'saving_governor', 'preference', 'cpupower'),
    (machine(governors=('schedutil',)), NOTE, 'slow_to_follow', 'schedutil', 'performance'),
    (machine(allowed_mhz=1500.0), WARN, 'frequency_capped', '1500 MHz of 3000', 'nvpmodel'),
    (machine(throttling=('throttled now',)), WARN, 'throttled', 'throttled now', 'cool'),
    (machine(throttling=('throttled since it started',)), NOTE, 'throttled', 'since', 'cool'),
    (machine(temperature_c=91.0), WARN, 'hot', '91 degrees', 'cool'),
    (machine(cores_by_quota=0.5), WARN, 'quota_holds_back', '0.5 of 4', '--cpus'),
    (machine(cores_by_quota=2.0, held_back=9), WARN, 'quota_holds_back', '9 times', '--cpus'),
    (machine(cores_by_quota=2.0), NOTE, 'quota_holds_back', '2 of 4', '--cpus'),
    (machine(load=9.0), WARN, 'busy', '9.0 processes', 'top'),
    (machine(available_bytes=100 << 20), ERROR, 'memory_short', '100 MB of 8192 MB', 'swap'),
    (process(seen=True, swapped_bytes=5 << 20), WARN, 'swapping', '5 MB of classifier process 7',
     'memory'),
    (machine(swap_bytes=2 * GB, swap_used_bytes=GB), NOTE, 'swapping', '1024 MB', 'end'),
    (machine(is_clock_synchronized=False), NOTE, 'clock_not_synchronized', 'clock', 'chrony'),
    (gone(error='failed to load rmw_zenoh_cpp'), ERROR, 'graph_unseen', 'zenoh',
     'RMW_IMPLEMENTATION'),
    (gone(), NOTE, 'no_node', 'no classifier is seen in domain 0', 'ros2 launch'),
    (gone(asked_for='/other', found=('/classifier',)), WARN, 'no_node', 'no node /other',
     '/classifier'),
    (process(variables=None), WARN, 'node_unseen', 'process 7', 'same user'),
    (process(variables={'ROS_DOMAIN_ID': '5'}, names=('__ns:=/robot1',)), WARN, 'node_elsewhere',
     '(__ns:=/robot1) has ROS_DOMAIN_ID=5', 'export ROS_DOMAIN_ID=5'),
    (process(variables={'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp'}), WARN, 'node_elsewhere',
     'RMW_IMPLEMENTATION=rmw_cyclonedds_cpp', 'export RMW'),
    (process(seen=True, is_same_user=False, is_root=True), NOTE, 'other_user', '(root)', 'user'),
    (process(seen=True, is_apart=True), NOTE, 'apart', 'container', '--ipc=host'),
    (node(namesakes=2), ERROR, 'namesakes', '2 nodes', '__ns'),
    (node(state='inactive'), WARN, 'not_active', 'inactive', 'lifecycle set /classifier activate'),
    (node(reports=()), WARN, 'no_report', '3.0 s', 'killed'),
    (node(reports=(Report('front', 'stale', 'no image yet; check it'),)), WARN, 'reported',
     'no image yet', ''),
    (node(reports=(Report('model', 'error', 'no model is loaded'),)), ERROR, 'reported',
     'no model', ''),
    (publisher(misfit=MISFIT), ERROR, 'qos_misfit', 'Best effort',
     'qos_overrides./front/image_raw.subscription.reliability to best_effort'),
    (publisher(cure='process 9 of the camera runs as user 0: run both as one'), NOTE,
     'loses_images', 'process 9', 'run both'),
    (camera(publishers=FRONT.publishers * 2), WARN, 'several_publishers', '2 publishers',
     'of its own'),
    (node(uses_simulated_time=True), WARN, 'waits_for_clock', 'nobody publishes /clock', '100'),
    (machine(publisher(cure='the publisher is on another machine: take compressed'),
             is_clock_synchronized=False), WARN, 'clock_of_another_machine', 'another machine',
     'PTP'),
    (graph(clocks=2), WARN, 'several_clocks', '2 publishers', 'all but one'),
    (camera(age_at_receipt_ms=1.8e12), WARN, 'recorded_stamps', '20833 days', 'use_sim_time'),
    (node(changed_on_disk=('card.yaml',), model={'folder': '/m/s'}), WARN, 'model_changed',
     'card.yaml changed', 'ros2 param set /classifier model /m/s'),
    (node(card_error='x.onnx: sha256 is another one'), ERROR, 'model_damaged', 'sha256', 'copy'),
    (machine(publisher(cure='the publisher is on another machine: take compressed'),
             receive_buffer_bytes=212992), WARN, 'small_receive_buffer', '208 KB', 'rmem_max'),
    (replace(process(seen=True, started_s=50.0), software=replace(WELL.software, changed_s=9.0)),
     NOTE, 'code_changed', '9 s ago', 'again'),
    (node(model={'not_native': 'was not built'}), NOTE, 'not_native', 'was not built', 'docs'),
]


@pytest.mark.parametrize(('facts', 'severity', 'name', 'text', 'cure'), FOUND,
                         ids=[f'{row[2]}-{index}' for index, row in enumerate(FOUND)])
def test_a_problem_is_found_alone_with_its_value_and_its_cure(facts, severity, name, text, cure):
    """Nothing else is found in facts that have one problem."""
    found = [one for one in find_problems(facts) if one.name == name or one.name not in BESIDE]
    assert [(one.name, one.severity) for one in found] == [(name, severity)]
    assert text in found[0].text and cure in found[0].cure
    assert bool(found[0].cure) == (name != 'reported')


def test_nothing_is_found_where_all_is_well():
    """Neither on a robot, nor where ROS comes from wheels with numpy 2, nor with pstate."""
    assert find_problems(WELL) == []
    wheels = ros(software(libraries={'numpy': Library('2.2.6')}), distribution='', installed=(),
                 sourced=(), is_from_wheels=True, fast_dds=3)
    assert find_problems(wheels) == []
    assert find_problems(machine(governors=('powersave',), frequency_driver='intel_pstate',
                                 energy_preference='balance_performance')) == []
    assert find_problems(ros(variables={'ROS_DOMAIN_ID': '42', 'ROS_DISTRO': 'jazzy',
                                        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'})) == []


def test_every_rule_is_tried_above():
    """Each of them finds something in one of the facts, and in facts of nothing none fails."""
    assert {rule for rule in RULES if any(list(rule(row[0])) for row in FOUND)} == set(RULES)
    for rule in RULES:
        list(rule(Facts()))


def test_processes_with_the_same_variables_are_one_finding():
    """And beside a node that is seen, it is no more than a note."""
    others = tuple(replace(WELL.processes[0], pid=pid, variables={'ROS_DOMAIN_ID': '5'})
                   for pid in (8, 9))
    found, = find_problems(replace(WELL, processes=(*WELL.processes, *others)))
    assert found.severity == NOTE and 'process 8, 9 have ROS_DOMAIN_ID=5' in found.text


def test_two_nodes_of_one_name_are_said_once():
    """The node finds it too, after three seconds."""
    reports = (Report('lifecycle', 'warn', 'another node is called /classifier too'),)
    assert [one.name for one in find_problems(node(namesakes=2, reports=reports))] == ['namesakes']


def test_the_worst_comes_first():
    """So that the first line of the findings is the one to look at."""
    facts = machine(software(bits=32), load=9.0, is_clock_synchronized=False)
    assert [one.severity for one in find_problems(facts)] == [ERROR, WARN, NOTE]


def test_losses_that_happen_are_worse_than_those_that_may():
    """The same cause is a warning once images are lost, and is not said twice."""
    ends = (replace(FRONT.publishers[0], cure='process 9 has 0.5 MB of shared memory: set it'),)
    assert find_problems(camera(publishers=ends))[0].severity == NOTE
    losing = replace(FRONT, publishers=ends, counters={'lost': 3})
    assert find_problems(node(cameras=(losing,)))[0].severity == WARN
    said = (Report('front', 'warn', f'30 % are lost: {ends[0].cure}'),)
    assert [one.name for one in find_problems(node(cameras=(losing,), reports=said))] == [
        'reported']
