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

"""Every parameter: its values, whether it may change, and that a change takes effect."""

import math
import time

from node.processes import running, STALL_S, started
from node.workbench import hypotheses_of, offline, published, unaccounted, values_of
import pytest
from shufflenet_ros.node.parameters.rois import ROIS
from shufflenet_ros.node.parameters.table import PARAMETERS
from shufflenet_ros.node.parameters.thresholds import THRESHOLDS
from shufflenet_ros.node.parameters.views import VIEWS
from shufflenet_ros.node.qos import LATCHED_QOS
from vision_msgs.msg import LabelInfo

pytestmark = pytest.mark.slow

DYNAMIC = {'model', 'top_k', 'threshold', 'max_rate_hz', 'max_age_ms', 'annotate', *THRESHOLDS,
           *(ROIS.keys() - {'rois'}), *VIEWS, 'smoothing_s', 'smoothing_margin'}
OTHER_VALUES = {
    'precision': 'fp32', 'execution_providers': ['CUDA'], 'intra_op_num_threads': 2,
    'allow_spinning': True, 'cameras': ['front'], 'image_transport': ['compressed'], 'workers': 2,
    'autostart': False, 'tune_malloc': False, 'rois': True}


@pytest.fixture
def node(bench, shared):
    """Give the shared classifier, and put its parameters back afterwards."""
    yield shared
    for name in DYNAMIC - {'model'}:
        assert bench.set(**{name: PARAMETERS[name].default}).successful


def test_those_that_may_change_are_the_public_interface():
    """And every other one says why it may not."""
    assert {name for name, entry in PARAMETERS.items() if not entry.read_only_reason} == DYNAMIC
    assert OTHER_VALUES.keys() == PARAMETERS.keys() - DYNAMIC


def test_each_is_described(bench, node):
    """What ros2 param describe shows: description, range, and why it is read-only."""
    for name, entry in PARAMETERS.items():
        described = bench.describe(name)
        assert described.description == entry.description
        assert described.read_only == (name not in DYNAMIC)
        assert entry.read_only_reason in described.additional_constraints
    assert bench.describe('threshold').floating_point_range[0].to_value == 1.0
    assert bench.describe('diagnostics.rate_share').floating_point_range[0].to_value == 1.0


def test_a_slider_is_offered_the_usual_values_and_others_widen_it(bench, node):
    """Ten classes have no thousand hypotheses; who sets that all the same is not refused."""
    assert bench.describe('top_k').integer_range[0].to_value == 10
    for name, usual, value in (('top_k', 10, 1000), ('max_age_ms', 2000.0, 3.6e6),
                               ('max_rate_hz', 60.0, 500.0),
                               ('diagnostics.age_warn_ms', 1000.0, 3.6e6)):
        def highest(name=name):
            found = bench.describe(name)
            return [*found.integer_range, *found.floating_point_range][0].to_value
        assert highest() == usual
        assert bench.set(**{name: value}).successful and bench.get(name) == value
        assert highest() == value
        assert not bench.set(**{name: 4 * value}).successful and highest() == value


def test_an_integer_is_a_float_where_one_is_asked_for(bench, node):
    """What people type: 5, not 5.0."""
    assert bench.set(max_age_ms=5).successful and bench.get('max_age_ms') == 5.0
    assert bench.set(max_age_ms=0, **{'diagnostics.ahead_ms': 2}).successful


def test_what_is_refused_is_in_the_log_as_well(bench, node):
    """Who set it may not have looked at the answer."""
    assert not bench.set(top_k=2000).successful
    line = node.wait_for('not set: parameter top_k: 2000 is out of range, expected 1 to 1000')
    assert 'Default: 5' in line


def test_a_read_only_one_says_why_it_is(bench, node):
    """In the answer of the service, where the user looks."""
    for name, value in OTHER_VALUES.items():
        result = bench.set(**{name: value})
        assert not result.successful
        why = PARAMETERS[name].read_only_reason
        assert result.reason == f'parameter {name} is read-only: {why}'
    assert bench.ask()


@pytest.mark.parametrize('name, value, word', [
    ('top_k', 0, 'parameter top_k: '), ('top_k', 1001, '1001 is out of range, expected 1 to 1000'),
    ('top_k', 'five', "top_k: expected 5 or another integer, got 'five'"), ('top_k', 3.0, '3.0'),
    ('threshold', 1.5, 'parameter threshold: 1.5'), ('threshold', math.nan, 'nan is out of range'),
    ('max_rate_hz', -1.0, 'parameter max_rate_hz: '), ('max_rate_hz', math.inf, 'inf is out of'),
    ('max_age_ms', -0.1, 'parameter max_age_ms: '), ('max_age_ms', 'soon', 'Default: 0.0'),
    ('annotate', 'yes', 'parameter annotate: expected True or another boolean'),
    ('diagnostics.lost_warn', 1.5, 'parameter diagnostics.lost_warn: 1.5 is out of range'),
    ('labels', ['a'], 'labels come with the model'),
    ('model', '/nowhere', "model '/nowhere': neither a folder nor one of the shipped models"),
    ('speed', 1, 'parameter speed: this node has none of that name'),
    ('use_sim_time', 'maybe', 'Expected: a value of type BOOL'),
])
def test_a_value_that_cannot_be_is_refused_with_the_reason(bench, node, name, value, word):
    """And the node goes on as before."""
    before = bench.get(name)
    result = bench.set(**{name: value})
    assert not result.successful and word in result.reason
    assert bench.get(name) == before
    assert hypotheses_of(bench.ask()[0]) == offline() and not node.find('Traceback')


def test_top_k_takes_effect_between_two_frames(bench, node):
    """From the answer of the service on."""
    assert bench.set(top_k=2).successful
    assert hypotheses_of(bench.ask()[0]) == offline(top_k=2)
    assert bench.set(top_k=1000).successful
    assert len(bench.ask()[0].results) == 10


def test_threshold_takes_effect_and_is_published_with_the_labels(bench, node):
    """Lower scores are left out, and label_info says so; the model's version stays."""
    infos = []
    bench.subscribe(LabelInfo, 'label_info', infos.append, LATCHED_QOS)
    assert bench.wait(lambda: infos) and infos[-1].threshold == 0.0
    second = offline()[1][1]
    assert bench.set(threshold=second + 1e-6).successful
    result, values = bench.ask()
    assert hypotheses_of(result) == offline()[:1] and values['database_version'] == 1
    assert bench.wait(lambda: infos[-1].threshold == pytest.approx(second, abs=1e-5))
    assert bench.set(threshold=1.0).successful
    assert not bench.ask()[0].results


def test_max_rate_hz_takes_effect_and_is_counted(bench, node):
    """Ten of thirty a second, then all of them again."""
    assert bench.set(max_rate_hz=10.0).successful
    bench.results[''].clear()
    bench.stream(2.0)
    assert 19 <= len(bench.results['']) <= 22
    assert bench.set(max_rate_hz=0.0).successful
    bench.results[''].clear()
    sent = bench.stream(1.0)
    assert len(bench.results['']) >= 0.8 * sent
    values = values_of(bench.latencies[''][-1])
    assert values['limited'] >= 35 and unaccounted(values) == 0


def test_max_age_ms_takes_effect_and_is_counted(bench, node):
    """An image that is too old on arrival has no result; its successor has."""
    assert bench.set(max_age_ms=500.0).successful
    now = bench.node.get_clock().now().nanoseconds / 1e9
    before = bench.ask(stamp=now)[1]['expired']
    bench.send(stamp=now - 2.0)
    bench.spin(0.1)
    _, values = bench.ask(stamp=bench.node.get_clock().now().to_msg())
    assert values['expired'] == before + 1 and unaccounted(values) == 0
    assert bench.set(max_age_ms=0.0).successful
    assert bench.ask(stamp=now + 0.01)[0].results


@pytest.mark.parametrize('name', ['max_rate_hz', 'max_age_ms'])
@pytest.mark.parametrize('value', [5e-324, 1e-300, 1e-10])
def test_the_smallest_values_are_limits_as_well(bench, node, name, value):
    """No number inside the range is outside the arithmetic, and none turns into "no limit"."""
    reason = {'max_rate_hz': 'limited', 'max_age_ms': 'expired'}[name]
    before = bench.ask()[1]
    assert bench.set(**{name: value}).successful
    bench.results[''].clear()
    for _ in range(10):
        bench.send(stamp=bench.node.get_clock().now().to_msg())
        bench.spin(0.02)
    assert len(bench.results['']) <= 1
    assert bench.set(**{name: 0.0}).successful
    values = bench.ask()[1]
    assert values[reason] > before[reason] and unaccounted(values) == 0


def test_images_of_a_burst_are_all_accounted_for(bench, node):
    """With every kind of drop at once: received is classified plus all drops."""
    assert bench.set(max_rate_hz=50.0).successful and bench.set(max_age_ms=300.0).successful
    for number in range(200):
        now = bench.node.get_clock().now().nanoseconds / 1e9
        bench.send(stamp=now - (0, 0, 0.02, 1.0)[number % 4])
        time.sleep(0.001)
    bench.spin(0.3)
    _, values = bench.ask(stamp=bench.node.get_clock().now().to_msg())
    assert unaccounted(values) == 0
    assert values['limited'] and published(values) > 200


def test_the_defaults_are_those_of_the_table(bench, node):
    """A node without any override has what README and parameter file say."""
    for name, entry in PARAMETERS.items():
        if name != 'precision':  # the only one that this node was given
            assert bench.get(name) == entry.default


@pytest.mark.parametrize('arguments, word', [
    (('threshold:=.nan',), 'parameter threshold: Invalid parameter value (nan)'),
    (('max_rate_hz:=-5.0',), 'parameter max_rate_hz'),
    (('max_age_ms:=soon',), 'parameter max_age_ms'),
    (('diagnostics.silence_s:=-1',), 'parameter diagnostics.silence_s'),
    (('execution_providers:=[]',), 'parameter execution_providers'),
    (('execution_providers:=CUDA',), "execution provider 'CUDA' is not in this onnxruntime"),
    (('autostart:=3',), 'parameter autostart'),
    (('use_sim_time:=maybe',), "'use_sim_time' to 'maybe' of type 'STRING', expecting"),
    (('use_sim_time:=1',), "'use_sim_time' to '1' of type 'INTEGER', expecting type 'BOOL'"),
])
def test_an_override_that_cannot_be_ends_the_node_with_one_line(arguments, word):
    """Exit code 1, the value, what was expected."""
    words = [word for argument in arguments for word in ('-p', argument)]
    with running('node.classifier_node', *words) as process:
        line = process.wait_for('error: ')
        assert process.process.wait(STALL_S) == 1
        assert word in line and len(process.lines) == 1


@pytest.mark.parametrize('module', ['demo.nodes.camera', 'demo.nodes.monitor'])
def test_every_node_refuses_a_clock_that_cannot_be_in_one_line(module):
    """Whatever declares the parameter: rclpy does, before any code of the node runs."""
    with running(module, '-p', 'use_sim_time:=[1, 2]') as process:
        line = process.wait_for('error: ')
        assert process.process.wait(STALL_S) == 1
        assert "'use_sim_time'" in line and 'parameter file' in line and len(process.lines) == 1


@pytest.mark.parametrize('arguments', [
    ('execution_providers:=CPU', 'tune_malloc:=false', 'workers:=2', 'max_age_ms:=0',
     'top_k:=1000', 'diagnostics.expected_hz:=30'),
    ('intra_op_num_threads:=2', 'allow_spinning:=true', 'precision:=fp32')], ids=' '.join)
def test_every_setting_of_the_start_gives_a_node_that_classifies(make_bench, arguments):
    """Short names of providers, more threads, the other precision."""
    bench = make_bench()
    words = [word for argument in arguments for word in ('-p', argument)]
    with started(bench, *words) as process:
        assert 'CPUExecutionProvider' in process.wait_for('ready')
        bench.settle()
        assert hypotheses_of(bench.ask()[0])[0][0] == offline()[0][0]
