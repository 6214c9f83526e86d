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
What the files for jpeg and png share: codec, size, and the errors of damaged bytes.

Decoders return half an image without an error and unpack whatever is claimed, so the bytes are
checked first, in :mod:`.jpeg_header` and :mod:`.png_chunks`.
"""

from __future__ import annotations

from dataclasses import dataclass

from shufflenet_ros.core.errors import FrameError

JPEG_START = b'\xff\xd8\xff'
PNG_START = b'\x89PNG\r\n\x1a\n'
RESEND = 'check the camera driver and the link it is on'


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """Codec (``jpeg`` or ``png``) and size (pixels) of an image whose last byte is there."""

    codec: str
    height: int
    width: int


def codec_of(data: bytes) -> str:
    """Recognize ``jpeg`` or ``png`` by the first bytes; an empty string for anything else."""
    if data.startswith(JPEG_START):
        return 'jpeg'
    return 'png' if data.startswith(PNG_START) else ''


def truncated(codec: str, data: bytes) -> FrameError:
    """Make the error for an image that ends before it is complete."""
    return FrameError(f'truncated {codec}: its {len(data)} bytes end before the image does; '
                      f'{RESEND}')


def corrupt(codec: str, reason: str) -> FrameError:
    """Make the error for an image that no decoder can make sense of."""
    return FrameError(f'corrupt {codec}: {reason}; {RESEND}')
