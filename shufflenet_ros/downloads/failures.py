"""What went wrong between here and a server, in one line that says what to do."""

from __future__ import annotations

from http import HTTPStatus
from http.client import InvalidURL
from pathlib import Path
import re
import socket
import ssl
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from shufflenet_ros.core.errors import DownloadError

PROXY_CURE = 'set https_proxy (and http_proxy) to http://USER:PASSWORD@HOST:PORT'


def explain(error: Exception, url: str, sha256: str, target: Path) -> DownloadError:
    """Make the error of the command line out of one of urllib, http, ssl or the sockets."""
    return DownloadError(
        f'{url}: {_reason(error, url)}; or get it on another machine, check it with sha256sum '
        f'({sha256}) and put it at {target}')


def proxy_of(url: str) -> str:
    """Name the proxy that the environment has for this URL, without its password, or ''."""
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme, '')
    if not proxy or proxy_bypass(parts.netloc):
        return ''
    # Up to the last @: a password may hold any character.
    return re.sub(r'^((?:\w+://)?).*@', r'\1', proxy)


def _reason(error: Exception, url: str) -> str:
    if isinstance(error, HTTPError):
        return _answer(error)
    cause = error.reason if isinstance(error, URLError) else error
    text = ' '.join(str(getattr(cause, 'strerror', None) or cause).split())
    host, proxy = urlsplit(url).hostname, proxy_of(url)
    where = f'proxy {proxy}' if proxy else str(host)
    if 'Tunnel connection failed: 407' in text:
        return f'the {where} wants to know who you are ({text}): {PROXY_CURE}'
    if isinstance(cause, ssl.SSLEOFError):
        return _broke_off(where, text)
    if isinstance(cause, ssl.SSLError):
        # With an URL of http the way to the proxy has TLS, with https the way to the host.
        to_proxy = proxy and urlsplit(url).scheme == 'http'
        return _in_tls(cause, where if to_proxy else str(host), text,
                       _online(proxy) if to_proxy else 'give a mirror with --url')
    if isinstance(cause, socket.gaierror):
        return f'{where} is not found ({text}): {_online(proxy)}'
    if isinstance(error, (InvalidURL, ValueError)):
        # The text of the error would show the password of a proxy.
        return (f'{where} is no address: {_online(proxy)}' if proxy else
                f'{where} is no address ({text}): give a mirror with --url')
    if isinstance(error, URLError):
        return f'no connection to {where} ({text}): {_online(proxy)}'
    return _broke_off(where, text)


def _broke_off(where: str, text: str) -> str:
    return f'the connection to {where} broke off again and again ({text}): try later'


def _in_tls(cause: ssl.SSLError, where: str, text: str, cure: str) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (f'the certificate of {where} cannot be trusted ({cause.verify_message}): set the '
                "clock of this machine, or name your network's own certificates with "
                'SSL_CERT_FILE')
    return f'{where} does not answer in TLS as it should ({text}): {cure}'


def _answer(error: HTTPError) -> str:
    said = f'{error.code} {error.reason}'.strip()
    if error.code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return f'the proxy wants to know who you are ({said}): {PROXY_CURE}'
    if error.code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return f'is not there any more ({said}): give a mirror with --url'
    if error.code >= 500:
        return f'the server is in trouble ({said}): try later'
    return f'the server refuses ({said}): give a mirror with --url'


def _online(proxy: str) -> str:
    if proxy:
        return 'correct http_proxy and https_proxy, or unset them'
    return 'this machine is offline, or must go through a proxy: connect it, or set https_proxy'
