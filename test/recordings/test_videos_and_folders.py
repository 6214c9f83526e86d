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

"""Videos and folders of images as a camera: every frame, its stamp, and what damage costs."""

import os
import subprocess
import sys

import cv2
from node.recorded_frames import message_of, record
import numpy as np
import pytest
from recordings.bags import COMPRESSED, export, RAW, record_images, SECOND_NS, START_NS, views
from shufflenet_ros.core.errors import BagError, ConfigurationError
from shufflenet_ros.core.frame import CompressedFrame, Frame
from shufflenet_ros.core.image import bgr_image
from shufflenet_ros.recordings.image_folder import stamp_of
from shufflenet_ros.recordings.open_recording import find_recordings, open_recording
from shufflenet_ros.recordings.topic_choice import choose_topics

CAMERA = '/image_raw'
COUNT, RATE_HZ = 20, 25


def video(path, codec='mp4v', count=COUNT):
    """Write a video of a grey level that rises from frame to frame."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), RATE_HZ, (64, 48))
    for number in range(count):
        writer.write(np.full((48, 64, 3), (10 + 10 * number) % 256, np.uint8))
    writer.release()
    return path


def arrivals(path, *part):
    """Give all that a recording of one camera has, and what was said."""
    said = []
    with open_recording(path, said.append) as recording:
        assert list(recording.topics) == [CAMERA]
        return list(recording.images([CAMERA], *part)), said


@pytest.mark.parametrize('name, codec', [
    ('a.mp4', 'mp4v'), ('a.avi', 'MJPG'), ('a.mkv', 'mp4v'), ('a.mov', 'mp4v'),
    ('img_%02d?.mp4', 'mp4v'), ('no suffix', 'mp4v')])
def test_every_frame_of_a_video_comes_with_its_time(tmp_path, name, codec):
    """From 1.0 s on, as bgr8; a part by time has the same stamps."""
    path = video(tmp_path / 'a.mp4' if name == 'no suffix' else tmp_path / name, codec)
    path = path.rename(tmp_path / name)
    found, said = arrivals(path)
    expected = [SECOND_NS + number * SECOND_NS // RATE_HZ for number in range(COUNT)]
    assert [one.stamp_ns for one in found] == [one.received_ns for one in found] == expected
    for number, one in enumerate(found):
        assert one.frame.encoding == 'bgr8'
        assert abs(float(one.frame.data.mean()) - (10 + 10 * number)) < 4
    assert [one.stamp_ns for one in arrivals(path, 0.2, 0.5)[0]] == expected[5:13] and not said
    with open_recording(path) as recording:
        assert recording.counts == {CAMERA: COUNT} and not recording.is_seekable
        assert recording.files == [path] and recording.seconds == COUNT / RATE_HZ


def test_a_truncated_video_gives_what_is_whole_then_says_so(tmp_path):
    """In containers that count their frames, and in others by their length."""
    for name, codec in (('a.avi', 'MJPG'), ('a.mkv', 'MJPG')):
        content = video(tmp_path / name, codec).read_bytes()
        (tmp_path / name).write_bytes(content[:len(content) * 3 // 4])
        found = []
        with open_recording(tmp_path / name) as recording, pytest.raises(
                BagError, match=f'{name}: damaged or truncated: .* could be read'):
            for one in recording.images([CAMERA]):
                found.append(one)
        assert COUNT / 5 < len(found) < COUNT


def test_frames_behind_damaged_ones_are_read(tmp_path):
    """OpenCV alone stops at the first of them."""
    content = bytearray(video(tmp_path / 'a.mp4', 'mp4v', 60).read_bytes())
    place = content.index(b'mdat') + 4
    for start in range(place + 100, content.index(b'moov') - 300, 400):
        content[start:start + 60] = b'\xff' * 60
    (tmp_path / 'a.mp4').write_bytes(content)
    alone, capture = 0, cv2.VideoCapture(str(tmp_path / 'a.mp4'))
    while capture.grab():
        alone += 1
    found = []
    with open_recording(tmp_path / 'a.mp4') as recording, pytest.raises(BagError, match='its 60'):
        for one in recording.images([CAMERA]):
            found.append(one.stamp_ns)
    assert found == sorted(set(found)) and alone < len(found) < 60


def test_what_is_no_video_is_one_line(tmp_path):
    """Without the lines that OpenCV and FFmpeg would print."""
    code = ('import sys\nfrom pathlib import Path\n'
            'from shufflenet_ros.recordings.open_recording import open_recording\n'
            'for name in sys.argv[1:]:\n    try:\n        open_recording(Path(name))\n'
            '    except Exception as error:\n        print(type(error).__name__, error)')
    names = ['a.mp4', 'a.avi', 'a.webm', 'a.ts']
    for name in names:
        (tmp_path / name).write_bytes(b'text' * 1000)
    done = subprocess.run([sys.executable, '-c', code, *names], capture_output=True, text=True,
                          cwd=tmp_path, check=True)
    assert [line.partition(';')[0] for line in done.stdout.splitlines()] == [
        f'BagError {name}: cannot be read as a video' for name in names]
    if not cv2.__version__.startswith('4.5.'):  # whose FFmpeg cannot be silenced
        assert not done.stderr


@pytest.mark.parametrize('name, stamp_ns', [
    ('1403636579763555584', 1403636579763555584), ('1305031102.175304', 1305031102175304000),
    ('drive_camera_0000000001500000000', 1500000000), ('1418381798086398', 1418381798086398000),
    ('n015__CAM_FRONT__1532402927612460', 1532402927612460000),
    ('frame_1700000000123', 1700000000123000000), ('1000000000000000', 1000000000000000),
    ('0000000042', 0), ('img10', 0), ('2024-01-02', 0), ('12345678901234567890', 0),
    ('1234567890123456789', 1234567890123456789), ('9999999999999999999', 0)])
def test_names_that_are_stamps_are_recognized(name, stamp_ns):
    """In ns, and in the units in which data sets give the time of today."""
    assert stamp_of(name) == stamp_ns


def test_images_without_stamps_come_in_the_order_of_their_numbers(tmp_path):
    """At 30 Hz from 1.0 s on; jpeg and png as they are, damaged ones with a problem."""
    images = views(4)
    for number, name in enumerate(('img1.jpg', 'img2.png', 'img10.jpg')):
        cv2.imwrite(str(tmp_path / name), images[number])
    (tmp_path / 'img3.jpg').write_bytes(b'')
    (tmp_path / 'img4.jpg').write_bytes((tmp_path / 'img1.jpg').read_bytes()[:500])
    (tmp_path / 'notes.txt').write_text('hello')
    found, _ = arrivals(tmp_path)
    assert [one.stamp_ns for one in found] == [
        SECOND_NS + number * SECOND_NS // 30 for number in range(5)]
    assert [bool(one.problem) for one in found] == [False, False, True, False, False]
    assert 'img3.jpg: compressed image' in found[2].problem
    assert bytes(found[4].frame.data) == (tmp_path / 'img10.jpg').read_bytes()
    assert [type(one.frame) for one in found[:2]] == [CompressedFrame] * 2
    assert (bgr_image(found[1].frame) == images[1]).all()


def test_other_formats_are_decoded(tmp_path):
    """All images of such a folder are of one type."""
    image = views(1)[0]
    for number, name in enumerate(('bmp', 'png', 'tiff', 'webp', 'jpg')):
        cv2.imwrite(str(tmp_path / f'{number}.{name}'), image)
    cv2.imwrite(str(tmp_path / '5.tiff'), image[..., 0])
    cv2.imwrite(str(tmp_path / '6.tiff'), image.astype(np.float32))
    (tmp_path / '7.bmp').write_bytes(b'BM')
    found, _ = arrivals(tmp_path)
    assert all(isinstance(one.frame, Frame) for one in found[:6])
    assert [one.frame.encoding for one in found[:6]] == ['bgr8'] * 5 + ['mono8']
    for one in found[:3]:
        assert (bgr_image(one.frame) == image).all()
    assert all('OpenCV cannot decode' in one.problem for one in found[6:])


def test_a_folder_that_frames_wrote_has_the_stamps_of_its_recording(tmp_path):
    """Also where images were sorted into folders for their classes since."""
    bag = record_images(tmp_path / 'drive', views(4))
    export([bag], tmp_path / 'out', every_s=0.0)
    (tmp_path / 'out' / 'lawn').mkdir()
    for one in sorted((tmp_path / 'out').glob('*.jpg'))[2:]:
        one.rename(tmp_path / 'out' / 'lawn' / one.name)
    expected = [START_NS + number * SECOND_NS // 2 for number in range(4)]
    found, said = arrivals(tmp_path / 'out')
    assert [one.stamp_ns for one in found] == expected and '2 folders' in said[0]
    assert [one.stamp_ns for one in arrivals(tmp_path / 'out', 0.5, 1.5)[0]] == expected[1:3]
    os.unlink(tmp_path / 'out' / 'frames.csv')
    assert [one.stamp_ns for one in arrivals(tmp_path / 'out')[0]] == expected
    cv2.imwrite(str(tmp_path / 'out' / 'zoo.jpg'), views(1)[0])
    found, said = arrivals(tmp_path / 'out')
    assert found[0].stamp_ns == SECOND_NS and '1 of 5 images have no stamp' in said[1]


def test_frames_are_exported_from_videos_and_folders(tmp_path):
    """With the verb's own function."""
    video(tmp_path / 'a.avi', 'MJPG')
    counts, _ = export([tmp_path / 'a.avi'], tmp_path / 'out', every_s=0.2, min_similarity=None)
    assert counts[CAMERA].written == 4
    counts, _ = export([tmp_path / 'out'], tmp_path / 'again', every_s=0.0, min_similarity=None)
    assert counts[CAMERA].written == 4


def test_a_folder_of_recordings_is_all_of_them(tmp_path):
    """Bags, videos, pieces of one bag, bare files; images where there are no bags."""
    (tmp_path / 'sub' / 'split').mkdir(parents=True)
    bag = record_images(tmp_path / 'sub' / 'drive', views(1))
    piece = (bag / 'drive.mcap').read_bytes()
    for name in ('sub/split/x_0.mcap', 'sub/split/x_1.mcap', 'b.mcap', 'c.mcap', 'd.bag'):
        (tmp_path / name).write_bytes(piece)
    video(tmp_path / 'a.avi', 'MJPG', 2)
    assert [str(one.relative_to(tmp_path)) for one in find_recordings(tmp_path)] == [
        'a.avi', 'b.mcap', 'c.mcap', 'd.bag', 'sub/drive', 'sub/split']
    assert find_recordings(bag) == [bag] and find_recordings(tmp_path / 'x') == [tmp_path / 'x']
    assert find_recordings(tmp_path / 'b.mcap') == [tmp_path / 'b.mcap']
    (tmp_path / 'images' / 'a').mkdir(parents=True)
    assert find_recordings(tmp_path / 'images') == [tmp_path / 'images']
    cv2.imwrite(str(tmp_path / 'images' / 'a' / '1.png'), views(1)[0])
    film = (tmp_path / 'a.avi').rename(tmp_path / 'images' / 'a.avi')
    assert find_recordings(tmp_path / 'images') == [tmp_path / 'images', film]


def test_topics_are_chosen_and_listed(tmp_path):
    """A camera once; depth and video packets are named; a slash makes no difference."""
    packet = 'theora_image_transport/msg/Packet'
    topics = {'/front': RAW, '/front/compressed': COMPRESSED, '/rear/compressed': COMPRESSED,
              '/d/compressedDepth': COMPRESSED}
    bag = record(tmp_path / 'drive', topics, [
        (topic, START_NS, message_of(views(1)[0], START_NS, kind))
        for topic, kind in topics.items()])
    said = []
    with open_recording(bag) as recording:
        assert choose_topics(recording, (), said.append) == ['/front', '/rear/compressed']
        assert choose_topics(recording, ['front/compressed', '/d/compressedDepth']) == [
            '/d/compressedDepth', '/front/compressed']
        with pytest.raises(ConfigurationError, match='--topic top: is in no recording; .*/front '):
            choose_topics(recording, ['front', 'top'])
    text = '\n'.join(said)
    assert 'not read: /d/compressedDepth (depth)' in text
    assert '/front/compressed shows the same as /front, which is read' in text
    assert '/front (Image, 1 messages, bgr8), /rear/compressed (CompressedImage, 1 m' in text

    class Packets:
        path, name, topics, counts = tmp_path, 'x', {'/a': packet}, {}
    with pytest.raises(BagError, match=f'no topic with images; .*{packet}.* republish theora raw'):
        choose_topics(Packets)
