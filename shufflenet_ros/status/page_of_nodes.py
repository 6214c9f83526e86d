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

"""Sections of the page for running classifiers: what runs and why, each camera, its publishers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shufflenet_ros.node.public_names import DROPS

Rows = Iterator[tuple[str, str]]


def node_sections(report: Mapping[str, Any]) -> Iterator[tuple[str, Rows]]:
    """Give the title and rows of each classifier and camera, or say that there is none."""
    graph = report['graph']
    if not graph['nodes']:
        yield 'Classifiers', _none(report)
    for node in graph['nodes']:
        process: Mapping[str, Any] = next(
            (one for one in report['processes'] if one['pid'] == node['pid'] != 0), {})
        yield f'Classifier {node["name"]}', _node(node, process)
        for camera in node['cameras']:
            yield f'Camera {camera["name"]} of {node["name"]}', _camera(camera)


def _none(report: Mapping[str, Any]) -> Rows:
    graph = report['graph']
    seen = graph['error'] or f'none seen in {graph["listened_s"]:.1f} s'
    yield 'running', seen if not graph['asked_for'] else f'{graph["asked_for"]}: {seen}'
    if graph['found']:
        yield 'others', ', '.join(graph['found'])
    for process in report['processes']:
        names = ' '.join(process['names'])
        yield 'process', f'{process["pid"]}{f" ({names})" if names else ""}'
    if graph['image_topics']:
        yield 'image topics', ', '.join(graph['image_topics'])


def _node(node: Mapping[str, Any], process: Mapping[str, Any]) -> Rows:
    model, card = node['model'], node['card']
    yield 'state', node['state'] or 'unknown: it has not reported'
    yield 'process', _process(process) if process else 'on another machine, or not to be seen'
    if process.get('variables'):
        for name, value in process['variables'].items():
            yield '', f'{name}={value}'
    if model.get('model'):
        yield 'model', f'{model["model"]}, {model.get("classes")} classes, {model.get("input")}'
        yield 'folder', str(model.get('folder', ''))
        yield 'runs', f'{model.get("form")} on {model.get("execution_providers")}'
        yield 'because', str(model.get('form_from'))
        yield 'inference', (f'p50 {_ms(model.get("inference_p50_ms"))}, p99 '
                            f'{_ms(model.get("inference_p99_ms"))}')
        yield 'threshold', f'{model.get("threshold")} ({model.get("threshold_from")})'
    if model.get('not_native'):
        yield 'not native', model['not_native']
    if card:
        yield 'card', _card(card)
        yield 'files', ', '.join(f'{name} {digest}' for name, digest in card['files'].items())
    yield from _reports(node)


def _process(process: Mapping[str, Any]) -> str:
    user = ('root' if process['is_root'] else 'same user' if process['is_same_user'] else
            'another user')
    return (f'{process["pid"]}, {user}, started {process["started_s"]:.0f} s ago, '
            f'{process["segment_bytes"] / (1 << 20):.1f} MB of shared memory')


def _card(card: Mapping[str, Any]) -> str:
    words = [str(card.get('architecture', ''))]
    if 'width' in card:
        words.append(f'{card["width"]}x g={card.get("groups")}')
    return ', '.join([*words, *(f'{name} {value}' for name, value in card['metrics'].items())])


def _reports(node: Mapping[str, Any]) -> Rows:
    """Say how the node finds itself; what is not well stands among the findings."""
    words = [f'{report["about"]} {report["level"]}' for report in node['reports']]
    if words:
        yield 'reports', ', '.join(words)


def _camera(camera: Mapping[str, Any]) -> Rows:
    yield 'topic', camera['topic'] or 'unknown: the node is not active'
    if not camera['topic']:
        return
    yield 'rate', (f'{_number(camera["rate_hz"], "Hz")}, results at '
                   f'{_number(camera["result_hz"], "Hz")}')
    yield 'age', (f'p50 {_number(camera["age_p50_ms"], "ms")}, p95 '
                  f'{_number(camera["age_p95_ms"], "ms")}; at receipt '
                  f'{_number(camera["age_at_receipt_ms"], "ms")}')
    counters = camera['counters']
    drops = ', '.join(f'{counters[name]} {name}' for name in ('missed', *DROPS)
                      if counters.get(name))
    yield 'images', (f'{counters.get("received", 0)} received, {counters.get("classified", 0)} '
                     f'classified{f", {drops}" if drops else ""}')
    asked = camera['subscription']
    yield 'asks for', _qos(asked) if asked else 'unknown'
    for publisher in camera['publishers']:
        yield 'published by', (f'{publisher["node"] or "unknown"}: {_qos(publisher)}, '
                               f'{"does not fit" if publisher["misfit"] else "fits"}')
    if not camera['publishers']:
        yield 'published by', 'nobody'


def _qos(endpoint: Mapping[str, Any]) -> str:
    return f'{endpoint["reliability"]}, {endpoint["durability"]}'


def _ms(text: str | None) -> str:
    return 'unknown' if text in (None, 'nan') else f'{text} ms'


def _number(value: float | None, unit: str) -> str:
    return 'unknown' if value is None else f'{value:.1f} {unit}'
