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
Train once in peace on one thread, then on two, killed (SIGKILL) at random moments.

A process of its own that imports everything once and forks each run, so that a start costs no
import of torch. The variable ``KILLS`` says how often. Prints as JSON what each kill left behind,
and both results.
"""

import hashlib
import json
import mmap
import os
from pathlib import Path
import random
import signal
import struct
import sys
import time

from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.training.recipe import Settings
from shufflenet_ros.training.request import TrainingRequest
from shufflenet_ros.training.train_model import train_model
from training.progress_record import ProgressRecord

KILLS = int(os.environ.get('KILLS', '5'))
EPOCHS, STEPS, UNITS = 18, 36, 16


class Shared(ProgressRecord):
    """Tells the parent how far the run is: training steps, then units quantized."""

    def __init__(self):
        super().__init__()
        self.memory = mmap.mmap(-1, 4)
        self.reach(0)

    def reach(self, done):
        self.memory[:] = struct.pack('i', done)

    @property
    def reached(self):
        return struct.unpack('i', self.memory[:])[0]

    def start(self, name, total, done=0):
        super().start(name, total, done)
        first = {'training': 0, 'quantizing': STEPS}.get(name)
        return lambda done, note='': None if first is None else self.reach(first + done)


def fork(request, record):
    """Start a run in a process of its own and return its number."""
    child = os.fork()
    if child == 0:
        try:
            train_model(request, record)
            Path(f'{request.out}.log').write_text('\n'.join(record.lines))
        finally:
            os._exit(0)
    return child


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.glob('*.onnx'))}


def request(folder, out, threads=2):
    """Two batches of 34 images an epoch: large enough to be learned in halves."""
    return TrainingRequest(
        folder / 'data', out, str(folder / 'start.pth'), Geometry(48, 48),
        Settings(epochs=EPOCHS, batch=34, sizes=(0.7, 1.0), mixup=0.2), threads=threads,
        save_every_s=0.0)


def kill_at(moment, folder, delay_s):
    """Start a run, kill it once it has come to a moment, and tell what it left."""
    record = Shared()
    child = fork(request(folder, folder / 'killed'), record)
    while record.reached < moment:
        if os.waitpid(child, os.WNOHANG)[0]:
            return {'killed': False}
        time.sleep(0.001)
    time.sleep(delay_s)
    os.kill(child, signal.SIGKILL)
    killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    return {'killed': killed, 'moment': moment, 'model': load_model(folder / 'killed').name}


def main(folder):
    os.waitpid(fork(request(folder, folder / 'peace', threads=1), Shared()), 0)
    chance = random.Random()
    moments = sorted(chance.sample(range(1, STEPS + UNITS), KILLS))
    found = [kill_at(moment, folder, chance.uniform(0, 0.03)) for moment in moments]
    os.waitpid(fork(request(folder, folder / 'killed'), Shared()), 0)
    print(json.dumps({
        'kills': found, 'peace': digests(folder / 'peace'), 'killed': digests(folder / 'killed'),
        'name': load_model(folder / 'killed').name, 'log': (folder / 'killed.log').read_text(),
        'left': sorted(path.name for path in folder.iterdir() if path.name.startswith('.'))}))


if __name__ == '__main__':
    main(Path(sys.argv[1]))
