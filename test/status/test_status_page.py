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

"""The page and the JSON: the same facts, 80 columns, nothing that says whose machine it is."""

from dataclasses import replace
from io import StringIO
import json

import pytest
from shufflenet_ros.cli.main import main
from shufflenet_ros.status.anonymous import Anonymizer, Known, known_here
from shufflenet_ros.status.facts import Endpoint, Graph, Library
from shufflenet_ros.status.page import make_console, print_page
from shufflenet_ros.status.report import report_of, worst_of
from shufflenet_ros.terminal.plain_console import PlainConsole
from status.test_known_problems import camera, FRONT, machine, node, software, WELL

KNOWN = Known(('/home/alice', '/srv/people/bob'), ('alice', 'bob'), ('turtle7.lab.org', 'turtle7'))
MODEL = {'model': 'surfaces', 'classes': '10', 'input': '160x160', 'folder': '/home/alice/m',
         'form': 'int8_native avx2', 'form_from': 'precision auto: int8_native 0.40 ms here',
         'execution_providers': 'CPUExecutionProvider', 'threshold': '0.000',
         'threshold_from': 'default, the card has none', 'inference_p50_ms': '0.410'}
SECTIONS = {'software', 'native', 'ros', 'shared_memory', 'machine', 'processes', 'graph'}


def text_of(facts, width=80, known=KNOWN):
    """Give the lines of a page."""
    file = StringIO()
    print_page(PlainConsole(file=file, width=width), report_of(facts, known))
    return file.getvalue().splitlines()


def test_the_page_of_a_running_node():
    """What runs and why, its cameras, who publishes them, and that nothing is wrong."""
    card = {'architecture': 'shufflenet_v1', 'width': 0.5, 'groups': 3, 'classes': 10,
            'metrics': {'top1_int8': 0.93}, 'files': {'labels.txt': 'abc123'}}
    text = '\n'.join(text_of(node(model=MODEL, card=card)))
    for words in ('onnxruntime    1.23.2 (CPU)', 'distribution   jazzy', 'Classifier /classifier',
                  'runs           int8_native avx2 on CPUExecutionProvider', 'labels.txt abc123',
                  'because        precision auto: int8_native 0.40 ms here', '~/m',
                  'Camera front of /classifier', 'rate           30.0 Hz, results at unknown',
                  'published by   /camera: best_effort, volatile, fits',
                  'governor       performance (acpi-cpufreq)', 'clock          synchronized'):
        assert words in text
    assert text.endswith('Found: nothing that is known to be wrong')


def test_findings_come_last_with_what_to_do():
    """Numbered, the worst first, under a line that counts them."""
    misfit = replace(FRONT.publishers[0], misfit='Best effort publisher and reliable subscription')
    facts = machine(camera(publishers=(misfit,)), load=9.0, is_clock_synchronized=False)
    lines = text_of(facts)
    start = lines.index('Found: 1 error, 1 warning, 1 note')
    assert lines[start + 1].startswith(' 1 ERROR /classifier front: /camera on /front/image_raw')
    assert any(line.startswith('     do: change its QoS') for line in lines[start:])
    assert '  published by   /camera: best_effort, volatile, does not fit' in lines


@pytest.mark.parametrize('width', [40, 60, 80])
def test_no_line_is_wider_and_none_ends_in_blanks(width):
    """Also with long names, names in wide letters, and names that would command a terminal."""
    names = ('/robot/' + 'very_long_' * 12, '/cam\x1b[2J\nforged', '/草地' * 30)
    publishers = tuple(Endpoint(name, 'T', 'best_effort', 'volatile', misfit='no [bold] \x9b31m')
                       for name in names)
    lines = text_of(camera(publishers=publishers), width)
    console = PlainConsole(width=width)
    assert max(console.render_str(line).cell_len for line in lines) <= width
    assert all(line == line.rstrip() for line in lines)
    text = '\n'.join(lines)
    assert '\x1b' not in text and '\x9b' not in text and 'forged' in text and '[bold]' in text


def test_a_page_without_a_node_says_what_to_check():
    """And still tells all about the machine."""
    none = replace(WELL, processes=(), graph=Graph(listened_s=3.0, image_topics=('/cam',)))
    text = '\n'.join(text_of(none))
    assert 'running        none seen in 3.0 s' in text and 'image topics   /cam' in text
    assert 'start it: ros2 launch' in text and 'processor' in text
    broken = replace(software(libraries={'rclpy': Library(error='No module named rclpy')}),
                     processes=(), graph=Graph(error='rclpy: No module named rclpy'))
    assert 'running        rclpy: No module named rclpy' in '\n'.join(text_of(broken))


def test_page_and_json_are_of_the_same_dictionary():
    """Its keys are public: whoever reads them finds them again."""
    report = report_of(node(model=MODEL), KNOWN)
    assert report == json.loads(json.dumps(report, allow_nan=False))
    assert report.keys() == SECTIONS | {'format', 'time', 'findings'} and report['format'] == 1
    assert report['graph']['nodes'][0]['cameras'][0]['publishers'][0].keys() == {
        'node', 'type', 'reliability', 'durability', 'depth', 'misfit', 'cure'}
    assert report['graph']['nodes'][0]['cameras'][0].keys() == {
        'name', 'topic', 'rate_hz', 'age_p50_ms', 'age_p95_ms', 'age_at_receipt_ms', 'result_hz',
        'counters', 'publishers', 'subscription'}
    assert report['graph']['nodes'][0].keys() == {
        'name', 'state', 'namesakes', 'pid', 'model', 'card', 'card_error', 'changed_on_disk',
        'cameras', 'reports', 'uses_simulated_time'}
    assert report['graph']['nodes'][0]['cameras'][0]['result_hz'] is None  # no NaN in JSON
    bad = report_of(machine(load=9.0), KNOWN)
    assert bad['findings'][0].keys() == {'severity', 'name', 'text', 'cure', 'about'}
    assert [worst_of(one).name for one in (report, bad)] == ['NOTE', 'WARN']


@pytest.mark.parametrize(('text', 'expected'), [
    ('/home/alice/models/x', '~/models/x'), ('/home/alice', '~'), ('/home/alicent/x', '~USER/x'),
    ('/home/carol/ws: gone', '~USER/ws: gone'), ('/srv/people/bob/x', '~USER2/x'),
    ('runs as user bob and this node as alice: both', 'runs as user USER2 and this node as USER: '
     'both'), ('/mnt/alice/m', '/mnt/USER/m'), ('/turtle7/front', '/HOST/front'),
    ('turtle7.lab.org turtle7', 'HOST HOST'), ('turtle77 malice', 'turtle77 malice'),
    ('user root', 'user root'), ('/opt/home/x', '/opt/home/x')])
def test_names_of_people_and_machines_are_taken_out(text, expected):
    """In paths, topics and the texts of others, each time the same."""
    assert Anonymizer(KNOWN).text(text) == expected
    assert Anonymizer(KNOWN).value({'k': [text, 1, None]}) == {'k': [expected, 1, None]}


def test_names_of_this_machine_are_known(monkeypatch, tmp_path):
    """Its host name, the user and their home folder."""
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.setenv('SUDO_USER', 'carol')
    monkeypatch.setattr('socket.gethostname', lambda: 'lab9.uni.edu')
    known = known_here()
    assert known.homes[0] == str(tmp_path) and 'carol' in known.users
    assert known.hosts == ('lab9.uni.edu', 'lab9')
    assert Anonymizer(known).text(f'{tmp_path}/x on lab9 of carol').startswith(
        '~/x on HOST of USER')


def test_a_console_of_80_columns_in_a_pipe(monkeypatch):
    """Whatever the variable of the terminal says."""
    monkeypatch.setenv('COLUMNS', '200')
    assert make_console().width == 80


@pytest.mark.parametrize('words', [
    ['--node', 'a b'], ['--node', '/a//b'], ['--seconds', '0'], ['--seconds', 'nan'],
    ['--seconds', '601']])
def test_wrong_options_are_one_line(words, capsys):
    """They name the value and what was expected."""
    assert main(['status', *words]) == 1
    error = capsys.readouterr().err
    assert error.count('\n') == 1 and 'expected' in error and words[1].split('.')[0] in error
