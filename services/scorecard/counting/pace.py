"""Back-pressure: whoever stores many ballots at once waits while the worker of the same process is behind."""

import asyncio
from weakref import WeakKeyDictionary

from shared.db import Database

PATIENCE_SECONDS = 2.0
"""What is sent is taken in the end, however long counting takes."""


class Pace:
    """Whether the worker counts as fast as ballots come in."""

    def __init__(self) -> None:
        self._kept = asyncio.Event()
        self._kept.set()

    def tell(self, *, behind: bool) -> None:
        """What the worker knows after each of its batches."""
        if behind:
            self._kept.clear()
        else:
            self._kept.set()

    async def wait(self) -> None:
        """Give the worker time to catch up; not for ever."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._kept.wait()
        except TimeoutError:
            return


paces: WeakKeyDictionary[Database, Pace] = WeakKeyDictionary()


def pace_of(database: Database) -> Pace:
    """That of this process and database."""
    return paces.setdefault(database, Pace())
