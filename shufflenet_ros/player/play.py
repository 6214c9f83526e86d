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

"""Play recordings: publish each message when it is due, and say what became of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
import threading
import time

from rclpy.executors import SingleThreadedExecutor
from shufflenet_ros.core.errors import BagError
from shufflenet_ros.core.text import plain
from shufflenet_ros.node.run import run
from shufflenet_ros.player.names import published_names
from shufflenet_ros.player.pace import Pace
from shufflenet_ros.player.play_list import Item, PlayList
from shufflenet_ros.player.player_node import PlayerNode
from shufflenet_ros.player.published import Published, summary
from shufflenet_ros.player.read_ahead import ReadAhead
from shufflenet_ros.player.request import PlayRequest
from shufflenet_ros.player.screen import Screen, State
from shufflenet_ros.process.allocator import keep_large_blocks
from shufflenet_ros.process.middleware import prepare_middleware
from shufflenet_ros.terminal.keys import by_key, Keys

PROGRAM = 'shufflenet_ros play'
SETTLE_S = 0.2
"""A subscriber is known here somewhat sooner than it knows of the publisher."""
SAID_AFTER_S = 0.5
"""A wait that is longer is told of."""
LINGER_S = 0.3
"""How long the last message may be on its way."""
FASTER = 1.1
"""Factor of the rate for a key, as in ``ros2 bag play``."""


def play(request: PlayRequest, ros_arguments: Sequence[str] = ()) -> int:
    """
    Play the recordings to their end, or until a signal comes.

    Returns the exit code. Raises BagError for what cannot be read: at the end, where some of it
    could be; and ConfigurationError for topics and names that cannot be.
    """
    prepare_middleware()
    keep_large_blocks()
    screen, reader = Screen(), ReadAhead[Item]()
    try:
        play_list = reader.call(lambda: PlayList(request, screen.say))
        try:
            reader.start(play_list.items(), lambda item: item.size)
            player = _Player(request, play_list, reader, screen)
            code = run(PROGRAM, ros_arguments, player.make_node, player.serve)
        finally:
            reader.stop()
            reader.call(play_list.close)
    finally:
        reader.close()
        screen.close()
    if code == 0:
        for line in summary(player.published):
            screen.say(line)
    if player.is_at_end and play_list.damaged:
        raise BagError('; '.join(play_list.damaged))
    return code


class _Player:
    """One run: what is played where, and what became of it."""

    def __init__(self, request: PlayRequest, play_list: PlayList, reader: ReadAhead[Item],
                 screen: Screen) -> None:
        self._request, self._reader, self._screen = request, reader, screen
        self._kinds = play_list.kinds
        self._names = published_names(request, play_list.kinds)
        self._pace = Pace(request.rate, request.starts_paused)
        self._keys = Keys(by_key({
            b' ': self._toggle, b'n': self._pace.step, b'\x1b[C': self._pace.step,
            b'\x1bOC': self._pace.step, b'\x1b[A': self._faster, b'\x1bOA': self._faster,
            b'\x1b[B': self._slower, b'\x1bOB': self._slower}))
        first = reader.first()
        if first is None:
            raise BagError('; '.join(play_list.damaged) or _nothing(request))
        self._now_playing = first
        self._pace.jump(first.due_ns)
        self.published = {name: Published() for name in self._names.values()}
        self.is_at_end = False
        """Whether all was played, and nobody ended it before."""
        if play_list.others:
            screen.say(f'Images only: {len(play_list.others)} other topics are left out')

    def make_node(self) -> PlayerNode:
        """Make the node; it ends keys and reading when it is closed."""
        kinds = {name: self._kinds[topic] for topic, name in self._names.items()}
        return PlayerNode(kinds, self._pace, self._request.clock_hz, self._request.is_reliable,
                          self._screen.say, self._end)

    def serve(self, node: PlayerNode, executor: SingleThreadedExecutor) -> None:
        """Play until the end."""
        spinner = threading.Thread(target=_spin, args=(executor,), name='spin', daemon=True)
        spinner.start()
        try:
            self._wait_for_subscribers(node)
            self._keys.start()
            self._screen.start(self._state, self._keys.are_there)
            self._pace.start()
            while (item := self._reader.take()) is not None and self._play(node, item):
                pass
            if node.context.ok():
                self.is_at_end = True
                time.sleep(LINGER_S)
        finally:
            self._end()
            executor.shutdown(timeout_sec=1.0)
            spinner.join(1.0)

    def _play(self, node: PlayerNode, item: Item) -> bool:
        """Publish a message when it is due; False where the run ends before."""
        if item.is_jump:
            self._pace.jump(item.due_ns)
        late_ns = self._pace.wait_until(item.due_ns)
        if late_ns is None or not node.context.ok():
            return False
        self._now_playing = item
        name = self._names[item.topic]
        if item.msg is None:
            self.published[name].left_out.add_undecodable(item.problem)
        else:
            node.publish(name, item.msg, item.due_ns, self._request.stamps == 'now')
            self.published[name].add(time.monotonic_ns(), late_ns)
        return True

    def _wait_for_subscribers(self, node: PlayerNode) -> None:
        start_s = time.monotonic()
        is_told = False
        while (missing := node.unwatched()) and node.context.ok():
            waited_s = time.monotonic() - start_s
            if waited_s >= self._request.wait_s:
                if self._request.wait_s:
                    self._screen.say(f'No subscriber on {_listed(missing)}; playing all the same')
                break
            if not is_told and waited_s >= SAID_AFTER_S:
                is_told = True
                limit = ('' if self._request.wait_s == float('inf')
                         else f', at most {self._request.wait_s:g} s')
                self._screen.say(f'Waiting for a subscriber on {_listed(missing)}{limit} '
                                 '(--wait 0: no wait)')
            time.sleep(0.02)
        if self._request.wait_s:
            time.sleep(SETTLE_S)

    def _state(self) -> State:
        part = self._now_playing.part
        images = sum(one.images for one in self.published.values())
        late = sum(one.late for one in self.published.values())
        return State(
            'paused ' if self._pace.is_paused else 'playing', part.name,
            max(0.0, (self._pace.now_ns() - part.start_ns) / 1e9), part.seconds,
            f'rate {self._pace.rate:.2g}, {images} images, {late} late')

    def _toggle(self) -> None:
        if self._pace.is_paused:
            self._pace.resume()
        else:
            self._pace.pause()

    def _faster(self) -> None:
        self._pace.set_rate(self._pace.rate * FASTER)

    def _slower(self) -> None:
        self._pace.set_rate(self._pace.rate / FASTER)

    def _end(self) -> None:
        self._keys.close()
        self._reader.stop()


def _spin(executor: SingleThreadedExecutor) -> None:
    """Serve services and events until the context is shut down."""
    try:
        executor.spin()
    except Exception:
        with suppress(Exception):
            if executor.context.ok():
                raise


def _listed(topics: Iterable[str]) -> str:
    return ', '.join(map(plain, sorted(topics)))


def _nothing(request: PlayRequest) -> str:
    names = ', '.join(plain(path) for path in request.paths)
    end = '' if request.end_s is None else f' and before --end {request.end_s:g}'
    return (f'{names}: no image after --start {request.start_s:g}{end}; give times within the '
            'recording')
