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

"""A progress that shows nothing and keeps what was reported."""


class ProgressRecord:
    """Lines, stages and notes of a run, in order."""

    def __init__(self):
        self.lines, self.stages, self.notes = [], [], []

    def say(self, line):
        self.lines.append(line)

    def start(self, name, total, done=0):
        self.stages.append(name)
        return lambda done, note='': self.notes.append(note)
