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

"""Bars on a terminal, with the oldest rich that users have; names are text, never markup."""

import io

from rich.console import Console
from shufflenet_ros.cli.terminal.progress import TerminalProgress


def test_a_bar_counts_and_shows_names_as_they_are():
    """Parts of the total, and a bag whose name looks like markup."""
    file = io.StringIO()
    with TerminalProgress(Console(file=file, force_terminal=True, width=120)) as progress:
        update = progress.start('[/b] a[red]b', 12)
        update(3, '[/i] wet')
        update(12, '[/i] wet')
    shown = file.getvalue()
    assert '12/12' in shown and '[/b] a[red]b' in shown and '[/i] wet' in shown


def test_without_a_terminal_there_are_lines_alone():
    """No bars, and no empty line where no stage began."""
    file = io.StringIO()
    with TerminalProgress(Console(file=file)) as progress:
        pass
    assert file.getvalue() == ''
    with progress:
        progress.start('reading', 2)(2)
    assert file.getvalue().startswith('reading: 2 of 2') and file.getvalue().count('\n') == 1
