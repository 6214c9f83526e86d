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

"""Frames of two results brought together: which ones both have, and which only one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from shufflenet_ros.comparison.results import nth_of, Results, Stream, streams_of

Key = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Joined:
    """Places in the columns of both results."""

    a: np.ndarray
    """Of the frames that both have, int64 (pairs,)."""
    b: np.ndarray
    only_a: np.ndarray
    """Of frames that the other does not have, int64."""
    only_b: np.ndarray
    streams: Mapping[Key, Key]
    """Stream of A to that of B."""
    remarks: tuple[str, ...]
    """What was joined by something else than name and time of recording."""


def join(a: Results, b: Results) -> Joined:
    """
    Join by recording, topic, time of recording and place among those with the same time.

    Results of a node have other times and names than the recording: where no time is common, the
    stamps decide, and where each has one recording or topic, their names do not matter.
    """
    of_a, of_b = ({(one.recording, one.topic): one for one in streams_of(each)}
                  for each in (a, b))
    remarks: list[str] = []
    partners = _partners(set(of_a), set(of_b), remarks)
    pairs_a: list[int] = []
    pairs_b: list[int] = []
    for key, other in sorted(partners.items()):
        rows_a, rows_b = _pairs(a, of_a[key], b, of_b[other], remarks)
        pairs_a += rows_a
        pairs_b += rows_b
    joined_a, joined_b = np.array(pairs_a, np.int64), np.array(pairs_b, np.int64)
    return Joined(joined_a, joined_b, np.setdiff1d(np.arange(len(a)), joined_a),
                  np.setdiff1d(np.arange(len(b)), joined_b), partners, tuple(remarks))


def _partners(of_a: set[Key], of_b: set[Key], remarks: list[str]) -> dict[Key, Key]:
    recordings = _matched({key[0] for key in of_a}, {key[0] for key in of_b}, lambda a, b: False)
    topics_a, topics_b = _by_recording(of_a), _by_recording(of_b)
    partners: dict[Key, Key] = {}
    for recording, other in recordings.items():
        topics = _matched(topics_a[recording], topics_b[other], _same_camera)
        partners |= {(recording, topic): (other, one) for topic, one in topics.items()}
    for key, partner in sorted(partners.items()):
        if key != partner:
            remarks.append(f'{" ".join(key)} of A is joined with {" ".join(partner)} of B')
    return partners


def _by_recording(keys: set[Key]) -> dict[str, set[str]]:
    topics: dict[str, set[str]] = {}
    for recording, topic in keys:
        topics.setdefault(recording, set()).add(topic)
    return topics


def _matched(of_a: set[str], of_b: set[str],
             is_same: Callable[[str, str], bool]) -> dict[str, str]:
    """Bring names together: equal ones first, then those that can mean nothing else."""
    found = {name: name for name in of_a & of_b}
    left_a, left_b = sorted(of_a - of_b), sorted(of_b - of_a)
    if not found and len(left_a) == len(left_b) == 1:
        return {left_a[0]: left_b[0]}
    for name in left_a:
        alike = [one for one in left_b if is_same(name, one)]
        back = [one for one in left_a if len(alike) == 1 and is_same(one, alike[0])]
        if len(alike) == 1 and len(back) == 1:
            found[name] = alike[0]
    return found


def _same_camera(one: str, other: str) -> bool:
    """Whether one is the name of a camera, and the other a topic of it."""
    return other.startswith(f'{one}/') or one.startswith(f'{other}/')


def _pairs(a: Results, in_a: Stream, b: Results, in_b: Stream,
           remarks: list[str]) -> tuple[list[int], list[int]]:
    pairs = _equal(a.received_ns[in_a.rows], in_a.rows, b.received_ns[in_b.rows], in_b.rows)
    if pairs[0] or (a.is_offline and b.is_offline and (in_a.recording, in_a.topic) == (
            in_b.recording, in_b.topic)):
        return pairs
    stamped_a, stamped_b = (in_a.rows[a.stamp_ns[in_a.rows] > 0],
                            in_b.rows[b.stamp_ns[in_b.rows] > 0])
    pairs = _equal(a.stamp_ns[stamped_a], stamped_a, b.stamp_ns[stamped_b], stamped_b)
    if pairs[0]:
        remarks.append(f'{in_a.recording} {in_a.topic}: no time of recording is common, so frames '
                       'are joined by their stamps')
    return pairs


def _equal(times_a: np.ndarray, rows_a: np.ndarray, times_b: np.ndarray,
           rows_b: np.ndarray) -> tuple[list[int], list[int]]:
    list_a, list_b = times_a.tolist(), times_b.tolist()
    known = dict(zip(zip(list_b, nth_of(list_b)), rows_b.tolist()))
    found = [(row, known.get(key)) for key, row in zip(
        zip(list_a, nth_of(list_a)), rows_a.tolist())]
    pairs = [(one, other) for one, other in found if other is not None]
    return [one for one, _ in pairs], [other for _, other in pairs]
