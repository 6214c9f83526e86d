"""The command line ``shufflenet_ros VERB``: one file per verb, found in the table below."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
import importlib
import sys
from types import ModuleType

from shufflenet_ros.core.errors import ShufflenetRosError

VERBS = {'demo': 'demo', 'frames': 'frames', 'train': 'train', 'evaluate': 'evaluate',
         'bench': 'bench', 'inspect': 'inspect_model', 'import': 'import_model', 'fetch': 'fetch'}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; exit code 0 done, 1 failed with one line on stderr, 2 wrong usage."""
    argv = sys.argv[1:] if argv is None else argv
    args = _parser(argv).parse_args(argv)
    try:
        return args.run(args)
    except ShufflenetRosError as error:
        print(f'shufflenet_ros {args.verb}: error: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='shufflenet_ros',
        description='Quantized ShuffleNet classification of camera topics for ROS 2.',
        epilog='Each verb explains itself: shufflenet_ros VERB --help. Exit codes: 0 done, '
               '1 failed (one line says why), 2 wrong usage.')
    verbs = parser.add_subparsers(dest='verb', metavar='VERB', required=True)
    # Only the verb in use is imported: help for all costs seconds, one verb must start at once.
    for name in [argv[0]] if argv and argv[0] in VERBS else VERBS:
        module = _module(name)
        summary, _, text = module.__doc__.strip().partition('\n')
        verb = verbs.add_parser(
            name, help=summary, description=f'{summary}\n{text}',
            formatter_class=argparse.RawDescriptionHelpFormatter)
        module.add_arguments(verb)
        verb.set_defaults(run=module.run)
    return parser


def _module(verb: str) -> ModuleType:
    return importlib.import_module(f'shufflenet_ros.cli.{VERBS[verb]}')


if __name__ == '__main__':
    sys.exit(main())
