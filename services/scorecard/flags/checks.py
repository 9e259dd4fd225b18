"""Looking for unlikely patterns in what is stored of a unit, and keeping what was found."""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.counting.groups import PEOPLE_SLOTS
from services.scorecard.flags.models import Flag
from services.scorecard.flags.repeats import find_repeat
from services.scorecard.rounds.models import Round
from services.scorecard.rounds.windows import CAMBODIA
from services.scorecard.scorecards.following import Place
from services.scorecard.scorecards.models import Scorecard

VOTES = text(
    "SELECT scores, count(*) AS ballots FROM ballot"
    " WHERE round_id = :round_id AND unit_code = :unit_code AND NOT late AND NOT withdrawn GROUP BY scores"
)
ATTENDED = text(
    """
    WITH scored AS (
        SELECT meeting_id, count(*) AS people FROM ballot
        WHERE round_id = :round_id AND unit_code = :unit_code AND meeting_id IS NOT NULL AND NOT withdrawn
        GROUP BY meeting_id
        UNION ALL
        SELECT meeting_id, sum(participants) FROM tally JOIN tally_group ON tally_id = tally.id
        WHERE round_id = :round_id AND unit_code = :unit_code AND meeting_id IS NOT NULL AND withdrawn_at IS NULL
          AND slot < :people_slots
        GROUP BY meeting_id
    )
    SELECT meeting.id, meeting.total AS attended, sum(scored.people)::int AS scored
    FROM scored JOIN meeting ON meeting.id = scored.meeting_id
    GROUP BY meeting.id HAVING sum(scored.people) > meeting.total
    ORDER BY meeting.id
    """
)
ATTENDED_IN_ALL = text(
    """
    WITH scored AS (
        SELECT meeting_id, count(*) AS people FROM ballot
        WHERE round_id = :round_id AND unit_code = :unit_code AND channel = 'meeting' AND NOT withdrawn
        GROUP BY meeting_id
        UNION ALL
        SELECT meeting_id, sum(participants) FROM tally JOIN tally_group ON tally_id = tally.id
        WHERE round_id = :round_id AND unit_code = :unit_code AND withdrawn_at IS NULL AND slot < :people_slots
        GROUP BY meeting_id
    ), held AS (
        SELECT id, total FROM meeting
        WHERE round_id = :round_id AND unit_codes @> ARRAY[CAST(:unit_code AS text)]
    ), by_meeting AS (
        SELECT held.id, total, coalesce(sum(people), 0)::int AS people
        FROM held FULL JOIN scored ON scored.meeting_id = held.id GROUP BY held.id, total
    )
    SELECT sum(total)::int AS attended, sum(people)::int AS scored,
           coalesce(sum(people) FILTER (WHERE id IS NULL), 0)::int AS unnamed,
           sum(greatest(total - people, 0))::int AS places
    FROM by_meeting
    """
)
"""Of the unit's meetings together. Who is recorded without a meeting fits where one was attended by more than scored
in it; `places` are so many.
"""
HELD = text(
    """
    SELECT id, held_on FROM tally WHERE round_id = :round_id AND unit_code = :unit_code AND withdrawn_at IS NULL
    UNION ALL
    SELECT id, held_on FROM meeting WHERE round_id = :round_id AND unit_codes @> ARRAY[CAST(:unit_code AS text)]
    ORDER BY id
    """
)
KEEP = text(
    """
    INSERT INTO flag (round_id, unit_code, kind, subject, size, details)
    SELECT round_id, unit_code, kind, subject, size, details
    FROM jsonb_to_recordset(CAST(CAST(:flags AS text) AS jsonb)) AS found(
        round_id uuid, unit_code text, kind text, subject text, size int, details jsonb)
    ORDER BY round_id, unit_code, kind, subject
    ON CONFLICT (round_id, unit_code, kind, subject) DO UPDATE
    SET size = greatest(flag.size, excluded.size),
        details = CASE WHEN excluded.size > flag.size THEN excluded.details ELSE flag.details END,
        state = CASE WHEN flag.state = 'dismissed' AND excluded.size >= 2 * flag.size THEN 'open' ELSE flag.state END,
        version = flag.version + 1
    WHERE excluded.size > flag.size
    """
)
"""Two checks at once wait for each other in one order. What was dismissed opens again when it has doubled."""


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern, before it is kept as a flag."""

    kind: str
    size: int
    details: dict[str, Any] = field(default_factory=dict)
    subject: str = ""


async def check_unit(db: AsyncSession, card: Scorecard, now: datetime) -> None:
    """Look at all that is stored of a unit, as when its scoring ends, and keep what is unlikely as flags."""
    place = {"round_id": card.round_id, "unit_code": card.unit_code}
    votes = {tuple(row.scores): row.ballots for row in await db.execute(VOTES, place)}
    repeat = find_repeat(votes) if votes else None
    found: list[Found] = []
    if repeat is not None:
        numbers = {"identical": repeat.equal, "ballots": repeat.ballots, "expected": math.ceil(repeat.expected)}
        found.append(Found("identical_ballots", repeat.equal, numbers))
    for row in await db.execute(ATTENDED, place | {"people_slots": PEOPLE_SLOTS}):
        numbers = {"attended": row.attended, "scored": row.scored}
        found.append(Found("more_than_attended", row.scored - row.attended, numbers, str(row.id)))
    found += await more_than_all_attended(db, place)
    scored_round = await db.get_one(Round, card.round_id)
    opened = scored_round.scoring_opens_at or scored_round.opened_at
    for row in await db.execute(HELD, place):
        found += wrong_day(str(row.id), row.held_on, opened, now)
    await keep(db, {(card.round_id, card.unit_code): found})


async def more_than_all_attended(db: AsyncSession, place: dict[str, Any]) -> list[Found]:
    """Whether more people are recorded without a meeting than can have been in the unit's meetings; nothing follows
    where no meeting is recorded.
    """
    row = (await db.execute(ATTENDED_IN_ALL, place | {"people_slots": PEOPLE_SLOTS})).one()
    if row.attended is None or row.unnamed <= row.places:
        return []
    numbers = {"attended": row.attended, "scored": row.scored, "unnamed": row.unnamed}
    return [Found("more_than_all_attended", row.unnamed - row.places, numbers)]


def wrong_day(subject: str, held_on: date, opened: datetime | None, now: datetime) -> Iterator[Found]:
    """What is unlikely about the day of a meeting or tally: before scoring began, or still to come."""
    today, first = now.astimezone(CAMBODIA).date(), opened.astimezone(CAMBODIA).date() if opened else None
    if held_on > today:
        details = {"held_on": held_on.isoformat(), "seen_on": today.isoformat()}
        yield Found("held_in_future", (held_on - today).days, details, subject)
    elif first is not None and held_on < first:
        details = {"held_on": held_on.isoformat(), "opened_on": first.isoformat()}
        yield Found("held_before_opening", (first - held_on).days, details, subject)


async def count_open(db: AsyncSession, card: Scorecard) -> int:
    """How many flags of the unit nobody has decided about."""
    mine = (col(Flag.round_id) == card.round_id, col(Flag.unit_code) == card.unit_code, col(Flag.state) == "open")
    return await db.scalar(select(func.count()).select_from(Flag).where(*mine)) or 0


async def keep(db: AsyncSession, found: dict[Place, Iterable[Found]]) -> None:
    """Keep patterns as flags; one that is kept already is made larger, never smaller."""
    rows = [
        {"round_id": round_id, "unit_code": unit_code, "kind": one.kind, "subject": one.subject, "size": one.size}
        | {"details": one.details}
        for (round_id, unit_code), several in found.items()
        for one in several
    ]
    if rows:
        await db.execute(KEEP, {"flags": json.dumps(rows, default=str)})
