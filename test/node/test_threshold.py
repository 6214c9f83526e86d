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

"""The threshold that a model learned travels with it, unless the user sets one."""

from diagnostic_msgs.msg import DiagnosticArray
from node.processes import started
from node.workbench import hypotheses_of, offline, other_model, values_of
import pytest
from shufflenet_ros.node.qos import LATCHED_QOS
from vision_msgs.msg import LabelInfo

pytestmark = pytest.mark.slow

HIGH = 0.9999
"""Above every score of the image."""


@pytest.fixture(scope='module')
def strict(tmp_path_factory):
    """Write a model whose card has a threshold between its two best scores."""
    folder = other_model(tmp_path_factory.mktemp('models') / 'strict')
    (_, best), (_, second), *_ = offline(folder=folder)
    return other_model(folder.with_name('strict_too'), threshold=(best + second) / 2), (
        best + second) / 2


@pytest.fixture
def node(bench, shared):
    """Give the shared classifier, and put model and threshold back afterwards."""
    yield shared
    assert bench.set(threshold=-1.0).successful and bench.set(model='surfaces').successful


@pytest.fixture
def published(bench, node):
    """Collect the thresholds published with the labels, and what diagnostics shows of them."""
    labels, shown = [], []

    def show(msg):
        shown.extend({item.key: item.value for item in status.values} for status in msg.status
                     if status.name.endswith('classifier: model'))

    subscriptions = [
        bench.subscribe(LabelInfo, 'label_info', lambda msg: labels.append(msg.threshold),
                        LATCHED_QOS),
        bench.node.create_subscription(DiagnosticArray, '/diagnostics', show, 10)]
    assert bench.wait(lambda: labels and shown)
    yield labels, shown
    for subscription in subscriptions:
        bench.node.destroy_subscription(subscription)


def test_a_node_is_started_with_the_threshold_of_the_card(make_bench, strict):
    """From the first image on, and the log says where it comes from."""
    folder, threshold = strict
    bench = make_bench()
    with started(bench, '-p', 'precision:=int8', '-p', f'model:={folder}') as process:
        assert f"threshold {threshold:g} (model's card)" in process.wait_for('ready')
        bench.settle()
        assert hypotheses_of(bench.ask()[0]) == offline(folder=folder)[:1]
        assert bench.get('threshold') == -1.0


@pytest.mark.parametrize('value, kept', [(0.0, 5), (HIGH, 0)])
def test_a_threshold_of_the_user_counts_whatever_the_card_says(make_bench, strict, value, kept):
    """Zero as well: it lets everything through."""
    bench = make_bench()
    with started(bench, '-p', 'precision:=int8', '-p', f'model:={strict[0]}', '-p',
                 f'threshold:={value}') as process:
        assert f'threshold {value:g} (parameter)' in process.wait_for('ready')
        bench.settle()
        assert hypotheses_of(bench.ask()[0]) == offline(folder=strict[0])[:kept]


def test_the_threshold_changes_with_the_model(bench, node, published, strict):
    """Results, label_info, diagnostics and log, to and fro."""
    (labels, shown), (folder, threshold) = published, strict
    assert labels == [0.0] and shown[-1]['threshold_from'] == 'default, the card has none'
    assert bench.set(model=str(folder)).successful
    assert f"threshold {threshold:g} (model's card)" in node.wait_for('now model strict_too')
    assert hypotheses_of(bench.ask()[0]) == offline(folder=folder)[:1]
    assert bench.wait(lambda: labels[-1] == pytest.approx(threshold))
    assert bench.wait(lambda: shown[-1]['threshold_from'] == "model's card")
    assert float(shown[-1]['threshold']) == pytest.approx(threshold, abs=1e-3)
    assert bench.set(model='surfaces').successful
    assert hypotheses_of(bench.ask()[0]) == offline()
    assert bench.wait(lambda: labels[-1] == 0.0)


def test_the_parameter_overrides_and_gives_back(bench, node, published, strict):
    """Set while the node runs, and again to what the card says; each is published once."""
    (labels, shown), (folder, threshold) = published, strict
    assert bench.set(model=str(folder)).successful
    assert bench.set(threshold=HIGH).successful
    assert not bench.ask()[0].results
    assert bench.wait(lambda: labels[-1] == pytest.approx(HIGH))
    assert bench.wait(lambda: shown[-1]['threshold_from'] == 'parameter')
    assert bench.set(model='surfaces').successful and not bench.ask()[0].results
    assert bench.set(model=str(folder)).successful and bench.set(threshold=-0.5).successful
    assert hypotheses_of(bench.ask()[0]) == offline(folder=folder)[:1]
    assert bench.wait(lambda: labels[-1] == pytest.approx(threshold))
    count = len(labels)
    assert bench.set(threshold=-1.0).successful and bench.ask()
    bench.spin(0.2)
    assert len(labels) == count


def test_no_frame_gets_the_threshold_of_the_other_model(bench, node, strict):
    """Swapped while images stream in: the strict model gives one hypothesis, the other five."""
    folder, _ = strict
    expected = {}
    for name, model, kept in (('surfaces', None, 5), (str(folder), folder, 1)):
        assert bench.set(model=name).successful
        version = bench.ask()[1]['database_version']
        expected[version % 2] = (offline(folder=model) if model else offline())[:kept]
    bench.results[''].clear()
    pending = []

    def meanwhile(passed):
        if not pending or pending[-1]() is not None:
            pending.append(bench.set_later(model=('surfaces', str(folder))[len(pending) % 2]))

    while len(pending) <= 5:  # once, unless the machine is busy
        bench.stream(2.0, 60.0, meanwhile)
    assert pending[-1](True).successful
    versions = {(msg.header.stamp.sec, msg.header.stamp.nanosec):
                values_of(msg)['database_version'] for msg in bench.latencies['']}
    seen = set()
    for result in bench.results['']:
        version = versions[result.header.stamp.sec, result.header.stamp.nanosec]
        seen.add(version)
        assert hypotheses_of(result) == expected[version % 2]
    assert len(seen) > 5
