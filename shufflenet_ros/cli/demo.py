"""
Fly a camera over real photographs and classify what it sees, over real ROS 2.

Three processes meet over the middleware: a camera (640x480 bgr8 at 30 Hz over grass, gravel and
brick, at changing height, heading and light; or a video of yours), the classifier node, and a
monitor that shows every stage's latency live. At the end it prints a summary and the path of a
contact sheet with annotated frames.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
import signal
import subprocess
import sys
import tempfile
import time

from shufflenet_ros.cli.options import parse_size
from shufflenet_ros.core.errors import ConfigurationError, ShufflenetRosError
from shufflenet_ros.demo.footage import Video
from shufflenet_ros.inference.model_card import find_model, load_model
from shufflenet_ros.process.files import prepare_file, prepare_folder, shipped_models

NODES = {'classifier': 'node.classifier_node', 'monitor': 'demo.nodes.monitor',
         'camera': 'demo.nodes.camera'}
PATIENCE_S = 30.0
"""How long the run may take beyond the length of the show."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--seconds', type=float, default=20.0, metavar='N',
                        help='length of the show (default: 20)')
    parser.add_argument('--json', type=Path, metavar='FILE',
                        help='write the summary to FILE as well')
    parser.add_argument('--video', type=Path, metavar='FILE',
                        help='show this video file instead of the photographs')
    parser.add_argument('--model', default='surfaces', metavar='NAME',
                        help='a shipped model or the path of a model folder (default: surfaces)')
    parser.add_argument('--size', default='640x480', metavar='WxH',
                        help='size of the images over the photographs (default: 640x480)')
    parser.add_argument('--rate', type=float, default=30.0, metavar='HZ',
                        help='images a second (default: 30)')
    parser.add_argument('--out', type=Path, default=Path('build/demo'), metavar='DIR',
                        help='folder for the contact sheet (default: build/demo)')


def run(args: argparse.Namespace) -> int:
    """Check the options, run the three processes, report the first that fails."""
    width, height = _check(args)
    sheet = args.out.resolve() / 'contact_sheet.png'
    with tempfile.TemporaryDirectory(prefix='shufflenet_ros_') as scratch:
        parameters = {
            'classifier': {'model': args.model},
            'monitor': {'json': str(args.json.resolve()) if args.json else '',
                        'sheet': str(sheet), 'snapshots': scratch,
                        'camera': _camera_name(args)},
            'camera': {'source': str(args.video.resolve()) if args.video else 'photographs',
                       'width': width, 'height': height, 'rate_hz': args.rate,
                       'seconds': args.seconds, 'wait': True, 'snapshots': scratch}}
        return _run_nodes(parameters, args.seconds + PATIENCE_S)


def _check(args: argparse.Namespace) -> tuple[int, int]:
    if not 0.1 <= args.seconds <= 86400:
        raise ConfigurationError(f'--seconds {args.seconds:g}: expected 0.1 to 86400')
    if not 0.1 <= args.rate <= 1000:
        raise ConfigurationError(f'--rate {args.rate:g}: expected 0.1 to 1000')
    height, width = parse_size(args.size)
    if args.video:
        Video(args.video)
    load_model(find_model(args.model, shipped_models()))
    prepare_folder(args.out)
    if args.json:
        prepare_file(args.json)
    return width, height


def _camera_name(args: argparse.Namespace) -> str:
    if args.video:
        return args.video.name
    return f'flight over photographs, {args.size} bgr8, {args.rate:g} Hz'


def _run_nodes(parameters: dict[str, dict], patience_s: float) -> int:
    # A namespace of its own: neither a robot nor a second demo on this machine is disturbed.
    namespace = f'/demo_{os.getpid()}'
    environment = {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST', **os.environ}
    processes = {}
    try:
        for name, values in parameters.items():
            processes[name] = subprocess.Popen(
                _command(NODES[name], namespace, values), env=environment)
        return _wait(processes, time.monotonic() + patience_s)
    except KeyboardInterrupt:
        return 130
    finally:
        _end(processes)


def _command(module: str, namespace: str, parameters: dict) -> list[str]:
    words = [sys.executable, '-m', 'shufflenet_ros.process.entry_points', module, '--ros-args',
             '-r', f'__ns:={namespace}', '-r', 'image_raw:=camera/image_raw',
             '--log-level', 'warn']
    for name, value in parameters.items():
        # Parameters are read as YAML: quotes keep a path like 1.5 a string.
        text = str(value).lower() if isinstance(value, bool) else value
        words += ['-p', f'{name}:={text!r}' if isinstance(value, str) else f'{name}:={text}']
    return words


def _wait(processes: dict[str, subprocess.Popen], deadline_s: float) -> int:
    while processes['monitor'].poll() is None:
        for name in ('classifier', 'camera'):
            if processes[name].poll():
                raise ShufflenetRosError(f'the {name} ended with exit code '
                                         f'{processes[name].returncode}; its message is above')
        if time.monotonic() > deadline_s:
            raise ShufflenetRosError('the demo did not end in time: no frames arrived? See '
                                     'docs/troubleshooting.md')
        time.sleep(0.05)
    return processes['monitor'].returncode


def _end(processes: dict[str, subprocess.Popen]) -> None:
    for process in processes.values():
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    for process in processes.values():
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
