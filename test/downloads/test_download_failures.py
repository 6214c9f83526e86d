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

"""A file that cannot be had, or is another one: one line that says what to do, nothing false."""

import hashlib
import random
import socket
from threading import Thread
import time

from downloads.servers import Answer, closed_port, FileServer, Proxy
import pytest
from shufflenet_ros.core.errors import ConfigurationError, DownloadError
from shufflenet_ros.downloads.download import download, RemoteFile, RetryPolicy

CONTENT = random.Random(0).randbytes(100_000)
OTHER = random.Random(1).randbytes(100_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FAST = RetryPolicy(attempts=3, pause_s=0.01, timeout_s=5.0)
LOGIN = Answer(body=b'<html>Welcome to our hotel</html>', headers={'Content-Type': 'text/html'})

pytestmark = pytest.mark.usefixtures('without_proxies')


@pytest.fixture
def target(tmp_path):
    return tmp_path / 'weights' / 'file.bin'


def refusal(url, target, retry=FAST, on_progress=lambda done: None):
    """Download in vain and give the one line; nothing is left."""
    with pytest.raises((DownloadError, ConfigurationError)) as caught:
        download(RemoteFile(url, len(CONTENT), SHA256, target), on_progress, retry)
    assert '\n' not in str(caught.value)
    assert not target.parent.exists() or not list(target.parent.iterdir())
    return str(caught.value)


def test_another_file_of_the_same_size_is_removed(target):
    """Both hashes are named, and the way out."""
    with FileServer(OTHER) as server:
        line = refusal(server.url, target)
    assert hashlib.sha256(OTHER).hexdigest() in line and f'expected {SHA256}' in line
    assert '--url' in line


def test_another_file_does_not_replace_the_one_that_is_there(target):
    """Nothing false takes the name of what somebody may be using."""
    target.parent.mkdir()
    target.write_bytes(b'in use')
    with FileServer(OTHER) as server, pytest.raises(DownloadError, match='SHA256'):
        download(RemoteFile(server.url, len(CONTENT), SHA256, target), retry=FAST)
    assert target.read_bytes() == b'in use' and list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize('content', [CONTENT[:70_000], CONTENT + b'more'])
def test_a_file_of_another_size_is_refused_before_it_comes(target, content):
    """Both sizes are named, and it is asked for once."""
    with FileServer(content) as server:
        line = refusal(server.url, target)
    assert f'{len(content)} bytes, expected 100000' in line and len(server.paths) == 1


def test_a_file_without_an_end_is_refused_at_the_expected_size(target):
    """A server that says no length cannot fill the disk."""
    endless, told = Answer(body=CONTENT * 20, says_length=False), []
    with FileServer(CONTENT, endless) as server:
        line = refusal(server.url, target, on_progress=told.append)
    assert 'more than 100000 bytes, expected 100000' in line
    assert told and max(told) <= len(CONTENT)


def test_a_shorter_file_without_a_length_is_asked_for_again_and_refused(target):
    """It looks like a connection that is cut at the same byte each time."""
    short = Answer(body=CONTENT[:700], says_length=False)
    with FileServer(CONTENT, *3 * [short]) as server:
        line = refusal(server.url, target)
    assert 'broke off at each attempt (700 of 100000 bytes came): try later' in line
    assert len(server.paths) == FAST.attempts


@pytest.mark.parametrize('says_length', [True, False])
def test_the_login_page_of_a_network_is_recognized(target, says_length):
    """The one answer to every request in a hotel; also where it comes without a length."""
    page = Answer(body=LOGIN.body, headers=LOGIN.headers, says_length=says_length)
    with FileServer(CONTENT, page) as server:
        line = refusal(server.url, target)
    assert f'{len(LOGIN.body)} bytes, expected 100000: a web page, perhaps the login' in line
    assert len(server.paths) == 1


@pytest.mark.parametrize('code, words, attempts', [
    (404, 'is not there any more (404 Not Found): give a mirror with --url', 1),
    (410, 'is not there any more (410 Gone): give a mirror with --url', 1),
    (403, 'the server refuses (403 Forbidden): give a mirror with --url', 1),
    (500, 'the server failed (500 Internal Server Error): try later', 3),
    (501, 'the server failed (501 Not Implemented): try later', 1)])
def test_what_the_server_says_is_told(target, code, words, attempts):
    """With what to do, and the way round the network; what may pass is tried a few times."""
    with FileServer(CONTENT, *3 * [Answer(code, b'')]) as server:
        line = refusal(server.url, target)
    assert words in line and line.startswith(server.url) and len(server.paths) == attempts
    assert f'sha256sum ({SHA256}) and put it at {target}' in line


@pytest.mark.parametrize('sizes', [[4070] * 10, [2000, 1000] * 5])
def test_a_connection_that_always_breaks_is_given_up(target, sizes):
    """After all attempts, wherever it breaks; how far the last one came is said."""
    with FileServer(CONTENT, *(Answer(stop_after=size) for size in sizes)) as server:
        line = refusal(server.url, target)
    assert f'to 127.0.0.1 broke off at each attempt ({sizes[2]} of 100000 bytes came)' in line
    assert len(server.paths) == FAST.attempts


def test_offline_is_said_at_once(target):
    """Without waiting for a network that is not there, and with the cure."""
    start_s = time.monotonic()
    line = refusal(f'http://127.0.0.1:{closed_port()}/file', target, RetryPolicy(4, pause_s=30.0))
    assert time.monotonic() - start_s < 10
    assert 'no connection to 127.0.0.1 (Connection refused): this machine is offline' in line
    assert 'connect it, or set https_proxy' in line and f'put it at {target}' in line


def test_a_name_that_nobody_knows_is_told(target):
    """The end .invalid is reserved for that (RFC 2606)."""
    line = refusal('http://weights.invalid/file', target, RetryPolicy(4, pause_s=30.0))
    assert 'weights.invalid is not found (' in line and 'this machine is offline' in line


def test_a_certificate_that_nobody_vouches_for_is_refused(target):
    """Before a byte is asked for, with what to do about a clock or a network of one's own."""
    with FileServer(CONTENT, encrypted=True) as server:
        line = refusal(server.url, target, RetryPolicy(4, pause_s=30.0))
    assert 'certificate of 127.0.0.1 cannot be trusted (self' in line and server.paths == []
    assert 'set the clock of this machine' in line and 'SSL_CERT_FILE' in line


def test_a_server_that_does_not_speak_tls_is_told(target):
    """Such as an URL with https in place of http."""
    with FileServer(CONTENT) as server:
        line = refusal(server.url.replace('http:', 'https:'), target)
    assert '127.0.0.1 does not answer in TLS as it should ([SSL' in line
    assert 'give a mirror with --url' in line


def test_tls_with_a_proxy_is_blamed_on_the_proxy(target, monkeypatch):
    """An URL without TLS through a proxy that was named with https."""
    with Proxy() as proxy:
        monkeypatch.setenv('http_proxy', f'https://me:secret@{proxy.address}')
        line = refusal('http://weights.invalid/file', target)
    assert f'proxy https://{proxy.address} does not answer in TLS as it should ([SSL' in line
    assert 'correct http_proxy and https_proxy' in line and 'secret' not in line


def test_a_server_that_hangs_up_in_the_middle_of_tls_is_tried_again(target):
    """It passes, as any connection that breaks does."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        calls = []

        def hang_up():
            while len(calls) < FAST.attempts:
                connection, _ = server.accept()
                calls.append(connection)
                connection.recv(1)
                connection.shutdown(socket.SHUT_WR)
        Thread(target=hang_up, daemon=True).start()
        line = refusal(f'https://127.0.0.1:{server.getsockname()[1]}/file', target)
    assert len(calls) == FAST.attempts
    assert 'the connection to 127.0.0.1 broke off at each attempt (' in line


def test_a_proxy_that_is_not_there_is_named(target, monkeypatch):
    """Without the password in it."""
    port = closed_port()
    monkeypatch.setenv('http_proxy', f'http://me:secret@127.0.0.1:{port}')
    line = refusal('http://127.0.0.1/file', target)
    assert f'no connection to proxy http://127.0.0.1:{port} (Connection refused)' in line
    assert 'correct http_proxy' in line and 'secret' not in line


@pytest.mark.parametrize('scheme, request_', [('http', 'http://weights.invalid/file'),
                                              ('https', 'weights.invalid:443')])
def test_a_proxy_that_demands_a_login_is_told_apart(target, monkeypatch, scheme, request_):
    """407 for both kinds of URL: how to give a name and a password; asked once."""
    with Proxy(demands_login=True) as proxy:
        monkeypatch.setenv(f'{scheme}_proxy', f'http://{proxy.address}')
        line = refusal(f'{scheme}://weights.invalid/file', target)
    assert 'asks for a login' in line and '407' in line
    assert 'http://USER:PASSWORD@HOST:PORT' in line and proxy.paths == [request_]


@pytest.mark.parametrize('proxy', ['http:/x', 'http://p:abc'])
def test_a_proxy_that_is_no_address_is_named(target, monkeypatch, proxy):
    """At once: a mistake in the environment does not pass."""
    monkeypatch.setenv('http_proxy', proxy)
    line = refusal('http://127.0.0.1/file', target, RetryPolicy(4, pause_s=30.0))
    assert f'proxy {proxy} is not a usable address: correct http_proxy and https_proxy, or' in line


def test_a_server_that_sends_from_one_address_to_the_next_is_told(target):
    """It would not pass, so it is not waited for."""
    moved = Answer(302, b'', {'Location': '/file'})
    with FileServer(CONTENT, *99 * [moved]) as server:
        line = refusal(server.url, target, RetryPolicy(4, pause_s=30.0))
    assert 'no usable answer of 127.0.0.1 (Exceeded' in line and '--url' in line


@pytest.mark.parametrize('proxy', [
    'http://me:s3cret@host:no', 'http://me:s3/cr@et@host:80:81', 'me:s3cret@host:x',
    'socks5://me:s3cret@host:1080'])
def test_no_password_of_a_proxy_is_shown(target, monkeypatch, proxy):
    """Also where the proxy's address cannot be read, or the password holds odd characters."""
    monkeypatch.setenv('http_proxy', proxy)
    line = refusal('http://127.0.0.1/file', target).replace(str(target), '')
    assert 'proxy' in line and 'host' in line
    assert 's3' not in line and 'cr@' not in line and 'me:' not in line


def test_a_name_that_no_host_can_have_is_one_line(target):
    """Names have rules that an URL does not show."""
    line = refusal('http://a..b/file', target)
    assert 'a..b' in line and 'give a mirror with --url' in line


@pytest.mark.parametrize('url', ['file:///etc/hostname', 'weights', 'http:///file', 'http://[x/',
                                 'http://host:0/', 'http://host/a b', 'http://höst/file'])
def test_what_is_no_url_of_http_is_refused(target, url):
    """Before anything is made or asked."""
    assert refusal(url, target) == f'{url!r}: expected an URL such as https://HOST/FILE'
    assert not target.parent.exists()


@pytest.mark.parametrize('folder', ['/proc/weights', '/dev/null/weights'])
def test_a_folder_that_cannot_be_made_is_named_before_anybody_is_asked(tmp_path, folder):
    """Below a file, or where the system itself refuses."""
    with FileServer(CONTENT) as server:
        line = refusal(server.url, tmp_path / folder / 'file.bin')
    assert line.startswith(f'{folder}: cannot be made') and server.paths == []


def test_a_folder_in_place_of_the_file_is_one_line(target):
    """The disk is named, not the network, and nobody is asked."""
    target.mkdir(parents=True)
    with FileServer(CONTENT) as server, pytest.raises(DownloadError) as caught:
        download(RemoteFile(server.url, len(CONTENT), SHA256, target), retry=FAST)
    assert f'{target}: cannot be written (Is a directory)' in str(caught.value)
    assert server.paths == [] and not list(target.iterdir())
