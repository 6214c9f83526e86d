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
Read files that others wrote: plain ones alone, and none that is longer than it can be.

A pipe would be waited for without end, and a device never ends.
"""

from __future__ import annotations

import os
from pathlib import Path
import stat

from shufflenet_ros.core.errors import ModelError, system_reason


def check_plain_file(path: Path, limit: int) -> None:
    """Raise ModelError unless it is a plain file, or a link to one, of at most so many bytes."""
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise ModelError(f'{path}: missing or not readable ({system_reason(error)}); copy the '
                         'whole folder again') from error
    if not stat.S_ISREG(found.st_mode):
        raise ModelError(f'{path}: {_kind(found.st_mode)}, expected a plain file; copy the whole '
                         'folder again')
    if found.st_size > limit:
        raise _too_long(path, found.st_size, limit)


def read_bounded(path: Path, limit: int) -> bytes:
    """Read a plain file; raises ModelError as :func:`check_plain_file`."""
    check_plain_file(path, limit)
    try:
        # Whatever has taken its place meanwhile: opening a pipe must not wait.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 'rb') as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise ModelError(f'{path}: cannot be read ({system_reason(error)}); check its owner and '
                         'its disk') from error
    if len(content) > limit:
        raise _too_long(path, len(content), limit)
    return content


def _too_long(path: Path, size: int, limit: int) -> ModelError:
    return ModelError(f'{path}: {size} bytes, expected at most {limit}; it is no file of a model '
                      'that this package wrote')


def _kind(mode: int) -> str:
    kinds = {stat.S_ISDIR: 'a folder', stat.S_ISFIFO: 'a pipe', stat.S_ISSOCK: 'a socket',
             stat.S_ISCHR: 'a device', stat.S_ISBLK: 'a device'}
    return next((name for is_kind, name in kinds.items() if is_kind(mode)), 'something else')
