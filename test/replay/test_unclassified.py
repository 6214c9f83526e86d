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

"""Replays of recordings with images that have no class: said, counted, and an exit code of 1."""

import json

from node.recorded_frames import message_of, record
import numpy as np
import pytest
from recordings.bags import COMPRESSED, Lines, RAW, raw_of, SECOND_NS, START_NS, views
from replay.replays import jsonl_rows, replay
from shufflenet_ros.cli.main import main
from shufflenet_ros.core.errors import BagError
from shufflenet_ros.recordings.counts import TopicCounts as ExportCounts
from shufflenet_ros.recordings.open_recording import open_recording
from shufflenet_ros.recordings.reasons import OTHERS, REMEMBERED
from shufflenet_ros.recordings.topic_choice import choose_topics
from shufflenet_ros.replay.counts import TopicCounts
from shufflenet_ros.replay.results import FrameResult

FRONT, DEPTH, CAMERA, THERMAL = '/front', '/depth', '/camera/compressed', '/thermal'


def images_of(encoding, count=2, sample=np.uint16):
    """Give messages of an encoding."""
    return [raw_of(np.zeros((48, 48), sample), encoding, START_NS + number)
            for number in range(count)]


def drive_of(path, sent):
    """Record messages by topic."""
    kinds = {topic: RAW if hasattr(messages[0], 'encoding') or isinstance(
        messages[0], bytes) else COMPRESSED for topic, messages in sent.items()}
    return record(path, kinds, [
        (topic, START_NS + number * SECOND_NS, msg) for topic, messages in sent.items()
        for number, msg in enumerate(messages)])


@pytest.fixture(scope='module')
def depth(tmp_path_factory):
    """Record nothing but distances."""
    return drive_of(tmp_path_factory.mktemp('bags') / 'depth', {DEPTH: images_of('16UC1', 3)})


def test_no_image_with_a_class_is_a_failure(depth, tmp_path, capsys):
    """Also of a run that finds the results there; they stay."""
    out = tmp_path / 'out'
    for _ in range(2):
        assert main(['replay', str(depth), '--out', str(out), '--format', 'jsonl']) == 1
        error = capsys.readouterr().err.strip().splitlines()[-1]
        assert 'depth: none of its 3 images could be classified; most often (3 times): ' in error
        assert "encoding '16UC1' is not supported" in error
    assert len(jsonl_rows(out / 'results' / 'depth.jsonl')[1]) == 3
    assert json.loads((out / 'manifest.json').read_text())['state'] == 'complete'


def test_damaged_messages_alone_are_a_failure(tmp_path):
    """And another recording of the same run is good."""
    damaged = drive_of(tmp_path / 'damaged', {FRONT: [b'\0\1\0\0', b'\0\1\0\0\7']})
    good = drive_of(tmp_path / 'good', {FRONT: [message_of(views(1)[0], START_NS, RAW)]})
    with pytest.raises(BagError, match='^damaged: none of its 2 images could be classified; mos'):
        replay([damaged, good], tmp_path / 'out', formats=('jsonl',))
    assert jsonl_rows(tmp_path / 'out' / 'results' / 'good.jsonl')[1][0]['best']


def test_topics_that_nothing_decodes_are_left_out_by_name(tmp_path):
    """The list of what is read has the others; a damaged first image is no reason."""
    camera = [message_of(image, START_NS, COMPRESSED) for image in views(2)]
    cut = message_of(views(1)[0], START_NS, RAW)
    cut.data = cut.data[:100]
    video = message_of(views(1)[0], START_NS, COMPRESSED)
    video.format, video.data = 'h264', np.frombuffer(b'\0\0\0\1' + b'x' * 40, np.uint8)
    bag = drive_of(tmp_path / 'drive', {
        FRONT: [cut], CAMERA: camera, DEPTH: images_of('16UC1'), '/video': [video],
        THERMAL: images_of('mono16'), '/range': images_of('32FC1', sample=np.float32)})
    lines = Lines()
    with open_recording(bag) as recording:
        assert sorted(choose_topics(recording, (), lines.say)) == [CAMERA, FRONT, THERMAL]
        assert choose_topics(recording, [DEPTH]) == [DEPTH]
    left, read = lines.said
    assert left.startswith(f'drive: not read: {DEPTH} (Image, 2 messages, 16UC1), /range (Ima')
    assert '/video (' in left and left.endswith('; --topic reads them all the same')
    assert '3 topics with images, all are read' in read
    assert all(name in read and name not in left for name in (CAMERA, FRONT, THERMAL))
    assert not any(name in read for name in (DEPTH, '/range', '/video'))


def test_one_topic_that_is_left_is_no_list(tmp_path):
    """Where all are such, they are read and counted."""
    front = [message_of(views(1)[0], START_NS, RAW)]
    lines = Lines()
    with open_recording(drive_of(tmp_path / 'a', {
            FRONT: front, DEPTH: images_of('16UC1')})) as recording:
        assert choose_topics(recording, (), lines.say) == [FRONT]
    assert len(lines.said) == 1
    with open_recording(drive_of(tmp_path / 'b', {
            '/range': images_of('16UC1'), DEPTH: images_of('16UC1')})) as recording:
        assert choose_topics(recording, (), lines.say) == [DEPTH, '/range']


def test_reasons_have_one_rule():
    """Those that differ in numbers are one; beyond the limit they are counted together."""
    reasons = [*(f'byte {number} is wrong' for number in range(300)),
               *(f'{"x" * number}!' for number in range(REMEMBERED + 9))]
    ours, exported = TopicCounts(), ExportCounts()
    for reason in reasons:
        ours.add(FrameResult('drive', FRONT, 0, 0, '', '', 0, 0, problem=reason))
        exported.add_undecodable(reason)
    assert ours.problems.counts == exported.reasons.counts
    assert ours.problems.counts['byte 0 is wrong'] == 300 and ours.problems.counts[OTHERS] == 10
    assert exported.undecodable == sum(ours.problems.counts.values()) == len(reasons)
