"""Writing a planned change: the areas as they are now, the periods that end and begin, the lines of the crosswalk."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.country import Place
from services.registry.areas.planning import Plan

PLACES = """
    unnest(
        CAST(:ids AS uuid[]), CAST(:codes AS text[]), CAST(:levels AS text[]), CAST(:parents AS text[]),
        CAST(:names_km AS text[]), CAST(:names_en AS text[]), CAST(:statuses AS text[])
    ) WITH ORDINALITY AS place (id, code, level, parent_code, name_km, name_en, status, position)
"""
OPEN = text(
    f"""
    INSERT INTO area (id, code, level, parent_code, name_km, name_en, status, valid_from, version)
    SELECT id, code, level, parent_code, name_km, name_en, status, CAST(:day AS date), 1 FROM {PLACES}
    ORDER BY position
    RETURNING id, code, level, parent_code, name_km, name_en, status, valid_from, version
    """  # noqa: S608 - a constant is put in
)
CHANGE = text(
    f"""
    UPDATE area
    SET code = place.code, parent_code = place.parent_code, name_km = place.name_km, name_en = place.name_en,
        status = place.status, valid_from = CAST(:day AS date), version = area.version + 1
    FROM {PLACES}
    WHERE area.id = place.id
    RETURNING area.id, area.code, area.level, area.parent_code, area.name_km, area.name_en, area.status,
              area.valid_from, area.version
    """  # noqa: S608 - a constant is put in
)
CHECK_CODES = tuple(text(f"SET CONSTRAINTS one_open_area_per_code {when}") for when in ("IMMEDIATE", "DEFERRED"))
"""Codes may be swapped, as the constraint is looked at after all rows; here, so that a refusal comes in time."""
END_PERIODS = text(
    """
    UPDATE area_period SET valid_to = CAST(:day AS date), ended_by = CAST(:change AS uuid)
    WHERE area_id = ANY(CAST(:ids AS uuid[])) AND valid_to IS NULL
    """
)
BEGIN_PERIODS = text(
    """
    INSERT INTO area_period
        (area_id, code, level, parent_code, name_km, name_en, valid_from, version, made_by)
    SELECT id, code, level, parent_code, name_km, name_en, valid_from, version, CAST(:change AS uuid)
    FROM area WHERE id = ANY(CAST(:ids AS uuid[])) AND status = 'open' ORDER BY code, id
    """
)
DRAW = text(
    """
    INSERT INTO area_succession
        (change_id, kind, level, old_area_id, old_code, new_area_id, new_code, effective_on)
    SELECT CAST(:change AS uuid), kind, level, old_id, old_code, new_id, new_code, CAST(:day AS date)
    FROM unnest(
        CAST(:kinds AS text[]), CAST(:levels AS text[]), CAST(:old_ids AS uuid[]), CAST(:old_codes AS text[]),
        CAST(:new_ids AS uuid[]), CAST(:new_codes AS text[])
    ) WITH ORDINALITY AS line (kind, level, old_id, old_code, new_id, new_code, position)
    ORDER BY position
    RETURNING id, kind, old_area_id, old_code, new_area_id, new_code, effective_on
    """
)


async def write_areas(db: AsyncSession, plan: Plan, change_id: UUID, day: date) -> list[Any]:
    """Write the new and the changed areas with their periods; their rows as they are now, closed ones first.

    A reader of the feed so drops an area before it meets another one under the same code.
    """
    rows: list[Any] = []
    for statement, places in ((CHANGE, plan.changed), (OPEN, plan.opened)):
        if places:
            rows += (await db.execute(statement, {"day": day, **_columns(places)})).all()
    for statement in CHECK_CODES:
        await db.execute(statement)
    ids = [row.id for row in rows]
    await db.execute(END_PERIODS, {"ids": ids, "day": day, "change": change_id})
    await db.execute(BEGIN_PERIODS, {"ids": ids, "change": change_id})
    return sorted(rows, key=lambda row: (row.status, row.code, row.id))


async def write_lines(db: AsyncSession, plan: Plan, change_id: UUID, day: date) -> Sequence[Any]:
    """Write the lines of the crosswalk; their rows."""
    if not plan.lines:
        return []
    lines = plan.lines
    values = {
        "change": change_id,
        "day": day,
        "kinds": [line.kind for line in lines],
        "levels": [line.old.level for line in lines],
        "old_ids": [line.old.id for line in lines],
        "old_codes": [line.old.old_code for line in lines],
        "new_ids": [line.new.id for line in lines],
        "new_codes": [line.new.code for line in lines],
    }
    return (await db.execute(DRAW, values)).all()


def _columns(places: Sequence[Place]) -> dict[str, list[Any]]:
    return {
        "ids": [place.id for place in places],
        "codes": [place.code for place in places],
        "levels": [place.level for place in places],
        "parents": [place.parent_code for place in places],
        "names_km": [place.name_km for place in places],
        "names_en": [place.name_en for place in places],
        "statuses": ["open" if place.open else "closed" for place in places],
    }
