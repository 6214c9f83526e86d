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

"""The verb without a running node: names that are given, files of replays, and mistakes."""

import json
import sys
from types import SimpleNamespace

from layouts.layout_files import panels_of, paths_of
from layouts.message_path_values import topic_of, values_at
import pytest
from recordings.bags import record_images, views
from replay.replays import mcap_messages, replay
from shufflenet_ros.cli.main import main

TOPIC = '/robot/cam/image_raw'


def line_of(capsys, *arguments):
    """Run the verb where it must fail; give its one line."""
    assert main(['layout', *map(str, arguments)]) == 1
    [line] = capsys.readouterr().err.splitlines()
    return line.removeprefix('shufflenet_ros layout: error: ')


@pytest.fixture(scope='module')
def results(tmp_path_factory):
    """Replay two images of a bag, with annotations."""
    folder = tmp_path_factory.mktemp('replayed')
    record_images(folder / 'bag', views(2), topic=TOPIC)
    replay([folder / 'bag'], folder / 'out', prefix='/offline/net')
    [path] = (folder / 'out' / 'results').glob('*.mcap')
    return path


def test_the_names_given_are_those_in_the_file(tmp_path, capsys):
    """Node, cameras, and the classes of a model."""
    out = tmp_path / 'new' / 'two.json'
    assert main(['layout', '--node', '/r1/net', '--cameras', 'front, rear', '--out',
                 str(out)]) == 0
    assert capsys.readouterr().out == f'{out}: layout of front, rear\n'
    layout = json.loads(out.read_text(encoding='utf-8'))
    assert {topic_of(path) for path in paths_of(layout)} == {
        '/diagnostics', *(f'/r1/net/{camera}/{name}' for camera in ('front', 'rear')
                          for name in ('classification', 'frame_latency'))}
    assert 'cobblestone' in out.read_text(encoding='utf-8')


def test_series_of_images_that_are_not_remapped(capsys):
    """Without a running node, hardware ids are those of the default topics."""
    assert main(['layout', '--plotjuggler', '--node', '/r1/net', '--cameras', 'front']) == 0
    names = capsys.readouterr().out.splitlines()
    assert ('/r1/net/front/frame_latency//r1/front/image_raw/r1/net: frame latency/total_ms'
            in names)
    assert '/diagnostics//r1/front/image_raw/r1/net: front/frame_rate_node' in names


def test_paths_find_what_a_replay_wrote(results, tmp_path):
    """Topics, types, class ids and scores of the real file."""
    assert main(['layout', '--replay', str(results), '--out', str(tmp_path / 'r.json')]) == 0
    layout = json.loads((tmp_path / 'r.json').read_text(encoding='utf-8'))
    _, found = mcap_messages(results)
    messages = {topic: message for topic, _, _, _, message in found}
    kinds = {topic: kind for topic, kind, _, _, _ in found}
    [image] = panels_of(layout, 'Image')
    assert image['imageMode']['imageTopic'] == TOPIC
    assert {kinds[topic] for topic in image['imageMode']['annotations']} == {
        'foxglove_msgs/msg/ImageAnnotations'}
    [states] = panels_of(layout, 'StateTransitions')
    [line] = states['paths']
    [best] = values_at(line['value'], messages[topic_of(line['value'])])
    names = {state['value']: state['label'] for state in line['customStates']['states']}
    assert messages[f'/offline/net{TOPIC}/label'].data.startswith(names[best])
    [plot] = panels_of(layout, 'Plot')
    [score] = values_at(plot['paths'][0]['value'], messages[topic_of(plot['paths'][0]['value'])])
    assert 0 < score <= 1


@pytest.mark.parametrize('arguments, expected', [
    ([], '--out is missing'),
    (['--out', 'a.json', '--node', 'net'], "--node 'net': expected the full name"),
    (['--out', 'a.json', '--cameras', 'a,,b'], "cameras: '', expected"),
    (['--out', 'a.json', '--cameras', 'a,a'], 'expected each name once'),
    (['--out', 'a.json', '--model', 'nothing'], "model 'nothing': neither a folder"),
    (['--out', 'a.json', '--live', '--model', 'surfaces'], '--live with --model'),
    (['--out', 'a.json', '--replay', 'x.mcap', '--live'], '--replay with --live'),
    (['--plotjuggler', '--replay', 'x.mcap'], '--replay with --plotjuggler'),
    (['--out', 'a.json', '--replay', 'x.mcap'], 'x.mcap: cannot be read (No such file'),
    (['--out', '/dev/null/a.json'], '/dev/null'),
])
def test_a_mistake_is_one_line(arguments, expected, capsys, tmp_path, monkeypatch):
    """It names the value, and no file is written."""
    monkeypatch.chdir(tmp_path)
    assert expected in line_of(capsys, *arguments)
    assert not any(tmp_path.iterdir())


def test_without_ros_a_live_layout_says_what_is_missing(capsys, monkeypatch, tmp_path):
    """And the names may be given instead."""
    monkeypatch.setitem(sys.modules, 'rclpy', None)
    monkeypatch.delitem(sys.modules, 'shufflenet_ros.layouts.running_node', raising=False)
    assert '--live needs ROS 2' in line_of(capsys, '--live', '--out', tmp_path / 'a.json')


def test_a_file_that_is_no_replay_is_refused(results, tmp_path, capsys):
    """A bag, a torn file, a file of something else."""
    whole = results.read_bytes()
    out = ['--out', tmp_path / 'a.json', '--replay']
    for name, content in SimpleNamespace(
            torn=whole[:len(whole) // 2], short=whole[:5], empty=b'', text=b'x' * 1000,
            damaged=whole[:-60] + bytes(30) + whole[-30:]).__dict__.items():
        path = tmp_path / f'{name}.mcap'
        path.write_bytes(content)
        assert 'give an mcap file' in line_of(capsys, *out, path)
    [bag] = (results.parent.parent.parent / 'bag').glob('*.mcap')
    assert 'no results of a replay' in line_of(capsys, *out, bag)
    assert not (tmp_path / 'a.json').exists()
