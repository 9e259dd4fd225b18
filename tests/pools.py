"""Sessions that outlive a test: opening them and compiling the same statements anew took a third of the time."""

import asyncio
from copy import copy

from shared.db import Database


class LastingDatabase(Database):
    """A service's database whose sessions wait for the next test's service instead of being closed."""

    async def close(self) -> None:
        """Keep the sessions; but not when one was never given back, so that a test leaves nothing to the next."""
        if self.engine.pool.checkedout():  # type: ignore[attr-defined]
            await super().close()

    async def end(self) -> None:
        """Close the sessions."""
        await super().close()


class Pools:
    """The databases that the services of one process use test after test."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, asyncio.AbstractEventLoop], LastingDatabase] = {}

    def open(self, url: str, *, service: str) -> Database:
        """A service's database; stands in for Database where a service starts.

        A new object with the sessions of the last, as services keep what they know of a database with the object.
        """
        key = url, service, asyncio.get_running_loop()
        if key not in self._kept:
            self._kept[key] = LastingDatabase(url, service=service)
        return copy(self._kept[key])

    async def end(self) -> None:
        """Close all sessions."""
        for database in self._kept.values():
            await database.end()
