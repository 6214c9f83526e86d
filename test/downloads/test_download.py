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

"""Getting one file over HTTP: whole, also where the first attempts fail."""

import hashlib
import os
import random

from downloads.servers import Answer, CERTIFICATE, FileServer
import pytest
from shufflenet_ros.downloads.download import download, RemoteFile, RetryPolicy

CONTENT = random.Random(0).randbytes(300_000)
OTHER = random.Random(1).randbytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FAST = RetryPolicy(attempts=3, pause_s=0.01, timeout_s=5.0)
HALF = 123_456
NAME_BY_HASH = '633cfaea.0'
"""Of the certificate, as openssl x509 -hash gives it: so it is found in a folder."""

pytestmark = pytest.mark.usefixtures('without_proxies')


@pytest.fixture
def target(tmp_path):
    return tmp_path / 'weights' / 'file.bin'


def get(server, target, retry=FAST):
    """Download and give what the progress said."""
    told = []
    download(RemoteFile(server.url, len(CONTENT), SHA256, target), told.append, retry)
    return told


def is_alone(target):
    """Whether the file is whole and nothing else is in its folder."""
    return target.read_bytes() == CONTENT and list(target.parent.iterdir()) == [target]


def test_a_file_comes_whole_and_progress_is_told(target):
    """Its folder is made, and nothing else is in it; one request is enough."""
    with FileServer(CONTENT) as server:
        told = get(server, target)
    assert is_alone(target) and server.paths == ['/file']
    assert told == sorted(told) and told[-1] == len(CONTENT)


@pytest.mark.parametrize('umask, mode', [(0o022, 0o644), (0o027, 0o640)])
def test_others_may_read_the_file_as_any_other(target, umask, mode):
    """A folder may be shared; what is allowed there is the user's choice."""
    before = os.umask(umask)
    try:
        with FileServer(CONTENT) as server:
            get(server, target)
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize('variable', ['SSL_CERT_FILE', 'SSL_CERT_DIR'])
def test_a_server_whose_certificate_is_named_is_trusted(target, monkeypatch, variable):
    """A network with certificates of its own, as a file or in a folder like that of Debian."""
    folder = target.parent.parent / 'certificates'
    folder.mkdir()
    (folder / NAME_BY_HASH).symlink_to(CERTIFICATE)
    monkeypatch.setenv('SSL_CERT_FILE', str(folder / 'nothing'))
    monkeypatch.setenv(variable, str(CERTIFICATE if variable == 'SSL_CERT_FILE' else folder))
    with FileServer(CONTENT, Answer(stop_after=HALF), encrypted=True) as server:
        get(server, target)
    assert is_alone(target) and len(server.paths) == 2


def test_without_a_length_the_file_comes_all_the_same(target):
    """Not every server says beforehand how much it will send."""
    with FileServer(CONTENT, Answer(says_length=False)) as server:
        get(server, target)
    assert is_alone(target)


def test_a_file_of_that_name_is_replaced(target):
    """By the right one."""
    target.parent.mkdir()
    target.write_bytes(OTHER)
    with FileServer(CONTENT) as server:
        get(server, target)
    assert is_alone(target)


def test_the_right_file_is_not_asked_for_again(target):
    """Its bytes are looked at, not its name alone."""
    target.parent.mkdir()
    target.write_bytes(CONTENT)
    with FileServer(CONTENT) as server:
        get(server, target)
    assert is_alone(target) and server.paths == []


@pytest.mark.parametrize('name', ['file.bin', 'file.bin.part'])
def test_no_link_is_followed(target, name):
    """Neither under the file's name nor under that of half a file: what it points to stays."""
    target.parent.mkdir()
    (target.parent.parent / 'mine').write_text('mine')
    link = target.with_name(name)
    link.symlink_to('../mine')
    with FileServer(CONTENT) as server:
        get(server, target)
    assert target.read_bytes() == CONTENT and not target.is_symlink()
    assert (target.parent.parent / 'mine').read_text() == 'mine'
    assert set(target.parent.iterdir()) == {target, link}


def test_a_connection_that_is_cut_is_tried_again(target):
    """From the beginning, as long as there are attempts."""
    with FileServer(CONTENT, Answer(stop_after=HALF), Answer(stop_after=10)) as server:
        get(server, target)
    assert is_alone(target) and len(server.paths) == 3


def test_a_server_that_falls_silent_is_asked_again(target):
    """After the timeout."""
    with FileServer(CONTENT, Answer(stop_after=HALF, holds=True)) as server:
        get(server, target, RetryPolicy(3, 0.01, timeout_s=0.3))
        assert server.halfway.is_set() and not server.go_on.is_set()
    assert is_alone(target) and len(server.paths) == 2


def test_a_redirect_is_followed(target):
    """The file may lie elsewhere than where it was asked for."""
    with FileServer(CONTENT, Answer(302, b'moved', {'Location': '/elsewhere'})) as server:
        get(server, target)
    assert is_alone(target) and server.paths == ['/file', '/elsewhere']


@pytest.mark.parametrize('code', [429, 500, 503])
def test_trouble_of_the_server_that_passes_is_waited_for(target, code):
    """Twice, and then it comes."""
    with FileServer(CONTENT, *2 * [Answer(code, b'')]) as server:
        get(server, target)
    assert is_alone(target) and len(server.paths) == 3
