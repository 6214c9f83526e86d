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

"""What ``metadata.yaml`` of a rosbag2 folder says about its files."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import yaml

METADATA = 'metadata.yaml'
STORAGE = ('.mcap', '.db3')
PLUGINS = ('mcap', 'sqlite3')


def read_files(path: Path) -> list[str]:
    """
    Give the names of the files of a recording.

    Raises OSError, yaml.YAMLError for text that is none, and ValueError, KeyError, TypeError or
    AttributeError for other content.
    """
    known = yaml.safe_load(path.read_text(encoding='utf-8'))['rosbag2_bagfile_information']
    plugin = known['storage_identifier']
    if plugin not in PLUGINS:
        raise ValueError(f'storage plugin {plugin!r}, expected {" or ".join(PLUGINS)}')
    # Old releases wrote the folder before the name.
    names = [PurePosixPath(name).name for name in known['relative_file_paths']]
    if not names:
        raise ValueError('it lists no file')
    return names
