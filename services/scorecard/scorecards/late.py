"""Records of facilitators that came after scoring had ended: kept, shown as a number, counted when that is granted."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.counting.groups import ATTRIBUTES, SLOTS_IN_SQL
from services.scorecard.scorecards.models import Scorecard

OF_UNIT = "round_id = :round_id AND unit_code = :unit_code AND late"
COUNT = text(
    f"""
    SELECT (SELECT count(*) FROM ballot WHERE {OF_UNIT} AND NOT withdrawn)
         + (SELECT count(*) FROM tally WHERE {OF_UNIT} AND withdrawn_at IS NULL)
    """  # noqa: S608 - constants are put in
)
INCLUDE = text(
    f"""
    WITH ballots AS (
        UPDATE ballot SET late = false
        WHERE {OF_UNIT} AND NOT withdrawn AND cardinality(scores) = :indicators
        RETURNING round_id, unit_code, village_code, scores, sex, age_group, {", ".join(ATTRIBUTES)}
    ), tallies AS (
        UPDATE tally SET late = false
        WHERE {OF_UNIT} AND withdrawn_at IS NULL AND NOT EXISTS (
            SELECT FROM tally_group WHERE tally_id = tally.id AND cardinality(counts) <> :cells)
        RETURNING id, round_id, unit_code, village_code
    ), meetings AS (
        UPDATE meeting SET late = false
        WHERE round_id = :round_id AND unit_codes @> ARRAY[CAST(:unit_code AS text)] AND late
    ), counted AS (
        INSERT INTO uncounted (round_id, unit_code, village_code, slots, people, scores, counts)
        SELECT round_id, unit_code, coalesce(village_code, ''), {SLOTS_IN_SQL}, 1, scores, NULL FROM ballots
        UNION ALL
        SELECT round_id, unit_code, coalesce(village_code, ''), ARRAY[slot], participants, NULL, counts
        FROM tallies JOIN tally_group ON tally_id = tallies.id
    )
    SELECT (SELECT count(*) FROM ballots) + (SELECT count(*) FROM tallies)
    """  # noqa: S608 - constants are put in
)
"""Whatever answers other questions than the unit has now stays late."""


async def count_late(db: AsyncSession, card: Scorecard) -> int:
    """How many ballots and tallies of a unit came late."""
    number: int = await db.scalar(COUNT, {"round_id": card.round_id, "unit_code": card.unit_code})
    return number


async def include_late(db: AsyncSession, card: Scorecard) -> int:
    """Let what came late be counted like the rest; how many records that is. Under the scorecard's update lock."""
    values = {
        "round_id": card.round_id,
        "unit_code": card.unit_code,
        "indicators": card.indicator_count,
        "cells": card.indicator_count * card.steps,
    }
    number: int = await db.scalar(INCLUDE, values)
    return number
