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

"""Large blocks stay in the process, so that images do not pay for page faults."""

import platform
import subprocess
import sys

import pytest

# The C library's own calls: small Python objects between the blocks would make it a lottery.
PROGRAM = """
import ctypes, resource, sys
from shufflenet_ros.process.allocator import keep_large_blocks

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]

def touch(size=4_000_000):
    blocks = [libc.malloc(size) for _ in range(4)]
    for block in blocks:
        libc.memset(block, 1, size)
    for block in reversed(blocks):
        libc.free(block)

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

kept = sys.argv[1] == 'keep' and keep_large_blocks()
for _ in range(3):
    touch()
before = faults()
for _ in range(20):
    touch()
print(kept, faults() - before)
"""


def page_faults(mode):
    """Report what the tuning returned and the page faults of 80 blocks, in a fresh process."""
    output = subprocess.run([sys.executable, '-c', PROGRAM, mode], check=True,
                            capture_output=True, text=True).stdout.split()
    return output[0], int(output[1])


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='only glibc has these thresholds')
def test_blocks_of_image_size_cause_no_page_faults_once_tuned():
    """The second and later images reuse the pages of the first; by default none does."""
    kept, tuned = page_faults('keep')
    _, untuned = page_faults('default')
    assert kept == 'True'
    assert tuned < 1000 < untuned


SCATTERED = """
import ctypes, sys
from shufflenet_ros.process.allocator import give_back_free_memory, keep_large_blocks

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]

def used_mb():
    return int(open('/proc/self/statm').read().split()[1]) * 4 // 1024

keep_large_blocks()
before = used_mb()
blocks = [libc.malloc(100_000) for _ in range(1000)]
for block in blocks:
    libc.memset(block, 1, 100_000)
for block in blocks[:-1]:  # the last one keeps all others below it
    libc.free(block)
kept = used_mb() - before
print(kept, give_back_free_memory(), used_mb() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='only glibc can be told to')
def test_free_memory_between_used_blocks_is_given_back():
    """100 MB below one block that is in use."""
    kept, done, left = subprocess.run(
        [sys.executable, '-c', SCATTERED], check=True, capture_output=True,
        text=True).stdout.split()
    assert int(kept) > 90 and done == 'True' and int(left) < 10
