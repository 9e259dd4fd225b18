"""The worker that keeps the rounds' hours."""

from asyncio import sleep
from datetime import UTC, datetime

from services.scorecard.rounds.schedule import keep_all_hours
from shared.runtime import Runtime

LOOK_SECONDS = 5.0
"""Somebody may set another hour meanwhile, on this process or another."""


async def keep_schedule(runtime: Runtime) -> None:
    """Begin and end scoring at the hours that open rounds have set; what came due while it was away, at once."""
    while True:
        turn = await keep_all_hours(runtime.database, datetime.now(UTC))
        left = LOOK_SECONDS if turn is None else (turn - datetime.now(UTC)).total_seconds()
        await sleep(max(0.0, min(left, LOOK_SECONDS)))
