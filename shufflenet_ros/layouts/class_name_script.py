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
A user script that makes names of class ids, for programs whose panels know no names for them.

The script runs inside the program on each classification and publishes a topic that exists there
alone. It is written in TypeScript, see https://docs.foxglove.dev/docs/visualization/user-scripts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import json

from shufflenet_ros.layouts.message_paths import topic_path
from shufflenet_ros.layouts.shown import ShownCamera

PREFIX = '/studio_script'
"""Topics of scripts begin with it, so that they are never those of a robot."""
BELOW = 'below threshold'
SOURCE = """\
// The best class of each frame by its name.
type Stamp = {{ sec: number; nsec: number }};
type Classification = {{
  header: {{ stamp: Stamp; frame_id: string }};
  results: {{ class_id: string; score: number }}[];
}};
type Output = {{ header: {{ stamp: Stamp; frame_id: string }}; name: string }};

export const inputs = [{topic}];
export const output = {output};

const names: string[] = {names};

export default function script(event: {{ message: Classification }}): Output {{
  const best = event.message.results[0];
  const name = best == undefined ? {below} : names[Number(best.class_id)] ?? best.class_id;
  return {{ header: event.message.header, name }};
}}
"""


@dataclass(frozen=True, slots=True)
class NameScript:
    """The script of one camera."""

    name: str
    title: str
    output: str
    """The topic that it publishes."""
    source: str

    @classmethod
    def of(cls, camera: ShownCamera, labels: Sequence[str]) -> NameScript:
        """Make the script of a camera for classes with these names, in index order."""
        output = f'{PREFIX}{camera.classification}'
        source = SOURCE.format(
            topic=json.dumps(camera.classification), output=json.dumps(output),
            names=json.dumps(list(labels)), below=json.dumps(BELOW))
        return cls(f'shufflenet_ros {camera.classification}', camera.title, output, source)

    @property
    def path(self) -> str:
        """Message path of the name that it gives."""
        return f'{topic_path(self.output)}.name'

    def as_saved(self) -> dict[str, str]:
        """Give what a layout holds of it."""
        return {'name': self.name, 'sourceCode': self.source}
