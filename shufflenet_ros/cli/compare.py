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
Report on results of a replay, or compare two of them, with a verdict for CI.

A and B are folders that shufflenet_ros replay wrote, single results of it (mcap, parquet, csv,
jsonl), or bags in which a node's outputs were recorded. The report has report.html, which works
offline, metrics.json, junit.xml and charts as PNG.

--labels says what frames show: a CSV file with a column label, and stamp_ns, received_ns, or
start_s and end_s; also the frames.csv of shufflenet_ros frames. --conditions is a YAML file in the
words of driving_log_replayer.

Exit codes: 0 all conditions are met, 1 one is not or a file cannot be used (one line says why),
2 wrong usage.
"""

from __future__ import annotations

import argparse
from pathlib import Path
import sys
from typing import TYPE_CHECKING

from shufflenet_ros.core.errors import ConfigurationError, MAX_LENGTH
from shufflenet_ros.core.text import plain

if TYPE_CHECKING:
    from shufflenet_ros.comparison.compare import Judged
    from shufflenet_ros.terminal.plain_console import PlainConsole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('a', type=Path, metavar='A', help='results; with B, what it was before')
    parser.add_argument('b', type=Path, nargs='?', metavar='B',
                        help='other results for the same recordings')
    parser.add_argument('--labels', type=Path, metavar='CSV',
                        help='what the frames show, for the accuracy')
    parser.add_argument('--conditions', type=Path, metavar='FILE',
                        help='what the results must meet')
    parser.add_argument('--fail-under', type=float, metavar='X',
                        help='fail where the agreement of A and B, or without B the accuracy by '
                        '--labels, is below X (0 to 1)')
    parser.add_argument('--out', type=Path, metavar='DIR',
                        help='folder for the report (default: A/report, or A-report beside a '
                        'file)')
    parser.add_argument('--recording', type=Path, action='append', default=[], metavar='PATH',
                        help='recording to read the images from, if it is not where it was when '
                        'it was replayed; may be given several times')


def run(args: argparse.Namespace) -> int:
    """Compare, write the report, say the verdict."""
    if args.fail_under is not None and not 0 <= args.fail_under <= 1:
        raise ConfigurationError(f'--fail-under {args.fail_under}: expected a share from 0 to 1')
    if args.fail_under is not None and args.b is None and args.labels is None:
        raise ConfigurationError(f'--fail-under {args.fail_under}: one result without --labels '
                                 'has neither agreement nor accuracy; give B, or --labels')
    # Here, so that the help needs none of it.
    from shufflenet_ros.comparison.compare import (
        CompareOptions,
        judged,
        PAGE,
        report_folder,
        write_report,
    )
    from shufflenet_ros.comparison.verdict import has_passed, why_failed
    from shufflenet_ros.terminal.plain_console import PlainConsole

    options = CompareOptions(args.a, args.b, args.labels, args.conditions, args.fail_under,
                             tuple(args.recording))
    console = PlainConsole()
    work = judged(options)
    _show(work, console)
    folder = args.out or report_folder(args.a)
    write_report(work, options, folder, lambda line: console.print(line, soft_wrap=True))
    console.print(f'The report is {folder / PAGE}', soft_wrap=True)
    if has_passed(work.checks):
        return 0
    print(f'shufflenet_ros compare: failed: {plain(why_failed(work.checks), MAX_LENGTH)}',
          file=sys.stderr)
    return 1


def _show(work: Judged, console: PlainConsole) -> None:
    """Print the main figures, and each condition."""
    from shufflenet_ros.comparison.provenance import differences_of
    from shufflenet_ros.comparison.verdict import cut
    comparison = work.comparison
    for fact in differences_of(comparison):
        console.print(f'{fact.name}: A {fact.a}, B {fact.b}', soft_wrap=True)
    for remark in comparison.remarks:
        console.print(remark, soft_wrap=True)
    for side in comparison.sides:
        streams = comparison.streams[side.letter]
        console.print(f'{side.letter}: {len(side.results)} frames of {len(streams)} streams, '
                      f'{int((~side.results.is_good).sum())} without a classification')
    found = comparison.agreement
    if found is not None:
        share = 'unknown' if found.share is None else cut(found.share)
        console.print(f'agreement {share}: {found.agreed} of {found.frames} frames; '
                      f'{len(found.changed)} changed, {len(found.joined.only_a)} only in A, '
                      f'{len(found.joined.only_b)} only in B')
    for letter, accuracy in comparison.accuracies.items():
        if accuracy.share is not None:
            console.print(f'accuracy of {letter} {cut(accuracy.share)}: {accuracy.hits} of '
                          f'{accuracy.frames} labelled frames')
    for check in work.checks:
        state = 'met' if check.holds else 'not met' if check.counts else 'not needed'
        console.print(f'{state}: {check.name}: {check.measured}; wanted {check.wanted}',
                      soft_wrap=True)
