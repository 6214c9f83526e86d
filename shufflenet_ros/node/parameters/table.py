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
Every parameter of the classifier node: name, default, range, description, and if it may change.

A parameter that may change takes effect between two frames; any other says why it may not.
"""

from __future__ import annotations

from collections.abc import Sequence

from shufflenet_ros.inference.precision import PRECISION_CHOICES
from shufflenet_ros.inference.sessions import CPU, SHORT_NAMES
from shufflenet_ros.node.parameters.declaration import Definition, one_of, strings
from shufflenet_ros.node.parameters.ranges import floating_range, integer_range
from shufflenet_ros.node.parameters.rois import ROIS, rois_of_cameras
from shufflenet_ros.node.parameters.thresholds import THRESHOLDS, thresholds_of_cameras
from shufflenet_ros.node.parameters.views import VIEWS, views_of_cameras

THRESHOLD_OF_CARD = -1.0
"""Each model has the threshold of its own card, also when models are swapped."""
SESSION = 'the sessions of onnxruntime are made with it; restart the node'
TOPICS = 'the topics of the node follow from it; restart the node'
THREADS = 'the threads of the node follow from it; restart the node'
START = 'it is read when the process starts; restart the node'
PARAMETERS = {
    'model': Definition(
        'surfaces', {}, 'Model folder: the name of a shipped model, or a path.'),
    'precision': Definition(
        'auto', one_of(*PRECISION_CHOICES),
        'Form of the model: auto for the fastest one on this machine, measured when a model is '
        'loaded; int8 for int8_native where that runs, else int8_graph; or one of them by name.',
        SESSION),
    'execution_providers': Definition(
        [CPU], strings(),
        'Execution providers of onnxruntime in order, by its names or as '
        f'{", ".join(SHORT_NAMES)}.', SESSION),
    'intra_op_num_threads': Definition(
        1, integer_range(1, 64), 'Threads of onnxruntime inside one inference.', SESSION),
    'allow_spinning': Definition(
        False, {},
        'Whether idle threads of onnxruntime burn CPU to wake faster; slows other nodes.',
        SESSION),
    'cameras': Definition(
        [''], strings(),
        'Names of the cameras; an empty name is the only camera, on image_raw itself.', TOPICS),
    'image_transport': Definition(
        ['raw'], strings(), 'raw or compressed: one for all cameras, or one for each.', TOPICS),
    'workers': Definition(
        1, integer_range(1, 16), 'How many cameras are served at the same moment.', THREADS),
    'top_k': Definition(
        5, integer_range(1, 1000), 'How many hypotheses a result holds at most.', '',
        integer_range(1, 10)),
    'threshold': Definition(
        THRESHOLD_OF_CARD, floating_range(-1.0, 1.0),
        "Hypotheses with a lower score are left out; a result may be empty. Below 0: as the "
        "model's card says, which is 0 where it says nothing."),
    'max_rate_hz': Definition(
        0.0, floating_range(0.0, 1000.0),
        'Images of each camera that are classified in a second of real time; 0 for all.', '',
        floating_range(0.0, 60.0)),
    'max_age_ms': Definition(
        0.0, floating_range(0.0, 3.6e6),
        'Images that are older when a worker is free are dropped; 0 for none.', '',
        floating_range(0.0, 2000.0)),
    **VIEWS,
    'smoothing_s': Definition(
        0.0, floating_range(0.0, 60.0),
        'Scores are averaged over time with this time constant (s); 0 for not at all. Results '
        'before that: ~/classification_raw, ~/regions_raw.', '', floating_range(0.0, 5.0)),
    'smoothing_margin': Definition(
        0.1, floating_range(0.0, 0.99),
        'With smoothing_s: how far another class must lead before it is taken for the new one.'),
    **ROIS,
    'annotate': Definition(
        True, {}, 'Whether annotated images are drawn while they have subscribers.'),
    'autostart': Definition(
        True, {}, 'Whether the node configures and activates itself.', START),
    'tune_malloc': Definition(
        True, {}, 'Whether freed image buffers stay with the process (glibc only): faster, for '
        'some memory.', START),
    **THRESHOLDS,
}
"""Those that every node has; named cameras have more."""


def definitions(cameras: Sequence[str]) -> dict[str, Definition]:
    """All parameters of a node with these cameras."""
    return {**PARAMETERS, **of_cameras(cameras)}


def of_cameras(cameras: Sequence[str]) -> dict[str, Definition]:
    """Give those that each named camera has for itself."""
    return {**thresholds_of_cameras(cameras), **views_of_cameras(cameras),
            **rois_of_cameras(cameras)}
