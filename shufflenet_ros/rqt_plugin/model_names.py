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

"""Names of models that may be asked for, as suggestions: the node is the judge of them."""

from __future__ import annotations

from shufflenet_ros.process.files import shipped_models


def suggestions(current: str) -> list[str]:
    """Give the model that is set, and those that come with the package of this machine."""
    folder = shipped_models()
    shipped = sorted(path.name for path in folder.iterdir() if path.is_dir()) if (
        folder.is_dir()) else []
    return list(dict.fromkeys([*([current] if current else []), *shipped]))
