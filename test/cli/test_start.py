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
How the command line starts: with the standard library alone, until a verb runs.

Help must come at once, and on machines where the packages of a verb are missing.
"""

import re
import subprocess
import sys

import pytest
from shufflenet_ros.cli.main import VERBS

START = """
import sys
before = set(sys.modules)
from shufflenet_ros.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    code = end.code
print()
print(code, *{name.partition('.')[0] for name in set(sys.modules) - before})
"""
BOUND_S = 0.3
"""Of all imports of ``--help``."""


def start(*words):
    """Start the command line: exit code, and the packages that it loaded from elsewhere."""
    done = subprocess.run([sys.executable, '-c', START, *words], capture_output=True, text=True,
                          timeout=60)
    code, *names = done.stdout.splitlines()[-1].split()
    return int(code), set(names) - {'shufflenet_ros'} - set(sys.stdlib_module_names)


@pytest.mark.parametrize('words, code', [
    (('--help',), 0), ((), 2), (('dance',), 2), *(((verb, '--help'), 0) for verb in VERBS)],
    ids=lambda words: ' '.join(words) or 'no verb' if isinstance(words, tuple) else '')
def test_help_loads_the_standard_library_alone(words, code):
    """Of every verb, and where none or a mistyped one is given."""
    assert start(*words) == (code, set())


def test_the_list_of_verbs_is_there_at_once():
    """All imports of the interpreter together: the best of five, on a machine with other work."""
    sums = []
    for _ in range(5):
        done = subprocess.run([sys.executable, '-X', 'importtime', '-m', 'shufflenet_ros.cli.main',
                               '--help'], capture_output=True, text=True, timeout=60)
        times_us = re.findall(r'^import time: +(\d+) \|', done.stderr, re.MULTILINE)
        assert done.returncode == 0 and len(times_us) > 20
        sums.append(sum(map(int, times_us)) / 1e6)
    assert min(sums) < BOUND_S
