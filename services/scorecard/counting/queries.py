"""A unit's histograms, exactly from its ballots and tallies or as the worker has counted so far."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.counting.groups import slots_of
from services.scorecard.counting.histograms import Histogram
from services.scorecard.counting.models import UnitHistogram
from services.scorecard.scorecards.models import Scorecard

NOTE_CHANGE = text(
    "INSERT INTO round_change (round_id, recount, from_ballots) VALUES (:round_id, :recount, :from_ballots)"
)
BALLOTS = text(
    """
    SELECT coalesce(village_code, '') AS village_code, sex, age_group, disability, ethnic_minority, id_poor,
           given.position, given.score, count(*)::int AS people
    FROM ballot, LATERAL (SELECT 0 AS position, 0 AS score
                          UNION ALL
                          SELECT position, score FROM unnest(scores) WITH ORDINALITY AS answer(score, position)
                          WHERE score IS NOT NULL) AS given
    WHERE round_id = :round_id AND unit_code = :unit_code AND NOT late AND NOT withdrawn
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    """
)
"""Position 0 counts the people themselves; there are at most as many rows as kinds of people times cells."""
TALLIES = text(
    """
    SELECT coalesce(village_code, '') AS village_code, slot, participants, counts
    FROM tally JOIN tally_group ON tally_group.tally_id = tally.id
    WHERE round_id = :round_id AND unit_code = :unit_code AND NOT late AND withdrawn_at IS NULL
    """
)


async def note_change(db: AsyncSession, round_id: UUID, *, recount: bool = False, from_ballots: bool = False) -> None:
    """Have the worker refresh a round's progress: a scorecard's state, plan or publication changed, or something came
    late. `recount` when a scorecard changed its area: the sums of areas are made anew from those of units, or
    `from_ballots`: everything from what is stored.
    """
    await db.execute(NOTE_CHANGE, {"round_id": round_id, "recount": recount, "from_ballots": from_ballots})


async def count_unit(db: AsyncSession, card: Scorecard) -> dict[str, Histogram]:
    """A unit's histogram per village ("" where none was named), from all that counts now, whatever still waits in the
    queue. Exact where the scorecard is locked. Raises ValueError for scores that are not of its questions.
    """
    place = {"round_id": card.round_id, "unit_code": card.unit_code}
    by_village: defaultdict[str, Histogram] = defaultdict(lambda: Histogram(card.indicator_count, card.steps))
    width = card.indicator_count * card.steps
    counted: defaultdict[tuple[str, tuple[int, ...]], list[int]] = defaultdict(lambda: [0] * (1 + width))
    for village, *person, position, score, people in await db.execute(BALLOTS, place):
        if position > card.indicator_count or score > card.steps:
            raise ValueError(f"a ballot of {card.unit_code} does not answer its questions")
        cell = 1 + (position - 1) * card.steps + score - 1 if position else 0
        counted[village, tuple(slots_of(*person))][cell] += people
    for (village, slots), (people, *counts) in counted.items():
        by_village[village].add_counts(slots, people, counts)
    for village, slot, people, counts in await db.execute(TALLIES, place):
        if len(counts) != width:
            raise ValueError(f"a tally of {card.unit_code} does not answer its questions")
        by_village[village].add_counts([slot], people, counts)
    return dict(by_village)


async def unit_histogram(db: AsyncSession, round_id: UUID, unit_code: str) -> dict[str, Histogram]:
    """The same as far as the worker has counted: a second behind while scores come in, exact when none do."""
    place = (col(Scorecard.round_id) == round_id, col(Scorecard.unit_code) == unit_code)
    card = (await db.execute(select(col(Scorecard.indicator_count), col(Scorecard.steps)).where(*place))).one_or_none()
    rows = await db.scalars(
        select(UnitHistogram)
        .where(col(UnitHistogram.round_id) == round_id, col(UnitHistogram.unit_code) == unit_code)
        .where(col(UnitHistogram.participants) > 0)
        .execution_options(populate_existing=True)
    )
    return {
        row.village_code: Histogram(
            card.indicator_count, card.steps, row.participants, row.counts, row.people, row.slot_counts
        )
        for row in rows
        if card is not None
    }
