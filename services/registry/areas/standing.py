"""What a plan cannot see in the country of today: the past, and the units that stand in areas."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas import refusals
from services.registry.areas.codes import MARK, extends
from services.registry.areas.country import Place
from services.registry.areas.former import Former
from services.registry.areas.heirs import Heirs
from services.registry.areas.operations import Merge, Open, Operation, Refusal, Split
from services.registry.areas.planning import Plan
from services.registry.areas.refusals import At

LATER_CHILDREN = text(
    """
    SELECT place.id, max(period.valid_to) AS day
    FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[])) AS place (id, code)
    JOIN area_period AS period ON period.parent_code = place.code
    WHERE period.valid_to > CAST(:day AS date) AND period.valid_from < period.valid_to
    GROUP BY place.id
    """
)
LATER_BEARERS = text(
    """
    SELECT place.id, max(period.valid_to) AS day
    FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[])) AS place (id, code)
    JOIN area_period AS period ON period.code = place.code AND period.area_id <> place.id
    WHERE period.valid_to > CAST(:day AS date) AND period.valid_from < period.valid_to
      AND (period.level <> 'village' OR NOT :official)
    GROUP BY place.id
    """
)
BORNE = text(
    """
    SELECT DISTINCT period.code FROM unnest(CAST(:parents AS text[])) AS parent
    JOIN area_period AS period ON period.code >= parent AND period.code < parent || '~'
    """
)
UNITS = f"""
    SELECT id, code, area_code, status FROM unit
    WHERE split_part(area_code, '{MARK}', 1) = ANY(CAST(:areas AS text[])) OR code = ANY(CAST(:codes AS text[]))
    ORDER BY id
"""  # noqa: S608 - a constant is put in
"""With what was left below these areas by others that ended before."""


@dataclass(frozen=True, slots=True)
class UnitMoves:
    """Which units get which area's code, and what stands against it."""

    codes: dict[UUID, str]
    refusals: list[Refusal]


async def borne_codes(db: AsyncSession, operations: Sequence[Operation]) -> list[str]:
    """The codes that were ever given below the areas that take children from others."""
    parents = set()
    for operation in operations:
        match operation:
            case Open(code=code, children=children) if children:
                parents.add(code)
            case Split(into=parts):
                parents |= {part.code for part in parts if part.children}
            case Merge(into=Open(code=code)):
                parents.add(code)
            case Merge(into=UUID() as area_id):
                parents.add(str(await db.scalar(text("SELECT code FROM area WHERE id = :id"), {"id": area_id})))
    if not parents:
        return []
    found = await db.scalars(BORNE, {"parents": sorted(parents)})
    return [code for code in found if any(extends(code, parent) for parent in parents)]


async def refuse_by_the_past(db: AsyncSession, plan: Plan, day: date, *, official: bool) -> list[Refusal]:
    """No area stands without its parent on any day, and no two share a code: not in the past either.

    Villages may share one where the official list says so.
    """
    left = [place for place in plan.changed if place.recoded or not place.open]
    taken = [*plan.opened, *(place for place in plan.changed if place.recoded)]
    places = {place.id: place for place in (*left, *taken)}

    async def found(statement: Any, some: Sequence[Place], codes: Sequence[str]) -> Sequence[Any]:
        values = {"ids": [place.id for place in some], "codes": list(codes), "day": day}
        return (await db.execute(statement, values)).all() if some else []

    too_early = await found(LATER_CHILDREN, left, [place.old_code for place in left])
    borne = await found(LATER_BEARERS.bindparams(official=official), taken, [place.code for place in taken])

    def at(row: Any) -> At:
        return At(plan.positions.get(row.id, 0), "/effective_on")

    return [
        *(refusals.too_early(at(row), places[row.id], row.day) for row in too_early),
        *(refusals.code_borne(at(row), places[row.id].code, row.day) for row in borne),
    ]


async def find_unit_moves(db: AsyncSession, plan: Plan, heirs: Heirs, former: Former, *, lock: bool) -> UnitMoves:
    """Where the units of changed areas go: with their area, to its one successor, or where the change sends them.

    Closed ones go to the first of several successors, and of an area without one stay with what it left.
    """
    named = {move.code: move for move in plan.units}
    areas = [*heirs.of_area, *(move.origin.old_code for move in plan.units if move.origin)]
    statement = text(UNITS + ("FOR UPDATE" if lock else ""))
    units = (await db.execute(statement, {"areas": areas, "codes": list(named)})).all() if areas or named else []
    codes: dict[UUID, str] = {}
    left: dict[str, list[str]] = defaultdict(list)
    for unit in units:
        move, after = named.get(unit.code), heirs.of_area.get(unit.area_code, (unit.area_code,))
        if move is not None:
            if move.origin is None or move.origin.old_code == unit.area_code:
                codes[unit.id] = move.target.code
                del named[unit.code]
        elif unit.area_code in heirs.still_borne:
            continue
        elif unit.status == "open" and len(after) != 1:
            left[unit.area_code].append(unit.code)
        else:
            code = former.follow(after[0]) if after else former.codes[unit.area_code]
            if code != unit.area_code:
                codes[unit.id] = code
    wrong = [refusals.unit_not_there(move.at, code) for code, move in named.items()]
    return UnitMoves(codes, [*wrong, *_left_behind(plan, left)])


def _left_behind(plan: Plan, left: dict[str, list[str]]) -> list[Refusal]:
    ended = {place.old_code: place for place in plan.changed if not place.open}
    return [
        refusals.units_left(At(plan.positions.get(ended[code].id, 0), "/units"), ended[code], sorted(units))
        for code, units in left.items()
    ]
