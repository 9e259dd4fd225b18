"""How scorecards follow their units: to another area, and to the unit that a code leads to today."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Place = tuple[UUID, str]
"""A round and the code of a unit."""

LOCK_IN_ORDER = text(
    """
    SELECT count(*) FROM (
        SELECT FROM scorecard
        WHERE state = 'running' AND (
            unit_code IN (SELECT unnest(aliases) FROM unit WHERE id = ANY(CAST(:unit_ids AS uuid[])))
            OR unit_code IN (
                SELECT unit.code FROM unit JOIN scorecard AS elsewhere ON elsewhere.unit_code = unit.code
                WHERE unit.id = ANY(CAST(:unit_ids AS uuid[])) AND elsewhere.area_code <> unit.area_code))
        ORDER BY round_id, unit_code FOR UPDATE) AS locked
    """
)
"""Those that may change, in the order of the batches, and before the next statement looks for scores: whoever adds some
holds a share lock."""
FOLLOW_AREA = text(
    """
    UPDATE scorecard SET area_code = unit.area_code, version = scorecard.version + 1
    FROM unit
    WHERE unit.id = ANY(CAST(:unit_ids AS uuid[])) AND scorecard.unit_code = unit.code
      AND scorecard.state = 'running' AND scorecard.area_code <> unit.area_code
    """
)
DROP_UNSCORED = text(
    """
    DELETE FROM scorecard
    WHERE state = 'running' AND unit_code IN (
        SELECT unnest(aliases) FROM unit WHERE id = ANY(CAST(:unit_ids AS uuid[])))
      AND NOT EXISTS (SELECT FROM ballot AS b
                      WHERE b.round_id = scorecard.round_id AND b.unit_code = scorecard.unit_code)
      AND NOT EXISTS (SELECT FROM tally AS t
                      WHERE t.round_id = scorecard.round_id AND t.unit_code = scorecard.unit_code)
      AND NOT EXISTS (SELECT FROM self_assessment AS s
                      WHERE s.round_id = scorecard.round_id AND s.unit_code = scorecard.unit_code)
    """
)
FIND_PRESENT = text(
    """
    SELECT wanted.round_id, wanted.unit_code, unit.code
    FROM unnest(CAST(:rounds AS uuid[]), CAST(:codes AS text[])) AS wanted (round_id, unit_code)
    JOIN unit ON unit.aliases @> ARRAY[wanted.unit_code]
    JOIN scorecard AS present ON present.round_id = wanted.round_id AND present.unit_code = unit.code
    WHERE NOT EXISTS (SELECT FROM scorecard AS own
                      WHERE own.round_id = wanted.round_id AND own.unit_code = wanted.unit_code)
    """
)
IS_OLD_CODE = text("SELECT EXISTS (SELECT FROM unit WHERE code = :code AND aliases @> ARRAY[CAST(:old_code AS text)])")


async def follow_units(db: AsyncSession, unit_ids: Sequence[UUID]) -> None:
    """Let running scorecards be where their units are now, and drop those of old codes that nobody has scored.

    One that has scores stays: what was scored under a code is published under it. Called under PLANNING.
    """
    values = {"unit_ids": list(unit_ids)}
    for statement in (LOCK_IN_ORDER, FOLLOW_AREA, DROP_UNSCORED):
        await db.execute(statement, values)


async def find_present(db: AsyncSession, places: Iterable[Place]) -> dict[Place, str]:
    """For old codes without a scorecard of their own in the round, the code of today that has one there."""
    wanted = sorted(set(places))
    values = {"rounds": [place[0] for place in wanted], "codes": [place[1] for place in wanted]}
    return {(row.round_id, row.unit_code): row.code for row in await db.execute(FIND_PRESENT, values)}


async def find_present_to_score(db: AsyncSession, places: Iterable[Place]) -> dict[Place, str]:
    """The same for scores, which answer the questions of a kind: a unit of another kind now does not take them."""
    return {
        place: code for place, code in (await find_present(db, places)).items() if letters(place[1]) == letters(code)
    }


async def is_old_code(db: AsyncSession, old_code: str, code: str) -> bool:
    """Whether a unit was known by the one code before, or took in the duplicate that was."""
    return bool(await db.scalar(IS_OLD_CODE, {"old_code": old_code, "code": code}))


def letters(unit_code: str) -> str:
    """The letters of a unit's kind."""
    return unit_code.partition("-")[0]
