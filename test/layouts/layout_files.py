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

"""What a layout file holds: its panels by type, its message paths, the ids in its tree."""


def panels_of(layout, *kinds):
    """Give the settings of all panels of these types."""
    return [settings for name, settings in layout['configById'].items()
            if name.partition('!')[0] in kinds]


def paths_of(layout):
    """List the message paths of plots and state transitions."""
    return [line['value'] for settings in panels_of(layout, 'Plot', 'StateTransitions')
            for line in settings['paths']]


def ids_in(layout):
    """List the panels that stand somewhere, those behind tabs too."""
    return [*_ids(layout['layout']), *(one for settings in panels_of(layout, 'Tab')
                                       for tab in settings['tabs'] for one in _ids(tab['layout']))]


def _ids(tree):
    if isinstance(tree, str):
        return [tree]
    assert tree['direction'] in ('row', 'column') and 0 < tree['splitPercentage'] < 100
    return [*_ids(tree['first']), *_ids(tree['second'])]
