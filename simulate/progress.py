"""Tells how far the year has come: a moving bar in a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn

Listener = Callable[[str, int, int], None]
"""Hears of every step: the chapter's name, steps done, steps in all."""


@dataclass
class Chapter:
    """One part of the year under way."""

    name: str
    total: int
    hear: Callable[["Chapter"], None]
    done: int = 0
    told: str = ""

    def advance(self, steps: int = 1) -> None:
        """So many steps more are done."""
        self.done += steps
        self.hear(self)

    def tell(self, text: str) -> None:
        """What stands in the chapter's closing line."""
        self.told = text


@dataclass
class Narrator:
    """Tells the chapters to a console and to a listener, and remembers how long each took."""

    console: Console
    listener: Listener | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """A line of its own."""
        self.console.print(text, highlight=False)

    @contextmanager
    def chapter(self, name: str, title: str, total: int = 0) -> Iterator[Chapter]:
        """A chapter with its bar, closed by a line with what came of it and how long it took."""
        began = time.monotonic()
        with self._bar(title, total) as move:
            chapter = Chapter(name, total, move)
            yield chapter
        self.seconds[name] = round(time.monotonic() - began, 3)
        told = f"  {chapter.told}" if chapter.told else ""
        self.say(f"  [green]✓[/green] {title}{told}  [dim]{self.seconds[name]:.1f} s[/dim]")

    @contextmanager
    def _bar(self, title: str, total: int) -> Iterator[Callable[[Chapter], None]]:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn())
        progress = Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal)
        with progress:
            task = progress.add_task(title, total=total or None)
            yield lambda chapter: self._hear(progress, task, chapter)

    def _hear(self, progress: Progress, task: TaskID, chapter: Chapter) -> None:
        progress.update(task, completed=chapter.done)
        if self.listener:
            self.listener(chapter.name, chapter.done, chapter.total)
