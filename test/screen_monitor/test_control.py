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

"""Keys, the changes that they ask for, and what is said of them; without ROS or a terminal."""

from types import SimpleNamespace

import pytest
from screen_monitor.views import view_of
from shufflenet_ros.screen_monitor.changes import Changes, SAID_S
from shufflenet_ros.screen_monitor.control import Control, Wish
from shufflenet_ros.screen_monitor.lives import Lives
from shufflenet_ros.screen_monitor.typed_keys import TypedKeys


class Settings:
    """Keeps what is asked for until the test answers."""

    def __init__(self):
        self.asked = []
        self._tell = None

    @property
    def is_changing(self):
        """Whether the test has not answered yet."""
        return self._tell is not None

    def change(self, name, value, tell):
        """Be asked."""
        self.asked.append((name, value))
        self._tell = tell

    def answer(self, reason=''):
        """Answer what was asked for last."""
        tell, self._tell = self._tell, None
        name, value = self.asked[-1]
        tell(SimpleNamespace(name=name, value=value, reason=reason))


class Desk:
    """A control with all that it acts on."""

    def __init__(self):
        self.now_s = 0.0
        self.view = view_of(('front', 'left', 'rear'))
        self.changes = Changes(lambda: self.now_s)
        self.settings = Settings()
        self.control = Control(self.view, self.changes)

    def press(self, *keys):
        """Press keys, and send what they ask for."""
        wishes = [self.control.press(key) for key in keys]
        self.changes.update(self.settings)
        return wishes[-1]


@pytest.fixture
def desk():
    """Make one."""
    return Desk()


def test_sequences_come_whole_however_they_are_cut():
    """Also characters of several bytes; what is no key is nothing."""
    whole = '\x1b[A\x1bOBq\x1b[5~ä草\r\x7f\x15\x1b[1;5C\x1bx\x00'.encode()
    keys = ['up', 'down', 'q', 'page up', 'ä', '草', 'enter', 'backspace', 'clear']
    assert TypedKeys().feed(whole) == keys
    for size in (1, 2, 3):
        typed = TypedKeys()
        found = [key for start in range(0, len(whole), size)
                 for key in typed.feed(whole[start:start + size])]
        assert found == keys and not typed.is_begun
    assert typed.feed(b'\x1b') == [] and typed.is_begun and typed.give_up() == ['escape']
    assert not typed.is_begun and typed.give_up() == []
    assert typed.feed(b'\x1b\x1b[A') == ['escape', 'up']


def test_cameras_are_chosen_up_to_the_ends(desk):
    """A page is several of them."""
    for key, camera in (('down', 'left'), ('page down', 'rear'), ('down', 'rear'), ('up', 'left'),
                        ('page up', 'front'), ('up', 'front')):
        assert desk.press(key) is Wish.NOTHING and desk.view.camera == camera


def test_keys_of_the_loop_are_wishes_but_not_in_a_prompt(desk):
    """A model may have a q in its name."""
    assert desk.press('q') is Wish.QUIT and desk.press('n') is Wish.NEXT_NODE
    assert desk.press('m', 'q', 'n') is Wish.NOTHING and desk.view.prompt.typed == 'qn'
    assert desk.press('escape') is Wish.NOTHING and desk.view.prompt is None
    assert desk.settings.asked == []


def test_the_threshold_goes_in_steps_from_the_one_of_the_card(desk):
    """It is 0.7 there; a step that is on its way counts, and what was pressed meanwhile is one."""
    desk.press('+')
    assert desk.settings.asked == [('threshold', 0.75)]
    assert desk.changes.note == 'threshold 0.75: waiting for the node...'
    desk.press('+', '+', '-', '+')
    desk.settings.answer()
    assert desk.changes.note == 'threshold is 0.75 now'
    desk.press('up')
    assert desk.settings.asked[1:] == [('threshold', 0.85)]
    desk.settings.answer()
    desk.press('-')
    assert desk.settings.asked[2:] == [('threshold', 0.8)]


def test_steps_are_multiples_and_end_at_0_and_1(desk):
    """From whatever value."""
    for before, key, after in ((0.93, '+', 0.95), (0.93, '-', 0.9), (0.98, '+', 1.0),
                               (1.0, '+', 1.0), (0.02, '-', 0.0), (0.0, '-', 0.0)):
        desk.changes.forget()
        desk.view.settings = {'threshold': before}
        desk.press(key)
        assert desk.settings.asked[-1] == ('threshold', after)
        desk.settings.answer()


def test_a_step_before_the_node_has_answered_says_so(desk):
    """Nothing is sent then."""
    desk.view.settings = {}
    desk.press('+')
    assert desk.settings.asked == [] and 'has not said its value yet' in desk.changes.note
    desk.press('k', '3', 'enter')
    assert desk.settings.asked == [] and 'has not answered yet' in desk.changes.note


def test_values_that_are_typed_are_of_the_kind_of_the_parameter(desk):
    """A mistake is said, and nothing is sent."""
    desk.press('k', '1', '2', 'backspace', '0', 'enter')
    assert desk.settings.asked[-1] == ('top_k', 10)
    desk.settings.answer()
    desk.press('r', *'7.5', 'enter')
    assert desk.settings.asked[-1] == ('max_rate_hz', 7.5)
    desk.settings.answer()
    desk.press('a', *'soon', 'enter')
    assert len(desk.settings.asked) == 2 and desk.changes.is_trouble
    assert desk.changes.note == "max_age_ms: 'soon', expected a number"
    desk.press('t', *'9', 'clear', 'enter')
    assert len(desk.settings.asked) == 2


def test_a_model_is_loading_until_the_node_answers(desk):
    """How long it takes is said; a refusal stays, what was done goes after a while."""
    desk.press('m', *' other ', 'enter')
    assert desk.settings.asked == [('model', 'other')]
    assert desk.changes.note == 'model other: loading...'
    desk.now_s = 3.2
    desk.press('up')
    assert desk.changes.note == 'model other: loading... 3 s'
    desk.settings.answer('no folder; give\x1b[2J a path')
    assert desk.changes.is_trouble
    assert desk.changes.note == 'model other: no folder; give\\x1b[2J a path'
    desk.now_s += 10 * SAID_S
    desk.press('up')
    assert desk.changes.note
    desk.press('k', '3', 'enter')
    desk.settings.answer()
    desk.now_s += SAID_S + 1
    desk.press('up')
    assert not desk.changes.note


def test_a_node_that_was_started_again_is_told_once():
    """Silent for a while or not: its counters say so."""
    lives, view = Lives(), view_of(['front'], seconds=20)
    node = view.node
    assert lives.update(node, 19.5) == '' and lives.update(node, 30.0) == ''
    node.record_statuses([
        node.lifecycle, node.model], 31.0)
    assert lives.update(node, 31.0) == '/robot1/classifier is back; it was silent for 12 s'
    assert lives.update(node, 31.5) == ''
    node.cameras['front'].record_status(view_of(['front'], seconds=1).node.cameras[
        'front'].status, 32.0)
    assert lives.update(node, 32.0) == '/robot1/classifier was started again'
    assert lives.update(node, 32.5) == ''


def test_a_quick_start_is_told_by_the_model_that_is_counted_anew():
    """Before it has taken as many images as the node before; another model is no start."""
    lives, view = Lives(), view_of(['front'], seconds=20)
    node = view.node
    node.loaded_ns, node.version = 100, 1
    assert lives.update(node, 19.5) == ''
    node.loaded_ns, node.version = 200, 2  # another model
    assert lives.update(node, 19.6) == ''
    node.loaded_ns, node.version = 300, 1
    assert lives.update(node, 19.7) == '/robot1/classifier was started again'
    assert lives.update(node, 19.8) == ''
