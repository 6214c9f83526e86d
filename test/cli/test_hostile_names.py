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

"""Names and files that no verb can use: one line, exit code 1, nothing that moves the terminal."""

import os

import pytest
from recordings.bags import command
from shufflenet_ros.cli.main import main

VERBS = {
    'frames': ('frames', 'NAME', '--out', 'OUT'), 'evaluate': ('evaluate', 'NAME'),
    'video': ('demo', '--video', 'NAME'), 'size': ('inspect', 'NAME'),
    'out': ('fetch', 'imagenet_labels', '--url', 'http://127.0.0.1:9/x', '--out', 'NAME'),
    'json': ('evaluate', '.', '--json', 'NAME'), 'strangers': (
        'train', '.', '--reject', '--strangers', 'NAME', '--out', 'OUT')}


@pytest.mark.parametrize('name', [
    'x' * 300, 'x' * 10_000, 'x/' * 3000, os.fsdecode(b'\xff\xfe.mp4'), 'a\nb', '\x1b[31m', '[/b]',
    '/dev/zero/x', '~nobody/x'], ids=range(9))
@pytest.mark.parametrize('words', VERBS.values(), ids=VERBS)
def test_a_name_that_cannot_be_is_one_line(tmp_path, monkeypatch, capsys, words, name):
    """No traceback, and nothing of it commands the terminal."""
    monkeypatch.chdir(tmp_path)
    words = [{'NAME': name, 'OUT': str(tmp_path / 'out')}.get(word, word) for word in words]
    assert main(words) == 1
    line, = capsys.readouterr().err.splitlines()
    assert line.isprintable() and len(line) < 5000


@pytest.mark.parametrize('words', VERBS.values(), ids=VERBS)
def test_a_nul_in_a_name_is_one_line(tmp_path, capsys, words):
    """No shell gives it, but a program that calls ``main`` may."""
    assert main([{'NAME': 'a\0b', 'OUT': str(tmp_path)}.get(word, word) for word in words]) == 1
    line, = capsys.readouterr().err.splitlines()
    assert 'NUL' in line


@pytest.mark.parametrize('words', [
    VERBS['frames'], VERBS['video'], VERBS['evaluate'], ('train', 'NAME', '--out', 'OUT')],
    ids=lambda words: words[0])
@pytest.mark.parametrize('what', ['/dev/zero', 'pipe'])
def test_a_pipe_or_a_device_is_refused_at_once(tmp_path, words, what):
    """Nothing waits, and nothing fills the memory."""
    if words[0] == 'train':
        pytest.importorskip('torch')
        pytest.importorskip('matplotlib')
    if what == 'pipe':
        what = str(tmp_path / 'pipe')
        os.mkfifo(what)
    words = [{'NAME': what, 'OUT': str(tmp_path / 'out')}.get(word, word) for word in words]
    code, _, errors = command(*words)
    assert code == 1 and len(errors) == 1 and what in errors[0]


def test_a_video_with_a_name_that_is_no_text_is_refused(tmp_path):
    """OpenCV would end the process."""
    for path in (tmp_path / os.fsdecode(b'\xff.mp4'), tmp_path / os.fsdecode(b'\xff') / 'a.mp4'):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b'x')
        code, _, errors = command('demo', '--video', path)
        assert code == 1 and len(errors) == 1 and 'rename the file' in errors[0]
