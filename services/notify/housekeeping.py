"""What is old goes, so that the tables do not grow for ever."""

import asyncio

from sqlalchemy import text

from services.notify.deliveries import queries as deliveries
from shared.runtime import Runtime

EVERY_SECONDS = 3600.0
DELIVERY_DAYS = 30
MESSAGE_DAYS = 400
"""A yearly cycle and a little more."""

FORGET_MESSAGES = text("DELETE FROM message WHERE created_at < now() - make_interval(days => :days)")


async def forget_old(runtime: Runtime) -> None:
    """Delete finished deliveries with their logs, events nobody waits for, and messages of past cycles."""
    async with runtime.database.transaction() as db:
        await db.execute(deliveries.FORGET_FINISHED, {"days": DELIVERY_DAYS})
        await db.execute(deliveries.FORGET_ABANDONED, {"days": DELIVERY_DAYS})
    async with runtime.database.transaction() as db:
        await db.execute(deliveries.FORGET_OCCURRENCES)
    async with runtime.database.transaction() as db:
        await db.execute(FORGET_MESSAGES, {"days": MESSAGE_DAYS})


async def keep_tidy(runtime: Runtime) -> None:
    """Do so every hour."""
    while True:
        await forget_old(runtime)
        await asyncio.sleep(EVERY_SECONDS)
