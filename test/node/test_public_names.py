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
Names that users keep in bags, layouts and scripts: none of a live node may vanish or be renamed.

A name that is missing here is new: add it. A test that fails means that a name was taken away.
"""

import ast
from contextlib import ExitStack
from pathlib import Path
import re

from diagnostic_msgs.msg import DiagnosticArray
from node.processes import started
from node.workbench import Bench
import pytest
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.srv import GetParameterTypes, ListParameters
from shufflenet_ros.node import public_names

pytestmark = pytest.mark.slow

PACKAGE = Path(public_names.__file__).parent.parent
STAGES = ('age_at_receipt', 'queue', 'decode', 'preprocess', 'inference', 'postprocess', 'publish',
          'total')
COUNTERS = ('received', 'classified', 'replaced', 'limited', 'expired', 'out_of_order', 'failed',
            'missed', 'lost')
FRAME_KEYS = (*(f'{stage}_ms' for stage in STAGES), *COUNTERS, 'database_version', 'regions',
              'regions_left_out')
TOPIC_KEYS = ('frame_rate_node', 'frame_rate_msg', 'current_delay_from_realtime_ms',
              'expected_frequency', 'tolerance')
CAMERA_KEYS = {
    *TOPIC_KEYS, 'total_dropped_frames', 'mean_abs_jitter_ms', 'max_abs_jitter_ms', *COUNTERS,
    *(f'{stage}_{name}_ms' for stage in STAGES for name in ('p50', 'p95', 'max')), 'publishers',
    'topic', 'regions_left_out'}
MODEL_KEYS = {
    'model', 'execution_providers', 'requested_providers', 'folder', 'precision', 'form',
    'form_from', 'classes', 'input', 'threshold', 'threshold_from', 'inference_p50_ms',
    'inference_p95_ms', 'inference_p99_ms', 'inference_max_ms'}
OF_A_CAMERA = {
    'classification': 'vision_msgs/msg/Classification',
    'frame_latency': 'diagnostic_msgs/msg/DiagnosticArray', 'label': 'std_msgs/msg/String',
    'annotated': 'sensor_msgs/msg/Image',
    'annotated/compressed': 'sensor_msgs/msg/CompressedImage',
    **{f'latency/{stage}_ms': 'std_msgs/msg/Float32' for stage in STAGES}}
"""Topics below the name of the node, and of the camera where it has one."""
OF_THE_NODE = {
    'label_info': 'vision_msgs/msg/LabelInfo', 'vision_info': 'vision_msgs/msg/VisionInfo',
    'transition_event': 'lifecycle_msgs/msg/TransitionEvent'}
SERVICES = {
    'change_state': 'lifecycle_msgs/srv/ChangeState', 'get_state': 'lifecycle_msgs/srv/GetState',
    'get_available_states': 'lifecycle_msgs/srv/GetAvailableStates',
    'get_available_transitions': 'lifecycle_msgs/srv/GetAvailableTransitions',
    'get_transition_graph': 'lifecycle_msgs/srv/GetAvailableTransitions',
    'describe_parameters': 'rcl_interfaces/srv/DescribeParameters',
    'get_parameter_types': 'rcl_interfaces/srv/GetParameterTypes',
    'get_parameters': 'rcl_interfaces/srv/GetParameters',
    'list_parameters': 'rcl_interfaces/srv/ListParameters',
    'set_parameters': 'rcl_interfaces/srv/SetParameters',
    'set_parameters_atomically': 'rcl_interfaces/srv/SetParametersAtomically'}
PARAMETERS = {
    'bool': 'annotate autostart allow_spinning tune_malloc use_sim_time',
    'integer': 'intra_op_num_threads top_k workers',
    'double': ' '.join((
        'grid_max_ms max_age_ms max_rate_hz threshold', *(f'diagnostics.{name}' for name in (
            'age_error_ms', 'age_warn_ms', 'ahead_ms', 'dropped_error', 'dropped_warn',
            'expected_hz', 'lost_warn', 'rate_share', 'silence_s', 'stuck_s')))),
    'string': 'model precision',
    'string_array': 'cameras execution_providers image_transport labels'}
OF_EACH_CAMERA = ('expected_hz', 'age_warn_ms', 'age_error_ms', 'silence_s')
OF_ROIS = {
    'detections': 'vision_msgs/msg/Detection2DArray',
    'detections_latency': 'diagnostic_msgs/msg/DiagnosticArray'}
"""Topics of a camera with boxes of a detector, which come on ``rois``."""
ROI_KEYS = tuple(f'rois_{name}' for name in (
    'received', 'matched', 'answered', 'unmatched', 'late', 'duplicate', 'no_image', 'expired',
    'failed', 'missing', 'boxes', 'classified', 'left_out', 'refused'))
DETECTIONS_KEYS = (
    *(f'{stage}_ms' for stage in STAGES), 'rois_wait_ms', 'boxes', 'boxes_classified',
    'boxes_left_out', 'boxes_refused', 'database_version', *ROI_KEYS)
ROI_PARAMETERS = {
    'bool': 'rois', 'integer': 'rois_max rois_min_px', 'string': 'rois_hypotheses',
    'double': 'rois_margin rois_max_ms rois_memory_mb rois_tolerance_ms rois_wait_s'}
QOS = {'depth': 'integer', 'durability': 'string', 'history': 'string', 'reliability': 'string'}


class LiveNode:
    """A classifier with some cameras, and what it publishes."""

    def __init__(self, bench, topics):
        self.bench, self.cameras = bench, tuple(bench.results)
        self.name = f'{bench.namespace.rstrip("/")}/classifier'
        self.topics = dict(zip(self.cameras, topics))
        """Camera to the topic of its images."""
        self.statuses = {}
        bench.node.create_subscription(DiagnosticArray, '/diagnostics', self._keep, 10)

    def graph(self, question):
        """Ask the graph for names and types of this node."""
        ask = getattr(self.bench.node, f'get_{question}_names_and_types_by_node')
        return {name: types[0] for name, types in ask('classifier', self.bench.namespace)}

    def below(self, camera, name):
        """Name a topic of a camera."""
        return '/'.join(filter(None, (self.name, camera, name)))

    def keys(self, name):
        """List the keys of a status in ``/diagnostics``."""
        assert self.bench.wait(lambda: name in self.statuses), f'{name}: {list(self.statuses)}'
        return [item.key for item in self.statuses[name].values]

    def _keep(self, msg):
        self.statuses.update({status.name: status for status in msg.status})


@pytest.fixture(scope='module')
def nodes(make_bench, middleware):
    """Start a node with one nameless camera in no namespace, and one with two cameras in one."""
    pair = make_bench(('front', 'rear'))
    alone = Bench('/', ('',))
    with ExitStack() as stack:
        processes = [stack.enter_context(started(bench, '-p', 'precision:=int8', *words))
                     for bench, words in ((alone, ()), (pair, (
                         '-p', 'cameras:=[front, rear]', '-p', 'diagnostics.rate_share:=0.9',
                         '-p', 'diagnostics.front.expected_hz:=5.0', '-p', 'front.rois:=true')))]
        for process, bench in zip(processes, (alone, pair)):
            process.wait_for('ready')
            bench.settle_all_cameras()
        yield [LiveNode(alone, ['/image_raw']), LiveNode(pair, [
            f'{pair.namespace}/{camera}/image_raw' for camera in ('front', 'rear')])]
    alone.executor.shutdown()
    alone.node.destroy_node()


def missing(frozen, ask):
    """Give what is not there of some names, each with its type."""
    found = ask()
    return {name: (kind, found.get(name)) for name, kind in frozen.items()
            if found.get(name) != kind}


def test_the_topics_keep_names_and_types(nodes):
    """Those that are published while they have subscribers are there as well."""
    for node in nodes:
        frozen = {node.below('', name): kind for name, kind in OF_THE_NODE.items()}
        frozen |= {node.below(camera, name): kind
                   for camera in node.cameras for name, kind in OF_A_CAMERA.items()}
        frozen['/diagnostics'] = 'diagnostic_msgs/msg/DiagnosticArray'
        node.bench.wait(lambda: not missing(frozen, lambda: node.graph('publisher')), 5)
        assert not missing(frozen, lambda: node.graph('publisher'))
        frozen = dict.fromkeys(node.topics.values(), 'sensor_msgs/msg/Image')
        assert not missing(frozen, lambda: node.graph('subscriber'))


def test_boxes_of_a_detector_keep_their_names(nodes):
    """Topics, parameters, and the keys of the camera that has them."""
    node = nodes[1]
    frozen = {node.below('front', name): kind for name, kind in OF_ROIS.items()}
    node.bench.wait(lambda: not missing(frozen, lambda: node.graph('publisher')), 5)
    assert not missing(frozen, lambda: node.graph('publisher'))
    frozen = {node.below('front', 'rois'): 'vision_msgs/msg/Detection2DArray'}
    assert not missing(frozen, lambda: node.graph('subscriber'))
    frozen = {name: kind for kind, names in ROI_PARAMETERS.items() for name in names.split()}
    frozen |= {f'qos_overrides.{node.below("front", "rois")}.subscription.{policy}': kind
               for policy, kind in QOS.items()}
    assert not missing(frozen, lambda: types_of_parameters(node.bench))
    assert set(ROI_KEYS) <= set(node.keys(f'{node.name.removeprefix("/")}: front'))
    assert public_names.ROI_KEYS[:len(ROI_KEYS)] == ROI_KEYS
    assert public_names.DETECTIONS_KEYS[:len(DETECTIONS_KEYS)] == DETECTIONS_KEYS
    assert (public_names.ROIS, public_names.DETECTIONS, public_names.DETECTIONS_LATENCY) == (
        'rois', *OF_ROIS)
    assert public_names.DETECTIONS_STATUS == 'detections latency'


def test_the_services_keep_names_and_types(nodes):
    """Those of the lifecycle, and those of parameters."""
    for node in nodes:
        frozen = {node.below('', name): kind for name, kind in SERVICES.items()}
        node.bench.wait(lambda: not missing(frozen, lambda: node.graph('service')), 5)
        assert not missing(frozen, lambda: node.graph('service'))


def test_the_parameters_keep_names_and_types(nodes):
    """In files of users."""
    for node in nodes:
        frozen = {name: kind for kind, names in PARAMETERS.items() for name in names.split()}
        frozen |= {f'diagnostics.{camera}.{name}': 'double'
                   for camera in filter(None, node.cameras) for name in OF_EACH_CAMERA}
        frozen |= {f'qos_overrides.{topic}.{end}.{policy}': kind
                   for camera in node.cameras for policy, kind in QOS.items()
                   for topic, end in ((node.topics[camera], 'subscription'),
                                      (node.below(camera, 'classification'), 'publisher'),
                                      (node.below(camera, 'frame_latency'), 'publisher'))}
        assert not missing(frozen, lambda: types_of_parameters(node.bench))


def types_of_parameters(bench):
    """Ask a node for its parameters: name to type."""
    names = bench.call(ListParameters, 'list_parameters', ListParameters.Request()).result.names
    numbers = bench.call(GetParameterTypes, 'get_parameter_types',
                         GetParameterTypes.Request(names=names)).types
    words = {getattr(ParameterType, name): name.removeprefix('PARAMETER_').lower()
             for name in dir(ParameterType) if name.startswith('PARAMETER_')}
    return {name: words[number] for name, number in zip(names, numbers)}


def test_the_latency_of_a_frame_keeps_its_keys_in_their_order(nodes):
    """Tables of users are read by position; a new key goes behind them."""
    for node in nodes:
        for camera in node.cameras:
            node.bench.ask(camera)
            status, = node.bench.latencies[camera][-1].status
            assert status.name == f'{node.name.removeprefix("/")}: frame latency'
            assert status.hardware_id == node.topics[camera]
            assert tuple(item.key for item in status.values)[:len(FRAME_KEYS)] == FRAME_KEYS


def test_the_statuses_keep_names_and_keys(nodes):
    """In ``/diagnostics``: of each camera and its topic, of the model and the node."""
    for node in nodes:
        name = node.name.removeprefix('/')
        assert MODEL_KEYS <= set(node.keys(f'{name}: model'))
        assert node.keys(f'{name}: lifecycle')[:1] == ['state']
        assert node.statuses[f'{name}: model'].hardware_id.startswith(node.name)
        assert node.statuses[f'{name}: lifecycle'].hardware_id == node.name
        for camera, topic in node.topics.items():
            status = f'{name}: {camera or "image_raw"}'
            assert CAMERA_KEYS <= set(node.keys(status))
            assert node.statuses[status].hardware_id == topic
            assert set(TOPIC_KEYS) <= set(node.keys(topic))
            assert node.statuses[topic].hardware_id == node.name


def test_the_names_that_others_import_are_those_of_the_node():
    """Whoever reads a node by these finds it."""
    names = public_names
    assert names.FRAME_KEYS[:len(FRAME_KEYS)] == FRAME_KEYS
    assert CAMERA_KEYS <= set(names.CAMERA_KEYS) and set(TOPIC_KEYS) <= set(names.TOPIC_KEYS)
    assert MODEL_KEYS <= set(names.MODEL_KEYS) and names.NOT_NATIVE == 'not_native'
    assert OF_A_CAMERA.keys() == {
        names.CLASSIFICATION, names.FRAME_LATENCY, names.LABEL, names.ANNOTATED,
        names.ANNOTATED_COMPRESSED, *map(names.latency_topic, names.LATENCY_KEYS)}
    assert {names.LABEL_INFO, names.VISION_INFO} <= OF_THE_NODE.keys()
    assert names.status_name('/robot1/classifier', names.NAMELESS) == (
        'robot1/classifier: image_raw')


def test_nobody_writes_a_public_name_again():
    """Those that mean nothing else stand in one file, and are imported from there."""
    file = PACKAGE / 'node' / 'public_names.py'
    names = {'frame_latency', 'label_info', 'vision_info', 'annotated', ' frame latency',
             'detections_latency', ' detections latency'}
    again = {(path.relative_to(PACKAGE).as_posix(), text)
             for path in PACKAGE.rglob('*.py') if path != file
             for text in texts_of(path, (*names, '/diagnostics'))
             if names & set(re.split('[/:]', text)) or text.startswith('/diagnostics')}
    assert not again, 'import it from shufflenet_ros.node.public_names'


def texts_of(path, parts):
    """Give the strings of a module that has some parts of text, but those that are comments."""
    source = path.read_text()
    nodes = list(ast.walk(ast.parse(source))) if any(part in source for part in parts) else []
    comments = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return {node.value for node in nodes if isinstance(node, ast.Constant)
            and isinstance(node.value, str) and id(node) not in comments}


def test_greenwave_monitor_finds_each_camera(nodes):
    """
    Its rule: a status whose name begins with ``/`` is of the topic of that name.

    It shows the values as they are, and the expected rate where both numbers of it are above 0.
    """
    node = nodes[1]

    def shown():
        return {topic: {item.key: item.value for item in node.statuses[topic].values}
                for topic in node.graph('subscriber') if topic in node.statuses}

    def flows():
        node.bench.stream(0.6)
        return all(float(values[key]) > 1 for values in shown().values()
                   for key in ('frame_rate_node', 'frame_rate_msg'))

    assert node.bench.wait(flows, 10)
    assert shown().keys() == set(node.topics.values())
    for camera, topic in node.topics.items():
        values, status = shown()[topic], node.statuses[f'{node.name.removeprefix("/")}: {camera}']
        assert values.items() <= {item.key: item.value for item in status.values}.items()
        assert 0 < float(values['current_delay_from_realtime_ms']) < 5000
        assert (values['expected_frequency'], values['tolerance']) == (
            ('5.000', '10.000') if camera == 'front' else ('0.000', '0.000'))
        assert (node.statuses[topic].level, node.statuses[topic].message) == (
            status.level, status.message)
