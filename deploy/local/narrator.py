"""Tells a person how the start goes: a moving line on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


class Narrator:
    """Speaks to standard output, and repeats to the supervisor's log what must be found again later."""

    def __init__(self, log: Path | None = None) -> None:
        self._console = _console() if sys.stdout.isatty() else None
        self._log = log

    def say(self, text: str) -> None:
        """Tell something that happened."""
        with suppress(OSError):  # the terminal may have been closed
            if self._console:
                self._console.print(text, markup=False, highlight=False, soft_wrap=True)
            else:
                sys.stdout.write(text + "\n")
                sys.stdout.flush()

    def report(self, text: str) -> None:
        """Tell something that happened, and write it down with the time."""
        self.say(text)
        if self._log:
            with self._log.open("a") as log:
                log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {text}\n")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Tell that something is being done, then that it is done and how long it took."""
        began = time.monotonic()
        with self._busy(title):
            yield
        took = time.monotonic() - began
        if self._console:
            self._console.print(f"  [green]✓[/green] {title} [dim]{took:.1f} s[/dim]", highlight=False)
        else:
            self.say(f"  done: {title} ({took:.1f} s)")

    def _busy(self, title: str) -> AbstractContextManager[object]:
        if self._console:
            return self._console.status(f"{title} …")
        self.say(f"{title} …")
        return nullcontext()


def _console() -> "Console":
    """Rich is imported only where somebody sees it."""
    from rich.console import Console

    return Console()
