"""How scorecards follow their units: to another area, to another code, and to the unit that a code leads to today."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.counting.queries import note_change

Place = tuple[UUID, str]
"""A round and the code of a unit."""

BEGUN = "state IN ('planned', 'running')"
TOLD = "SELECT {what} FROM unit WHERE id = ANY(CAST(:unit_ids AS uuid[]))"
UNTOUCHED = f"{BEGUN} AND " + " AND ".join(
    f"NOT EXISTS (SELECT FROM {table} AS r WHERE r.round_id = scorecard.round_id AND {names_it})"
    for table, names_it in (
        *(
            (table, "r.unit_code = scorecard.unit_code")
            for table in ("ballot", "tally", "self_assessment", "proposal", "comment")
        ),
        ("meeting", "r.unit_codes @> ARRAY[scorecard.unit_code]"),
    )
)
"""Nobody has scored under the code, nor said anything else of it."""

LOCK_IN_ORDER = text(
    f"""
    SELECT count(*) FROM (
        SELECT FROM scorecard
        WHERE {BEGUN} AND (
            unit_code IN ({TOLD.format(what="unnest(aliases)")})
            OR unit_code IN (
                SELECT unit.code FROM unit JOIN scorecard AS elsewhere ON elsewhere.unit_code = unit.code
                WHERE unit.id = ANY(CAST(:unit_ids AS uuid[])) AND elsewhere.area_code <> unit.area_code))
        ORDER BY round_id, unit_code FOR UPDATE) AS locked
    """  # noqa: S608 - constants are put in
)
"""Those that may change, in the order of the batches, and before the next statement looks for scores: whoever adds some
holds a share lock."""
FOLLOW_AREA = text(
    f"""
    UPDATE scorecard SET area_code = unit.area_code, version = scorecard.version + 1
    FROM unit
    WHERE unit.id = ANY(CAST(:unit_ids AS uuid[])) AND scorecard.unit_code = unit.code
      AND scorecard.{BEGUN} AND scorecard.area_code <> unit.area_code
    RETURNING scorecard.round_id
    """  # noqa: S608 - a constant is put in
)
FOLLOW_CODE = text(
    f"""
    UPDATE scorecard SET unit_code = leads.code, area_code = leads.area_code, version = version + 1
    FROM (
        SELECT DISTINCT ON (old.round_id, unit.code) old.round_id, old.unit_code AS old_code, unit.code, unit.area_code
        FROM unit JOIN scorecard AS old ON old.unit_code = ANY(unit.aliases) AND old.unit_kind = unit.kind
        WHERE unit.id = ANY(CAST(:unit_ids AS uuid[])) AND unit.status = 'open'
          AND NOT EXISTS (SELECT FROM scorecard AS own WHERE own.round_id = old.round_id AND own.unit_code = unit.code)
        ORDER BY old.round_id, unit.code, old.unit_code) AS leads
    WHERE scorecard.round_id = leads.round_id AND scorecard.unit_code = leads.old_code AND {UNTOUCHED}
    RETURNING scorecard.round_id
    """  # noqa: S608 - a constant is put in
)
"""Its plan and its history go along: they hang on the scorecard."""
DROP_UNSCORED = text(
    f"""
    DELETE FROM scorecard WHERE unit_code IN ({TOLD.format(what="unnest(aliases)")}) AND {UNTOUCHED} RETURNING round_id
    """  # noqa: S608 - constants are put in
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
    """Let planned and running scorecards be where their units are now, and under the codes of today.

    One that has scores keeps its code: what was scored under a code is published under it. An old code's without any is
    dropped where the code of today has one of its own. Called under PLANNING.
    """
    values = {"unit_ids": list(unit_ids)}
    await db.execute(LOCK_IN_ORDER, values)
    moved = set(await db.scalars(FOLLOW_AREA, values))
    gone = set(await db.scalars(FOLLOW_CODE, values)) | set(await db.scalars(DROP_UNSCORED, values))
    for round_id in sorted(moved | gone):
        await note_change(db, round_id, recount=round_id in moved)


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
