"""
Get one file over HTTP whose size and SHA-256 are known beforehand.

Bytes gather in ``NAME.part`` beside the target, which outlives any interruption and is gone on
with. The file takes its name in one step, after its SHA-256 was found right. What the file holds
is unknown here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import fcntl
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, InvalidURL
from io import FileIO
import os
from pathlib import Path
import re
import ssl
import time
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import build_opener, Request

from shufflenet_ros.core.errors import ConfigurationError, DownloadError
from shufflenet_ros.downloads.failures import explain
from shufflenet_ros.process.files import prepare_folder, sha256_of

CHUNK = 1 << 16
HEADERS = {'User-Agent': 'shufflenet_ros', 'Accept-Encoding': 'identity'}
PASSING_CODES = {408, 425, 429, 500, 502, 503, 504}


class WrongRange(ConnectionError):
    """The server goes on from another byte than it was asked to."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file: where it comes from, what it must be, and where it goes."""

    url: str
    size: int
    """Bytes."""
    sha256: str
    target: Path

    @property
    def part(self) -> Path:
        """File of the bytes that are there already."""
        return self.target.with_name(f'{self.target.name}.part')

    @property
    def kept(self) -> int:
        """How many bytes are there already."""
        return self.part.stat().st_size if self.part.is_file() else 0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try."""

    attempts: int = 4
    """Attempts in a row that bring no further byte."""
    pause_s: float = 1.0
    """Before the second attempt; doubled before each further one."""
    timeout_s: float = 20.0
    """Silence of the network."""


def download(wanted: Wanted, hear: Callable[[int], None] = lambda done: None,
             patience: Patience = Patience()) -> None:
    """
    Get the file; ``hear`` is told how many bytes are there.

    Proxies are taken from the usual environment variables. Raises DownloadError that says what to
    do, and ConfigurationError for an URL or folder that cannot be used. A file already there under
    its name is replaced.
    """
    check_url(wanted.url)
    prepare_folder(wanted.target.parent)
    with _open(wanted) as part:
        in_one_piece = _receive_all(part, wanted, hear, patience)
        found = sha256_of(wanted.part)
        if found != wanted.sha256 and not in_one_piece:
            # What was kept may come from another version of the file.
            _empty(part, wanted)
            _receive_all(part, wanted, hear, patience)
            found = sha256_of(wanted.part)
        if found != wanted.sha256:
            wanted.part.unlink()
            raise DownloadError(
                f'{wanted.url}: sha256 {found}, expected {wanted.sha256}: this is another file, '
                'and was removed; give a mirror that has the right one with --url')
        with _writing(wanted):
            os.fsync(part.fileno())
            wanted.part.replace(wanted.target)


def check_url(url: str) -> None:
    """Raise ConfigurationError where an URL cannot be one of HTTP."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ('http', 'https') and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r'[^!-~]', url):
        raise ConfigurationError(f'{url!r}: expected an URL such as https://HOST/FILE')


@contextmanager
def _open(wanted: Wanted) -> Iterator[FileIO]:
    """Open the part, which no other process may write at the same time."""
    with _writing(wanted):
        part = FileIO(os.open(wanted.part, os.O_RDWR | os.O_CREAT, 0o666), 'r+')
    with part:
        if not _is_ours(part, wanted):
            raise DownloadError(f'{wanted.part}: another process is getting this file; wait for '
                                'it')
        try:
            yield part
        except BaseException:
            # Still locked: nobody else can have begun with it.
            if not wanted.kept:
                wanted.part.unlink(missing_ok=True)
            raise


def _is_ours(part: FileIO, wanted: Wanted) -> bool:
    """Lock the part; whether nobody had locked it, or given it the name of the target."""
    try:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(part.fileno()), wanted.part.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _receive_all(part: FileIO, wanted: Wanted, hear: Callable[[int], None],
                 patience: Patience) -> bool:
    """Receive what is missing; whether the whole file came in one piece."""
    start, failures, most = -1, 0, wanted.kept
    while wanted.kept < wanted.size:
        try:
            start = _receive(part, wanted, hear, patience.timeout_s)
        except (OSError, HTTPException, ValueError) as error:
            failures = 1 if wanted.kept > most else failures + 1
            most = max(most, wanted.kept)
            if failures >= patience.attempts or not _passes(error):
                raise explain(error, wanted.url, wanted.sha256, wanted.target) from error
            if _wants_the_start(error):
                _empty(part, wanted)
            time.sleep(patience.pause_s * 2 ** (failures - 1))
    return start == 0


def _receive(part: FileIO, wanted: Wanted, hear: Callable[[int], None], timeout_s: float) -> int:
    """Make one request, and say from which byte on it brought the rest."""
    kept = wanted.kept
    headers = HEADERS | ({'Range': f'bytes={kept}-'} if kept else {})
    # urlopen would keep the proxies of its first call.
    with build_opener().open(Request(wanted.url, headers=headers), timeout=timeout_s) as response:
        start = done = _start(response, kept, wanted)
        with _writing(wanted):
            part.truncate(start)
            part.seek(start)
        while chunk := response.read1(CHUNK):
            done += len(chunk)
            if done > wanted.size:
                raise _other_size(wanted, f'more than {wanted.size}', response)
            _write(part, chunk, wanted)
            hear(done)
        if done < wanted.size and _is_page(response) and 'Content-Length' not in response.headers:
            raise _other_size(wanted, str(done), response)
    if done < wanted.size:
        raise ConnectionError(f'{done} of {wanted.size} bytes came')
    return start


def _start(response: HTTPResponse, kept: int, wanted: Wanted) -> int:
    """Find which byte the answer begins with, and refuse a file of another size."""
    start, total = 0, response.headers.get('Content-Length', '')
    if response.status == HTTPStatus.PARTIAL_CONTENT:
        span = response.headers.get('Content-Range', '')
        found = re.fullmatch(r'bytes (\d+)-\d+/(\d+|\*)', span)
        if not found or int(found[1]) != kept:
            raise WrongRange(f'range {span!r} for bytes {kept}- of {wanted.size}')
        start, total = kept, found[2]
    if total.isdigit() and int(total) != wanted.size:
        raise _other_size(wanted, total, response)
    return start


def _write(part: FileIO, chunk: bytes, wanted: Wanted) -> None:
    with _writing(wanted):
        while chunk:
            chunk = chunk[part.write(chunk):]


def _empty(part: FileIO, wanted: Wanted) -> None:
    with _writing(wanted):
        part.truncate(0)


@contextmanager
def _writing(wanted: Wanted) -> Iterator[None]:
    """Tell the errors of the disk from those of the network."""
    try:
        yield
    except OSError as error:
        raise DownloadError(
            f'{wanted.part}: cannot be written ({error.strerror}); {wanted.size} bytes are '
            'needed: make room, or give another folder with --out') from error


def _passes(error: Exception) -> bool:
    """Whether to try again: not where there is no way to the server at all."""
    if isinstance(error, HTTPError):
        return error.code in PASSING_CODES or _wants_the_start(error)
    if isinstance(error, URLError):
        return isinstance(error.reason, (ConnectionResetError, ssl.SSLEOFError))
    return not isinstance(error, (InvalidURL, ValueError))


def _wants_the_start(error: Exception) -> bool:
    """Whether the kept bytes cannot be gone on with."""
    return isinstance(error, WrongRange) or (
        getattr(error, 'code', 0) == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)


def _is_page(response: HTTPResponse) -> bool:
    return response.headers.get_content_type() == 'text/html'


def _other_size(wanted: Wanted, size: str, response: HTTPResponse) -> DownloadError:
    page = ': a web page, perhaps the login of this network' if _is_page(response) else ''
    return DownloadError(
        f'{wanted.url}: {size} bytes, expected {wanted.size}{page}; give a mirror that has the '
        'right file with --url')
