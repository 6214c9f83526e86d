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

"""The fixtures in pytest runs of their own, on the recording of the example package."""

import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest
from recordings.bags import record_images, views
from replay.replays import jsonl_rows, replay
from shufflenet_ros.replay.model import ModelChoice
from shufflenet_ros.testing.recording_session import asked_for, RecordingSession

pytest_plugins = ['pytester']

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / 'docs' / 'examples' / 'replay_test'
GARDEN = EXAMPLE / 'test' / 'bags' / 'garden.mcap'
PLUGIN = 'shufflenet_ros.testing.plugin'
REGRESSIONS = 'pytest_datadir.plugin', 'pytest_regressions.plugin'
GOLDEN = """
def test_golden(classify_recording, check_golden):
    check_golden(classify_recording('garden.mcap'))
"""


@pytest.fixture
def tested(pytester, monkeypatch):
    """Run a test file beside the recording with the plugin, and those named; give its result."""
    # Each run would load all plugins of the environment anew.
    monkeypatch.setenv('PYTEST_DISABLE_PLUGIN_AUTOLOAD', '1')
    shutil.copy(GARDEN, pytester.path)

    def run(source, *words, plugins=()):
        pytester.makepyfile(test_it=source)
        named = [word for name in (PLUGIN, *plugins) for word in ('-p', name)]
        return pytester.runpytest_inprocess(*named, '-p', 'no:cacheprovider', *words)
    return run


def asked(path, **words):
    """Ask as the fixture does, with its defaults."""
    return asked_for(Path(path), **{
        'model': 'surfaces', 'precision': 'int8', 'top_k': 5, 'threshold': None, 'topics': (),
        'start_s': 0.0, 'end_s': None, 'every_s': 0.0, 'through_node': False} | words)


def record_damaged(path):
    """Record eight large images, and overwrite some of them."""
    record_images(path, [image.repeat(4, 0).repeat(4, 1) for image in views(8)])
    file, = path.glob('*.mcap')
    content = bytearray(file.read_bytes())
    content[4_000_000:5_000_000] = b'\xff' * 1_000_000
    file.write_bytes(content)


def test_the_example_package_passes(tmp_path):
    """As its users run it, in a process of its own; the half of it that needs ROS included."""
    shutil.copytree(EXAMPLE, tmp_path / 'package')
    done = subprocess.run(
        [sys.executable, '-m', 'pytest', '-p', PLUGIN, '-p', 'no:cacheprovider', 'test'],
        cwd=tmp_path / 'package', capture_output=True, text=True,
        env=os.environ | {'PYTHONPATH': os.pathsep.join(
            [str(ROOT), os.environ.get('PYTHONPATH', '')])})
    assert done.returncode == 0, done.stdout + done.stderr
    assert '5 passed' in done.stdout, done.stdout


def test_a_table_has_the_rows_of_the_command_line(tmp_path):
    """All of them, and those of a part."""
    bag = record_images(tmp_path / 'bag', views(6))
    for words in ({}, {'start_s': 0.5, 'end_s': 2.0, 'topics': ('camera/image_raw',)},
                  {'every_s': 1.0}):
        table = RecordingSession().classify(asked(bag, **words))
        out = tmp_path / f'out{len(words)}'
        replay([bag], out, formats=('jsonl',), model=ModelChoice('surfaces'), **words)
        path, = (out / 'results').iterdir()
        assert [one.row() for one in table] == jsonl_rows(path)[1] and len(table) > 2


def test_a_recording_is_classified_once_while_it_stays_the_same(tmp_path):
    """For each way that it is asked for."""
    bag = record_images(tmp_path / 'bag', views(2))
    session = RecordingSession()
    table = session.classify(asked(bag))
    assert session.classify(asked(bag)) is table
    assert session.classify(asked(bag, threshold=0.99)) is not table
    file, = bag.glob('*.mcap')
    os.utime(file, ns=(0, 0))
    assert session.classify(asked(bag)) is not table


def test_a_failing_assertion_says_what_was_seen(tested):
    """Class, when, how sure; and how long the slowest image took."""
    result = tested("""
def test_class(classify_recording):
    assert classify_recording('garden.mcap').class_between(1, 3) == 'asphalt'

def test_share(classify_recording):
    assert classify_recording('garden.mcap').share_of('gravel', 1, 3) >= 0.9

def test_latency(classify_recording):
    assert classify_recording('garden.mcap').latency_ms('inference', 99) < 1e-6
""")
    result.assert_outcomes(failed=3)
    result.stdout.re_match_lines([
        r"E +AssertionError: assert '\w+' == 'asphalt'$",
        r'E +<garden: 8 images of /camera/image_raw/compressed> from 1 to 3 s: \w+ 50.0%, ',
        r'E +1.00 to 1.75 s: grass, score 0.\d\d \(0.\d\d to 0.\d\d\), 4 images$',
        r'E +2.00 to 2.75 s: gravel, score 0.\d\d \(0.\d\d to 0.\d\d\), 4 images$',
        r'E +assert 0.5 >= 0.9$',
        r'E +<garden: 8 images .*: .*gravel 50.0%',
        r'E +inference of 24 images of garden: half below [\d.]+ ms, .* longest [\d.]+ ms at '])


@pytest.mark.parametrize('words, line', [
    ("'none.mcap'", '*/none.mcap: no such bag'),
    ("'test_it.py'", '*/test_it.py: cannot be read as a bag (it begins like none); *'),
    ("'empty'", '*/empty: *'),
    (r"'gar\0den.mcap'", r'*/gar?x00den.mcap: *'),
    ("'garden.mcap', model='surfces'", "model 'surfces': neither a folder nor one of the *"),
    ("'garden.mcap', model='models/mine'", "model '/*/models/mine': neither a folder nor *"),
    ("'garden.mcap', precision='auto'", 'precision auto: it measures which form is fastest*'),
    ("'garden.mcap', top_k=0", 'top_k 0: expected 1 to 1000'),
    ("'garden.mcap', topics='/front'", 'topics /front: is in no recording; topics with *'),
    ("'garden.mcap', start_s=3, end_s=2", 'end_s=2: expected more than start_s=3'),
    ("'garden.mcap', every_s=float('nan')", 'every_s=nan: expected seconds, 0 or more'),
    ("'garden.mcap', start_s=60", '*/garden.mcap: no image from 60 s on'),
    ("'damaged'", '*/damaged: damaged, *; * images could be read, and allow_damage=True gives *')])
def test_what_cannot_be_classified_fails_in_one_line(tested, pytester, words, line):
    """No traceback: the name of the test, and why."""
    (pytester.path / 'empty').mkdir()
    if 'damaged' in words:
        record_damaged(pytester.path / 'damaged')
    result = tested(f'def test_it(classify_recording):\n    classify_recording({words})\n')
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(['*__ test_it __*', line, '* short test summary info *'],
                                consecutive=True)


def test_a_damaged_recording_gives_what_is_whole(tested, pytester):
    """Where the test allows it; what was said when it was read is printed, each time."""
    record_damaged(pytester.path / 'damaged')
    (pytester.path / 'cut.mcap').write_bytes(next(
        (pytester.path / 'damaged').glob('*.mcap')).read_bytes()[:2_000_000])
    tested("""
def test_damaged(classify_recording):
    result = classify_recording('damaged', allow_damage=True)
    assert 0 < len(result) < 8 and result.damage

def test_cut(classify_recording, capsys):
    result = classify_recording('cut.mcap')
    assert 0 < len(result) < 8 and not result.damage
    for _ in range(2):
        classify_recording('cut.mcap')
        assert 'cut.mcap: truncated, reading what is whole' in capsys.readouterr().out
""").assert_outcomes(passed=2)


def test_a_golden_file_is_written_compared_and_renewed(tested, pytester):
    """The first run writes it; one that was changed fails until --force-regen."""
    def run(*words):
        return tested(GOLDEN, *words, plugins=REGRESSIONS)

    run().assert_outcomes(failed=1)
    path = pytester.path / 'test_it' / 'test_golden.yml'
    good = path.read_text()
    assert good == (EXAMPLE / 'test' / 'test_drive' / 'test_same_as_last_time.yml').read_text()
    for bad, lines in (
            (good.replace('gravel', 'asphalt'), [
                'E * /camera/image_raw/compressed: 8 of 24 images have another class; *',
                'E *  8 images from 2.00 s on: gravel, the golden file has asphalt',
                'E *--force-regen writes the file anew.']),
            ('<<<<<<< ours\n' + good, ['E * no YAML: *']),
            ('topics: 3\n', ['E * not written by check_golden (*'])):
        path.write_text(bad)
        result = run()
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(lines)
        assert path.read_text() == bad
        run('--force-regen').assert_outcomes(failed=1)
        assert path.read_text() == good
    run().assert_outcomes(passed=1)


def test_golden_files_without_their_plugin(tested):
    """Say what is missing."""
    result = tested(GOLDEN)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['check_golden needs pytest-regressions: pip install *'])
