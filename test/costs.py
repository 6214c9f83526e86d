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

"""What something may cost, judged by the quickest of a few attempts."""

import time

ATTEMPTS = 3


def in_time(work, limit_s, clock=time.thread_time):
    """
    Give what ``work()`` returns, once it has taken less than ``limit_s`` (s of the clock).

    The clock is the time of the CPU that this thread takes, unless another one is given. Even so
    another process on the same core can slow this one down several times for a moment: one quick
    attempt is enough. What is not bounded takes longer every time.
    """
    taken_s = []
    while len(taken_s) < ATTEMPTS:
        start_s = clock()
        found = work()
        taken_s.append(clock() - start_s)
        if taken_s[-1] < limit_s:
            return found
    raise AssertionError(f'took {taken_s} s, expected less than {limit_s} s')
