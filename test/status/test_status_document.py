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

"""The document names every known problem and every key, as they are."""

from pathlib import Path
import re

from shufflenet_ros.status.ros_setup import SECRET, SHOWN

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / 'docs' / 'status.md').read_text()
MADE = re.compile(r"(?:note|warn|error|make)\(\s*f?'(\w+)'")


def test_every_known_problem_has_its_name_in_the_document():
    """And none is there that is not made."""
    sources = (ROOT / 'shufflenet_ros' / 'status' / 'problems').glob('of_*.py')
    made = {name for path in sources for name in MADE.findall(path.read_text())}
    section = TEXT.partition('## Known problems')[2].partition('\n## ')[0]
    named = set(re.findall(r'`(\w+[a-z])`', section)) - {'name'}
    assert named - {'onnxruntime_missing'} == made and len(made) > 50


def test_every_variable_that_is_shown_is_named():
    """Those whose value is shown, and those of which only that they are set."""
    for name in (*SHOWN, *SECRET):
        assert f'`{name}`' in TEXT or name.endswith(('_URI', '_PROFILES_FILE')), name
