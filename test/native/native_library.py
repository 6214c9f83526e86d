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

"""The native library through its plain C functions, as tests call it."""

import ctypes

import numpy as np
from shufflenet_ros.native.library import LIBRARY


class Library:
    """One build of the library."""

    def __init__(self, path=LIBRARY):
        self._library = ctypes.CDLL(str(path))
        self._library.shufflenet_instruction_sets.restype = ctypes.c_char_p
        self._library.shufflenet_time_ns.restype = ctypes.c_int64

    def instruction_sets(self):
        """List those that run here, best first."""
        return self._library.shufflenet_instruction_sets().decode().split(',')

    def run(self, packed, pixels, classes, instruction_set=''):
        """Give the logits of pixels (height, width, 3); ValueError with the library's message."""
        logits = np.full(classes, np.nan, np.float32)
        self._call(self._library.shufflenet_run, packed, instruction_set, _pointer(pixels),
                   ctypes.c_size_t(pixels.nbytes), _pointer(logits), ctypes.c_size_t(classes))
        return logits

    def time_ns(self, packed, runs, instruction_set=''):
        """Give the shortest time of some inferences on grey pixels."""
        return self._call(self._library.shufflenet_time_ns, packed, instruction_set, runs)

    def _call(self, function, packed, instruction_set, *arguments):
        # As an array of its own: what reads beyond its end is found by AddressSanitizer.
        content, error = np.frombuffer(packed, np.uint8).copy(), ctypes.create_string_buffer(300)
        code = function(_pointer(content), ctypes.c_size_t(content.nbytes),
                        instruction_set.encode(), *arguments, error, ctypes.c_size_t(300))
        if error.value:
            assert code in (1, -1)
            raise ValueError(error.value.decode())
        assert code >= 0
        return code


def _pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)
