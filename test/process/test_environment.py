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

"""What a process needs before ROS 2 starts in it, and what stays the user's."""

import os
from pathlib import Path
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from shufflenet_ros.process.files import share_dir
from shufflenet_ros.process.middleware import (
    prepare_middleware,
    profile_for,
    PROFILE_VARIABLES,
    this_machine_only,
    USERS_FILES,
    USERS_VARIABLES,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clean(monkeypatch):
    """No profile and no prefix set; what the code sets is taken away again."""
    for name in (*USERS_VARIABLES, 'AMENT_PREFIX_PATH', 'ROS_DISTRO', 'SKIP_DEFAULT_XML_FILE'):
        monkeypatch.setenv(name, '')  # so that one that is not there now is not there afterwards
        monkeypatch.delenv(name)
    return monkeypatch


def profiles():
    """Variables that name a profile, with what they name."""
    return {name: os.environ[name] for name in PROFILE_VARIABLES if name in os.environ}


@pytest.mark.parametrize('distro, library, expected', [
    ('kilted', '', ['FASTDDS']), ('jazzy', '', ['FASTRTPS']), ('humble', '', ['FASTRTPS']),
    ('', 'libfastdds.so', ['FASTDDS']), ('', 'libfastrtps.so', ['FASTRTPS']),
    ('kilted', 'libfastrtps.so', ['FASTRTPS']), ('', '', ['FASTDDS', 'FASTRTPS'])])
def test_the_profile_for_large_images_is_set(clean, tmp_path, distro, library, expected):
    """Under the name that this Fast DDS reads, that of wheels first; under both if unknown."""
    if distro:
        clean.setenv('ROS_DISTRO', distro)
    clean.setattr(sys, 'prefix', str(tmp_path))
    (tmp_path / 'lib').mkdir()
    (tmp_path / 'lib' / library).touch()
    prepare_middleware()
    assert list(profiles()) == [f'{name}_DEFAULT_PROFILES_FILE' for name in expected]
    assert all(Path(file).is_file() for file in profiles().values())


@pytest.mark.parametrize('free, images', [(64 << 20, 2), (1 << 30, 10)])
def test_the_profile_fits_the_shared_memory(free, images):
    """Docker's 64 MB hold the segments of three processes; any profile holds 1080p images."""
    root = ElementTree.parse(ROOT / 'config' / profile_for(free)).getroot()
    size = int(root.find('.//{*}segment_size').text)
    assert images * 1920 * 1080 * 3 <= size <= free / 3
    assert int(root.find('.//{*}maxMessageSize').text) <= size


@pytest.mark.parametrize('variable', USERS_VARIABLES)
def test_a_profile_or_transports_of_the_users_stay(clean, variable):
    """Neither replaced nor joined by a profile of ours."""
    clean.setenv(variable, '/my/profile.xml')
    prepare_middleware()
    assert os.environ[variable] == '/my/profile.xml'
    assert profiles().keys() <= {variable}


@pytest.mark.parametrize('name', USERS_FILES)
def test_a_profile_in_the_current_folder_stays(clean, tmp_path, name):
    """Fast DDS reads it beside one that a variable names, unless it is told not to."""
    (tmp_path / name).touch()
    clean.chdir(tmp_path)
    prepare_middleware()
    assert not profiles()
    clean.setenv('SKIP_DEFAULT_XML_FILE', '1')
    prepare_middleware()
    assert profiles()


UDP_ONLY = """<dds xmlns="http://www.eprosima.com"><profiles><transport_descriptors>
<transport_descriptor><transport_id>udp</transport_id><type>UDPv4</type></transport_descriptor>
</transport_descriptors><participant profile_name="images" is_default_profile="true"><rtps>
<useBuiltinTransports>false</useBuiltinTransports><userTransports><transport_id>udp</transport_id>
</userTransports></rtps></participant></profiles></dds>"""
SEGMENTS = """
from shufflenet_ros.process.middleware import prepare_middleware
prepare_middleware()
import rclpy
rclpy.init()
node = rclpy.create_node('mapped')
print(open('/proc/self/maps').read())
node.destroy_node()
rclpy.shutdown()
"""
SEGMENT = re.compile(r'^(\w+)-(\w+) .*/dev/shm/fast(?:dds|rtps)_[0-9a-f]+$', re.MULTILINE)


@pytest.mark.parametrize('transports, file, is_ours', [
    ('', '', True), ('UDPv4', '', False), ('', UDP_ONLY, False)])
def test_the_middleware_takes_the_transports_that_are_asked_for(clean, tmp_path, transports, file,
                                                                is_ours):
    """A real participant: 64 or 16 MiB of shared memory with our profile, none over UDP alone."""
    if transports:
        clean.setenv('FASTDDS_BUILTIN_TRANSPORTS', transports)
    for name in USERS_FILES if file else ():
        (tmp_path / name).write_text(file)
    # In a range of hosts rmw_fastrtps adds no transports of its own.
    clean.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'OFF')
    clean.setenv('PYTHONPATH', str(ROOT), prepend=os.pathsep)
    done = subprocess.run([sys.executable, '-c', SEGMENTS], cwd=tmp_path, text=True,
                          capture_output=True, timeout=60, check=True)
    sizes = [int(end, 16) - int(start, 16) for start, end in SEGMENT.findall(done.stdout)]
    assert (sum(sizes) >= 16 << 20) == is_ours and bool(sizes) == is_ours, done.stderr


@pytest.mark.parametrize('distro, variable', [
    ('humble', 'ROS_LOCALHOST_ONLY'), ('jazzy', 'ROS_AUTOMATIC_DISCOVERY_RANGE'),
    ('', 'ROS_AUTOMATIC_DISCOVERY_RANGE')])
def test_the_range_is_set_under_the_name_of_the_distribution(clean, distro, variable):
    """Later ones warn of Humble's, which knows no other."""
    clean.setenv('ROS_DISTRO', distro)
    assert list(this_machine_only()) == [variable]


def test_the_files_are_found_in_the_checkout_and_in_an_installed_share(clean, tmp_path):
    """A prefix with our package in it wins; others are passed over."""
    assert share_dir() == ROOT
    share = tmp_path / 'share' / 'shufflenet_ros'
    share.mkdir(parents=True)
    (share / 'package.xml').write_text('<package/>')
    clean.setenv('AMENT_PREFIX_PATH', f'/nowhere:{tmp_path}:{sys.prefix}')
    assert share_dir() == share
