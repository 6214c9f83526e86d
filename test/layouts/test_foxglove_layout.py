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

"""Layouts against the typed classes of Foxglove's SDK, and what Lichtblick asks of a file."""

from dataclasses import fields, is_dataclass
import json
import re
from types import UnionType
from typing import get_args, get_origin, get_type_hints, Literal, Union

from foxglove import layouts as typed
from layouts.layout_files import ids_in, panels_of, paths_of
from layouts.message_path_values import topic_of, values_at
import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.layouts.arrangement import column, grid, row
from shufflenet_ros.layouts.foxglove import FOXGLOVE, layout_of, layout_text, LICHTBLICK
from shufflenet_ros.layouts.message_paths import diagnostic_value, topic_path
from shufflenet_ros.layouts.shown import node_shown, Shown, ShownCamera

LABELS = ('grass', 'metal', 'wet "leaves" \\ ice', '舗装')
CLASSES = {'Image': typed.ImageConfig, 'Plot': typed.PlotConfig,
           'StateTransitions': typed.StateTransitionsConfig, 'Table': typed.TableConfig,
           'DiagnosticSummary': typed.DiagnosticsSummaryConfig,
           'DiagnosticStatusPanel': typed.DiagnosticsDetailConfig}
"""Type of a panel, as exported files have it, to the class of its settings."""
TITLES = ('foxglovePanelTitle', 'lichtblickPanelTitle')
CAMERAS = ([''], ['front', 'rear'], ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
REPLAYED = Shown((ShownCamera('image', '/cam/image_raw/compressed',
                              '/classifier/cam/image_raw/compressed/classification',
                              annotations='/classifier/cam/image_raw/compressed/annotations'),),
                 LABELS)


def shown_of(cameras, hardware_id=''):
    """Give what a node with these cameras shows."""
    return node_shown('/robot1/classifier', cameras, LABELS, hardware_id and {
        f'robot1/classifier: {camera or "image_raw"}': hardware_id for camera in cameras})


ALL = [*(shown_of(cameras) for cameras in CAMERAS), shown_of(['front'], '/front/image_raw'),
       REPLAYED]


def typed_value(value, kind):
    """Make an object of a type of the SDK of a value of a layout; fail where it does not fit."""
    if get_origin(kind) in (Union, UnionType):
        failures = []
        for one in get_args(kind):
            try:
                return typed_value(value, one)
            except (AssertionError, TypeError) as failure:
                failures.append(str(failure))
        raise AssertionError(f'{value!r}: {failures}')
    if is_dataclass(kind):
        return typed_object(value, kind)
    if get_origin(kind) is list:
        assert isinstance(value, list)
        return [typed_value(one, get_args(kind)[0]) for one in value]
    if get_origin(kind) is dict:
        return {name: typed_value(one, get_args(kind)[1]) for name, one in value.items()}
    if get_origin(kind) is Literal:
        assert value in get_args(kind), f'{value!r} is none of {get_args(kind)}'
        return value
    expected = (int, float) if kind is float else kind
    assert isinstance(value, expected) and (kind is bool or not isinstance(value, bool)), value
    return value


def typed_object(settings, kind):
    """Make an object of a dataclass of the SDK of settings with the names of the file."""
    names = {re.sub('_(.)', lambda found: found[1].upper(), one.name): one.name
             for one in fields(kind)}
    hints = get_type_hints(kind)
    constant = kind()._to_dict() if 'customState' in kind.__name__ else {}
    if kind in (typed.StateTransitionsDiscreteCustomStates,
                typed.StateTransitionsRangeCustomStates):
        constant = {'type': kind()._to_dict()['type']}
    assert not {name for name in constant if settings.get(name) != constant[name]}
    return kind(**{names[name] if name in names else name: typed_value(one, hints[names[name]])
                   for name, one in settings.items() if name not in constant})


@pytest.mark.parametrize('shown', ALL)
def test_the_sdk_has_each_setting_of_each_panel(shown):
    """Its classes are made of the settings, and give the same settings again."""
    layout = layout_of(shown)
    seen = set()
    for name, settings in layout['configById'].items():
        kind = name.partition('!')[0]
        if kind not in CLASSES:
            assert (kind, set(settings) - {*TITLES}) in (
                ('Tab', {'activeTabIdx', 'tabs'}), ('Parameters', set()))
            continue
        settings = {key: one for key, one in settings.items() if key not in TITLES}
        seen.add(kind)
        assert json.loads(typed_object(settings, CLASSES[kind]).to_json()) == settings
    assert seen == (set(CLASSES) if shown.is_live else {'Image', 'Plot', 'StateTransitions'})


@pytest.mark.parametrize('settings', [
    {'paths': [{'value': '/a.b', 'timestampMethod': 'stamp'}]}, {'legendDisplay': 'below'},
    {'path': []}, {'minYValue': True}])
def test_the_check_against_the_sdk_can_fail(settings):
    """Unknown names, words and types are refused."""
    with pytest.raises((AssertionError, TypeError, KeyError)):
        typed_object(settings, typed.PlotConfig)


@pytest.mark.parametrize('program', [FOXGLOVE, LICHTBLICK])
@pytest.mark.parametrize('shown', ALL)
def test_a_file_is_what_both_programs_export(shown, program):
    """Lichtblick refuses a file without these; each panel stands in the tree once."""
    layout = json.loads(layout_text(shown, program))
    assert layout['playbackConfig'] == {'speed': 1} and layout['globalVariables'] == {}
    assert sorted(ids_in(layout)) == sorted(layout['configById'])
    assert len(layout['userNodes']) == (len(shown.cameras) if program == LICHTBLICK else 0)
    titles = [title for settings in panels_of(layout, 'Tab') for title in
              [tab['title'] for tab in settings['tabs']]]
    expected = ['Overview', *(camera.title for camera in shown.cameras), 'Health']
    assert titles == (expected if shown.is_live else [])


@pytest.mark.parametrize('shown', ALL)
def test_all_x_are_the_stamps_of_the_images(shown):
    """What belongs to one frame stands above each other."""
    lines = [line for settings in panels_of(layout_of(shown), 'Plot', 'StateTransitions')
             for line in settings['paths']]
    assert lines and {line['timestampMethod'] for line in lines} == {'headerStamp'}
    assert len({path.split('.')[0] for path in paths_of(layout_of(shown))}) >= len(shown.cameras)


def test_states_have_the_names_of_the_classes():
    """In Foxglove by the ids of classifications, which are strings of the index."""
    [panel] = panels_of(layout_of(shown_of(['front', 'rear'])), 'StateTransitions')
    for line, camera in zip(panel['paths'], ('front', 'rear'), strict=True):
        assert line['value'] == f'/robot1/classifier/{camera}/classification.results[0].class_id'
        assert [(state['value'], state['label']) for state in line['customStates']['states']] == [
            (str(number), label) for number, label in enumerate(LABELS)]


def test_a_script_names_the_classes_for_lichtblick():
    """One for each camera, with topics and names as literals; State Transitions shows it."""
    layout = layout_of(shown_of(['front', 'rear']), LICHTBLICK)
    [panel] = panels_of(layout, 'StateTransitions')
    for script, line in zip(layout['userNodes'].values(), panel['paths'], strict=True):
        source = script['sourceCode']
        [read] = json.loads(re.search(r'export const inputs = (\[.*\]);', source)[1])
        written = json.loads(re.search(r'export const output = (".*");', source)[1])
        assert read.endswith('/classification') and written == f'/studio_script{read}'
        assert line['value'] == f'{written}.name'
        assert json.loads(re.search(r'names: string\[\] = (\[.*\]);', source)[1]) == [*LABELS]


def test_annotations_are_drawn_over_the_images_of_a_replay():
    """The images stay those of the recording; times and diagnostics are not there to be shown."""
    layout = layout_of(REPLAYED)
    [image] = panels_of(layout, 'Image')
    assert image['imageMode'] == {
        'imageTopic': '/cam/image_raw/compressed', 'synchronize': False, 'annotations': {
            '/classifier/cam/image_raw/compressed/annotations': {'visible': True}}}
    assert not panels_of(layout, 'DiagnosticSummary', 'Parameters', 'Tab')
    assert not any('latency' in path or 'diagnostics' in path for path in paths_of(layout))


@pytest.mark.parametrize('topic', ['/a/b_1', '/video of a-b', '/say "hi"', '/back\\slash', '/ü.x'])
def test_topics_are_quoted_where_they_need_it(topic):
    """A recording may have names that ROS 2 does not allow."""
    path = topic_path(topic)
    assert (path == topic) == bool(re.fullmatch('[A-Za-z0-9_/-]+', topic, re.ASCII))
    assert topic_of(f'{path}.results[0].score') == topic


@pytest.mark.parametrize('path', ['/t.', '/t.a[', '/t.a[b]', '/t.a[:]{k=1}', '/t.a b', '/t{k==x}'])
def test_a_path_with_a_fault_is_none(path):
    """What Lichtblick's grammar refuses the evaluator of these tests refuses too."""
    class Everything:
        def __getattr__(self, name):
            return [Everything()]

    with pytest.raises(AssertionError):
        values_at(path, Everything())


def test_a_name_that_no_path_can_hold_is_refused():
    """Strings in filters know no escapes."""
    assert diagnostic_value("it's", 'k').startswith('/diagnostics.status[:]{name=="it\'s"}')
    with pytest.raises(ConfigurationError, match='both kinds of quotes'):
        diagnostic_value('"\'', 'k')


def test_shares_of_a_row_are_those_asked_for():
    """Pairs hold pairs: the first gets its part of what is left."""
    tree = row(('a', 2.0), ('b', 1.0), ('c', 1.0))
    assert tree['splitPercentage'] == 50 and tree['second']['splitPercentage'] == 50
    assert column(('a', 1.0)) == 'a'
    assert grid(['a', 'b', 'c'], 2)['second'] == 'c'
