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

"""Any fields of messages, any values of parameters: an error of the user's, or what is right."""

from array import array
from math import isfinite, isnan

from hypothesis import given, HealthCheck, settings
from hypothesis import strategies as st
from node.workbench import values_of
import pytest
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.core.errors import ConfigurationError, FrameError
from shufflenet_ros.core.frame import Counters, STAGES, StageTimings
from shufflenet_ros.node.camera_topics import check_camera_names, image_topic, transport_of_each
from shufflenet_ros.node.conversions import (
    compressed_frame_from_msg,
    frame_from_msg,
    LatencyMessage,
)
from shufflenet_ros.node.health.topic_advice import transport_advice, TYPES
from shufflenet_ros.node.parameters.table import PARAMETERS
from shufflenet_ros.node.parameters.values import declare_parameters, read_parameters
from std_msgs.msg import Float32, Header

PLENTY = settings(max_examples=300, deadline=None, derandomize=True,
                  suppress_health_check=[HealthCheck.function_scoped_fixture])
UINT8, UINT32 = st.integers(0, 2 ** 8 - 1), st.integers(0, 2 ** 32 - 1)
INT32 = st.integers(-2 ** 31, 2 ** 31 - 1)
INT64 = st.integers(-2 ** 63, 2 ** 63 - 1)
TEXT = st.text(st.characters(exclude_categories=['Cs'], exclude_characters='\0'), max_size=40)
DATA = st.binary(max_size=200).map(lambda data: array('B', data))


@st.composite
def headers(draw):
    header = Header(frame_id=draw(TEXT))
    header.stamp.sec, header.stamp.nanosec = draw(INT32), draw(UINT32)
    return header


@PLENTY
@given(headers(), UINT32, UINT32, TEXT, UINT8, UINT32, DATA, INT64, INT64)
def test_any_image_is_a_frame_or_a_frame_error(header, height, width, encoding, is_bigendian, step,
                                               data, received_ns, now_ns):
    """Its fields arrive as they were sent, and its age is that of the two clocks."""
    msg = Image(header=header, height=height, width=width, encoding=encoding,
                is_bigendian=is_bigendian, step=step, data=data)
    try:
        frame = frame_from_msg(msg, received_ns, now_ns)
    except FrameError as error:
        assert 0 in (height, width) and str(width) in str(error)
        return
    assert height and width
    assert (frame.height, frame.width, frame.step) == (height, width, step)
    assert (frame.encoding, frame.data, frame.header) == (encoding, data, header)
    check_stamp(frame, header, now_ns)


@PLENTY
@given(headers(), TEXT, DATA, INT64, INT64)
def test_any_compressed_image_is_a_frame_or_a_frame_error(header, name, data, received_ns, now_ns):
    """Only one without data is refused before it is decoded."""
    msg = CompressedImage(header=header, format=name, data=data)
    try:
        frame = compressed_frame_from_msg(msg, received_ns, now_ns)
    except FrameError:
        assert not data
        return
    assert (frame.format, frame.data, frame.header) == (name, data, header)
    check_stamp(frame, header, now_ns)


def check_stamp(frame, header, now_ns):
    stamp_ns = header.stamp.sec * 10 ** 9 + header.stamp.nanosec
    assert frame.stamp_ns == stamp_ns
    known = stamp_ns and now_ns
    assert frame.age_at_receipt_ns == (now_ns - stamp_ns if known else None)


LATENCY = LatencyMessage('classifier', 'front')


@PLENTY
@given(headers(), st.none() | INT64, st.lists(INT64, min_size=6, max_size=6), UINT32)
def test_any_timings_fit_into_the_messages(header, age_ns, stages_ns, count):
    """Whatever clocks do: the values are numbers, and the total is their sum."""
    timings = StageTimings(age_ns, *stages_ns)
    msg = LATENCY.fill(header, timings, Counters(count), 1, 'grass 0.93')
    assert msg.header == header and msg.status[0].message == 'grass 0.93'
    values = values_of(msg)
    assert isnan(values['total_ms']) == (age_ns is None)
    if age_ns is not None:
        assert values['total_ms'] == pytest.approx(
            sum(values[f'{stage}_ms'] for stage in STAGES), rel=1e-6, abs=0.01 * 2 ** 20)
    for value in timings.milliseconds().values():
        Float32(data=value)


@pytest.fixture(scope='module')
def node(context):
    """Give a node with the parameters of the classifier, and no more."""
    node = Node('parameters', context=context)
    declare_parameters(node)
    yield node
    node.destroy_node()


VALUES = {
    float: st.floats(), int: INT64, bool: st.booleans(), str: TEXT,
    list: TEXT | st.lists(TEXT, max_size=4) | st.lists(INT64, max_size=4) | st.none()}


@PLENTY
@given(st.fixed_dictionaries({}, optional={
    name: VALUES[type(entry.default)] for name, entry in PARAMETERS.items()}))
def test_any_values_of_parameters_make_a_record_or_an_error_of_the_users(node, changes):
    """A record that is made can be run with; its topics have names."""
    try:
        record = read_parameters(node, changes)
    except ConfigurationError as error:
        assert any(name in str(error) for name in changes) and len(str(error).splitlines()) == 1
        return
    assert all(isfinite(getattr(record, name)) for name in (
        'threshold', 'max_rate_hz', 'max_age_ms'))
    assert len(record.image_transport) == len(record.cameras) == len(set(record.cameras))
    assert set(record.image_transport) <= set(TYPES)
    for camera in record.cameras:
        node.resolve_topic_name(image_topic(camera))
    assert record.execution_providers and record.session_settings()


@PLENTY
@given(st.sampled_from(sorted(PARAMETERS)), st.one_of(*VALUES.values()))
def test_any_parameter_message_is_set_or_refused_in_a_line(node, name, value):
    """As rclpy checks types and ranges before the node does."""
    try:
        parameter = Parameter(name, value=value)
    except (TypeError, ValueError):  # an empty list has no type
        return
    if parameter.type_ == Parameter.Type.NOT_SET:  # the services of the node refuse it
        return
    result, = node.set_parameters([Parameter.from_parameter_msg(parameter.to_parameter_msg())])
    assert result.successful or result.reason


@PLENTY
@given(st.lists(TEXT, max_size=3), st.lists(TEXT | st.sampled_from(sorted(TYPES)), max_size=3))
def test_any_names_and_transports_are_checked_with_one_line(names, transports):
    """The launch file has them from its user as words."""
    for check in (lambda: check_camera_names(names),
                  lambda: transport_of_each(transports, len(names))):
        try:
            check()
        except ConfigurationError as error:
            assert len(str(error).splitlines()) == 1


@PLENTY
@given(st.lists(st.sampled_from(['cam', 'image', 'compressed']), min_size=1, max_size=5),
       st.sampled_from(sorted(TYPES)), st.data())
def test_any_advice_names_what_is_published(words, transport, data):
    """It ends, whatever the topic is called, and never points at what is not there."""
    topic = '/' + '/'.join(words)
    published = {name: set(data.draw(st.lists(st.sampled_from([*TYPES.values(), 'other']))))
                 for name in (topic, topic + '/compressed', topic.removesuffix('/compressed'))
                 if name}
    text = transport_advice(topic, transport, 'image_raw', lambda name: published.get(name, set()))
    if TYPES[transport] in published[topic]:
        assert not text
    if text:
        name, _, rest = text.partition(' has ')
        assert rest.partition(':')[0] in published[name]
        assert 'image_transport:=' in rest or 'remap ' in rest
