"""Storing ballots and queueing them to be counted: any number in one statement, each taken or left by itself."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from services.scorecard.ballots.arrays import array_text, arrays_text, words_text
from services.scorecard.ballots.casts import Cast
from services.scorecard.ballots.sums import QUEUE, queue_columns
from services.scorecard.counting.groups import SLOTS_IN_SQL

PHONE_HMAC = "sha256(phone_key.outer_pad || sha256(phone_key.inner_pad || {phone}))"
PHONE_HASH = PHONE_HMAC.format(phone="CAST(:phone AS bytea)")
"""HMAC-SHA-256 under the round's key, which never leaves the database."""

IN_AREA = "card.area_code LIKE ANY (item.reach)"
"""Whether a facilitator's grants reach the unit's area."""
SERVED = f"""
    ({IN_AREA}
     OR EXISTS (SELECT FROM unit, unnest(unit.catchment) AS served
                WHERE (unit.code = card.unit_code OR unit.aliases @> ARRAY[card.unit_code])
                  AND served LIKE ANY (item.reach)))
"""
"""The same, or a commune that it serves beside it (areas.must_serve); it costs every ballot a tenth, so it is asked of
those alone that the first statement has left.
"""

STORE = f"""
    WITH item AS MATERIALIZED (
        SELECT place, id, round_id, unit_code, scores::smallint[] AS scores, sex, age_group, disability,
               ethnic_minority, id_poor, village_code, meeting_id, cast_on, phone, link_version,
               string_to_array(reach, ' ') AS reach
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], string_to_array($4, ';'), $5::text::text[], $6::text::text[],
                    $7::text::bool[], $8::text::bool[], $9::text::bool[], $10::text[], $11::uuid[], $12::date[],
                    $13::bytea[], $14::text::int[], $15::text[]) WITH ORDINALITY
             AS item (id, round_id, unit_code, scores, sex, age_group, disability, ethnic_minority, id_poor,
                      village_code, meeting_id, cast_on, phone, link_version, reach, place)
    ), card AS MATERIALIZED (
        SELECT round_id, unit_code, area_code, indicator_count, steps, link_version, accepts_scores, state, unlocked
        FROM scorecard
        WHERE (round_id, unit_code) IN (SELECT round_id, unit_code FROM item)
        ORDER BY round_id, unit_code
        FOR SHARE {{waiting}}
    ), fresh AS (
        INSERT INTO ballot (id, round_id, unit_code, scores, sex, age_group, channel, device_hash, cast_on, disability,
                            ethnic_minority, id_poor, village_code, meeting_id, late)
        SELECT item.id, item.round_id, item.unit_code, item.scores, item.sex, item.age_group,
               CASE WHEN item.phone IS NULL THEN 'meeting' ELSE 'phone' END,
               {PHONE_HMAC.format(phone="item.phone")} AS device_hash,
               item.cast_on, item.disability, item.ethnic_minority, item.id_poor, item.village_code, item.meeting_id,
               NOT card.accepts_scores
        FROM item JOIN card USING (round_id, unit_code)
             LEFT JOIN (phone_key JOIN round ON round.id = phone_key.round_id)
                  ON item.phone IS NOT NULL AND phone_key.round_id = item.round_id
        WHERE card.indicator_count = cardinality(item.scores)
          AND (card.steps < ANY (item.scores)) IS NOT TRUE
          AND CASE WHEN item.phone IS NULL
              THEN {{reached}} AND (card.accepts_scores OR card.state <> 'planned')
              ELSE card.accepts_scores AND item.link_version >= card.link_version AND phone_key.round_id IS NOT NULL
                   AND (NOT card.unlocked OR (round.scoring_closes_at > now()) IS NOT FALSE)
              END
        ORDER BY device_hash, item.id
        ON CONFLICT DO NOTHING
        RETURNING *
    ), told AS (
        INSERT INTO round_change (round_id) SELECT DISTINCT round_id FROM fresh WHERE late
    )
"""  # noqa: S608 - constants are put in
"""In one order, so that two phones sending the same ballots wait for each other and not in a circle. A unit whose
scorecard somebody changes just now is passed over, so that it holds up no other."""
QUEUE_EACH = f"""
    , counted AS (
        INSERT INTO uncounted (round_id, unit_code, village_code, slots, scores)
        SELECT round_id, unit_code, coalesce(village_code, ''), {SLOTS_IN_SQL}, scores FROM fresh WHERE NOT late
    )
    SELECT id, late FROM fresh
"""  # noqa: S608 - constants are put in
STORE_AT_ONCE = STORE.format(waiting="SKIP LOCKED", reached=IN_AREA) + QUEUE_EACH
STORE_WHEN_FREE = STORE.format(waiting="", reached=SERVED) + QUEUE_EACH
TELL_STEPS = "SELECT place::int - 1, late, steps FROM fresh JOIN card USING (round_id, unit_code) JOIN item USING (id)"
STORE_TO_SUM_UP = STORE.format(waiting="SKIP LOCKED", reached=IN_AREA) + TELL_STEPS


async def store(session: asyncpg.Connection, casts: Sequence[Cast], *, wait: bool) -> dict[UUID, bool]:
    """Store ballots of different ids in one statement: the ids of those that are new, and whether they came late.

    A session outside a transaction has made them durable on return. `wait` for scorecards that are being changed.
    """
    rows = await session.fetch(STORE_WHEN_FREE if wait else STORE_AT_ONCE, *columns(casts))
    return {row[0]: row[1] for row in rows}


async def store_batch(session: asyncpg.Connection, casts: Sequence[Cast]) -> dict[int, bool]:
    """The same for a batch, by place in it; what was stored and is not late is queued as a sum per unit and village."""
    async with session.transaction():
        rows = await session.fetch(STORE_TO_SUM_UP, *columns(casts))
        scored = [(casts[at].ballot, steps) for at, late, steps in rows if not late]
        if scored:
            await session.execute(QUEUE, *queue_columns(scored))
    return {at: late for at, late, _ in rows}


def columns(casts: Sequence[Cast]) -> list[Any]:
    """The statement's parameters."""
    ballots = [cast.ballot for cast in casts]
    return [
        [ballot.id for ballot in ballots],
        [ballot.round_id for ballot in ballots],
        [ballot.unit_code for ballot in ballots],
        arrays_text([ballot.scores for ballot in ballots]),
        words_text([ballot.sex for ballot in ballots]),
        words_text([ballot.age_group for ballot in ballots]),
        array_text([ballot.disability for ballot in ballots]),
        array_text([ballot.ethnic_minority for ballot in ballots]),
        array_text([ballot.id_poor for ballot in ballots]),
        [ballot.village_code for ballot in ballots],
        [ballot.meeting_id for ballot in ballots],
        [ballot.cast_on() for ballot in ballots],
        [cast.phone for cast in casts],
        array_text([cast.scanned.version if cast.scanned else None for cast in casts]),
        [cast.reach for cast in casts],
    ]


async def session_of(db: AsyncSession | AsyncConnection) -> asyncpg.Connection:
    """asyncpg's own session beneath a transaction or connection, for statements in which each microsecond counts."""
    connection = await db.connection() if isinstance(db, AsyncSession) else db
    session = (await connection.get_raw_connection()).driver_connection
    assert isinstance(session, asyncpg.Connection)
    return session
