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
Download published checkpoints and ImageNet's class names.

NAME is one of the catalogue, which --list shows. The file is checked by its SHA-256 before it gets
its name. A download that was interrupted leaves nothing and starts from the beginning: no file has
more than 4.2 MB. Proxies are taken from http_proxy and https_proxy. A fetched checkpoint can be
given by its name to "import" and to "train --from".
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.downloads.catalogue import (
    cache_folder,
    CATALOGUE,
    Checkpoint,
    find_item,
    is_fetched,
    Item,
    LABELS,
)
from shufflenet_ros.process.files import sha256_of

if TYPE_CHECKING:
    from rich.console import Console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('names', nargs='*', metavar='NAME',
                        help='what to get, such as shufflenet_v1_g3_0.5x imagenet_labels '
                        '(default: list what there is)')
    parser.add_argument('--list', action='store_true', help='list what there is, and what is here')
    parser.add_argument('--out', type=Path, metavar='DIR',
                        help='folder to save in (default: shufflenet_ros in the cache of the '
                        'user, XDG_CACHE_HOME or ~/.cache, where the other verbs look)')
    parser.add_argument('--url', metavar='URL',
                        help='get the one file from a mirror; its SHA-256 is checked all the same')


def run(args: argparse.Namespace) -> int:
    """List, or get one after the other."""
    from shufflenet_ros.terminal.plain_console import PlainConsole

    console = PlainConsole(soft_wrap=True)
    folder = (args.out.expanduser() if args.out else cache_folder()).absolute()
    if args.url and len(args.names) != 1:
        raise ConfigurationError(f'--url {args.url}: give the one NAME that it is of')
    items = [find_item(name) for name in args.names]
    if args.list or not items:
        _list(console, folder)
        return 0
    for item in items:
        _get(console, item, args.url or item.url, folder / item.file)
    _say_what_next(console, items, args.out)
    return 0


def _list(console: Console, folder: Path) -> None:
    for item in CATALOGUE:
        here = f'in {folder}' if is_fetched(item, folder) else 'not here'
        console.print(f'{item.name}  ({_amount(item.size)}, {here})')
        accuracy = (f', ImageNet top-1 {item.top1:.1%} as published'
                    if isinstance(item, Checkpoint) else '')
        console.print(f'    {item.what}{accuracy}')
        console.print(f'    {item.origin}; licence {item.licence}')
        console.print(f'    {item.url}')
        console.print(f'    sha256 {item.sha256}')


def _get(console: Console, item: Item, url: str, target: Path) -> None:
    if is_fetched(item, target.parent):
        console.print(f'{target}: here already, sha256 as expected')
        return
    if target.exists():
        raise ConfigurationError(_in_the_way(item, target))
    try:
        _download(console, item, url, target)
    except KeyboardInterrupt:
        console.print(f'Stopped; nothing of {item.name} is kept. The same command starts again.')
        raise
    console.print(f'{target}: {_amount(item.size)}, sha256 as expected')


def _download(console: Console, item: Item, url: str, target: Path) -> None:
    from shufflenet_ros.cli.terminal.progress import TerminalProgress
    try:
        # Only this verb needs pooch: the others must start without it.
        from shufflenet_ros.downloads.download import download, RemoteFile
    except ImportError as error:
        raise ConfigurationError(f'fetching needs pooch ({error}): pip install pooch') from error
    with TerminalProgress(console) as stages:
        update = stages.start('fetched kB', _kilobytes(item.size))
        download(RemoteFile(url, item.size, item.sha256, target),
                 lambda done: update(_kilobytes(done)))


def _in_the_way(item: Item, target: Path) -> str:
    if not target.is_file():
        return f'{target}: is no file; give another folder with --out'
    return (f'{target}: is another file: sha256 {sha256_of(target)}, expected {item.sha256}; '
            'remove it, or give another folder with --out')


def _say_what_next(console: Console, items: list[Item], out: Path | None) -> None:
    """Show the command that makes use of what was fetched."""
    checkpoint = next((item for item in items if isinstance(item, Checkpoint)), None)
    if checkpoint is None:
        return
    if out is None and not is_fetched(LABELS):
        console.print(f'names of its classes: shufflenet_ros fetch {LABELS.name}')
    what = checkpoint.name if out is None else out / checkpoint.file
    console.print(f'next: shufflenet_ros import {what} --out models/imagenet')


def _kilobytes(count: int) -> int:
    return -(-count // 1000)


def _amount(count: int) -> str:
    return f'{count / 1e6:.1f} MB' if count >= 10 ** 6 else f'{_kilobytes(count)} kB'
