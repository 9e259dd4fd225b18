"""Writes down, every few seconds, which units one network sent too many ballots or comments about."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.flags.checks import Found, keep
from services.scorecard.flags.network import WINDOW_MINUTES, NetworkWatch, comment_watch, watch
from shared.runtime import Runtime

PAUSE_SECONDS = 5.0


async def flag_networks(runtime: Runtime) -> None:
    """Keep writing down what this process has seen."""
    while True:
        await asyncio.sleep(PAUSE_SECONDS)
        async with runtime.database.transaction() as db:
            await write_down(db, watch)
            await write_down(db, comment_watch, "comments_one_network", counted="comments")


async def write_down(
    db: AsyncSession, seen: NetworkWatch, kind: str = "one_network", *, counted: str = "ballots"
) -> None:
    """One flag per unit, with the number of ballots (or comments) and minutes, never an address. What fails is tried
    again.
    """
    found = seen.take()
    if not found:
        return
    try:
        await keep(
            db,
            {
                place: [Found(kind, count, {counted: count, "minutes": WINDOW_MINUTES})]
                for place, count in found.items()
            },
        )
        await db.flush()
    except BaseException:
        seen.give_back(found)
        raise
