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

"""Frames one by one through a running node: what the offline core gives, to the last bit."""

import os
import signal
import subprocess
import sys
import threading
import time

import cv2
from node.workbench import MODEL
import numpy as np
import pytest
from shufflenet_ros.bench.baseline.encoded_frames import frame_of
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.errors import FrameError, ModelError
from shufflenet_ros.core.frame import CompressedFrame, Frame, STAGES
from shufflenet_ros.core.parts import Grid, Region, View
from shufflenet_ros.demo.image_sources import Flight
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.player.node_process import NodeError
from shufflenet_ros.player.through_node import NodeReplay
from shufflenet_ros.replay.frames import ViewClassifier


def frames():
    """Forty frames in four forms; some are damaged, each in another way."""
    flight = Flight(320, 240, 10.0)
    for number in range(36):
        image = flight.view(number / 4)[0]
        if number % 4 < 3:
            yield frame_of(image, ('bgr8', 'rgb8', 'mono8')[number % 4])
        else:
            jpeg = cv2.imencode('.jpg', image)[1].tobytes()
            yield CompressedFrame(jpeg if number != 11 else jpeg[:300], 'jpeg')
        if number == 10:
            yield Frame(b'short', 240, 320, 'bgr8', 960)
        if number == 20:
            yield Frame(image.tobytes(), 240, 320, 'of_tomorrow', 960)
            yield CompressedFrame(b'no image', 'png')
        if number == 30:
            yield Frame(np.zeros((2, 4000, 3), np.uint8).data, 2, 4000, 'bgr8', 12000)


def answer_of(classifier, frame):
    """Give a classification, or the words of the refusal."""
    try:
        return classifier.classify(frame)[0]
    except FrameError as error:
        return str(error)


@pytest.fixture(scope='module')
def node():
    """Start one node for all tests but those that end it."""
    with NodeReplay('surfaces', 'int8', top_k=3, threshold=0.3) as replay:
        yield replay


def test_results_equal_those_of_the_core_frame_by_frame(node):
    """Every hypothesis that reaches the threshold; a refusal has the same words."""
    core = Classifier(Engine(MODEL), MODEL.geometry, 3, 0.3)
    all_frames = list(frames())
    expected = [answer_of(core, frame) for frame in all_frames]
    assert [answer_of(node, frame) for frame in all_frames] == expected
    assert len(expected) == 40 and sum(isinstance(one, str) for one in expected) >= 3
    counts = [len(one.hypotheses) for one in expected if not isinstance(one, str)]
    assert {*counts} == {1, 2}
    assert node.labels == tuple(MODEL.labels) and 'int8' in node.form


def test_cells_and_all_scores_equal_those_of_the_core():
    """Without the whole; a refusal has the same words, and scores do not depend on top_k."""
    view = View(Region(0.1, 0.2, 0.85, 0.7), Grid(3, 2), classify_whole=False)
    core = ViewClassifier(Classifier(Engine(MODEL), MODEL.geometry, 2, 0.3, True), view)
    some = list(frames())[8:22]
    with NodeReplay('surfaces', 'int8', 2, 0.3, view, keeps_scores=True) as node:
        found = [answer_of(node, frame) for frame in some]
    assert found == [answer_of(core, frame) for frame in some]
    good = [one for one in found if not isinstance(one, str)]
    assert 10 <= len(good) < len(found) and {len(one.parts) for one in good} == {6}
    assert {len(part.classification.scores) for part in good[0].parts} == {len(MODEL.labels)}


def test_times_are_those_of_the_node(node):
    """Every stage, and the four of the core where the core gives them."""
    frame = next(frames())
    durations = node.classify(frame)[1]
    timings = node.timings
    assert durations == (timings.decode_ns, timings.preprocess_ns, timings.inference_ns,
                         timings.postprocess_ns)
    assert min(durations) >= 0 and timings.inference_ns > 0
    assert len(timings.values()) == len(STAGES) and 0 < timings.total_ns < 10 ** 10


def test_a_node_that_stands_still_for_a_while_loses_no_frame(node):
    """What is asked meanwhile replaces the frame, which is sent again."""
    frame = next(frames())
    expected = node.classify(frame)[0]
    os.kill(node.pid, signal.SIGSTOP)
    threading.Timer(0.5, os.kill, (node.pid, signal.SIGCONT)).start()
    start_s = time.monotonic()
    assert node.classify(frame)[0] == expected
    assert time.monotonic() - start_s > 0.4
    assert node.classify(frame)[0] == expected


def test_a_node_that_ends_or_does_not_start_says_why():
    """With the last lines of its log, and without a wait."""
    with pytest.raises(ModelError, match='nowhere'):
        NodeReplay('nowhere')
    with pytest.raises(NodeError, match="'of_old', expected one of") as caught, \
            NodeReplay('surfaces', 'of_old'):
        pass
    assert '\n' not in str(caught.value)
    with NodeReplay('surfaces', threshold=1.0) as node:
        frame = next(frames())
        found = node.classify(frame)[0]
        assert found.hypotheses == () and 0 < found.best.score < 1
        assert node.form  # its line is here
        os.kill(node.pid, signal.SIGKILL)
        with pytest.raises(NodeError, match='signal 9; its last lines: .*ready'):
            node.classify(frame)


def test_the_node_ends_with_a_process_that_is_killed():
    """None is left behind."""
    code = ('import os, sys\n'
            'from shufflenet_ros.player.through_node import NodeReplay\n'
            "with NodeReplay('surfaces') as node:\n"
            '    print(node.pid, flush=True)\n'
            '    os.kill(os.getpid(), 9)\n')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL
    deadline_s = time.monotonic() + 10
    while _runs(int(done.stdout)):
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def _runs(pid):
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False
