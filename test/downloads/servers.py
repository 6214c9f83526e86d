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

"""Real servers on this machine for the tests of downloads: of one file, and a forward proxy."""

from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import os
from pathlib import Path
import socket
import ssl
from threading import Event, Thread
from urllib.parse import urlsplit

CERTIFICATE = Path(__file__).with_name('server_of_tests.pem')
"""Of 127.0.0.1, signed by itself until 2126, with its key: nobody trusts it unless told to."""
PROXY_VARIABLES = tuple(name for word in ('http_proxy', 'https_proxy', 'all_proxy', 'no_proxy')
                        for name in (word, word.upper()))


def environment(**changes):
    """Make the environment of a child process: that of this one without its proxies."""
    kept = {name: value for name, value in os.environ.items() if name not in PROXY_VARIABLES}
    return kept | {name: str(value) for name, value in changes.items()}


def closed_port():
    """Find a port of this machine on which nobody listens."""
    with socket.create_server(('127.0.0.1', 0)) as taken:
        return taken.getsockname()[1]


@dataclass
class Answer:
    """What a server does with one request."""

    status: int = 200
    body: bytes | None = None
    """Sent in place of the file."""
    headers: dict = field(default_factory=dict)
    """Besides those of the file, or in their place."""
    says_length: bool = True
    stop_after: int | None = None
    """How many bytes are sent, though more were announced."""
    holds: bool = False
    """Whether, there, it waits and then sends the rest; otherwise the connection ends."""


class _Server(ThreadingHTTPServer):
    """Serves in threads from ``with`` to its end."""

    def __init__(self, handler):
        super().__init__(('127.0.0.1', 0), handler)
        self.paths = []
        """What was asked for, in order."""

    @property
    def address(self):
        return f'127.0.0.1:{self.server_port}'

    def __enter__(self):
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class FileServer(_Server):
    """Serves one file under any path; the answers come in turn, plain ones after the last."""

    def __init__(self, content, *answers, encrypted=False):
        super().__init__(_FileHandler)
        self.content, self.answers = content, list(answers)
        self.scheme = 'https' if encrypted else 'http'
        if encrypted:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self.socket = context.wrap_socket(self.socket, server_side=True,
                                              do_handshake_on_connect=False)
        self.halfway, self.go_on = Event(), Event()

    @property
    def url(self):
        return f'{self.scheme}://{self.address}/file'

    def __exit__(self, *_):
        self.go_on.set()
        super().__exit__()


class Proxy(_Server):
    """Forwards plain HTTP; one that ``demands_login`` forwards nothing."""

    def __init__(self, demands_login=False):
        super().__init__(_ProxyHandler)
        self.demands_login = demands_login


class _Handler(BaseHTTPRequestHandler):

    def log_message(self, *_):
        """Say nothing."""

    def answer(self, status, headers, body=b''):
        """Send all of it; whoever asked may be gone before its end."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.send(body)

    def send(self, body):
        try:
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True


class _FileHandler(_Handler):

    def do_GET(self):  # noqa: N802, the name that http.server looks for
        server = self.server
        server.paths.append(self.path)
        plan = server.answers.pop(0) if server.answers else Answer()
        body = server.content if plan.body is None else plan.body
        length = {'Content-Length': len(body)} if plan.says_length else {}
        self.answer(plan.status, length | plan.headers, body[:plan.stop_after])
        if plan.holds:
            server.halfway.set()
            server.go_on.wait(30)
            self.send(body[plan.stop_after:])


class _ProxyHandler(_Handler):

    def do_GET(self):  # noqa: N802, the name that http.server looks for
        self.server.paths.append(self.path)
        if self.server.demands_login:
            return self.answer(407, {'Proxy-Authenticate': 'Basic realm="robots"'})
        url = urlsplit(self.path)
        connection = HTTPConnection(url.hostname, url.port, timeout=10)
        connection.request('GET', url.path, headers=dict(self.headers))
        answer = connection.getresponse()
        self.answer(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()

    do_CONNECT = do_GET  # noqa: N815, the name that http.server looks for
