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

"""The layout of a node that runs: its topics are in the graph, its paths find what came."""

from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
import json
from math import isfinite
import time

from diagnostic_msgs.msg import DiagnosticArray
from layouts.layout_files import panels_of, paths_of
from layouts.message_path_values import topic_of, values_at
from node.processes import started
from node.workbench import MODEL
import pytest
from rclpy.qos import QoSProfile
from shufflenet_ros.cli.main import main
from shufflenet_ros.node.public_names import CAMERA_KEYS, DIAGNOSTICS, FRAME_KEYS

IMAGES = ('sensor_msgs/msg/CompressedImage', 'sensor_msgs/msg/Image')
ENOUGH = 5
"""Messages of each topic."""
TIMEOUT_S = 30


@pytest.fixture(scope='module')
def bench(make_bench):
    """Make a bench of two cameras."""
    return make_bench(('front', 'rear'))


@pytest.fixture(scope='module')
def layout(bench, tmp_path_factory):
    """Write the layout of a running classifier, and receive what it names."""
    path = tmp_path_factory.mktemp('layout') / 'live.json'
    with started(bench, '-p', "cameras:=['front', 'rear']", '-p', 'precision:=int8',
                 '-r', 'rear/image_raw:=behind/pixels') as process:
        process.wait_for('ready')
        bench.images['rear'] = replaced_publisher(bench)
        bench.settle()
        with redirect_stdout(StringIO()) as printed:
            assert main(['layout', '--live', '--node', f'{bench.namespace}/classifier', '--out',
                         str(path), '--plotjuggler']) == 0
        layout = json.loads(path.read_text())
        layout['printed'] = printed.getvalue().splitlines()
        layout['graph'] = dict(bench.node.get_topic_names_and_types())
        layout['received'] = received(bench, layout)
        yield layout


def replaced_publisher(bench):
    """Publish the images of the rear camera where the node was told to look for them."""
    old = bench.images['rear']
    new = bench.node.create_publisher(old.msg_type, 'behind/pixels', old.qos_profile)
    bench.node.destroy_publisher(old)
    return new


def topics_of(layout):
    """Give all topics that a layout names."""
    return {*map(topic_of, paths_of(layout)),
            *(panel['imageMode']['imageTopic'] for panel in panels_of(layout, 'Image')),
            *(topic_of(panel['topicPath']) for panel in panels_of(layout, 'Table')),
            *(panel['topicToRender'] for panel in panels_of(
                layout, 'DiagnosticSummary', 'DiagnosticStatusPanel'))}


def received(bench, layout):
    """Send images until there are messages of each topic; by topic."""
    found = {}
    for topic in topics_of(layout):
        [kind] = layout['graph'][topic]
        package, _, name = kind.split('/')
        messages = found[topic] = []
        bench.node.create_subscription(
            getattr(import_module(f'{package}.msg'), name), topic,
            lambda msg, messages=messages: messages.append(msg), QoSProfile(depth=50))
    deadline_s = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline_s and not all(map(enough, found.values())):
        bench.stream(0.3, 20)
    assert all(map(enough, found.values())), {name: len(found[name]) for name in found}
    return found


def enough(messages):
    """Whether there are enough messages of a topic, of this node where others publish too."""
    return len(messages) >= (2 if isinstance(messages[:1] and messages[0], DiagnosticArray)
                             and len(messages[0].status) > 1 else ENOUGH)


def test_each_topic_has_the_type_that_its_panel_takes(layout):
    """In the graph of the live node."""
    graph = layout['graph']
    for panel in panels_of(layout, 'Image'):
        assert graph[panel['imageMode']['imageTopic']][0] in IMAGES
    for panel in panels_of(layout, 'DiagnosticSummary', 'DiagnosticStatusPanel'):
        assert graph[panel['topicToRender']] == ['diagnostic_msgs/msg/DiagnosticArray']
    assert len(topics_of(layout)) == 2 * 3 + 1


def test_each_path_of_a_plot_finds_one_number(layout):
    """Programs make a number of a string; nothing but the first report may hold a nan."""
    paths = [line['value'] for panel in panels_of(layout, 'Plot') for line in panel['paths']]
    assert len(paths) == 4 + 2 * (8 + 2 + 6)
    for path in paths:
        messages = layout['received'][topic_of(path)]
        values = [values_at(path, message) for message in messages]
        if topic_of(path) == DIAGNOSTICS:  # other nodes may publish there
            values = [one for one in values if one]
        assert values and {len(one) for one in values} == {1}, path
        assert isfinite(float(values[-1][0])), path


def test_states_are_classes_that_have_a_name(layout):
    """The ids of live results, under the names of the model."""
    [panel] = panels_of(layout, 'StateTransitions')
    for line in panel['paths']:
        names = {state['value']: state['label'] for state in line['customStates']['states']}
        assert [*names.values()] == [*MODEL.labels]
        for message in layout['received'][topic_of(line['value'])]:
            [value] = values_at(line['value'], message)
            assert value in names
    for panel in panels_of(layout, 'Table'):
        [rows] = values_at(panel['topicPath'], layout['received'][topic_of(panel['topicPath'])][0])
        assert len(rows) == 5


def test_the_chosen_status_is_one_that_is_published(layout):
    """Hardware id and name are those of the first camera."""
    [panel] = panels_of(layout, 'DiagnosticStatusPanel')
    assert [panel['selectedHardwareId'], panel['selectedName']] in [
        [status.hardware_id, status.name] for message in layout['received'][DIAGNOSTICS]
        for status in message.status]
    assert panel['selectedName'].endswith('classifier: front')


def test_series_of_plotjuggler_are_those_of_its_rule(layout, bench):
    """Topic, hardware id, name of the status, key; the images of one camera are remapped."""
    *printed, last = layout['printed']
    assert last.endswith('live.json: layout of front, rear')
    made = {name for topic, messages in layout['received'].items() for message in messages
            if isinstance(message, DiagnosticArray) for name in series(topic, message)}
    assert len(printed) == 2 * (len(FRAME_KEYS) + 2 + len(CAMERA_KEYS) + 2) == len({*printed})
    assert not {*printed} - made
    behind = f'{bench.namespace}/classifier/rear/frame_latency/{bench.namespace}/behind/pixels/'
    assert any(name.startswith(behind) for name in printed)


def series(topic, message):
    """
    Name the series of a message as PlotJuggler's ``ParserROS::parseDiagnosticMsg`` does.

    Source: plotjuggler_plugins/ParserROS/ros_parser.cpp of version 3.17.
    """
    for status in message.status:
        for key in ('level', 'message', *(pair.key for pair in status.values)):
            if status.hardware_id:
                yield f'{topic}/{status.hardware_id}/{status.name}/{key}'
            else:
                yield f'{topic}/{status.name}/{key}'
