"""Getting one file over HTTP: whole, or gone on with after whatever came between."""

import hashlib
import random

from downloads.servers import Answer, CERTIFICATE, FileServer
import pytest

from shufflenet_ros.downloads.download import download, Patience, Wanted

CONTENT = random.Random(0).randbytes(300_000)
OTHER = random.Random(1).randbytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HASTE = Patience(attempts=3, pause_s=0.01, timeout_s=5.0)
KEPT = 123_456

pytestmark = pytest.mark.usefixtures('without_proxies')


@pytest.fixture
def target(tmp_path):
    return tmp_path / 'weights' / 'file.bin'


def wanted_of(server, target):
    return Wanted(server.url, len(CONTENT), SHA256, target)


def get(server, target, kept=None):
    """Download, with some bytes kept from before, and give what the progress said."""
    wanted, heard = wanted_of(server, target), []
    if kept is not None:
        target.parent.mkdir()
        wanted.part.write_bytes(kept)
    download(wanted, heard.append, HASTE)
    return heard


def is_alone(target):
    """Whether the file is whole and nothing else is in its folder."""
    return target.read_bytes() == CONTENT and list(target.parent.iterdir()) == [target]


def test_a_file_comes_whole_and_progress_is_told(target):
    """Its folder is made, and the part is gone; one request is enough."""
    with FileServer(CONTENT) as server:
        heard = get(server, target)
    assert is_alone(target) and server.ranges == [None]
    assert heard == sorted(heard) and heard[-1] == len(CONTENT)


def test_a_server_whose_certificate_is_named_is_trusted(target, monkeypatch):
    """A network with certificates of its own: SSL_CERT_FILE, as everywhere."""
    monkeypatch.setenv('SSL_CERT_FILE', str(CERTIFICATE))
    with FileServer(CONTENT, Answer(stop_after=KEPT), encrypted=True) as server:
        get(server, target)
    assert is_alone(target) and server.ranges == [None, f'bytes={KEPT}-']


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


def test_a_connection_that_is_cut_is_gone_on_with(target):
    """Only what is missing is asked for, however often it is cut."""
    cuts = [Answer(stop_after=KEPT)] + 5 * [Answer(stop_after=10)]
    with FileServer(CONTENT, *cuts) as server:
        get(server, target)
    assert is_alone(target)
    assert server.ranges == [None, *(f'bytes={KEPT + 10 * cut}-' for cut in range(6))]


def test_a_server_that_falls_silent_is_asked_again(target):
    """After the timeout, for the rest."""
    with FileServer(CONTENT, Answer(stop_after=KEPT, holds=True)) as server:
        download(wanted_of(server, target), patience=Patience(3, 0.01, timeout_s=0.3))
        assert server.halfway.is_set() and not server.go_on.is_set()
    assert is_alone(target) and server.ranges == [None, f'bytes={KEPT}-']


def test_a_part_of_an_earlier_run_is_gone_on_with(target):
    """And progress begins behind it."""
    with FileServer(CONTENT) as server:
        heard = get(server, target, kept=CONTENT[:KEPT])
    assert is_alone(target) and server.ranges == [f'bytes={KEPT}-']
    assert heard[0] > KEPT and heard[-1] == len(CONTENT)


def test_a_range_survives_a_redirect(target):
    """The file may lie elsewhere than where it was asked for."""
    with FileServer(CONTENT, Answer(302, b'', {'Location': '/elsewhere'})) as server:
        get(server, target, kept=CONTENT[:KEPT])
    assert is_alone(target) and server.paths == ['/file', '/elsewhere']
    assert server.ranges == 2 * [f'bytes={KEPT}-']


def test_a_whole_part_needs_no_server(target):
    """A process that died just before the file got its name had all bytes."""
    with FileServer(CONTENT) as server:
        get(server, target, kept=CONTENT)
    assert is_alone(target) and server.ranges == []


@pytest.mark.parametrize('kept', [OTHER[:KEPT], OTHER, OTHER + OTHER],
                         ids=['short', 'whole', 'too long'])
def test_a_part_of_another_file_is_started_anew(target, kept):
    """The file may have changed on the server, or the part on the disk."""
    with FileServer(CONTENT) as server:
        get(server, target, kept)
    assert is_alone(target) and server.ranges[-1] is None


@pytest.mark.parametrize('answer, ranges', [
    (Answer(knows_ranges=False), [f'bytes={KEPT}-']),
    (Answer(416, b''), [f'bytes={KEPT}-', None]),
    (Answer(headers={'Content-Range': 'bytes 7-299999/300000'}), [f'bytes={KEPT}-', None]),
    (Answer(headers={'Content-Range': 'nonsense'}), [f'bytes={KEPT}-', None])],
    ids=['ignores', 'refuses', 'another byte', 'nonsense'])
def test_a_server_that_cannot_go_on_sends_the_whole_file(target, answer, ranges):
    """It ignores the Range, refuses it, or goes on from elsewhere; the file is right."""
    with FileServer(CONTENT, answer) as server:
        get(server, target, kept=CONTENT[:KEPT])
    assert is_alone(target) and server.ranges == ranges


def test_a_new_beginning_leaves_nothing_of_the_old_part(target):
    """A server that begins anew and is cut is gone on with where that ended."""
    with FileServer(CONTENT, Answer(knows_ranges=False, stop_after=1000)) as server:
        get(server, target, kept=OTHER[:KEPT])
    assert is_alone(target) and server.ranges == [f'bytes={KEPT}-', 'bytes=1000-']


@pytest.mark.parametrize('code', [429, 500, 503])
def test_trouble_of_the_server_that_passes_is_waited_for(target, code):
    """Twice, and then it comes."""
    with FileServer(CONTENT, *2 * [Answer(code, b'')]) as server:
        get(server, target)
    assert is_alone(target) and server.ranges == 3 * [None]
