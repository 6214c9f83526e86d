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

"""Errors that a user can cause. Each message names the value, what was expected, what to do."""

from __future__ import annotations

from shufflenet_ros.core.text import plain

MAX_LENGTH = 1000
"""Of one message (characters)."""


class ShufflenetRosError(Exception):
    """
    Root of every error that the command line prints as one line (exit code 1).

    Whatever names and values it holds, its text is that line: see :mod:`shufflenet_ros.core.text`.
    """

    def __str__(self) -> str:
        """Give the message without anything that would break its line or command a terminal."""
        return plain(super().__str__(), MAX_LENGTH)


class FrameError(ShufflenetRosError):
    """One frame cannot be used: zero size, short buffer, wrong step. The next one may be fine."""


class UnsupportedEncodingError(FrameError):
    """The frame's encoding is not in the table of :mod:`shufflenet_ros.core.encoding.decode`."""


class ModelError(ShufflenetRosError):
    """A model folder is incomplete, damaged or contradicts itself."""


class ConfigurationError(ShufflenetRosError):
    """A parameter or an option of the command line has a value that cannot work."""


class DatasetError(ShufflenetRosError):
    """A folder of labelled images cannot be used for training or evaluation."""


class BagError(ShufflenetRosError):
    """A recording cannot be read, or not to its end."""


class DownloadError(ShufflenetRosError):
    """A file cannot be had over the network, or is not the one it should be."""


def one_line(error: BaseException) -> str:
    """Give the message of an error of another library without its line breaks."""
    return plain(' '.join(str(error).split()), MAX_LENGTH)


def system_reason(error: Exception) -> str:
    """Give the words of the system for an OSError, and the message of any other error."""
    return getattr(error, 'strerror', None) or str(error)


def describe(error: BaseException) -> str:
    """One line for a log: the message alone for an error of ours, its type for any other."""
    if isinstance(error, ShufflenetRosError):
        return str(error)
    return f'{type(error).__name__}: {one_line(error)}'
