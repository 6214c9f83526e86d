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

"""Bags with what a node publishes, as ``ros2 bag record`` would write them."""

from comparison.made_results import LABELS
from node.recorded_frames import record, STORE
from recordings.bags import SECOND_NS
from rosbags.typesys import get_types_from_msg
from shufflenet_ros.replay.messages import CLASSIFICATION, DEFINITIONS, LABEL_INFO

HYPOTHESIS, CLASS = 'vision_msgs/msg/ObjectHypothesis', 'vision_msgs/msg/VisionClass'


def record_outputs(path, storage, results, prefix='/classifier'):
    """Record (time of recording, stamp, class, score); the labels come last, as may happen."""
    for name, text in DEFINITIONS.items():
        if name not in STORE.types:
            STORE.register(get_types_from_msg(text, name))
    types = STORE.types

    def header(stamp_ns):
        stamp = types['builtin_interfaces/msg/Time'](*divmod(stamp_ns, SECOND_NS))
        return types['std_msgs/msg/Header'](stamp=stamp, frame_id='optical')

    messages = [(f'{prefix}/classification', received_ns, types[CLASSIFICATION](
        header=header(stamp_ns), results=[types[HYPOTHESIS](
            class_id=str(LABELS.index(name)), score=score)] if name else []))
        for received_ns, stamp_ns, name, score in results]
    labels = types[LABEL_INFO](header=header(0), threshold=0.5, class_map=[
        types[CLASS](class_id=number, class_name=name) for number, name in enumerate(LABELS)])
    return record(path, {f'{prefix}/classification': CLASSIFICATION,
                         f'{prefix}/label_info': LABEL_INFO},
                  [*messages, (f'{prefix}/label_info', results[-1][0] + 1, labels)], storage)
