"""
Write frames of bags as images to be labelled and trained with.

BAG is what ros2 bag record made (sqlite3 or mcap, also unfinished), or a .bag file of ROS 1. Each
image is decoded as the node does it. A frame that shows the same picture as another one, of any
topic, bag or earlier run, is left out. DIR/frames.csv says where each image comes from.

Run it again with more bags or after an interruption: what DIR holds stays, and nothing is written
twice.
"""

from __future__ import annotations

import argparse
from math import isfinite
from pathlib import Path

from rich.console import Console

from shufflenet_ros.cli.progress import TerminalProgress
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.dataset.similarity import ALIKE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('bags', type=Path, nargs='+', metavar='BAG',
                        help='folder of a recording, or its .mcap, .db3 or .bag file')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR',
                        help='folder for the images')
    parser.add_argument('--topic', action='append', default=[], metavar='NAME',
                        help='topic to take; may be given several times (default: all that carry '
                        'Image or CompressedImage)')
    parser.add_argument('--every', type=float, default=0.5, metavar='SECONDS',
                        help='time between the stamps of two frames of a topic, at least; 0 for '
                        'all (default: 0.5)')
    parser.add_argument('--start', type=float, default=0.0, metavar='SECONDS',
                        help='skip so much of the beginning of each bag')
    parser.add_argument('--end', type=float, metavar='SECONDS',
                        help='stop so long after the beginning of each bag')
    parser.add_argument('--limit', type=int, metavar='N',
                        help='write at most N frames in all')
    parser.add_argument('--alike', type=float, default=ALIKE, metavar='X',
                        help='likeness from which on two frames show the same picture, above 0 to '
                        f'1; less leaves out more (default: {ALIKE})')
    parser.add_argument('--keep-duplicates', action='store_true',
                        help='write frames that show the same picture as well')
    parser.add_argument('--format', choices=('jpg', 'png'), default='jpg',
                        help='of the images (default: jpg)')
    parser.add_argument('--quality', type=int, default=95, metavar='N',
                        help='quality of jpg, 1 to 100 (default: 95)')


def run(args: argparse.Namespace) -> int:
    """Check, write, and say what became of each message."""
    _check(args)
    try:
        # Only this verb needs rosbags: the others must start without it.
        from shufflenet_ros.recordings import export, frame_folder
    except ImportError as error:
        raise ConfigurationError(f'reading bags needs rosbags ({error}): pip install -r '
                                 'environment/requirements/train.txt') from error
    topics = tuple(f'/{topic.lstrip("/")}' for topic in args.topic)
    export.check_bags(args.bags, topics)
    frames = frame_folder.FrameFolder(args.out, f'.{args.format}', args.quality)
    wanted = export.Wanted(topics, args.every, args.start, args.end, args.limit,
                           None if args.keep_duplicates else args.alike)
    console = Console()
    with TerminalProgress(console) as stages:
        work = export.Export(frames, wanted, stages)
        try:
            work.run(args.bags)
        except KeyboardInterrupt:
            stages.say('Stopped. What is written stays, and the same command goes on.')
            raise
        finally:
            _show(work.tallies, stages)
    if any(tally.written or tally.there for tally in work.tallies.values()):
        stages.say(f'Fill in the column label of {args.out / frame_folder.TABLE}, or sort the '
                   'images into a folder for each class; then: shufflenet_ros train')
    return 0


def _check(args: argparse.Namespace) -> None:
    for name, value in (('--every', args.every), ('--start', args.start), ('--end', args.end)):
        if value is not None and not (isfinite(value) and value >= 0):
            raise ConfigurationError(f'{name} {value}: expected seconds, 0 or more')
    if args.end is not None and args.end <= args.start:
        raise ConfigurationError(f'--end {args.end}: expected more than --start {args.start}')
    if args.limit is not None and args.limit < 1:
        raise ConfigurationError(f'--limit {args.limit}: expected at least 1')
    if not 0 < args.alike <= 1:
        raise ConfigurationError(f'--alike {args.alike}: expected above 0 and at most 1')
    if not 1 <= args.quality <= 100:
        raise ConfigurationError(f'--quality {args.quality}: expected 1 to 100')


def _show(tallies: dict, stages: TerminalProgress) -> None:
    for topic, tally in sorted(tallies.items()):
        stages.say(f'{topic}: {tally}')
        for remark in tally.remarks():
            stages.say(f'  {remark}')
