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

"""What the camera saw on a drive: five lines a test."""


def test_grass_comes_first(classify_recording):
    """The drive begins on the lawn."""
    result = classify_recording('bags/garden.mcap')
    assert result.class_between(0, 2) == 'grass'
    assert result.share_of('grass', 0, 2) >= 0.9


def test_surfaces_in_their_order(classify_recording):
    """Each change is seen, and no other."""
    result = classify_recording('bags/garden.mcap')
    assert [one.after for one in result.changes()] == ['gravel', 'paving_stones']


def test_every_image_is_classified_in_time(classify_recording):
    """No image is damaged, and 99 of 100 take less than a camera of 10 Hz leaves."""
    result = classify_recording('bags/garden.mcap')
    assert not result.problems
    assert result.latency_ms('inference', 99) < 100


def test_same_as_last_time(classify_recording, check_golden):
    """Classes and scores of test_drive/test_same_as_last_time.yml; --force-regen renews them."""
    check_golden(classify_recording('bags/garden.mcap'), agreement=0.95)
