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
Import libraries and print what each says of itself, a line of JSON each: in a process of its own.

    python3 -m shufflenet_ros.status.try_import NAME...
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
import json
import sys
from typing import Any

from shufflenet_ros.core.errors import one_line
from shufflenet_ros.core.text import plain

MARK = 'answer: '
"""Begins each line that is meant."""
MAX_LENGTH = 100_000


def main(names: Sequence[str]) -> int:
    """Import libraries in this order; ``native`` is the native library of this package."""
    for name in names:
        line = json.dumps(_answer(name)).replace('\x7f', '\\u007f')
        print(plain(f'{MARK}{line}', MAX_LENGTH), flush=True)
    return 0


def _answer(name: str) -> dict[str, Any]:
    try:
        return _ASK[name]()
    except (Exception, SystemExit) as error:  # whatever a broken library raises
        kind = '' if isinstance(error, ImportError) else type(error).__name__
        return {'error': ': '.join(filter(None, (kind, one_line(error)))) or 'ImportError'}


def _ask_onnxruntime() -> dict[str, Any]:
    from shufflenet_ros.inference.onnx_runtime import ort

    return {'version': ort.__version__, 'execution_providers': ort.get_available_providers()}


def _ask_rclpy() -> dict[str, Any]:
    import rclpy
    from rclpy.utilities import get_rmw_implementation_identifier

    if not hasattr(rclpy, 'create_node'):
        raise ImportError('a folder of this name is there, but not the library')
    return {'version': _installed('rclpy'), 'middleware': get_rmw_implementation_identifier()}


def _ask_cv_bridge() -> dict[str, Any]:
    from cv_bridge import CvBridge

    CvBridge()
    return {'version': _installed('cv_bridge')}


def _ask_vision_msgs() -> dict[str, Any]:
    from vision_msgs.msg import Classification

    Classification()
    return {'version': _installed('vision_msgs')}


def _ask_native() -> dict[str, Any]:
    from shufflenet_ros.native.build_library import inputs, LIBRARY
    from shufflenet_ros.native.library import instruction_sets

    is_older = LIBRARY.is_file() and LIBRARY.stat().st_mtime < max(
        (path.stat().st_mtime for path in inputs()), default=0.0)
    return {'instruction_sets': instruction_sets(), 'is_older_than_sources': is_older}


def _ask_numpy() -> dict[str, Any]:
    import numpy

    return {'version': numpy.__version__}


def _ask_cv2() -> dict[str, Any]:
    import cv2

    return {'version': cv2.__version__}


def _ask_yaml() -> dict[str, Any]:
    import yaml

    return {'version': yaml.__version__}


def _ask_pillow() -> dict[str, Any]:
    import PIL

    return {'version': PIL.__version__}


def _installed(name: str) -> str:
    for package in (name, name.replace('_', '-'), f'{name}-interfaces',
                    f'{name.replace("_", "-")}-interfaces'):
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return ''


_ASK = {'onnxruntime': _ask_onnxruntime, 'numpy': _ask_numpy, 'cv2': _ask_cv2,
        'yaml': _ask_yaml, 'PIL': _ask_pillow, 'rclpy': _ask_rclpy,
        'vision_msgs': _ask_vision_msgs, 'cv_bridge': _ask_cv_bridge, 'native': _ask_native}

if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
