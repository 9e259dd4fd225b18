"""What the worker does for a round as a whole: progress, sums of areas, and queueing all its ballots again."""

from uuid import UUID

from services.scorecard.counting import statements
from services.scorecard.counting.batches import Session, recount_areas


async def refresh_rounds(session: Session) -> int:
    """Do what was noted for rounds; how many notes were dealt with."""
    notes = await session.fetch(statements.CHANGES)
    for round_id in {note["round_id"] for note in notes}:
        own = [note for note in notes if note["round_id"] == round_id]
        async with session.transaction(isolation="repeatable_read"):
            if any(note["from_ballots"] for note in own):
                await queue_again(session, round_id)
            elif any(note["recount"] for note in own):
                await recount_areas(session, round_id)
            await session.execute(statements.PROGRESS, round_id)
            await session.execute(statements.FORGET_CHANGES, [note["seq"] for note in own])
    return len(notes)


async def queue_again(session: Session, round_id: UUID) -> None:
    """Forget what was counted in a round and queue all that is stored; the round's numbers begin from nothing.

    A ballot and its row in the queue are committed together, so in one snapshot each is queued here or still to come.
    """
    for statement in (*statements.FORGET_COUNTED, statements.QUEUE_BALLOTS, statements.QUEUE_TALLIES):
        await session.execute(statement, round_id)
