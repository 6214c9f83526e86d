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
Classify every image of recordings, the same each time and faster than real time.

SOURCE is a bag (rosbag2 or ROS 1, also unfinished), a video file or a folder of images. DIR gets
the results of each recording as an mcap file that stands beside it and as tables, the times apart,
and manifest.json. Each image goes through the core that the node runs; none is dropped.

Run it again after an interruption, or with more sources: what is done is not done twice.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
import re
from typing import TYPE_CHECKING

from shufflenet_ros.cli.options import check_window
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import grid_of, region_of, View
from shufflenet_ros.core.text import plain

if TYPE_CHECKING:
    from shufflenet_ros.core.smoothing import Smoothing
    from shufflenet_ros.replay.frames import NamedClassifier
    from shufflenet_ros.replay.model import LoadedModel
    from shufflenet_ros.replay.run import ReplayOptions
    from shufflenet_ros.replay.workers import Workers

MOST_JOBS = 1024
MARGIN = 0.1
"""As the node has it."""
OPTIONS = {'region': '--region', 'grid': '--grid', 'smoothing_s': '--smoothing',
           'smoothing_margin': '--smoothing-margin'}
"""Parameter of the node to the option that is the same."""
PREFIX = re.compile('(/[A-Za-z_][A-Za-z0-9_]*)+', re.ASCII)
"""Names of ROS 2, see https://design.ros2.org/articles/topic_and_service_names.html."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('sources', type=Path, nargs='+', metavar='SOURCE',
                        help='recording: folder, .mcap, .db3, .bag, video, folder of images')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR',
                        help='folder for the results')
    parser.add_argument('--model', default='surfaces', metavar='NAME',
                        help='shipped model or model folder (default: surfaces)')
    parser.add_argument('--precision', default='int8', metavar='FORM',
                        help='int8, int8_native, int8_graph or fp32 (default: int8, as native '
                        'where that runs)')
    parser.add_argument('--top-k', type=int, default=5, metavar='K',
                        help='hypotheses of a result, at most (default: 5)')
    parser.add_argument('--threshold', type=float, metavar='X',
                        help="score that they must reach, 0 to 1 (default: that of the model's "
                        'card)')
    _add_looks(parser)
    parser.add_argument('--format', default='mcap,csv', metavar='LIST',
                        help='some of mcap,parquet,csv,jsonl (default: mcap,csv)')
    parser.add_argument('--prefix', default='/classifier', metavar='NAME',
                        help='what stands before topics in the mcap file (default: /classifier)')
    parser.add_argument('--annotations', action='store_true',
                        help='add foxglove_msgs/ImageAnnotations to the mcap file, which '
                        'Foxglove and Lichtblick draw over the images')
    parser.add_argument('--topic', action='append', default=[], metavar='NAME',
                        help='topic to take; may be given several times (default: all with '
                        'images)')
    parser.add_argument('--start', type=float, default=0.0, metavar='SECONDS',
                        help='skip so much of the beginning of each recording')
    parser.add_argument('--end', type=float, metavar='SECONDS',
                        help='stop so long after the beginning of each recording')
    parser.add_argument('--every', type=float, default=0.0, metavar='SECONDS',
                        help='time between the stamps of two frames of a topic, at least '
                        '(default: 0, all)')
    parser.add_argument('--through-node', action='store_true',
                        help='send each frame to a real node over the middleware, the next when '
                        'the last is answered; the results are the same')
    parser.add_argument('--no-sha256', action='store_true',
                        help='leave out the SHA-256 of the recordings: to calculate it takes '
                        'longer than to classify raw images')
    parser.add_argument('--jobs', type=int, default=1, metavar='N',
                        help='processes that share the work (default: 1)')
    parser.add_argument('--scheduler', metavar='ADDRESS',
                        help='share the work among the workers of this Dask scheduler')


def _add_looks(parser: argparse.ArgumentParser) -> None:
    """Declare what of each image is looked at, as the node's parameters do."""
    parser.add_argument('--region', default='0,0,1,1', metavar='X,Y,W,H',
                        help='part of each image that is looked at, as shares of the image from '
                        'the top left; 0,0.67,1,0.33 is its lower third (default: all)')
    parser.add_argument('--grid', default='', metavar='CxR',
                        help='divide the region into columns x rows of cells, such as 4x3, each '
                        'classified (default: none)')
    parser.add_argument('--classify-whole', action=argparse.BooleanOptionalAction, default=True,
                        help='classify the region as a whole too where there is a grid '
                        '(default: yes)')
    parser.add_argument('--smoothing', type=float, default=0.0, metavar='SECONDS',
                        help='average scores over time with this time constant, 0 to 60 '
                        '(default: 0, off)')
    parser.add_argument('--smoothing-margin', type=float, default=MARGIN, metavar='X',
                        help='score by which another class must lead before it is taken for the '
                        f'new one (default: {MARGIN})')


def run(args: argparse.Namespace) -> int:
    """Check, classify, and say what became of each image."""
    _check(args)
    try:
        # Only this verb needs them: the others must start without.
        from shufflenet_ros.replay.model import loaded, ModelChoice
        from shufflenet_ros.replay.run import Replay
    except ImportError as error:
        raise ConfigurationError(f'reading recordings needs rosbags and mcap ({error}): pip '
                                 "install '.[replay]' in the folder of the source") from error
    from shufflenet_ros.cli.terminal.progress import TerminalProgress
    from shufflenet_ros.terminal.plain_console import PlainConsole

    options = _options(args)
    model = loaded(ModelChoice(args.model, args.precision, args.top_k, args.threshold))
    with TerminalProgress(PlainConsole()) as stages:
        _say_model(model, stages.say)
        try:
            with _workers(args, model, options) as workers:
                Replay(args.out, model, options, stages).run(args.sources, workers)
        except KeyboardInterrupt:
            stages.say('Stopped. What is done stays, and the same command goes on.')
            raise
        stages.say(f'Results are in {args.out}; shufflenet_ros compare {args.out} shows them')
    return 0


def _check(args: argparse.Namespace) -> None:
    check_window(args.start, args.end, args.every)
    if not 1 <= args.jobs <= MOST_JOBS:
        raise ConfigurationError(f'--jobs {args.jobs}: expected 1 to {MOST_JOBS}')
    if args.scheduler is not None and args.jobs > 1:
        raise ConfigurationError(f'--jobs {args.jobs} with --scheduler: the workers of the '
                                 'scheduler do the work; give one of the two')
    if args.through_node and (args.jobs > 1 or args.scheduler is not None):
        raise ConfigurationError('--through-node with --jobs or --scheduler: there is one node, '
                                 'which takes one frame after the other; give one of them')
    if not PREFIX.fullmatch(args.prefix):
        raise ConfigurationError(f'--prefix {plain(args.prefix)}: expected a name of ROS that '
                                 'begins with a slash, such as /classifier')


def _options(args: argparse.Namespace) -> ReplayOptions:
    from shufflenet_ros.replay.outputs import OutputOptions
    from shufflenet_ros.replay.run import ReplayOptions
    from shufflenet_ros.replay.slices import Selection
    formats = tuple(dict.fromkeys(name.strip() for name in args.format.split(',')))
    return ReplayOptions(Selection(tuple(args.topic), args.start, args.end, args.every),
                         OutputOptions(formats, args.prefix, args.annotations),
                         _view(args), _smoothing(args), through_node=args.through_node,
                         with_sha256=not args.no_sha256)


def _view(args: argparse.Namespace) -> View:
    """Give what of each image is classified; ConfigurationError names the option."""
    try:
        shares = [float(one) for one in args.region.split(',')]
    except ValueError as error:
        raise ConfigurationError(f'--region {plain(args.region)}: expected four numbers with '
                                 'commas between them, such as 0,0.67,1,0.33') from error
    with _as_option():
        return View(region_of(shares), grid_of(args.grid), args.classify_whole)


def _smoothing(args: argparse.Namespace) -> Smoothing:
    """Give how scores are averaged over time; ConfigurationError names the option."""
    from shufflenet_ros.core.smoothing import Smoothing
    with _as_option():
        return Smoothing(args.smoothing, args.smoothing_margin)


@contextmanager
def _as_option() -> Iterator[None]:
    """Name the option where the core names the node's parameter."""
    try:
        yield
    except ConfigurationError as error:
        name, _, rest = str(error).partition(':')
        option = OPTIONS.get(name, name)
        raise ConfigurationError(f'{option}:{rest}') from error


@contextmanager
def _workers(args: argparse.Namespace, model: LoadedModel,
             options: ReplayOptions) -> Iterator[Workers]:
    from shufflenet_ros.replay.workers import Cluster, OneProcess, Processes
    if args.through_node:
        with _node(args, model, options) as by:
            yield OneProcess(by)
    elif args.scheduler is not None:
        yield Cluster(args.scheduler)
    else:
        yield Processes(args.jobs) if args.jobs > 1 else OneProcess()


@contextmanager
def _node(args: argparse.Namespace, model: LoadedModel,
          options: ReplayOptions) -> Iterator[NamedClassifier]:
    """Start a node that classifies with the same form of the model."""
    from shufflenet_ros.replay.frames import NamedClassifier
    try:
        from shufflenet_ros.player.through_node import NodeReplay
    except ImportError as error:
        raise ConfigurationError(f'--through-node needs ROS 2 ({error}): source its setup.bash, '
                                 'or leave the option out; the results are the same') from error
    looks = options.looks
    with NodeReplay(args.model, model.selection.engine.name, args.top_k, args.threshold,
                    looks.view, looks.keeps_scores) as node:
        yield NamedClassifier(node, node.labels, looks.keeps_scores)


def _say_model(model: LoadedModel, say: Callable[[str], None]) -> None:
    say(f'model {plain(model.identity.name)}, {model.selection.form}, threshold '
        f'{model.threshold:g}')
    why = model.selection.why_not_native
    if why:
        say(f'int8_native does not run: {plain(why)}')
