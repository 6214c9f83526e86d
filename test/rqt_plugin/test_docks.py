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

"""The docks of rqt's window once our plugin has put them into their places, with both bindings."""

from importlib.util import find_spec
import json
import os
from pathlib import Path
import subprocess
import sys

import pytest
from rqt_plugin.qt_stand_in import BINDINGS
from shufflenet_ros.layouts.perspective import perspective_text

PROBE = Path(__file__).with_name('dock_places.py')


@pytest.mark.parametrize('binding', BINDINGS)
def test_the_docks_stand_in_columns_and_only_once(binding, tmp_path):
    """Ours at the left, plots above the others at the right; the user's change stays."""
    if not find_spec(binding):
        pytest.skip(f'{binding} is not installed: make test brings it')
    path = tmp_path / 'two.perspective'
    path.write_text(perspective_text('/classifier', ['front', 'rear']))
    done = subprocess.run(
        [sys.executable, PROBE, binding, path], capture_output=True, text=True,
        env=os.environ | {'QT_QPA_PLATFORM': 'offscreen', 'PYTHONPATH': os.pathsep.join(
            [str(PROBE.parent.parent), *sys.path])})
    assert done.returncode == 0, done.stderr
    (places, later), settings = json.loads(done.stdout)
    ours, plot, monitor = (places[name] for name in (
        'shufflenet_ros__ClassifierPlugin__1', 'rqt_plot__Plot__1',
        'rqt_runtime_monitor__RuntimeMonitor__1'))
    assert len(places) == 3 and [ours[4], plot[4], monitor[4]] == [0, 1, 2]
    assert ours[0] + ours[2] <= plot[0] == monitor[0] and ours[2] > plot[2]
    assert plot[1] + plot[3] <= monitor[1] and ours[3] > plot[3]
    assert settings == [] and later['rqt_plot__Plot__1'][2] < plot[2]
