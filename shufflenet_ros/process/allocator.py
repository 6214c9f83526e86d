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

"""Keep freed image buffers in the process: fewer page faults for each large message."""

from __future__ import annotations

import ctypes
import os

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
MOST_ARENAS = 2
"""
Heaps that the threads share: each would keep what the largest model that was freed in it took.

glibc gives back what lies inside such a heap but not its end; with 16 of them 30 swaps left 40 MB.
"""
# glibc's own upper bound for M_MMAP_THRESHOLD on 64-bit machines; it refuses a larger value.
LARGEST_BLOCK = 32 * 1024 * 1024
KEPT_FREE = 256 * 1024 * 1024


def keep_large_blocks() -> bool:
    """
    Make glibc serve blocks of up to 32 MiB from its heap, and keep up to 256 MiB of it free.

    By default glibc maps memory for each block of the size of an image and unmaps it when it is
    freed, so that every message pays for page faults on every page: at 720p that is most of the
    time a message takes (transport p50 fell from about 8 ms to 3 ms). The price is memory that
    stays with the process. Call it before the first image.

    Returns False, and changes nothing, where the C library is not glibc.
    """
    libc = _glibc()
    if libc is None:
        return False
    return bool(libc.mallopt(M_MMAP_THRESHOLD, LARGEST_BLOCK)) and bool(
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_FREE))


def share_heaps() -> bool:
    """
    Let all threads share two heaps of glibc, unless the user has set MALLOC_ARENA_MAX.

    Call it before threads are started. Returns False, and changes nothing, where the C library is
    not glibc.
    """
    libc = _glibc()
    if libc is None or 'MALLOC_ARENA_MAX' in os.environ:
        return False
    return bool(libc.mallopt(M_ARENA_MAX, MOST_ARENAS))


def give_back_free_memory() -> bool:
    """
    Give free memory below the top of the heap back to the system, after a model was released.

    What a model leaves lies between blocks that are in use, where glibc keeps it whatever the
    thresholds say. The next images pay for page faults once. Returns False, and changes nothing,
    where the C library is not glibc.
    """
    libc = _glibc()
    if libc is None:
        return False
    libc.malloc_trim(ctypes.c_size_t(0))
    return True


def _glibc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None) if os.name == 'posix' else None
    return libc if hasattr(libc, 'gnu_get_libc_version') else None
