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

"""Find the native library, and say what it can do on this machine."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from shufflenet_ros.core.errors import ConfigurationError, one_line

LIBRARY = Path(__file__).resolve().parent / 'libshufflenet_v1.so'
VARIABLE = 'SHUFFLENET_INSTRUCTION_SET'
"""Environment variable: the instruction set that the operator takes instead of the best."""
CURE = 'install g++ and build the package again (make, or colcon build)'


def library_path() -> Path:
    """Find the library; raises ConfigurationError that says in one line why there is none."""
    load()
    return LIBRARY


def instruction_sets() -> tuple[str, ...]:
    """List those that the library has and this CPU runs, best first."""
    return tuple(load().shufflenet_instruction_sets().decode('ascii').split(','))


def instruction_set() -> str:
    """Name the one that the operator takes: the best, unless the environment names another."""
    return os.environ.get(VARIABLE) or instruction_sets()[0]


def load() -> ctypes.CDLL:
    """Load the library; raises ConfigurationError as :func:`library_path`."""
    if not LIBRARY.is_file():
        raise ConfigurationError(f'{LIBRARY}: was not built; {CURE}')
    try:
        library = ctypes.CDLL(str(LIBRARY))
        library.shufflenet_instruction_sets.restype = ctypes.c_char_p
    except (OSError, AttributeError) as error:
        raise ConfigurationError(f'{LIBRARY}: cannot be loaded ({one_line(error)}); {CURE}'
                                 ) from error
    return library
