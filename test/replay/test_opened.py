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

"""A recording stays open from one slice to the next, in each thread for itself."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from node.recorded_frames import write
import pytest
from shufflenet_ros.core.errors import BagError
from shufflenet_ros.replay.model import ModelChoice, ModelIdentity
from shufflenet_ros.replay.opened import close_recording, recording_of
from shufflenet_ros.replay.slices import Selection, slices_of


@pytest.fixture
def pieces(tmp_path):
    """Two slices of one recording; what is open is closed at the end."""
    write(tmp_path / 'bag', 4, 'raw', width=32, height=24)
    model = ModelChoice('surfaces'), ModelIdentity('surfaces', '', '', '')
    first, = slices_of('bag', tmp_path / 'bag', 'a', (0, 10), 4, Selection(('/image_raw',)), model)
    yield first, replace(first, name='second')
    close_recording()


def images_of(recording):
    return [one.received_ns for one in recording.images(['/image_raw'])]


def test_slices_of_one_recording_open_it_once(pieces):
    """It gives the same images again; another content under the same path is opened anew."""
    first, second = map(recording_of, pieces)
    assert first is second and len(images_of(first)) == 4 and images_of(first) == images_of(second)
    changed = recording_of(replace(pieces[0], digest='b'))
    assert changed is not first and images_of(changed) == images_of(first)
    close_recording()
    assert recording_of(pieces[0]) is not changed


def test_threads_do_not_share_one(pieces):
    """Each of a Dask worker reads its own."""
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(recording_of, pieces[0]).result()
        assert other is not recording_of(pieces[0])
        pool.submit(close_recording).result()


def test_one_that_cannot_be_opened_leaves_none_open(pieces, tmp_path):
    """The next slice opens its own again."""
    before = recording_of(pieces[0])
    with pytest.raises(BagError):
        recording_of(replace(pieces[0], path=str(tmp_path / 'missing')))
    assert recording_of(pieces[0]) is not before
