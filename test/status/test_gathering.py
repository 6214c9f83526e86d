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

"""What is gathered: from files of machines that are not here, and from the machine that is."""

import json
import os
from pathlib import Path
import platform
import signal
import subprocess
import sys

import pytest
from shufflenet_ros.process.machine import processor
from shufflenet_ros.process.middleware import free_shared_memory
from shufflenet_ros.status.facts import Facts
from shufflenet_ros.status.machine import is_clock_synchronized, machine
from shufflenet_ros.status.model_on_disk import model_on_disk
from shufflenet_ros.status.processes import classifier_processes
from shufflenet_ros.status.ros_setup import profile, ros_setup, shown_variables
from shufflenet_ros.status.shared_memory import shared_memory
from shufflenet_ros.status.software import native_library, software, try_all

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / 'config'
PI = {
    'proc/cpuinfo': 'processor\t: 0\nFeatures\t: fp asimd asimddp crc32\nSerial\t\t: 10000000abc\n'
                    'Model\t\t: Raspberry Pi 5 Model B Rev 1.0\n',
    'proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0',
    'proc/meminfo': 'MemTotal: 4096000 kB\nMemAvailable: 1024000 kB\nSwapTotal: 2048 kB\n'
                    'SwapFree: 1024 kB\n',
    'proc/loadavg': '2.50 1 1 1/100 5\n', 'proc/self/cgroup': '0::/kubepods/pod1\n',
    'proc/1/cgroup': '0::/kubepods/pod1\n', 'proc/sys/net/core/rmem_max': '212992\n',
    'etc/os-release': 'NAME="Ubuntu"\nPRETTY_NAME="Ubuntu 24.04.1 LTS"\n',
    'sys/fs/cgroup/cpu.max': 'max 100000\n',
    'sys/fs/cgroup/kubepods/pod1/cpu.max': '150000 100000',
    'sys/fs/cgroup/kubepods/pod1/cpu.stat': 'usage_usec 5\nnr_periods 9\nnr_throttled 4\n',
    'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave\n',
    'sys/devices/system/cpu/cpu1/cpufreq/scaling_governor': 'ondemand\n',
    'sys/devices/system/cpu/cpu0/cpufreq/scaling_driver': 'cpufreq-dt\n',
    'sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq': '2400000\n',
    'sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq': '1500000\n',
    'sys/devices/system/cpu/cpu1/cpufreq/cpuinfo_max_freq': '2400000\n',
    'sys/devices/system/cpu/cpu1/cpufreq/scaling_max_freq': '2400000\n',
    'sys/class/thermal/thermal_zone0/temp': '81250\n',
    'sys/class/thermal/cooling_device0/type': 'cpufreq-cpu0\n',
    'sys/class/thermal/cooling_device0/cur_state': '3\n',
    'sys/class/thermal/cooling_device1/type': 'pwm-fan\n',
    'sys/class/thermal/cooling_device1/cur_state': '4\n',
    'sys/devices/platform/soc/soc:firmware/get_throttled': '50001\n'}


@pytest.fixture
def tree(tmp_path):
    """Make the files of another machine."""
    def make(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path
    return make


def test_a_raspberry_pi_in_a_container(tree):
    """Features, board, quota, what slows it down; nothing of its serial number."""
    found = machine(tree(PI))
    assert found.board == found.processor == 'Raspberry Pi 5 Model B Rev 1.0'
    assert found.features == ('asimd', 'asimddp')
    assert found.system == 'Ubuntu 24.04.1 LTS' and found.is_container
    assert (found.cores_by_quota, found.held_back, found.load) == (1.5, 4, 2.5)
    assert found.governors == ('ondemand', 'powersave')
    assert (found.most_mhz, found.allowed_mhz, found.temperature_c) == (2400.0, 1500.0, 81.25)
    assert found.throttling == ('too low a voltage now', 'too low a voltage since it started',
                                'throttled since it started', 'cooled by cpufreq-cpu0 now')
    assert (found.memory_bytes, found.swap_used_bytes) == (4096000 * 1024, 1024 * 1024)
    assert found.receive_buffer_bytes == 212992
    assert '10000000abc' not in str(found)


def test_a_quota_of_cgroups_1_and_the_heat_of_a_pc(tree):
    """The older files; a mode of nvpmodel."""
    found = machine(tree({
        'proc/self/cgroup': '5:cpu,cpuacct:/docker/ab\n', 'proc/cpuinfo': 'model name : X\n'
        'flags : avx2 avx512vbmi\n', 'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000\n',
        'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
        'sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count': '7\n',
        'var/lib/nvpmodel/status': 'pmode:0001 fmode:fanNull\n'}))
    assert found.cores_by_quota == 0.5 and found.features == ('avx2', 'avx512_vbmi')
    assert found.throttling == ('slowed down 7 times by its temperature since it started',)
    assert found.power_mode.startswith('pmode:0001')


def test_this_machine():
    """As Python and the kernel have it."""
    found = machine()
    assert found.kernel == platform.release() and found.cores == os.cpu_count()
    assert found.memory_bytes == os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')
    assert 0 < found.available_bytes <= found.memory_bytes
    assert found.processor == processor().name and found.system
    assert is_clock_synchronized() in (True, False, None)


def test_nothing_fails_where_nothing_can_be_read(tree):
    """As in a container without /proc and /sys."""
    found = machine(tree({}))
    assert (found.memory_bytes, found.governors, found.throttling) == (0, (), ())
    (tree({}) / 'proc').mkdir()
    assert classifier_processes(tree({})) == ()
    assert shared_memory(tree({}) / 'none').total_bytes == 0


def test_libraries_are_imported_apart(tmp_path, monkeypatch):
    """One that crashes, one that is broken, one that is not there; all others are as they are."""
    (tmp_path / 'onnxruntime.py').write_text(
        'import os, signal\nprint("noise", flush=True)\nos.kill(os.getpid(), signal.SIGILL)\n')
    (tmp_path / 'cv_bridge.py').write_text('raise AttributeError("_ARRAY_API not\\nfound")\n')
    (tmp_path / 'PIL.py').write_text('raise SystemExit(3)\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv('SHUFFLENET_INSTRUCTION_SET', 'plain')
    answers = try_all()
    found = software(answers)
    assert found.libraries['onnxruntime'].crash == signal.SIGILL.name
    assert found.libraries['cv_bridge'].error == 'AttributeError: _ARRAY_API not found'
    assert found.libraries['PIL'].error == 'SystemExit: 3'
    import cv2
    import numpy as np
    assert found.libraries['numpy'].version == np.__version__
    assert found.libraries['cv2'].version == cv2.__version__
    assert found.python == platform.python_version() and found.bits == 64
    assert found.package == found.package_of_share == '0.1.0'
    assert native_library(answers).instruction_sets[-1:] == ('plain',)
    assert native_library(answers).asked_for == 'plain'


@pytest.mark.parametrize(('text', 'expected'), [
    ((CONFIG / 'fastdds.xml').read_text(), (True, 64 << 20, '')),
    ((CONFIG / 'fastdds_small.xml').read_text(), (True, 16 << 20, '')),
    ('<profiles><participant is_default_profile="true"><rtps><useBuiltinTransports>false'
     '</useBuiltinTransports></rtps></participant></profiles>', (False, 0, '')),
    ('<dds><profiles><participant profile_name="other"/></profiles></dds>', (True, 0, '')),
    ('<dds><profiles><participant is_default_profile="true"><rtps><builtinTransports>UDPv4'
     '</builtinTransports></rtps></participant></profiles></dds>', (False, 0, '')),
    ('<html/>', (True, 0, 'is no Fast DDS profile')), ('no xml', (True, 0, 'syntax error')),
    (None, (True, 0, 'No such file'))])
def test_profiles_of_users(tmp_path, text, expected):
    """What they do to images: shared memory and its size, or why they cannot be used."""
    path = tmp_path / 'users.xml'
    if text is not None:
        path.write_text(text)
    found = profile({'FASTDDS_DEFAULT_PROFILES_FILE': str(path)}, 3, tmp_path)
    assert found.chosen_by == 'FASTDDS_DEFAULT_PROFILES_FILE'
    assert (found.shared_memory, found.segment_bytes) == expected[:2]
    assert found.error.startswith(expected[2]) and bool(found.error) == bool(expected[2])


def test_which_profile_counts(tmp_path):
    """The variable that this version reads, a file in the current folder, else the package's."""
    both = {'FASTDDS_DEFAULT_PROFILES_FILE': '/new', 'FASTRTPS_DEFAULT_PROFILES_FILE': '/old'}
    assert profile(both, 3, tmp_path).path == '/new' and profile(both, 2, tmp_path).path == '/old'
    assert profile({'FASTDDS_DEFAULT_PROFILES_FILE': '/new'}, 2, tmp_path).chosen_by == (
        'this package')
    assert profile({'FASTDDS_BUILTIN_TRANSPORTS': 'UDPv4'}, 3, tmp_path).path == ''
    (tmp_path / 'DEFAULT_FASTDDS_PROFILES.xml').write_text('<profiles/>')
    assert profile({}, 3, tmp_path).chosen_by == 'current folder'
    assert profile({'SKIP_DEFAULT_XML_FILE': '1'}, 3, tmp_path).chosen_by == 'this package'


def test_no_secret_of_the_environment():
    """Named variables alone, and of those that may hold addresses or keys only that they are."""
    environment = {'ROS_DOMAIN_ID': '5', 'AWS_SECRET_ACCESS_KEY': 'abc', 'ROS_STATIC_PEERS':
                   '10.0.0.7', 'ROS_DISCOVERY_SERVER': '10.0.0.8:11811', 'ROS_DISTRO': 'jazzy'}
    found = ros_setup(environment)
    assert found.variables == {'ROS_DOMAIN_ID': '5', 'ROS_DISTRO': 'jazzy', 'ROS_STATIC_PEERS':
                               'set (not shown)', 'ROS_DISCOVERY_SERVER': 'set (not shown)'}
    assert shown_variables({}) == {}


def test_distributions_that_are_installed_and_sourced(tree):
    """Below /opt/ros, by the prefixes of this shell."""
    opt = tree({'humble/setup.bash': '', 'jazzy/setup.bash': '', 'rest/x': ''})
    found = ros_setup({'AMENT_PREFIX_PATH': f'/ws/install:{opt}/jazzy'}, 'rmw_cyclonedds_cpp', opt)
    assert (found.installed, found.sourced) == (('humble', 'jazzy'), ('jazzy',))
    assert found.fast_dds == 0


HOLDER = """
import fcntl, sys
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_EX)
print('held', flush=True)
sys.stdin.read()
"""


def test_segments_of_ended_processes(tmp_path):
    """One is held by a process that lives, one by none; ports and other files do not count."""
    for name in ('fastdds_0a1b', 'fastrtps_22ff'):
        (tmp_path / name).write_bytes(bytes(1 << 20))
        (tmp_path / f'{name}_el').touch()
    for name in ('fastdds_port7411', 'fastdds_port7411_el', 'sem.fastdds_port7411_mutex', 'else'):
        (tmp_path / name).touch()
    with subprocess.Popen([sys.executable, '-c', HOLDER, str(tmp_path / 'fastdds_0a1b_el')],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b'held\n'
        found = shared_memory(tmp_path)
        holder.stdin.close()
    assert (found.segments, found.stale_segments, found.stale_bytes) == (1, 1, 1 << 20)
    assert shared_memory(tmp_path).stale_segments == 2
    assert abs(shared_memory().free_bytes - free_shared_memory()) < 1 << 30


def test_processes_that_run_a_classifier(tree):
    """By executable or module, whoever started them; launchers, editors and others are none."""
    root = tree({
        'proc/uptime': '1000.0 5\n',
        'proc/11/cmdline': 'python3\0/ws/lib/shufflenet_ros/classifier_node\0--ros-args\0-r\0'
                           '__ns:=/robot1\0-p\0use_sim_time:=true\0-p\0key:=secret\0',
        'proc/11/status': 'Name:\tpython3\nUid:\t7\t7\t7\t7\nVmSwap:\t    12 kB\n',
        'proc/11/environ': 'ROS_DOMAIN_ID=4\0TOKEN=x\0ROS_DISTRO=jazzy\0',
        'proc/11/stat': f'11 (a) b) S {" ".join("0" * 18)} {900 * os.sysconf("SC_CLK_TCK")} 5\n',
        'proc/12/cmdline': 'python3\0-m\0shufflenet_ros.process.entry_points\0'
                           'node.classifier_node\0', 'proc/12/status': 'Uid:\t0\t0\t0\t0\n',
        'proc/13/cmdline': 'vim\0classifier_node\0',
        'proc/14/cmdline': 'python3\0camera_node\0--ros-args\0-r\0x:=classifier_node\0',
        'proc/15/cmdline': ''})
    first, second = classifier_processes(root)
    assert (first.pid, first.names, first.is_simulated) == (11, ('__ns:=/robot1',), True)
    assert first.variables == {'ROS_DOMAIN_ID': '4', 'ROS_DISTRO': 'jazzy'}
    assert (first.swapped_bytes, first.started_s) == (12 * 1024, 100.0)
    assert first.is_same_user == (os.geteuid() == 7) and not first.is_root
    assert (second.pid, second.variables, second.is_root) == (12, None, True)
    assert 'secret' not in json.dumps(str((first, second)))


def test_a_model_folder_that_changed(tmp_path):
    """Its card, which files were replaced since a moment, and why it would be refused."""
    shipped = ROOT / 'models' / 'surfaces'
    found = model_on_disk(shipped, 0)
    assert found.card['name'] == 'surfaces' and found.card['metrics']['top1_int8'] == 0.9306
    assert not found.changed and not found.error
    for path in shipped.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    loaded_ns = max(path.stat().st_ctime_ns for path in tmp_path.iterdir())
    assert model_on_disk(tmp_path, loaded_ns).changed == ()
    os.utime(tmp_path / 'labels.txt', (1, 1))  # an old file that took its place
    assert model_on_disk(tmp_path, loaded_ns).changed == ('labels.txt',)
    (tmp_path / 'labels.txt').write_text('other\n')
    damaged = model_on_disk(tmp_path, loaded_ns)
    assert 'labels.txt' in damaged.error and damaged.card == {}
    assert model_on_disk(tmp_path / 'none', 1) == model_on_disk(tmp_path / 'gone', 0)


def test_facts_of_nothing_can_be_shown():
    """The defaults of all fields are texts, numbers and tuples that JSON and page take."""
    from shufflenet_ros.status.report import report_of
    json.dumps(report_of(Facts()), allow_nan=False)
