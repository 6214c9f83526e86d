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

"""What went wrong between here and a server, in one line that says what to do."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
import re
import socket
import ssl
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies, select_proxy
from shufflenet_ros.core.errors import DownloadError
from urllib3.exceptions import (
    ConnectTimeoutError,
    IncompleteRead,
    LocationParseError,
    NewConnectionError,
    ProxyError,
)

PASSING_CODES = {408, 425, 429, 500, 502, 503, 504}
PROXY_CURE = 'set https_proxy (and http_proxy) to http://USER:PASSWORD@HOST:PORT'


def may_pass(error: Exception) -> bool:
    """Whether to try again: not where there is no way to the server at all."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return error.response.status_code in PASSING_CODES
    causes = _causes(error)
    return not _has(causes, NewConnectionError, ConnectTimeoutError) and isinstance(
        causes[-1], (ConnectionError, TimeoutError, IncompleteRead, HTTPException,
                     ssl.SSLEOFError))


def explain(error: Exception, url: str, sha256: str, target: Path) -> DownloadError:
    """Make the error of the command line out of one of requests, urllib3, ssl or the sockets."""
    return DownloadError(
        f'{url}: {_reason(error, url)}; or get it on another machine, check it with sha256sum '
        f'({sha256}) and put it at {target}')


def _reason(error: Exception, url: str) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return _answer(error.response)
    causes, proxy = _causes(error), _proxy_of(url)
    root, text = causes[-1], _text(causes[-1])
    to_proxy = bool(proxy) and _has(causes, ProxyError)
    where = f'proxy {proxy}' if to_proxy else str(urlsplit(url).hostname)
    if 'Tunnel connection failed: 407' in text:
        return f'the {where} asks for a login ({text}): {PROXY_CURE}'
    if isinstance(root, ssl.SSLError) and not isinstance(root, ssl.SSLEOFError):
        return _in_tls(root, where, _online(proxy) if to_proxy else 'give a mirror with --url')
    if isinstance(root, socket.gaierror):
        return f'{where} is not found ({text}): {_online(proxy)}'
    if isinstance(root, ValueError) or _has(causes, LocationParseError):
        # The text of the error would show the password of a proxy.
        return (f'proxy {proxy} is not a usable address: {_online(proxy)}' if proxy else
                f'{where} is not a usable address ({text}): give a mirror with --url')
    if _has(causes, NewConnectionError, ConnectTimeoutError, ProxyError):
        return f'no connection to {where} ({text}): {_online(proxy)}'
    if not may_pass(error):
        return f'no usable answer of {where} ({text}): give a mirror with --url'
    where = f'proxy {proxy}' if proxy else where
    return f'the connection to {where} broke off at each attempt ({text}): try later'


def _answer(response: requests.Response) -> str:
    code, said = response.status_code, f'{response.status_code} {response.reason or ""}'.strip()
    if code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return f'the proxy asks for a login ({said}): {PROXY_CURE}'
    if code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return f'is not there any more ({said}): give a mirror with --url'
    if code >= 500:
        return f'the server failed ({said}): try later'
    return f'the server refuses ({said}): give a mirror with --url'


def _in_tls(error: ssl.SSLError, where: str, cure: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (f'the certificate of {where} cannot be trusted ({error.verify_message}): set the '
                "clock of this machine, or name your network's own certificates with "
                'SSL_CERT_FILE')
    return f'{where} does not answer in TLS as it should ({_text(error)}): {cure}'


def _causes(error: BaseException) -> list[BaseException]:
    """Give the error, then what requests and urllib3 wrapped in it, down to that of the socket."""
    inner = (getattr(error, 'reason', None), *error.args, error.__cause__, error.__context__)
    cause = next((one for one in inner if isinstance(one, BaseException)), None)
    return [error] if cause is None else [error, *_causes(cause)]


def _has(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _text(error: BaseException) -> str:
    if isinstance(error, IncompleteRead):
        return f'{error.partial} of {error.partial + error.expected} bytes came'
    return ' '.join(str(getattr(error, 'strerror', None) or error).split())


def _proxy_of(url: str) -> str:
    """Name the proxy that the environment has for this URL, without its password, or ''."""
    proxy = select_proxy(url, get_environ_proxies(url)) or ''
    # Up to the last @: a password may hold any character.
    return re.sub(r'^((?:\w+://)?).*@', r'\1', proxy)


def _online(proxy: str) -> str:
    if proxy:
        return 'correct http_proxy and https_proxy, or unset them'
    return 'this machine is offline, or must go through a proxy: connect it, or set https_proxy'
