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
Write frames of recordings as images to be labelled and trained with.

BAG is what ros2 bag record made (sqlite3 or mcap, also unfinished), a .bag file of ROS 1, a video
file, a folder of images, or a folder that holds several of these. Each image is decoded as the
node does it. A near-duplicate of another frame, of any topic, bag or earlier run, is left out.
DIR/frames.csv says where each image comes from.

With --region, --grid or both, the parts of a frame that a node with these parameters classifies
are written, each as an image of its own: patches to train a model with that will see such cells.
A near-duplicate of another patch is left out, whichever frames they are of.

Run it again with more bags or after an interruption: what DIR holds stays, and nothing is written
twice.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from shufflenet_ros.cli.options import check_window, parse_view
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import View

if TYPE_CHECKING:
    from shufflenet_ros.cli.terminal.progress import TerminalProgress
    from shufflenet_ros.recordings.export import Export, ExportOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('bags', type=Path, nargs='+', metavar='BAG',
                        help='folder of a recording, or its .mcap, .db3 or .bag file; a video, a '
                        'folder of images')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR',
                        help='folder for the images')
    parser.add_argument('--topic', action='append', default=[], metavar='NAME',
                        help='topic to take; may be given several times (default: all that carry '
                        'Image or CompressedImage)')
    parser.add_argument('--region', metavar='X,Y,W,H',
                        help='write this part of each frame, as shares of its width and height '
                        'from the top left, such as 0,0.5,1,0.5 for the lower half')
    parser.add_argument('--grid', default='', metavar='CxR',
                        help='write the cells of the frame, or of --region: columns x rows, such '
                        'as 4x3')
    parser.add_argument('--every', type=float, default=0.5, metavar='SECONDS',
                        help='time between the stamps of two frames of a topic, at least; 0 for '
                        'all (default: 0.5)')
    parser.add_argument('--start', type=float, default=0.0, metavar='SECONDS',
                        help='skip so much of the beginning of each bag')
    parser.add_argument('--end', type=float, metavar='SECONDS',
                        help='stop so long after the beginning of each bag')
    parser.add_argument('--limit', type=int, metavar='N',
                        help='write at most N images in all')
    parser.add_argument('--alike', type=float, metavar='X',
                        help='similarity from which on two images are near-duplicates, above 0 to '
                        '1; less leaves out more (default: 0.95)')
    parser.add_argument('--keep-duplicates', action='store_true',
                        help='write near-duplicates as well')
    parser.add_argument('--format', choices=('jpg', 'png'), default='jpg',
                        help='of the images (default: jpg)')
    parser.add_argument('--quality', type=int, default=95, metavar='N',
                        help='quality of jpg, 1 to 100 (default: 95)')


def run(args: argparse.Namespace) -> int:
    """Check, write, and say what became of each message."""
    _check(args)
    view = parse_view(args.region, args.grid)
    try:
        # Only this verb needs rosbags and mcap: the others must start without them.
        from shufflenet_ros.recordings import export, frame_folder, open_recording
    except ImportError as error:
        raise ConfigurationError(f'reading bags needs rosbags and mcap ({error}): pip install '
                                 "'.[replay]' in the folder of the source") from error
    from shufflenet_ros.cli.terminal.progress import TerminalProgress
    from shufflenet_ros.terminal.plain_console import PlainConsole

    options = _options(args, view)
    bags = [bag for path in args.bags for bag in open_recording.find_recordings(path)]
    export.check_bags(bags, options.topics)
    frames = frame_folder.FrameFolder(args.out, f'.{args.format}', args.quality,
                                      patches=view is not None)
    with TerminalProgress(PlainConsole()) as stages:
        work = export.Export(frames, options, stages)
        _work(work, bags, stages)
    if any(one.written or one.written_before for one in work.counts.values()):
        stages.say(f'Fill in the column label of {args.out / frame_folder.TABLE}, or sort the '
                   'images into a folder for each class; then: shufflenet_ros train')
    return 0


def _check(args: argparse.Namespace) -> None:
    check_window(args.start, args.end, args.every)
    if args.limit is not None and args.limit < 1:
        raise ConfigurationError(f'--limit {args.limit}: expected at least 1')
    if args.alike is not None and not 0 < args.alike <= 1:
        raise ConfigurationError(f'--alike {args.alike}: expected above 0 and at most 1')
    if not 1 <= args.quality <= 100:
        raise ConfigurationError(f'--quality {args.quality}: expected 1 to 100')


def _options(args: argparse.Namespace, view: View | None) -> ExportOptions:
    from shufflenet_ros.dataset.similarity import ALIKE
    from shufflenet_ros.recordings.export import ExportOptions
    similarity = ALIKE if args.alike is None else args.alike
    return ExportOptions(tuple(args.topic), args.every, args.start, args.end, args.limit,
                         None if args.keep_duplicates else similarity, view)


def _work(work: Export, bags: list[Path], stages: TerminalProgress) -> None:
    """Export, and say what became of each message, also of a run that ends early."""
    try:
        work.run(bags)
    except KeyboardInterrupt:
        stages.say('Stopped. What is written stays, and the same command goes on.')
        raise
    finally:
        for topic, counts in sorted(work.counts.items()):
            stages.say(f'{topic}: {counts}')
            for remark in counts.remarks():
                stages.say(f'  {remark}')
