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

"""What is played, when, and on which topics; no middleware takes part."""

import threading
import time

from node.recorded_frames import record
import numpy as np
from player.playing import arrivals_of, DAMAGED, FRAMES, FRONT, REAR, record_two_cameras
import pytest
from recordings.bags import command, COMPRESSED, RAW, raw_of, START_NS
from shufflenet_ros.cli.main import main
from shufflenet_ros.core.errors import BagError, ConfigurationError
from shufflenet_ros.player.names import published_names
from shufflenet_ros.player.pace import Pace
from shufflenet_ros.player.play_list import PlayList
from shufflenet_ros.player.read_ahead import MOST_BYTES, MOST_ITEMS, ReadAhead
from shufflenet_ros.player.request import PlayRequest

SECOND_NS = 1_000_000_000
KINDS = {'/a': RAW, '/b/compressed': COMPRESSED}


def items_of(*paths, say=lambda line: None, **options):
    """Give all that would be played."""
    play_list = PlayList(PlayRequest(paths, **options), say)
    try:
        return list(play_list.items())
    finally:
        play_list.close()


def test_messages_come_in_order_each_with_its_time_and_the_damaged_one_with_its_reason(tmp_path):
    """The time of recording, not the stamp, says when."""
    path = record_two_cameras(tmp_path / 'drive')
    items = items_of(path)
    assert len(items) == 2 * FRAMES and [one.is_jump for one in items] == [True, *[False] * 39]
    assert [(one.topic, one.due_ns) for one in items if not one.problem] == [
        one[:2] for one in arrivals_of(path)]
    damaged, = (one for one in items if one.problem)
    assert damaged.msg is None and damaged.due_ns == START_NS + DAMAGED * 50_000_000
    assert [one.topic for one in items_of(path, topics=('rear/image_raw/compressed',))] == (
        [REAR] * FRAMES)
    assert len(items_of(path, start_s=0.5, end_s=0.8, topics=(FRONT,))) == 6


def test_a_clock_that_jumps_makes_nobody_wait(tmp_path):
    """Set back or forward while it was recorded: the next image comes at once, and is told of."""
    times_s = [0.0, 0.1, 90_000.0, 90_000.1, 5.0, 4.9, 5.1]
    said = []
    image = raw_of(np.zeros((8, 8, 3), np.uint8), 'bgr8', 0)
    # Two topics: rosbags sorts the messages of one by time.
    path = record(tmp_path / 'odd', {'/a': RAW}, [
        ('/a', START_NS + round(time_s * SECOND_NS), image) for time_s in times_s])
    items = items_of(path, say=said.append)
    due_s = [(one.due_ns - START_NS) / SECOND_NS for one in items]
    assert len(items) == 7
    assert sum(one.is_jump for one in items) == 1 + len(said) >= 2
    for earlier, later in zip(items, items[1:]):
        assert later.is_jump or 0 <= later.due_ns - earlier.due_ns < 3600 * SECOND_NS
    assert sorted(due_s)[0] == 0.0


def test_recordings_are_played_one_after_the_other(tmp_path):
    """Each begins at once, whenever it was recorded; those with another type are refused."""
    image = raw_of(np.zeros((8, 8, 3), np.uint8), 'bgr8', 0)
    first, second = (record(tmp_path / name, {'/a': RAW}, [('/a', time_ns, image)])
                     for name, time_ns in (('x', START_NS), ('y', SECOND_NS)))
    assert [(one.due_ns, one.is_jump, one.part.name) for one in items_of(first, second)] == [
        (START_NS, True, 'x'), (SECOND_NS, True, 'y')]
    other = record(tmp_path / 'z', {'/a': COMPRESSED, '/b': RAW}, [('/b', START_NS, image)])
    with pytest.raises(ConfigurationError, match='one recording and'):
        items_of(first, other)
    with pytest.raises(ConfigurationError, match='/nope'):
        items_of(first, topics=('/nope',))
    with pytest.raises(BagError):
        items_of(tmp_path / 'nothing')


@pytest.mark.parametrize('options, expected', [
    ({}, ['/a', '/b/compressed']),
    ({'renamed': {'a': '/x'}}, ['/x', '/b/compressed']),
    ({'renamed': {'/c': '/x'}}, '--remap /c'),
    ({'renamed': {'/a': '/b/compressed'}}, 'two types'),
    ({'to': '/x'}, 'expected one topic')])
def test_topics_are_renamed(options, expected):
    """What fits nothing, or would mix two types, is refused."""
    if isinstance(expected, str):
        with pytest.raises(ConfigurationError, match=expected):
            published_names(PlayRequest((), **options), KINDS)
    else:
        assert list(published_names(PlayRequest((), **options), KINDS).values()) == expected


def test_one_camera_becomes_any_other():
    """A compressed one lies below the name, as image_transport has it."""
    request = PlayRequest((), to='camera/image_raw')
    assert published_names(request, {'/a': RAW}) == {'/a': '/camera/image_raw'}
    assert published_names(request, {'/b/compressed': COMPRESSED}) == {
        '/b/compressed': '/camera/image_raw/compressed'}


def test_time_runs_stands_still_and_steps():
    """A message is due by the rate; in a pause only by a step, which moves time to it."""
    pace = Pace(rate=100.0)
    pace.jump(START_NS)
    assert pace.now_ns() == START_NS
    pace.start()
    start_s = time.monotonic()
    assert pace.wait_until(START_NS + 5 * SECOND_NS) is not None
    assert 0.05 <= time.monotonic() - start_s
    assert not pace.step()
    pace.pause()
    stands_ns = pace.now_ns()
    assert pace.step() and pace.wait_until(stands_ns + SECOND_NS) == 0
    assert pace.now_ns() == stands_ns + SECOND_NS
    threading.Timer(0.05, pace.stop).start()
    assert pace.wait_until(0) is None
    pace.resume()
    pace.set_rate(0.5)
    assert pace.wait_until(0) is None


def test_reading_ahead_takes_no_more_memory_than_it_may():
    """Large items wait one by one, small ones up to a number; an error comes behind them."""
    def items():
        for number in range(MOST_ITEMS * 3):
            read.append(number)
            yield number
        raise ValueError('at the end')

    for size, most in ((1, MOST_ITEMS), (MOST_BYTES, 1)):
        read, ahead = [], ReadAhead()
        ahead.start(items(), lambda item, size=size: size)
        assert ahead.first() == 0
        time.sleep(0.05)
        assert len(read) <= most + 1
        assert [ahead.take() for _ in range(MOST_ITEMS * 3)] == list(range(MOST_ITEMS * 3))
        with pytest.raises(ValueError, match='at the end'):
            ahead.take()
        ahead.close()


@pytest.mark.parametrize('words', [
    ('--rate', '0'), ('--rate', 'nan'), ('--start', '-1'), ('--end', '0'), ('--wait', 'nan'),
    ('--remap', 'x')])
def test_an_option_that_cannot_be_is_one_line(capsys, words):
    """Before anything is opened or started."""
    assert main(['play', 'nothing', *words]) == 1
    line, = capsys.readouterr().err.splitlines()
    assert words[0] in line and 'expected' in line


def test_a_clock_that_takes_a_source_for_its_number_says_how_to_write_it(capsys):
    """The number is optional, so that the next word is taken for it."""
    with pytest.raises(SystemExit):
        main(['play', '--clock', 'drive.mcap'])
    assert 'behind the sources' in capsys.readouterr().err


@pytest.mark.parametrize('name', ['no/such\nbag', '\x1b[31m.mcap', '/dev/zero'])
def test_a_source_that_cannot_be_is_one_line(name):
    """Nothing of its name commands the terminal."""
    code, lines, errors = command('play', name)
    assert code == 1 and not lines
    line, = errors
    assert line.isprintable() and line.startswith('shufflenet_ros play: error: ')
