"""How long work reports how far it is; nothing is shown here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Update = Callable[..., None]
"""Called with how many parts are done, and a note if there is one."""


class Progress(Protocol):
    """Receives the progress of long work; the command line has one that draws bars."""

    def say(self, line: str) -> None:
        """Show one line of text."""

    def start(self, name: str, total: int, done: int = 0) -> Update:
        """Begin a stage of ``total`` parts, of which some are ``done`` already."""
