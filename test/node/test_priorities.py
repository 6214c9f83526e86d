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

"""Which niceness the threads of a node have, however it was started and activated."""

from collections import Counter
import os
from pathlib import Path

from node.processes import started
from node.workbench import FOLDER, other_model
from process.test_thread_priority import as_a_normal_user
import pytest

pytestmark = pytest.mark.slow

START, DRAWING = 10, 19


def user_under_nice():
    as_a_normal_user()
    os.nice(START - os.getpriority(os.PRIO_PROCESS, 0))


def niceness_of_threads(process):
    tasks = Path(f'/proc/{process.process.pid}/task').iterdir()
    return Counter(os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in tasks)


@pytest.mark.parametrize('autostart', ['true', 'false'])
def test_a_normal_user_under_nice_has_one_lowered_thread(bench, tmp_path, autostart):
    """Workers and pools of onnxruntime have the niceness of the process, after a swap too."""
    other = other_model(tmp_path / 'other')
    with started(bench, '-p', 'precision:=int8', '-p', 'intra_op_num_threads:=3',
                 '-p', 'workers:=2', '-p', f'autostart:={autostart}',
                 preexec_fn=user_under_nice) as process:
        if autostart == 'false':
            assert bench.transit('configure') and bench.transit('activate')
        process.wait_for('ready')
        bench.settle_all_cameras()
        before = niceness_of_threads(process)
        assert before.keys() == {START, DRAWING} and before[DRAWING] == 1
        for model in (other, FOLDER):
            assert bench.set(model=str(model)).successful
        assert bench.ask()
        # The lowered thread that prepared the model ends when it gets a core.
        assert bench.wait(lambda: niceness_of_threads(process) == before)
        assert process.end()[0] == 0
