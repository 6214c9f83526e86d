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
Write a layout of Foxglove or Lichtblick that shows a classifier and its cameras.

It has an overview (images with annotations, classes over time, scores, latency), a page for each
camera (stages, rates, drops) and one of health (diagnostics, parameters). Names are those of a
running node with --live, of a file of shufflenet_ros replay with --replay, else those given.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain
from shufflenet_ros.process.files import prepare_file, shipped_models, write_whole

if TYPE_CHECKING:
    from shufflenet_ros.layouts.shown import Shown

NODE, MODEL = '/classifier', 'surfaces'
MAX_LENGTH = 1000
PROGRAMS = ('foxglove', 'lichtblick')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--out', type=Path, metavar='FILE',
                        help='JSON file for the layout, such as classifier.json')
    parser.add_argument('--program', choices=PROGRAMS, default=PROGRAMS[0],
                        help='whose way of naming classes the file has; both programs open both '
                        'files (default: foxglove)')
    parser.add_argument('--node', metavar='NAME',
                        help=f'full name of the node (default: {NODE}; with --live the only one)')
    parser.add_argument('--cameras', metavar='LIST',
                        help="names as in the node's parameter cameras, such as front,rear "
                        '(default: the one without a name)')
    parser.add_argument('--model', metavar='NAME',
                        help='shipped model or model folder whose classes are named (default: '
                        f'{MODEL})')
    parser.add_argument('--live', action='store_true',
                        help='take cameras and classes from the running node')
    parser.add_argument('--replay', type=Path, metavar='FILE',
                        help='mcap file of shufflenet_ros replay, to be opened with its recording')
    parser.add_argument('--plotjuggler', action='store_true',
                        help="print the names of PlotJuggler's series instead")


def run(args: argparse.Namespace) -> int:
    """Check, gather the names, write."""
    _check(args)
    if args.out is not None:
        prepare_file(args.out)
    shown = _shown(args)
    if args.plotjuggler:
        from shufflenet_ros.layouts.plotjuggler import series_names

        for name in series_names(shown):
            print(plain(name, MAX_LENGTH))
    if args.out is not None:
        from shufflenet_ros.layouts.foxglove import layout_text

        write_whole(args.out, layout_text(shown, args.program))
        titles = ', '.join(camera.title for camera in shown.cameras)
        print(f'{plain(args.out)}: layout of {plain(titles, MAX_LENGTH)}')
    return 0


def _check(args: argparse.Namespace) -> None:
    if args.out is None and not args.plotjuggler:
        raise ConfigurationError('--out is missing: give the name of a file for the layout, such '
                                 'as --out classifier.json')
    given = [f'--{name}' for name in ('node', 'cameras', 'model')
             if getattr(args, name) is not None]
    if args.replay is not None and (given or args.live or args.plotjuggler):
        other = (given + ['--live'] * args.live + ['--plotjuggler'] * args.plotjuggler)[0]
        raise ConfigurationError(f'--replay with {other}: the file of a replay has its own names; '
                                 'give one of the two')
    if args.live and given not in ([], ['--node']):
        raise ConfigurationError(f'--live with {given[-1]}: the node says its cameras and '
                                 'classes; give one of the two')


def _shown(args: argparse.Namespace) -> Shown:
    if args.replay is not None:
        from shufflenet_ros.layouts.replayed import replay_shown

        return replay_shown(args.replay)
    if args.live:
        return _live(args.node)
    from shufflenet_ros.inference.model_card import find_model, load_model
    from shufflenet_ros.layouts.shown import node_shown

    model = load_model(find_model(MODEL if args.model is None else args.model, shipped_models()))
    cameras = [name.strip() for name in (args.cameras or '').split(',')]
    return node_shown(NODE if args.node is None else args.node, cameras, model.labels)


def _live(node: str | None) -> Shown:
    try:
        from shufflenet_ros.layouts.running_node import running_node_shown
    except ImportError as error:
        if (error.name or '').startswith('shufflenet_ros'):
            raise
        raise ConfigurationError(f'--live needs ROS 2 ({error}): source its setup.bash first, or '
                                 'give --node, --cameras and --model') from error
    return running_node_shown(node)
