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
``junit.xml``: each condition as a test case, for GitLab, GitHub, Jenkins and ``colcon``.

The elements are those of https://github.com/testmoapp/junitxml, which all of them read.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from shufflenet_ros.comparison.verdict import Check
from shufflenet_ros.core.text import plain

SUITE = 'shufflenet_ros.compare'
LONGEST = 2000
"""Characters of an attribute."""


def junit_of(name: str, checks: Sequence[Check]) -> bytes:
    """Give the XML; without conditions it has one case, which is skipped."""
    cases = [_case(check) for check in checks] or [_empty()]
    counts = {'tests': str(len(cases)), 'failures': str(_with(cases, 'failure')), 'errors': '0',
              'skipped': str(_with(cases, 'skipped')), 'time': '0'}
    root = ElementTree.Element('testsuites', {
        'name': SUITE, **{key: value for key, value in counts.items() if key != 'skipped'}})
    suite = ElementTree.SubElement(root, 'testsuite', {'name': _text(name), **counts})
    suite.extend(cases)
    ElementTree.indent(root)
    return ElementTree.tostring(root, 'utf-8', xml_declaration=True) + b'\n'


def _case(check: Check) -> ElementTree.Element:
    case = ElementTree.Element('testcase', {
        'name': _text(check.name), 'classname': f'{SUITE}.{check.kind}', 'time': '0'})
    line = f'measured: {check.measured}; wanted: {check.wanted}'
    if check.holds:
        ElementTree.SubElement(case, 'system-out').text = _text(line)
    elif check.counts:
        failure = ElementTree.SubElement(case, 'failure', {
            'message': _text(line), 'type': check.kind})
        failure.text = _text(f'{check.name}\nmeasured: {check.measured}\nwanted: {check.wanted}')
    else:
        ElementTree.SubElement(case, 'skipped', {
            'message': _text(f'not needed, since its group holds; {line}')})
    return case


def _empty() -> ElementTree.Element:
    case = ElementTree.Element('testcase', {
        'name': 'conditions', 'classname': SUITE, 'time': '0'})
    ElementTree.SubElement(case, 'skipped', {
        'message': 'neither --conditions nor --fail-under was given'})
    return case


def _with(cases: Sequence[ElementTree.Element], name: str) -> int:
    return sum(case.find(name) is not None for case in cases)


def _text(text: str) -> str:
    """Leave out what no XML can hold."""
    return '\n'.join(plain(line, LONGEST) for line in text.split('\n'))
