"""The ballot box: single ballots that wait at the same moment are stored in one statement, each for itself."""

import asyncio
from typing import Literal
from weakref import WeakKeyDictionary

import asyncpg

from services.scorecard.ballots.casts import Cast
from services.scorecard.ballots.villages import KnownVillages
from services.scorecard.ballots.writes import session_of, store
from shared.database_errors import is_outage
from shared.db import Database

WRITERS = 2
"""One statement is being committed while the next one fills; a third would find little to do."""
MOST_AT_ONCE = 64

Stored = Literal["counted", "late"] | None
"""None: it was not stored, for a reason that has to be looked for."""


class BallotBox:
    """One process's; a ballot is answered after the commit of the statement that stored it."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Cast, asyncio.Future[Stored]]] = []
        self._writers: set[asyncio.Task[None]] = set()
        self.villages = KnownVillages()

    async def put(self, database: Database, cast: Cast) -> Stored:
        """Store one ballot, without waiting for a scorecard that is being changed. Raises what the database raises."""
        stored: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._waiting.append((cast, stored))
        if len(self._writers) < WRITERS:
            self._writers.add(asyncio.create_task(self._write(database)))
        return await stored

    async def _write(self, database: Database) -> None:
        """Empty the box, and leave only when it is empty: between this look and the leaving nobody else gets a turn."""
        writer = asyncio.current_task()
        assert writer is not None
        try:
            while self._waiting:
                await self._empty(database)
        finally:
            self._writers.discard(writer)

    async def _empty(self, database: Database) -> None:
        taken: list[tuple[Cast, asyncio.Future[Stored]]] = []
        try:
            async with database.engine.connect() as connection:
                session = await session_of(connection)
                while taken := self._take():
                    await _store(session, taken)
        except Exception as error:
            # Those that still wait could not be stored by anybody else either: no session could be had.
            for _, stored in [*taken, *self._take(everything=not taken)]:
                if not stored.done():
                    stored.set_exception(error)

    def _take(self, *, everything: bool = False) -> list[tuple[Cast, asyncio.Future[Stored]]]:
        """The next ballots, of one id only one: what became of it decides what is said of the other."""
        waiting, self._waiting = self._waiting, []
        if everything:
            return waiting
        taken: list[tuple[Cast, asyncio.Future[Stored]]] = []
        ids = set()
        for cast, stored in waiting:
            if len(taken) < MOST_AT_ONCE and cast.ballot.id not in ids:
                ids.add(cast.ballot.id)
                taken.append((cast, stored))
            else:
                self._waiting.append((cast, stored))
        return taken


boxes: WeakKeyDictionary[Database, BallotBox] = WeakKeyDictionary()


def box_of(database: Database) -> BallotBox:
    """The box of this process and database."""
    box = boxes.get(database)
    if box is None:
        box = boxes[database] = BallotBox()
    return box


async def _store(session: asyncpg.Connection, taken: list[tuple[Cast, asyncio.Future[Stored]]]) -> None:
    """Store what was taken; should the statement fail, each by itself, so that none harms another."""
    try:
        late = await store(session, [cast for cast, _ in taken], wait=False)
    except Exception as error:
        if len(taken) == 1 or is_outage(error):
            for _, stored in taken:
                if not stored.done():
                    stored.set_exception(error)
        else:
            for one in taken:
                await _store(session, [one])
        return
    for cast, stored in taken:
        if not stored.done():
            stored.set_result(None if cast.ballot.id not in late else "late" if late[cast.ballot.id] else "counted")
