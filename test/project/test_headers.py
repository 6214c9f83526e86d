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

"""The licence header that ament_copyright looks for."""

from project.sources import python_files, ROOT

HEADER = """\
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


def begins_with_header(path):
    """Only the line that names the interpreter may stand before it."""
    text = path.read_text()
    if text.startswith('#!'):
        text = text.partition('\n')[2].lstrip('\n')
    return text.startswith(HEADER)


def test_every_file_begins_with_the_licence_header():
    """Whoever copies a file takes its licence along."""
    assert not [str(path.relative_to(ROOT)) for path in python_files()
                if not begins_with_header(path)]
