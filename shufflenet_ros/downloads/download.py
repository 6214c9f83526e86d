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

"""
Get one file over HTTP whose size and SHA-256 are known beforehand, by means of the pooch library.

pooch writes into a file with a random name beside the target, compares the SHA-256, and only then
gives it its name: two processes may get the same file, and an interrupted download leaves nothing.
It starts from the beginning next time; the largest file of the catalogue has 4 MB.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import logging
import os
from pathlib import Path
import re
import ssl
import time
from types import TracebackType
from urllib.parse import urlsplit

import pooch
from requests import Response
from shufflenet_ros.core.errors import ConfigurationError, DownloadError, one_line
from shufflenet_ros.downloads.failures import explain, may_pass
from shufflenet_ros.process.files import prepare_folder
from urllib3.exceptions import HTTPError

CHUNK = 1 << 16
HEADERS = {'User-Agent': 'shufflenet_ros', 'Accept-Encoding': 'identity'}


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file: where it comes from, what it must be, and where it goes."""

    url: str
    size: int
    """Bytes."""
    sha256: str
    target: Path


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to give up."""

    attempts: int = 4
    pause_s: float = 1.0
    """Before the second attempt; doubled before each further one."""
    timeout_s: float = 20.0
    """Silence of the network."""


def download(file: RemoteFile, on_progress: Callable[[int], None] = lambda done: None,
             retry: RetryPolicy = RetryPolicy()) -> None:
    """
    Get the file; ``on_progress`` is told how many bytes are there.

    Proxies are taken from the usual environment variables. A file already there under its name is
    kept if it is the right one, and replaced otherwise. Raises DownloadError that says what to do,
    and ConfigurationError for an URL or folder that cannot be used.
    """
    check_url(file.url)
    prepare_folder(file.target.parent)
    # It would announce each download on standard error.
    pooch.get_logger().setLevel(logging.WARNING)
    try:
        pooch.retrieve(file.url, file.sha256, file.target.name, file.target.parent,
                       downloader=lambda url, path, _: _receive(file, path, on_progress, retry))
    except ValueError as error:
        raise DownloadError(f'{file.url}: another file ({one_line(error)}): give a mirror that '
                            'has the right one with --url') from error
    except OSError as error:
        raise _unwritable(file, error) from error


def check_url(url: str) -> None:
    """Raise ConfigurationError where an URL cannot be one of HTTP."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ('http', 'https') and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r'[^!-~]', url):
        raise ConfigurationError(f'{url!r}: expected an URL such as https://HOST/FILE')


def _receive(file: RemoteFile, path: str, on_progress: Callable[[int], None],
             retry: RetryPolicy) -> None:
    """Make attempts by hand: pooch's own would repeat what cannot pass, such as a 404."""
    for attempt in range(retry.attempts):
        try:
            with _Incoming(file, path, on_progress) as incoming:
                pooch.HTTPDownloader(
                    chunk_size=CHUNK, timeout=retry.timeout_s, headers=HEADERS,
                    verify=_trusted_certificates(), hooks={'response': incoming.check})(
                        file.url, incoming, None)
                incoming.finish()
            return
        except (OSError, ValueError, HTTPError) as error:
            if attempt == retry.attempts - 1 or not may_pass(error):
                raise explain(error, file.url, file.sha256, file.target) from error
        time.sleep(retry.pause_s * 2 ** attempt)


class _Incoming:
    """What pooch writes the bytes of one attempt into: never more than the file has."""

    def __init__(self, file: RemoteFile, path: str, on_progress: Callable[[int], None]) -> None:
        self._file = file
        self._on_progress = on_progress
        self._done = 0
        self._is_page = False
        try:
            # Made again: only its owner may read pooch's, and no link is followed.
            os.unlink(path)
            self._output = open(path, 'xb', buffering=0)
        except OSError as error:
            raise _unwritable(file, error) from error

    def __enter__(self) -> _Incoming:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._output.close()

    def check(self, response: Response, **_: object) -> None:
        """Refuse a file of another size before it comes; requests calls it with each answer."""
        self._is_page = 'text/html' in response.headers.get('Content-Type', '').lower()
        size = response.headers.get('Content-Length', '')
        if response.status_code < 300 and size.isdigit() and int(size) != self._file.size:
            raise self._other_size(size)

    def write(self, chunk: bytes) -> None:
        """Write the next bytes."""
        self._done += len(chunk)
        if self._done > self._file.size:
            raise self._other_size(f'more than {self._file.size}')
        try:
            while chunk:
                chunk = chunk[self._output.write(chunk):]
        except OSError as error:
            raise _unwritable(self._file, error) from error
        self._on_progress(self._done)

    def flush(self) -> None:
        """Do nothing: there is no buffer."""

    def finish(self) -> None:
        """Make sure that all of it came and is on the disk."""
        if self._done < self._file.size:
            if self._is_page:
                raise self._other_size(str(self._done))
            raise ConnectionError(f'{self._done} of {self._file.size} bytes came')
        try:
            os.fsync(self._output.fileno())
        except OSError as error:
            raise _unwritable(self._file, error) from error

    def _other_size(self, size: str) -> DownloadError:
        page = ': a web page, perhaps the login of this network' if self._is_page else ''
        return DownloadError(
            f'{self._file.url}: {size} bytes, expected {self._file.size}{page}; give a mirror '
            'that has the right file with --url')


def _trusted_certificates() -> str | bool:
    """Give those of this system (SSL_CERT_FILE, SSL_CERT_DIR): requests would take its own."""
    paths = ssl.get_default_verify_paths()
    folder = paths.capath if paths.capath and os.listdir(paths.capath) else None
    return paths.cafile or folder or True


def _unwritable(file: RemoteFile, error: OSError) -> DownloadError:
    return DownloadError(
        f'{file.target}: cannot be written ({error.strerror}); {file.size} bytes are needed: make '
        'room, or give another folder with --out')
