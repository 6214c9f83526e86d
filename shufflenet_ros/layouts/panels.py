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
The panels of a layout: settings that both Foxglove and Lichtblick know.

Field names are those of the classes in ``foxglove.layouts`` (PyPI: foxglove-sdk) and of the
panels in Lichtblick's sources. x is the stamp of the image everywhere, so that what belongs to
one frame stands above each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shufflenet_ros.core.frame import STAGES
from shufflenet_ros.layouts.message_paths import (
    best_class,
    best_score,
    diagnostic_value,
    latency_value,
    topic_path,
)
from shufflenet_ros.layouts.shown import ShownCamera
from shufflenet_ros.node.public_names import DIAGNOSTICS, DROPS

COLOURS = ('#4e98e2', '#f5774d', '#d9b13b', '#5cd6a9', '#a395e2', '#e76c90', '#35a7c9',
           '#9a9a9a')
"""Readable on dark and bright backgrounds; one for each stage and the total."""
CLASS_COLOURS = ('#4e98e2', '#f5774d', '#b59f2a', '#2f9e73', '#8773d9', '#d64a76', '#2b8fc0',
                 '#8c6d46', '#5f9e2f', '#c05fc0')
BY_STAMP = {'timestampMethod': 'headerStamp', 'enabled': True}


def image(camera: ShownCamera) -> dict[str, Any]:
    """Images of a camera, with what is drawn over them; no calibration is needed."""
    drawn = {camera.annotations: {'visible': True}} if camera.annotations else {}
    return {'imageMode': {'imageTopic': camera.image, 'annotations': drawn,
                          'synchronize': False}}


def stages(camera: ShownCamera) -> dict[str, Any]:
    """Milliseconds of each stage of each frame, and their total."""
    lines = [_line(latency_value(camera.frame_latency, f'{stage}_ms'), stage, COLOURS[number])
             for number, stage in enumerate((*STAGES, 'total'))]
    return _plot(lines, 'ms')


def totals(cameras: Sequence[ShownCamera]) -> dict[str, Any]:
    """Age of each camera's images when their results are published (ms)."""
    return _plot([_line(latency_value(camera.frame_latency, 'total_ms'), camera.title,
                        COLOURS[number % len(COLOURS)])
                  for number, camera in enumerate(cameras)], 'ms')


def rates(camera: ShownCamera) -> dict[str, Any]:
    """Images a second, by their arrival and by their stamps, from ``/diagnostics``."""
    return _plot([_line(diagnostic_value(camera.status, key), key, COLOURS[number])
                  for number, key in enumerate(('frame_rate_node', 'frame_rate_msg'))], 'Hz')


def drops(camera: ShownCamera) -> dict[str, Any]:
    """Images without a result since the node started, by what became of them."""
    return _plot([_line(latency_value(camera.frame_latency, key), key, COLOURS[number])
                  for number, key in enumerate(DROPS)], 'images')


def scores(cameras: Sequence[ShownCamera]) -> dict[str, Any]:
    """Score of the best hypothesis; a gap is a frame in which no class reached the threshold."""
    lines = [_line(best_score(camera.classification), camera.title,
                   COLOURS[number % len(COLOURS)]) for number, camera in enumerate(cameras)]
    return {**_plot(lines, 'score'), 'minYValue': 0, 'maxYValue': 1}


def classes(cameras: Sequence[ShownCamera], labels: Sequence[str]) -> dict[str, Any]:
    """
    Show the best class of each camera as coloured bars over time.

    Foxglove shows the names that ``customStates`` gives to the ids, Lichtblick the ids.
    """
    states = {'type': 'discrete', 'states': [
        {'value': str(number), 'label': label,
         'color': CLASS_COLOURS[number % len(CLASS_COLOURS)]}
        for number, label in enumerate(labels)]}
    return _transitions({camera.title: best_class(camera.classification) for camera in cameras},
                        {'customStates': states})


def class_names(paths: Mapping[str, str]) -> dict[str, Any]:
    """Show strings over time: title to message path."""
    return _transitions(paths, {})


def hypotheses(camera: ShownCamera) -> dict[str, Any]:
    """Show the k best of the latest frame as a table of class ids and scores."""
    return {'topicPath': f'{topic_path(camera.classification)}.results'}


def summary() -> dict[str, Any]:
    """Show the statuses of ``/diagnostics``, the worst first."""
    return {'minLevel': 0, 'pinnedIds': [], 'topicToRender': DIAGNOSTICS,
            'hardwareIdFilter': '', 'sortByLevel': True}


def status(camera: ShownCamera) -> dict[str, Any]:
    """Show the status of a camera with its values, or one that is chosen in the panel."""
    # The panel looks for both: a name alone would show nothing.
    chosen = {'selectedHardwareId': camera.hardware_id, 'selectedName': camera.status}
    return {'topicToRender': DIAGNOSTICS, **(chosen if camera.hardware_id else {})}


def _line(path: str, label: str, colour: str) -> dict[str, Any]:
    return {**BY_STAMP, 'value': path, 'label': label, 'color': colour, 'showLine': True}


def _plot(lines: list[dict[str, Any]], unit: str) -> dict[str, Any]:
    return {'paths': lines, 'xAxisVal': 'timestamp', 'yAxisLabel': unit, 'isSynced': True,
            'showLegend': True, 'legendDisplay': 'left', 'showPlotValuesInLegend': True,
            'showXAxisLabels': True, 'showYAxisLabels': True, 'sidebarDimension': 190}


def _transitions(paths: Mapping[str, str], more: Mapping[str, Any]) -> dict[str, Any]:
    return {'isSynced': True, 'paths': [
        {**BY_STAMP, 'value': path, 'label': title, **more} for title, path in paths.items()]}
