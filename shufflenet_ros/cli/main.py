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
The command line ``shufflenet_ros VERB``: one file for each verb, found in the table below.

Only the verb in use is imported. The list of all verbs shows the first line of each file, which is
read as text: help must come at once, and on machines where a verb's packages are missing.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Sequence
import errno
import importlib
from pkgutil import get_data
import sys
from types import ModuleType

from shufflenet_ros.core.errors import ConfigurationError, MAX_LENGTH, ShufflenetRosError
from shufflenet_ros.core.text import plain
import shufflenet_ros.process.no_telemetry  # noqa: F401

PACKAGE = 'shufflenet_ros.cli'
VERBS = {'demo': 'demo', 'replay': 'replay', 'compare': 'compare', 'play': 'play',
         'frames': 'frames', 'train': 'train', 'evaluate': 'evaluate', 'bench': 'bench',
         'inspect': 'inspect_model', 'import': 'import_model', 'upgrade': 'upgrade',
         'fetch': 'fetch', 'layout': 'layout', 'monitor': 'monitor', 'rqt': 'rqt',
         'status': 'status'}
"""Verb to the name of its file."""
CURES = {errno.ENAMETOOLONG: 'give a shorter name', errno.ELOOP: 'mend the link',
         errno.ENOSPC: 'make room', errno.EDQUOT: 'make room', errno.EFBIG: 'make room',
         errno.EACCES: 'check who may read and write there', errno.EROFS: 'give another folder',
         errno.EPERM: 'check who may read and write there'}
"""What may help where the system refuses something."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; exit code 0 done, 1 failed with one line on stderr, 2 wrong usage."""
    argv = sys.argv[1:] if argv is None else argv
    args = _parser(argv).parse_args(argv)
    try:
        _check_words(argv)
        return args.run(args)
    except ShufflenetRosError as error:
        return _failed(args.verb, str(error))
    except OSError as error:
        return _failed(args.verb, _line_of(error))
    except MemoryError:
        return _failed(args.verb, 'the memory of this machine is not enough; close other '
                                  'programs, or give smaller files')
    except KeyboardInterrupt:
        return 130


def _check_words(argv: Sequence[str]) -> None:
    for word in argv:
        if '\0' in word:
            raise ConfigurationError(f'{word!r}: expected a name without a NUL character')


def _failed(verb: str, message: str) -> int:
    print(f'shufflenet_ros {plain(verb)}: error: {plain(message, MAX_LENGTH)}', file=sys.stderr)
    return 1


def _line_of(error: OSError) -> str:
    """Say what the system refused, for which file, and what may help."""
    reason = error.strerror or type(error).__name__
    name = error.filename2 or error.filename
    where = f'{plain(name)}: {reason}' if isinstance(name, (str, bytes)) else reason
    return f'{where}; {CURES.get(error.errno or 0, "check the path, and the disk it lies on")}'


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='shufflenet_ros',
        description='Quantized ShuffleNet classification of camera topics for ROS 2.',
        epilog='Each verb explains itself: shufflenet_ros VERB --help. Exit codes: 0 done, '
               '1 failed (one line says why), 2 wrong usage.')
    verbs = parser.add_subparsers(dest='verb', metavar='VERB', required=True)
    for name in VERBS:
        summary, _, text = _description(name).partition('\n')
        verb = verbs.add_parser(
            name, help=summary, description=f'{summary}\n{text}',
            formatter_class=argparse.RawDescriptionHelpFormatter)
        if argv and argv[0] == name:
            module = _module(name)
            module.add_arguments(verb)
            verb.set_defaults(run=module.run)
    return parser


def _description(verb: str) -> str:
    """Read what a verb says of itself, without importing it."""
    source = get_data(PACKAGE, f'{VERBS[verb]}.py') or b''
    return ast.get_docstring(ast.parse(source)) or ''


def _module(verb: str) -> ModuleType:
    return importlib.import_module(f'{PACKAGE}.{VERBS[verb]}')


if __name__ == '__main__':
    sys.exit(main())
