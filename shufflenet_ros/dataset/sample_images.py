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

"""Images that the scikit-image package brings along, for whoever has none of their own."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from shufflenet_ros.core.errors import ConfigurationError


def samples_folder(instead: str) -> Path:
    """
    Find the folder of the images.

    Raises ConfigurationError, which tells what to do ``instead``, where the package is missing.
    """
    # Found without importing it: only the data files are wanted.
    spec = find_spec('skimage')
    if spec is None or spec.origin is None:
        raise ConfigurationError('the images of the scikit-image package are missing: pip '
                                 f'install scikit-image, or {instead}')
    return Path(spec.origin).parent / 'data'
