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

"""Replays that several tests look at."""

import pytest
from recordings.bags import record_images, views
from replay.replays import replay
from shufflenet_ros.replay.model import ModelChoice


@pytest.fixture(scope='session')
def replays(tmp_path_factory):
    """Give a folder with a short recording, and its replays in int8 and fp32."""
    folder = tmp_path_factory.mktemp('replays')
    record_images(folder / 'drive', views(12), rate_hz=10.0)
    for precision in ('int8', 'fp32'):
        replay([folder / 'drive'], folder / precision,
               model=ModelChoice('surfaces', precision, 5, 0.0))
    return folder
