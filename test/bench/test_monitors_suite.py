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

"""The suite that measures tools that watch a node: its rule, its processes, who is left out."""

from functools import partial
import importlib.machinery
import os
import re
import time

import pytest
from shufflenet_ros.bench.nodes import watchers
from shufflenet_ros.bench.nodes.rows import row_of
from shufflenet_ros.bench.nodes.trial import Scene, Trial
from shufflenet_ros.bench.nodes.watcher import NODE, Watcher, WatcherUse
from shufflenet_ros.bench.runner.comparison import Results
from shufflenet_ros.bench.runner.noise import ratio_of
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.bench.suites import monitors as suite
from shufflenet_ros.core.errors import ShufflenetRosError

SAYS_SIZE = ('import os, sys; print(os.get_terminal_size(0), os.tcgetpgrp(1) == os.getpid(), '
             'os.environ["TERM"])')


@pytest.mark.parametrize('turns, reference, times, noise, verdict', [
    ([5.0, 5.1, 5.2], [5.0, 5.2, 5.5], 5.1 / 5.2, 0.5 / 5.2, 'within noise'),
    ([5.69, 5.69, 5.69], [5.0, 5.2, 5.5], 5.69 / 5.2, 0.5 / 5.2, 'within noise'),
    ([5.71, 5.71, 9.0], [5.0, 5.2, 5.5], 5.71 / 5.2, 0.5 / 5.2, 'above noise'),
    ([4.0, 4.0, 5.0], [5.0, 5.2, 5.5], 4.0 / 5.2, 0.5 / 5.2, 'below noise'),
    ([5.0, 5.0, 5.0], [4.0, 5.0, 6.6], 1.0, 2.6 / 5.0, 'too noisy to tell'),
    ([5.0, 5.0], [5.0, 5.2, 5.5], 5.0 / 5.2, 0.5 / 5.2, 'fewer than 3 turns'),
    ([5.0, 5.0, 5.0], [5.0, 5.0], 1.0, 0.0, 'fewer than 3 turns'),
    ([5.0, None, 5.0], [5.0, 5.2, 5.5], None, None, 'a turn has none'),
    ([], [], None, None, 'a turn has none')])
def test_noise_is_how_far_the_turns_of_the_reference_are_apart(turns, reference, times, noise,
                                                               verdict):
    """Medians over the turns; no further from 1 than the noise, on either side."""
    found = ratio_of(turns, reference)
    assert found.times == (times and pytest.approx(times))
    assert found.noise == (noise if noise is None else pytest.approx(noise))
    assert found.verdict == verdict


def trial(ages_ms, use=None):
    results = {'': [(0, round(age * 1e6)) for age in ages_ms]}
    return Trial(len(ages_ms), 2.0, 0.0, 0.5, 0.1, [(0.0, 100.0)], results, [], '', use)


@pytest.mark.parametrize('tails, verdict', [
    ((9, 9, 9), 'within noise'), ((30, 30, 30), 'median within noise, p95 above noise')])
def test_the_verdict_is_about_the_middle_and_the_tail(tails, verdict):
    """A monitor that makes one result in ten late is named, although the median is the same."""
    without = [trial([5 + shift] * 17 + [9 + shift] * 3) for shift in (0, 0.1, 0.2)]
    watched = [trial([5.1] * 17 + [tail] * 3) for tail in tails]
    row = suite._judged(watched, without)
    assert row['verdict'] == verdict
    assert row['median_times_none'] == pytest.approx(1) and len(row['turn_p95s_ms']) == 3
    assert row['turn_medians_ms'] == row_of(Scene(8, 8, 1, 1.0, 20), watched)['turn_medians_ms']


def test_what_a_watcher_uses_is_given_for_each_second():
    """CPU as a share of a core, memory at its largest; nothing where nobody watched."""
    uses = [WatcherUse(0.1, 80.0, 4000), WatcherUse(0.3, 90.0, 8000)]
    assert suite._use([trial([1], use) for use in uses]) == {
        'watcher_cpu_share': pytest.approx(0.1), 'watcher_rss_mb': 90.0,
        'terminal_bytes_per_s': 3000.0}
    assert suite._use([trial([1])]) == {}


@pytest.mark.parametrize('fails_in, absent', [(0, True), (1, False)])
def test_what_cannot_run_here_is_left_out_in_its_first_turn_only(fails_in, absent, monkeypatch,
                                                                 tmp_path):
    """Later it is a fault, and a fault of the node without watcher always is."""
    taken = []

    def run_trial(node, scene, folder, watcher):
        taken.append(watcher)
        if watcher is tool and taken.count(tool) > fails_in:
            raise ShufflenetRosError('the tool ended')
        return trial([1])

    tool = Watcher('tool', (), ())
    monkeypatch.setattr(suite, 'run_trial', run_trial)
    monkeypatch.setattr(suite, 'our_node', lambda request: None)
    request = BenchRequest(None, (), 0, 0, frozenset(), tmp_path, ())
    results = Results()
    take = partial(suite._take_turns, {'none': None, 'tool': tool}, Scene(8, 8, 1, 1.0, 1), 3,
                   request, results)
    if absent:
        assert {name: len(found) for name, found in take().items()} == {'none': 3}
        assert results.absent == {'monitors/tool': 'the tool ended'}
    else:
        with pytest.raises(ShufflenetRosError, match='the tool ended'):
            take()


def test_each_turn_begins_with_another_one():
    """After as many turns as subjects, every one has been at every place."""
    rounds = [suite._rotated(['none', 'terminal', 'rqt'], turn) for turn in range(4)]
    assert [names[0] for names in rounds] == ['none', 'terminal', 'rqt', 'none']
    assert all({*names} == {'none', 'terminal', 'rqt'} for names in rounds)


def test_a_watcher_has_a_terminal_of_the_size_that_it_asked_for(monkeypatch):
    """Of its own, whatever the environment says, and every byte is counted."""
    monkeypatch.setenv('COLUMNS', '7')
    watcher = Watcher('tool', ('-c', f'{SAYS_SIZE}; print("<node>"); sys.stdin.readline()'),
                      (), (80, 24))
    with watcher.start('/a/node', {**os.environ, 'TERM': 'dumb'}) as process:
        wanted = b'os.terminal_size(columns=80, lines=24) True xterm-256color\r\n/a/node\r\n'
        deadline_s = time.monotonic() + 20
        while process.terminal_bytes < len(wanted) and time.monotonic() < deadline_s:
            process.check()
            time.sleep(0.01)
        before = WatcherUse.so_far(process)
        assert before.terminal_bytes == len(wanted) and before.rss_mb > 3
        assert WatcherUse.so_far(process).since(before).terminal_bytes == 0


def test_a_watcher_that_fails_is_named_with_its_last_words():
    """Without the escape sequences of its screen."""
    code = r'print("\x1b[?1049h\x1b[31mwait\x1b[0m"); raise ValueError("no node")'
    with Watcher('tool', ('-c', code), (), (80, 24)).start('/node', os.environ) as process:
        process._process.wait(20)
        with pytest.raises(ShufflenetRosError, match='the tool ended .* code 1; .*: no node$'):
            process.check()


@pytest.mark.parametrize('has_rqt, has_plugin, words', [
    (False, True, 'rqt_gui cannot be imported; source'),
    (True, False, 'does not find the plugin .*source'), (True, True, '')])
def test_rqt_is_left_out_with_a_reason(has_rqt, has_plugin, words, tmp_path, monkeypatch):
    """Where it is not installed, or has no plugin.xml of this package on its path."""
    spec = importlib.machinery.ModuleSpec('rqt_gui', None) if has_rqt else None
    monkeypatch.setattr(watchers, 'find_spec', lambda name: spec)
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'{tmp_path}/other:{tmp_path}')
    (tmp_path / 'share' / 'shufflenet_ros').mkdir(parents=True)
    if has_plugin:
        (tmp_path / 'share' / 'shufflenet_ros' / 'plugin.xml').write_text('<library/>')

    reason = watchers.why_no_rqt()
    assert bool(reason) == bool(words) and re.search(words, reason)


@pytest.mark.parametrize('variables, shown', [
    ({}, 'offscreen'), ({'DISPLAY': ':7'}, 'display'),
    ({'WAYLAND_DISPLAY': 'wayland-0'}, 'display'), ({'QT_QPA_PLATFORM': 'minimal'}, 'minimal')])
def test_rqt_is_drawn_where_there_is_a_display_or_in_memory(variables, shown, tmp_path,
                                                            monkeypatch):
    """Settings are new ones, never those of the user; the row says what it was drawn on."""
    for name in ('DISPLAY', 'WAYLAND_DISPLAY', 'QT_QPA_PLATFORM'):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    watcher = watchers.rqt(tmp_path)
    assert watcher.shown == shown and NODE in watcher.command
    assert watcher.environment['XDG_CONFIG_HOME'].startswith(str(tmp_path))
    assert watcher.environment.get('QT_QPA_PLATFORM') == (None if shown == 'display' else shown)
