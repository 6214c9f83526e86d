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
Publish the images of a recording over ROS 2 at its own pace, as ros2 bag play does.

SOURCE is what ros2 bag record made (sqlite3 or mcap, also unfinished), a .bag file of ROS 1, a
video, or a folder of images. No ros2 bag is needed. Images keep their bytes, their header and
their topic; a video or folder is a camera on /image_raw. Several sources are played one after the
other. Only images are played, no other topics.

In a terminal: space pauses and resumes; right arrow or n plays the next image in a pause; up and
down play 10 % faster and slower. The services ~/pause, ~/resume and ~/step of the node /player
(std_srvs/Trigger) do the same. Arguments of ROS come last: --ros-args -r __ns:=/robot.
"""

from __future__ import annotations

import argparse
from math import isnan
from pathlib import Path

from shufflenet_ros.cli.options import check_window
from shufflenet_ros.core.errors import ConfigurationError

CLOCK_HZ = 40.0
FASTEST = 1000.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('sources', type=Path, nargs='+', metavar='SOURCE',
                        help='recording: a bag, a video or a folder of images')
    parser.add_argument('--topic', action='append', default=[], metavar='NAME',
                        help='topic to play; may be given several times (default: all that carry '
                        'Image or CompressedImage)')
    names = parser.add_mutually_exclusive_group()
    names.add_argument('--remap', action='append', default=[], metavar='FROM:=TO',
                       help='publish topic FROM as TO; may be given several times')
    names.add_argument('--to', default='', metavar='NAME',
                       help='publish the only topic as NAME, such as /camera/image_raw; '
                       'compressed images as NAME/compressed')
    parser.add_argument('--rate', type=float, default=1.0, metavar='X',
                        help='play X times as fast as recorded (default: 1)')
    parser.add_argument('--start', type=float, default=0.0, metavar='SECONDS',
                        help='skip so much of the beginning of each recording')
    parser.add_argument('--end', type=float, metavar='SECONDS',
                        help='stop so long after the beginning of each recording')
    parser.add_argument('--loop', action='store_true', help='start again at the end')
    parser.add_argument('--clock', type=_clock_hz, nargs='?', const=CLOCK_HZ, default=0.0,
                        metavar='HZ', help='publish the time of the recording on /clock, HZ times '
                        f'a second ({CLOCK_HZ:g} where no number is given) and before each image')
    parser.add_argument('--start-paused', action='store_true',
                        help='wait for a key or the service ~/resume or ~/step')
    parser.add_argument('--wait', type=float, default=5.0, metavar='SECONDS',
                        help='wait until each topic has a subscriber, at most so long; inf: as '
                        'long as it takes (default: 5)')
    parser.add_argument('--reliable', action='store_true',
                        help='publish reliable messages, for subscribers that ask for them '
                        '(default: best effort, as cameras do)')
    parser.add_argument('--stamps', choices=('recorded', 'now'), default='recorded',
                        help='header.stamp of the images: as recorded, or the moment of '
                        'publishing, on /clock with --clock (default: recorded)')
    parser.add_argument('--ros-args', nargs=argparse.REMAINDER, default=[], metavar='...',
                        help='arguments of ROS; the last option')


def run(args: argparse.Namespace) -> int:
    """Check, and play until the end or a signal."""
    from shufflenet_ros.process.signals import finish, stop_signals

    _check(args)
    renamed = dict(_pair(words) for words in args.remap)
    stop_signals.take_over()  # before anything that takes long, or starts a thread
    try:
        from shufflenet_ros.player.play import play
        from shufflenet_ros.player.request import PlayRequest
    except ImportError as error:
        if (error.name or '').startswith('shufflenet_ros'):
            raise
        raise ConfigurationError(_missing(error)) from error
    request = PlayRequest(
        tuple(args.sources), tuple(args.topic), renamed, args.to, args.start, args.end, args.rate,
        args.clock, args.loop, args.start_paused, args.wait, args.reliable, args.stamps)
    return finish(play(request, ['--ros-args', *args.ros_args] if args.ros_args else []))


def _check(args: argparse.Namespace) -> None:
    check_window(args.start, args.end)
    if not 0 < args.rate <= FASTEST:
        raise ConfigurationError(f'--rate {args.rate}: expected above 0 and at most {FASTEST:g}')
    if isnan(args.wait) or args.wait < 0:
        raise ConfigurationError(f'--wait {args.wait}: expected seconds, 0 or more, or inf')


def _clock_hz(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = 0.0
    if not 0 < value <= FASTEST:
        raise argparse.ArgumentTypeError(
            f'{word!r}: expected messages a second, above 0 and at most {FASTEST:g}; without a '
            'number it must stand behind the sources, or before another option')
    return value


def _pair(words: str) -> tuple[str, str]:
    old, sign, new = words.partition(':=')
    if not (old and sign and new):
        raise ConfigurationError(f'--remap {words}: expected FROM:=TO, such as '
                                 '/image_raw:=/camera/image_raw')
    return old, new


def _missing(error: ImportError) -> str:
    """Say which packages are not there."""
    if (error.name or '').partition('.')[0] in ('rosbags', 'mcap', 'zstandard', 'lz4', 'yaml'):
        return (f"reading bags needs rosbags and mcap ({error}): pip install '.[replay]' in the "
                'folder of the source')
    return f'playing needs ROS 2 ({error}): source its setup.bash, or run environment/install.py'
