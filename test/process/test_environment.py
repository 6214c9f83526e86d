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

from pathlib import Path
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from shufflenet_ros.process.files import share_dir
from shufflenet_ros.process.middleware import prepare_middleware, profile_for, PROFILE_VARIABLES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clean(monkeypatch):
    """No profile and no prefix set."""
    for name in (*PROFILE_VARIABLES, 'AMENT_PREFIX_PATH', 'ROS_DISTRO'):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize('distro, variable', [
    ('', 'FASTDDS_DEFAULT_PROFILES_FILE'), ('kilted', 'FASTDDS_DEFAULT_PROFILES_FILE'),
    ('jazzy', 'FASTRTPS_DEFAULT_PROFILES_FILE'), ('humble', 'FASTRTPS_DEFAULT_PROFILES_FILE')])
def test_the_profile_for_large_images_is_set(clean, distro, variable):
    """Under the name that this distribution's Fast DDS reads, and a file that is there."""
    import os
    clean.setenv('ROS_DISTRO', distro)
    prepare_middleware()
    assert [name for name in PROFILE_VARIABLES if name in os.environ] == [variable]
    assert Path(os.environ[variable]).is_file()


@pytest.mark.parametrize('free, images', [(64 << 20, 2), (1 << 30, 10)])
def test_the_profile_fits_the_shared_memory(free, images):
    """Docker's 64 MB hold the segments of three processes; any profile holds 1080p images."""
    root = ElementTree.parse(ROOT / 'config' / profile_for(free)).getroot()
    size = int(root.find('.//{*}segment_size').text)
    assert images * 1920 * 1080 * 3 <= size <= free / 3
    assert int(root.find('.//{*}maxMessageSize').text) <= size


@pytest.mark.parametrize('variable', PROFILE_VARIABLES)
def test_a_profile_of_the_users_stays(clean, variable):
    """Neither replaced nor joined by a second one."""
    import os
    clean.setenv(variable, '/my/profile.xml')
    prepare_middleware()
    assert [os.environ.get(name) for name in PROFILE_VARIABLES if name in os.environ] == [
        '/my/profile.xml']


def test_the_files_are_found_in_the_checkout_and_in_an_installed_share(clean, tmp_path):
    """A prefix with our package in it wins; others are passed over."""
    assert share_dir() == ROOT
    share = tmp_path / 'share' / 'shufflenet_ros'
    share.mkdir(parents=True)
    (share / 'package.xml').write_text('<package/>')
    clean.setenv('AMENT_PREFIX_PATH', f'/nowhere:{tmp_path}:{sys.prefix}')
    assert share_dir() == share
