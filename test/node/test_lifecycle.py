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

"""The states of the node: what is there in each, what comes back, and what never comes."""

from itertools import pairwise
from pathlib import Path
import re
import signal
from statistics import median

from node.processes import started
from node.workbench import hypotheses_of, offline, other_model, unaccounted, values_of
import pytest
from shufflenet_ros.node.qos import LATCHED_QOS
from vision_msgs.msg import LabelInfo

pytestmark = pytest.mark.slow

MANUAL = ('-p', 'autostart:=false', '-p', 'precision:=int8')


def threads_of(process):
    return len(list(Path(f'/proc/{process.process.pid}/task').iterdir()))


def rss_kb(process):
    status = Path(f'/proc/{process.process.pid}/status').read_text()
    return int(status.partition('VmRSS:')[2].split()[0])


def test_each_state_has_what_belongs_to_it(bench):
    """Unconfigured nothing, inactive the outputs, active the input; and back."""
    def topics():
        bench.spin(0.3)
        return [bench.node.count_publishers('classifier/classification'),
                bench.node.count_publishers('classifier/label_info'),
                bench.node.count_subscribers('image_raw')]

    with started(bench, *MANUAL) as process:
        assert bench.state() == 'unconfigured' and topics() == [0, 0, 0]
        assert bench.transit('configure') and bench.state() == 'inactive'
        assert topics() == [1, 1, 0] and not process.find('ready')
        assert bench.transit('activate') and bench.state() == 'active'
        process.wait_for('ready')
        assert topics() == [1, 1, 1]
        assert hypotheses_of(bench.ask()[0]) == offline()
        assert bench.transit('deactivate') and bench.state() == 'inactive'
        assert topics() == [1, 1, 0]
        assert bench.transit('cleanup') and bench.state() == 'unconfigured'
        assert topics() == [0, 0, 0]


def test_no_result_appears_while_the_node_is_inactive(bench):
    """Under a stream of images: all that comes was asked for before deactivate answered."""
    with started(bench, '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        bench.settle_all_cameras()
        assert bench.wait(lambda: bench.send() and len(bench.results['']) > 10)
        assert bench.transit('deactivate')
        bench.spin(0.2)
        before = len(bench.results[''])
        bench.stream(0.5, 60)
        assert len(bench.results['']) == before
        assert bench.transit('activate')
        assert bench.ask()[1]['database_version'] == 1


def test_every_transition_can_be_repeated_without_a_leak(bench):
    """Twenty turns: as many threads as before, a steady memory, one publisher."""
    with started(bench, *MANUAL) as process:
        def turn():
            for label in ('configure', 'activate', 'deactivate', 'activate', 'deactivate',
                          'cleanup'):
                assert bench.transit(label), label

        for _ in range(8):
            turn()
        threads, memory = threads_of(process), [rss_kb(process)]
        for _ in range(20):
            turn()
            memory.append(rss_kb(process))
        assert threads_of(process) <= threads
        # The allocator takes new pages now and then; what leaks is there at every turn, and the
        # smallest thing of a turn that could, a session of onnxruntime, takes over 1000 kB.
        assert median(after - before for before, after in pairwise(memory)) < 200
        assert bench.transit('configure') and bench.transit('activate')
        bench.settle()
        assert bench.node.count_publishers('classifier/classification') == 1
        assert bench.node.count_subscribers('image_raw') == 1
        assert hypotheses_of(bench.ask()[0]) == offline()
        assert process.end()[0] == 0
        assert not process.find('Traceback') and not process.find('ERROR')


def test_a_configure_that_fails_can_be_tried_again(bench, tmp_path):
    """The log says why, the node stays unconfigured, and a better parameter helps."""
    folder = other_model(tmp_path / 'broken')
    (folder / 'labels.txt').write_text('one\n')
    with started(bench, *MANUAL, '-p', f'model:={folder}') as process:
        assert not bench.transit('configure')
        assert 'labels.txt: damaged or changed' in process.wait_for('configure failed')
        assert bench.state() == 'unconfigured'
        refused = bench.set(model='nowhere')
        assert not refused.successful and "model 'nowhere'" in refused.reason
        assert bench.set(model='surfaces').successful
        assert bench.transit('configure') and bench.transit('activate')
        bench.settle()
        assert hypotheses_of(bench.ask()[0]) == offline()
        assert not process.find('Traceback')


def test_shutdown_leaves_a_finalized_node_that_ends_cleanly(bench):
    """From active: no topics any more, and a signal ends it with code 0."""
    with started(bench, '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        assert bench.transit('shutdown') and bench.state() == 'finalized'
        bench.spin(0.3)
        assert bench.node.count_publishers('classifier/classification') == 0
        code, output = process.end()
    assert code == 0 and 'Traceback' not in output


def test_a_transition_that_cannot_be_changes_nothing(bench):
    """An active node cannot be configured; it goes on."""
    with started(bench, '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        bench.settle()
        assert not bench.transit('configure')
        assert bench.state() == 'active' and bench.ask()


def test_labels_come_and_go_with_the_model(bench):
    """A node without a model has no labels; versions count on over its whole life."""
    infos = []
    with started(bench, *MANUAL):
        bench.subscribe(LabelInfo, 'label_info', infos.append, LATCHED_QOS)
        assert bench.get('labels') is None
        for turn in (1, 2):
            assert bench.transit('configure')
            assert len(bench.get('labels')) == 10
            assert bench.wait(lambda: len(infos) == turn)
            assert bench.transit('activate')
            bench.settle()
            assert bench.ask()[1]['database_version'] == turn
            assert bench.transit('deactivate') and bench.transit('cleanup')
            assert bench.get('labels') is None


@pytest.mark.parametrize('label', ['deactivate', 'shutdown'])
def test_a_transition_in_the_midst_of_images_loses_none(bench, label):
    """What was received before is classified or counted when the transition is done."""
    def counted():
        return values_of(bench.latencies[''][-1])

    with started(bench, '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        bench.settle_all_cameras()
        # A busy machine may lose many before the node: sent until enough have arrived.
        assert bench.wait(lambda: bench.send() and counted()['received'] >= 50)
        assert bench.transit(label)
        bench.spin(0.2)
        assert process.end()[0] == 0
        assert process.complaints == []
    assert unaccounted(counted()) == 0


@pytest.mark.parametrize('arguments', [(), MANUAL], ids=['active', 'unconfigured'])
def test_an_ended_node_leaves_no_shared_memory_behind(bench, arguments):
    """The segment of a process has 64 MiB: some hundred runs would fill the machine's memory."""
    with started(bench, *arguments) as process:
        assert bench.wait(lambda: bench.node.count_publishers('classifier/transition_event'))
        bench.state()
        maps = Path(f'/proc/{process.process.pid}/maps').read_text()
        segments = {Path(word) for word in maps.split()
                    if re.fullmatch(r'/dev/shm/fast(dds|rtps)_[0-9a-f]{16}', word)}
        code, _ = process.end(signal.SIGTERM)
    own = [path for path in segments if path.exists()]
    assert code == 0 and len(own) < len(segments)
