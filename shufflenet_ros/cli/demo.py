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
Fly a camera over real images of ground and classify what it sees, over real ROS 2.

Three processes meet over the middleware: a camera (640x480 bgr8 at 30 Hz over grass, gravel and
brick, at changing height, heading and light; or a video of yours), the classifier node, and a
monitor that shows every stage's latency live. At the end it prints a summary and the path of a
contact sheet with annotated frames.

With --grid the flight is higher, over fields of these surfaces side by side: the screen shows the
class of each cell, and the summary how many of the cells that lie on one surface were right.
"""

from __future__ import annotations

import argparse
from pathlib import Path
import tempfile

from shufflenet_ros.cli.options import parse_size
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import grid_of

SIZE, GRID_SIZE = '640x480', '1280x720'
START_AND_END_S = 30.0
"""How long the run may take beyond the length of the show."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--seconds', type=float, default=20.0, metavar='N',
                        help='length of the show (default: 20)')
    parser.add_argument('--json', type=Path, metavar='FILE',
                        help='write the summary to FILE as well')
    parser.add_argument('--video', type=Path, metavar='FILE',
                        help='show this video file instead of the flight')
    parser.add_argument('--model', default='surfaces', metavar='NAME',
                        help='a shipped model or the path of a model folder (default: surfaces)')
    parser.add_argument('--grid', default='', metavar='CxR',
                        help='divide the images into columns x rows of cells, such as 4x3, and '
                        'fly over several surfaces side by side')
    parser.add_argument('--size', metavar='WxH',
                        help=f'size of the images of the flight (default: {SIZE}, or {GRID_SIZE} '
                        'with --grid)')
    parser.add_argument('--rate', type=float, default=30.0, metavar='HZ',
                        help='images a second (default: 30)')
    parser.add_argument('--out', type=Path, default=Path('build/demo'), metavar='DIR',
                        help='folder for the contact sheet (default: build/demo)')


def run(args: argparse.Namespace) -> int:
    """Check the options, run the three processes, report the first that fails."""
    height, width = _check(args)

    from shufflenet_ros.demo.processes import run_nodes
    from shufflenet_ros.process.files import room_on_disk
    with room_on_disk(Path(tempfile.gettempdir())), tempfile.TemporaryDirectory(
            prefix='shufflenet_ros_') as scratch:
        parameters = {
            'classifier': {'model': args.model, 'grid': args.grid},
            'monitor': {'json': str(args.json.resolve()) if args.json else '',
                        'sheet': str(args.out.resolve() / 'contact_sheet.png'),
                        'snapshots': scratch, 'camera': _camera_name(args)},
            'camera': {'source': str(args.video.resolve()) if args.video else 'photographs',
                       'grid': args.grid, 'width': width, 'height': height, 'rate_hz': args.rate,
                       'seconds': args.seconds, 'wait': True, 'snapshots': scratch}}
        return run_nodes(parameters, args.seconds + START_AND_END_S)


def _check(args: argparse.Namespace) -> tuple[int, int]:
    """Give height and width of the images; raises ConfigurationError for what cannot be."""
    if not 0.1 <= args.seconds <= 86400:
        raise ConfigurationError(f'--seconds {args.seconds:g}: expected 0.1 to 86400')
    if not 0.1 <= args.rate <= 1000:
        raise ConfigurationError(f'--rate {args.rate:g}: expected 0.1 to 1000')
    args.size = args.size or (GRID_SIZE if args.grid else SIZE)
    size = parse_size(args.size)
    _check_grid(args.grid)

    from shufflenet_ros.demo.image_sources import Video
    from shufflenet_ros.inference.model_card import find_model, load_model
    from shufflenet_ros.process.files import prepare_file, prepare_folder, shipped_models
    if args.video:
        Video(args.video)
    load_model(find_model(args.model, shipped_models()))
    prepare_folder(args.out)
    prepare_file(args.out / 'contact_sheet.png')
    if args.json:
        prepare_file(args.json)
    return size


def _check_grid(text: str) -> None:
    try:
        grid_of(text)
    except ConfigurationError as error:
        raise ConfigurationError(f'--{error}') from error


def _camera_name(args: argparse.Namespace) -> str:
    if args.video:
        return args.video.name
    over = f'fields, {args.grid} cells' if args.grid else 'ground'
    return f'flight over {over}, {args.size} bgr8, {args.rate:g} Hz'
