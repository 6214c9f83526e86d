"""Large blocks stay in the process, so that images do not pay for page faults."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from shufflenet_ros.malloc import keep_large_blocks

def touch():
    for block in [bytearray(4_000_000) for _ in range(4)]:
        block[::4096] = bytes(len(block[::4096]))

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
    """What the tuning returned, and the page faults of 80 blocks, in a process of its own."""
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
