"""Taking in bodies from a table, all of it or nothing. A row whose kind and area have a body changes that one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import today_in_cambodia
from services.registry.audit.queries import record_all
from services.registry.bodies.files import BodyLine
from services.registry.body_kinds.models import LEVELS_KM
from services.registry.cells import plain
from services.registry.duties.keeping import keep_duties
from shared.areas import level_of
from shared.auth.user import User
from shared.errors import Problem
from shared.imports import Plan, Problems

VALUES = ("name_km", "name_en", "recognised_by", "recognised_on")
KINDS = text(
    """
    SELECT code, name_km, name_en, ARRAY(SELECT DISTINCT level FROM meeting_duty WHERE kind = code) AS levels
    FROM body_kind ORDER BY code
    """
)
LOCK_KINDS = text("SELECT code FROM body_kind ORDER BY code FOR UPDATE")
HOLD_AREAS = text(
    "SELECT id FROM area WHERE code = ANY(CAST(:codes AS text[])) AND status = 'open' ORDER BY id FOR SHARE"
)
LOCK_BODIES = text("SELECT id FROM body WHERE area_code = ANY(CAST(:codes AS text[])) ORDER BY id FOR UPDATE")
AREAS = text(
    "SELECT id, code FROM area WHERE code = ANY(CAST(:codes AS text[])) AND status = 'open' AND level <> 'village'"
)
BODIES = text(
    """
    SELECT b.*, (SELECT min(held_on) FROM body_meeting WHERE body_id = b.id AND withdrawn_at IS NULL) AS first_met_on,
           (SELECT max(dissolved_on) FROM body o WHERE o.kind = b.kind AND o.area_id IS NOT DISTINCT FROM b.area_id
            AND o.id <> b.id) AS one_before_until
    FROM body b WHERE area_code = ANY(CAST(:codes AS text[]))
    """
)
ARRAYS = """
    CAST(:name_km AS text[]), CAST(:name_en AS text[]), CAST(:recognised_by AS text[]), CAST(:recognised_on AS date[])
"""
NEW = text(
    f"""
    INSERT INTO body (kind, level, area_id, area_code, name_km, name_en, recognised_by, recognised_on, version)
    SELECT *, 1 FROM unnest(
        CAST(:kind AS text[]), CAST(:level AS text[]), CAST(:area_id AS uuid[]), CAST(:area_code AS text[]), {ARRAYS})
    RETURNING id
    """  # noqa: S608 - our own text
)
CHANGED = text(
    f"""
    UPDATE body SET name_km = new.name_km, name_en = new.name_en, recognised_by = new.recognised_by,
                    recognised_on = new.recognised_on, version = version + 1
    FROM unnest(CAST(:id AS uuid[]), {ARRAYS}) AS new (id, name_km, name_en, recognised_by, recognised_on)
    WHERE body.id = new.id RETURNING body.id
    """  # noqa: S608 - our own text
)

MANY_ROWS = 1_000
COUNT_ANEW = text("ANALYZE body, body_member")
"""PostgreSQL does so itself within a minute or two; until then it would plan every report for an empty table."""


@dataclass(slots=True)
class State:
    """What the registry knows of the kinds and places that a file speaks of."""

    kinds: Mapping[str, RowMapping]
    """By code and by names."""
    areas: Mapping[str, UUID | None]
    active: Mapping[tuple[str, str], RowMapping]
    """Bodies by kind and area's code."""
    dissolved: Mapping[tuple[str, str], date]
    """The day on which the last one was dissolved."""


async def read_state(db: AsyncSession, codes: set[str], *, lock: bool) -> State:
    """The registry as far as areas of these codes go; with `lock` nobody recognises bodies meanwhile."""
    values = {"codes": sorted(codes)}
    for statement in (LOCK_KINDS, HOLD_AREAS, LOCK_BODIES) if lock else ():
        await db.execute(statement, values if statement is not LOCK_KINDS else {})
    kinds = (await db.execute(KINDS)).mappings().all()
    bodies = (await db.execute(BODIES, values)).mappings().all()
    areas: dict[str, UUID | None] = {area.code: area.id for area in await db.execute(AREAS, values)}
    ended = sorted((body["dissolved_on"], body["kind"], body["area_code"]) for body in bodies if body["dissolved_on"])
    return State(
        kinds={plain(name): kind for kind in kinds for name in (kind["name_km"], kind["name_en"], kind["code"])},
        areas=areas | {"": None},
        active={(body["kind"], body["area_code"]): body for body in bodies if body["dissolved_on"] is None},
        dissolved={(kind, code): day for day, kind, code in ended},
    )


def plan_import(lines: Sequence[tuple[int, BodyLine]], state: State, user: User, problems: Problems) -> Plan:
    """What the rows come to; whatever forbids a row goes to the problems."""
    plan = Plan()
    seen: dict[tuple[str, str], int] = {}
    for row, line in lines:
        place = find_place(row, line.kind, line.area_code or "", state, user, problems)
        if place is None:
            continue
        first = seen.setdefault(place, row)
        if first != row:
            problems.error(
                row, "area_code", "row_repeated", en=f"It is in row {first} already.",
                km=f"មាននៅជួរដេកទី {first} រួចហើយ។",
            )  # fmt: skip
            continue
        _plan_row(plan, row, line, place, state, problems)
    return plan


async def apply_plan(db: AsyncSession, plan: Plan, user: User, digest: str) -> None:
    """Write the plan with its trail."""
    entries: list[tuple[str, str, dict[str, Any]]] = []
    for statement, rows, action in ((NEW, plan.new, "recognised"), (CHANGED, plan.changed, "changed")):
        if rows:
            arrays = {name: [row[name] for row in rows] for name in rows[0]}
            ids = (await db.scalars(statement, arrays)).all()
            detail = {"file": digest[:12]}
            entries += [(str(body_id), action, detail) for body_id in ids]
    if len(entries) >= MANY_ROWS:
        await db.execute(COUNT_ANEW)
    if plan.changed:
        await keep_duties(db, [row["id"] for row in plan.changed])
    if entries:
        await record_all(db, "body", entries, by=user.id)


def find_place(row: int, kind: str, area: str, state: State, user: User, problems: Problems) -> tuple[str, str] | None:
    """The kind's code and the area's of a row; None when it is wrong."""
    found = state.kinds.get(plain(kind))
    if found is None:
        listed = ", ".join(sorted({one["code"] for one in state.kinds.values()}))
        problems.error(
            row, "kind", "body_kind_unknown", en=f"There is no kind of body {kind[:60]}: {listed}.",
            km=f"គ្មានប្រភេទ {kind[:60]} ទេ៖ {listed}។",
        )  # fmt: skip
        return None
    if area not in state.areas:
        problems.error(
            row, "area_code", "area_unknown", en=f"There is no open area with the code {area} in the gazetteer.",
            km=f"គ្មានតំបន់ដែលមានលេខកូដ {area} ក្នុងបញ្ជីរដ្ឋបាលទេ។",
        )  # fmt: skip
        return None
    level = level_of(area) if area else "nation"
    if level not in found["levels"]:
        problems.error(
            row, "area_code", "level_unfit", en=f"Bodies of this kind are found at: {', '.join(found['levels'])}.",
            km=f"{found['name_km']} មាននៅ៖ {', '.join(LEVELS_KM[at] for at in found['levels'])}។",
        )  # fmt: skip
        return None
    try:
        user.must_cover(area)
    except Problem as refusal:
        problems.error(row, "area_code", refusal.code, en=refusal.en, km=refusal.km)
        return None
    return found["code"], area


def _plan_row(plan: Plan, row: int, line: BodyLine, place: tuple[str, str], state: State, problems: Problems) -> None:
    known = state.active.get(place)
    given = line.model_dump(include=set(VALUES), exclude_none=True)
    if known is None:
        missing = [name for name in ("recognised_by", "recognised_on") if name not in given]
        for name in missing:
            problems.error(
                row, name, "missing", en=f"A new body needs its {name}.", km="គណៈកម្មាធិការ ឬក្រុមការងារថ្មីត្រូវតែបំពេញជួរឈរនេះ។"
            )  # fmt: skip
        if not missing and _day_fits(row, given["recognised_on"], None, state.dissolved.get(place), problems):
            kind, area = place
            level = level_of(area) if area else "nation"
            where = {"kind": kind, "level": level, "area_id": state.areas[area], "area_code": area}
            plan.new.append(where | {name: given.get(name) for name in VALUES})
        return
    changes = {name: value for name, value in given.items() if value != known[name]}
    if not changes:
        plan.unchanged += 1
    elif "recognised_on" not in changes or _day_fits(
        row, changes["recognised_on"], known["first_met_on"], known["one_before_until"], problems
    ):
        plan.changed.append({"id": known["id"]} | {name: known[name] for name in VALUES} | changes)


def _day_fits(row: int, day: date, first_met: date | None, before_until: date | None, problems: Problems) -> bool:
    if day > today_in_cambodia():
        code, en, km = "date_in_future", "The day must not lie in the future.", "កាលបរិច្ឆេទមិនអាចជាថ្ងៃអនាគតទេ។"
    elif first_met is not None and day > first_met:
        code, en = "body_met_then", f"It met on {first_met} already."
        km = f"បានប្រជុំរួចហើយនៅថ្ងៃទី {first_met}។"
    elif before_until is not None and day < before_until:
        code, en = "overlaps_the_one_before", f"The one before it was dissolved on {before_until}."
        km = f"គណៈកម្មាធិការ ឬក្រុមការងារមុនត្រូវបានរំលាយនៅថ្ងៃទី {before_until}។"
    else:
        return True
    problems.error(row, "recognised_on", code, en=en, km=km)
    return False
