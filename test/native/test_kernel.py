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

"""The kernel: the same logits everywhere, bit for bit, and no harm from bytes of any kind."""

import os
from pathlib import Path
import subprocess
import sys

from native.native_library import Library
import numpy as np
import pytest
from quantization.random_integers import random_network, random_pixels, SHAPES
from shufflenet_ros.native.build_library import build
from shufflenet_ros.quantization.packed import pack
from shufflenet_ros.quantization.reference import logits

TEST = Path(__file__).resolve().parents[1]
SANITIZERS = (
    '-O0', '-g1', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined',
    # AddressSanitizer sees what these look for; they double the time of compiling.
    '-fno-sanitize=null,alignment,object-size,vptr,pointer-overflow,nonnull-attribute')
DAMAGED = 1000


@pytest.fixture(scope='module')
def library():
    """Give the library as it was built."""
    return Library()


def test_there_are_instruction_sets_the_plain_one_last(library):
    """What /proc/cpuinfo says where there is one; plain C++ runs anywhere."""
    sets = library.instruction_sets()
    assert sets[-1] == 'plain' and len(set(sets)) == len(sets)
    flags = Path('/proc/cpuinfo').read_text().split()
    for name, flag in (('avx2', 'avx2'), ('avx512_vnni', 'avx512_vnni'), ('neon', 'asimd'),
                       ('neon_dot', 'asimddp')):
        assert (name in sets) == (flag in flags), name


@pytest.mark.parametrize('name', [name for name in SHAPES if name != 'g3'])
def test_every_instruction_set_gives_the_logits_of_the_reference(library, name):
    """All groups and widths of the paper, odd sizes, extreme weights; black, white and noise."""
    network = random_network(*SHAPES[name])
    packed, classes = pack(network), network.classes
    images = random_pixels(network)[:1 if name == 'g3_thin' else None]
    for image in images:
        expected = logits(network, image)
        for each in library.instruction_sets():
            found = library.run(packed, image, classes, each)
            assert found.tobytes() == expected.tobytes(), each


def test_what_is_called_wrongly_is_refused(library):
    """Sizes that contradict the network, and an instruction set that this CPU does not run."""
    network = random_network(*SHAPES['g1'])
    packed, image = pack(network), random_pixels(network)[0]
    with pytest.raises(ValueError, match='bytes of pixels'):
        library.run(packed, image[:-1], network.classes)
    with pytest.raises(ValueError, match='6 classes, .* 5'):
        library.run(packed, image, network.classes + 1)
    with pytest.raises(ValueError, match=f"'sse9'.*{library.instruction_sets()[0]}.*plain"):
        library.run(packed, image, network.classes, 'sse9')
    with pytest.raises(ValueError, match='too few'):
        library.run(packed[:20], image, network.classes)
    assert library.time_ns(packed, 2, 'plain') > 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_damaged_networks_do_no_harm(tmp_path):
    """With AddressSanitizer and UBSan: each is refused, or runs as the reference says."""
    asan, standard = (subprocess.run(
        [os.environ.get('CXX', 'g++'), f'-print-file-name={name}'], capture_output=True,
        text=True, check=True).stdout.strip() for name in ('libasan.so', 'libstdc++.so.6'))
    assert os.path.isabs(asan), 'no AddressSanitizer: install libasan of this compiler'
    build(tmp_path / 'library.so', SANITIZERS)
    done = subprocess.run(
        [sys.executable, '-m', 'native.damaged_networks', tmp_path / 'library.so', '0',
         str(DAMAGED)], text=True, capture_output=True, cwd=TEST, env=os.environ | {
             'LD_PRELOAD': f'{asan} {standard}', 'ASAN_OPTIONS': 'detect_leaks=0',
             'PYTHONPATH': os.pathsep.join([str(TEST.parent), os.environ.get('PYTHONPATH', '')])})
    assert (done.returncode, done.stderr) == (0, '')
    refused, ran = (int(word) for word in done.stdout.split() if word.isdigit())
    assert refused + ran == DAMAGED and min(refused, ran) > DAMAGED / 20


def test_the_sanitizers_would_see_a_fault(tmp_path):
    """The very flags, on code that reads beyond its array."""
    source = tmp_path / 'fault.cpp'
    source.write_text('int main(int n, char **) {int *a = new int[2]{}; return a[n + 1];}')
    subprocess.run([os.environ.get('CXX', 'g++'), *SANITIZERS, source, '-o', tmp_path / 'fault'],
                   check=True)
    done = subprocess.run([tmp_path / 'fault'], capture_output=True, text=True)
    assert done.returncode and 'heap-buffer-overflow' in done.stderr


def test_threads_share_a_network(tmp_path):
    """Many at once through one session, each with its own pixels."""
    from concurrent.futures import ThreadPoolExecutor

    from shufflenet_ros.inference.sessions import logits_of, open_session
    from shufflenet_ros.native.library import library_path
    from shufflenet_ros.quantization.native_graph import write_native
    network = random_network(*SHAPES['g1'])
    write_native(network, tmp_path / 'native.onnx')
    session = open_session(tmp_path / 'native.onnx', library=library_path())
    images = random_pixels(network, 8)
    expected = [logits(network, image) for image in images]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            found = list(pool.map(lambda image: logits_of(session, image[None]), images))
            np.testing.assert_array_equal(found, expected)
