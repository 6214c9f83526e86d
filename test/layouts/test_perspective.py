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

"""The perspective of rqt, read as rqt reads it: what runs, on which topics, under which titles."""

from ast import literal_eval
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.layouts.perspective import (
    OURS,
    perspective_text,
    PLOT,
    plotted_topics,
    PLUGINS,
    RECONFIGURE,
    ROBOT_MONITOR,
    RUNTIME_MONITOR,
)

ROOT = Path(__file__).resolve().parents[2]


def manager_of(text):
    """Read what rqt's plugin manager restores: each value as rqt evaluates it."""
    return _values(json.loads(text))['pluginmanager']


def _values(group):
    assert all(value.keys() == {'type', 'repr'} and value['type'] == 'repr'
               for value in group['keys'].values())
    return ({key: literal_eval(value['repr']) for key, value in group['keys'].items()}
            | {name: _values(inner) for name, inner in group['groups'].items()})


def test_the_plugins_run_on_the_topics_of_each_camera():
    """A plot for each camera, all for the node in its namespace."""
    manager = manager_of(perspective_text('/robot1/eyes', ['front', 'rear']))
    assert manager['running-plugins'] == {
        OURS: [1], PLOT: [1, 2], RUNTIME_MONITOR: [1], ROBOT_MONITOR: [1], RECONFIGURE: [1]}
    rear = manager['plugin__rqt_plot__Plot__2']
    assert rear['plugin']['topics'] == [
        f'/robot1/eyes/rear/latency/{key}_ms/data'
        for key in ('total', 'inference', 'age_at_receipt')]
    assert rear['dock_widget__DataPlotWidget']['dock_widget_title'] == 'Latency of rear (ms)'
    assert manager['plugin__rqt_reconfigure__Param__1']['plugin']['selected_nodes'] == [
        '/robot1/eyes']
    assert manager['plugin__shufflenet_ros__ClassifierPlugin__1']['plugin']['node'] == (
        '/robot1/eyes')


def test_every_dock_has_a_place():
    """Ours at the left, tabs of plots above tabs of the others at the right."""
    manager = manager_of(perspective_text('/classifier', ['']))
    ours = manager['plugin__shufflenet_ros__ClassifierPlugin__1']['plugin']
    left, right = json.loads(ours['arrangement'])['columns']
    assert left['rows'] == [['shufflenet_ros__ClassifierPlugin__1']]
    assert right['rows'] == [['rqt_plot__Plot__1'], [
        'rqt_runtime_monitor__RuntimeMonitor__1', 'rqt_robot_monitor__RobotMonitor__1',
        'rqt_reconfigure__Param__1']]
    docks = {f'plugin__{name}' for column in (left, right) for row in column['rows']
             for name in row}
    assert docks == manager.keys() - {'running-plugins'}


@pytest.mark.parametrize('left_out', PLUGINS)
def test_a_plugin_that_is_left_out_is_nowhere(left_out):
    """For one that is not installed rqt would wait, and restore nothing."""
    text = perspective_text('/classifier', ['front'], set(PLUGINS) - {left_out})
    package = left_out.partition('/')[0]
    assert f'{package}/' not in text and f'{package}__' not in text
    assert len(manager_of(text)['running-plugins']) == len(PLUGINS) - 1


def test_the_plugin_of_this_package_has_the_name_that_rqt_gives_it():
    """The package and the name of the class in plugin.xml."""
    one, = ElementTree.parse(ROOT / 'plugin.xml').iter('class')
    assert OURS == f'shufflenet_ros/{one.get("name")}'


def test_the_topics_are_those_of_the_camera_without_a_name():
    """Below the node itself."""
    assert plotted_topics('/classifier', [''])[0] == '/classifier/latency/total_ms'


@pytest.mark.parametrize('node, cameras', [
    ('classifier', ['']), ('/a b', ['']), ("/x'+str(1)+'", ['']), ('/', ['']),
    ('/classifier', ["front'"]), ('/classifier', ['front', 'front'])])
def test_a_name_that_can_be_none_never_gets_into_the_file(node, cameras):
    """Rqt evaluates what stands there."""
    with pytest.raises(ConfigurationError):
        perspective_text(node, cameras)
