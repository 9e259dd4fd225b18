"""Taking in a year's participation from a table, all of it or nothing."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import Area
from services.registry.audit.queries import record_all
from services.registry.organisations.naming import Names, Said, read_names
from services.registry.organisations.queries import acted_for
from services.registry.participation.files import ParticipationLine
from services.registry.participation.models import (
    Participation,
    is_partner_here,
    must_be_a_partners_change,
    must_be_the_partners_own,
)
from services.registry.participation.queries import Subject
from services.registry.participation.telling import tell_participations
from services.registry.units.models import Unit
from shared.auth.user import User
from shared.errors import Forbidden, Problem
from shared.imports import Plan, Problems

NEW = text(
    """
    INSERT INTO participation
        (year, unit_id, area_id, area_code, supply_side, demand_side, supporter_id, supporting_ngo, support_stated_by,
         note, version)
    SELECT *, 1 FROM unnest(
        CAST(:year AS int[]), CAST(:unit_id AS uuid[]), CAST(:area_id AS uuid[]), CAST(:area_code AS text[]),
        CAST(:supply_side AS boolean[]), CAST(:demand_side AS boolean[]), CAST(:supporter_id AS uuid[]),
        CAST(:supporting_ngo AS text[]), CAST(:support_stated_by AS uuid[]), CAST(:note AS text[]))
    RETURNING id
    """
)
CHANGED = text(
    """
    UPDATE participation p
    SET supply_side = new.supply, demand_side = new.demand, supporter_id = new.supporter, supporting_ngo = new.ngo,
        support_stated_by = new.stated_by, note = new.note, version = p.version + 1
    FROM unnest(
        CAST(:id AS uuid[]), CAST(:supply_side AS boolean[]), CAST(:demand_side AS boolean[]),
        CAST(:supporter_id AS uuid[]), CAST(:supporting_ngo AS text[]), CAST(:support_stated_by AS uuid[]),
        CAST(:note AS text[]))
        AS new (id, supply, demand, supporter, ngo, stated_by, note)
    WHERE p.id = new.id
    RETURNING p.id
    """
)
MANY_ROWS = 1_000
COUNT_ANEW = text("ANALYZE participation")
"""PostgreSQL does so itself within a minute or two; until then it would plan the coverage report for an empty table."""
NONE = Said(None, None)
SAID = ("supply_side", "demand_side", "supporting_ngo", "note")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a file, the organisation that the account acts for, and what organisations are called."""

    user: User
    acted_for: Collection[UUID]
    names: Names


@dataclass(frozen=True, slots=True)
class Target:
    """What a row speaks of, whether it is open, and what is said of its year so far."""

    subject: Subject
    is_open: bool
    before: dict[int, Participation]


async def plan_import(
    db: AsyncSession, lines: Sequence[tuple[int, ParticipationLine]], user: User, problems: Problems
) -> Plan:
    """What the rows come to; whatever forbids a row goes to the problems."""
    targets = await _targets(db, {line.code for _, line in lines}, {line.year for _, line in lines})
    sender = Sender(user, await acted_for(db, user), await read_names(db))
    return await asyncio.to_thread(_plan, lines, targets, sender, problems)


async def apply_plan(db: AsyncSession, plan: Plan, user: User, digest: str) -> None:
    """Write the plan, with its trail and the feed; the last in the transaction."""
    written: list[UUID] = []
    for statement, rows in ((NEW, plan.new), (CHANGED, plan.changed)):
        if rows:
            arrays = {name: [row[name] for row in rows] for name in rows[0] if name != "code"}
            written += (await db.scalars(statement, arrays)).all()
    if len(written) >= MANY_ROWS:
        await db.execute(COUNT_ANEW)
    entries = [
        (f"{row['year']}/{row['code']}", action, {name: row[name] for name in SAID} | {"file": digest[:12]})
        for action, rows in (("created", plan.new), ("changed", plan.changed))
        for row in rows
    ]
    if entries:
        await record_all(db, "participation", entries, by=user.id)
    await tell_participations(db, written)


def _plan(
    lines: Sequence[tuple[int, ParticipationLine]],
    targets: Mapping[str, Target],
    sender: Sender,
    problems: Problems,
) -> Plan:
    plan = Plan()
    seen: dict[tuple[int, str], int] = {}
    for row, line in lines:
        first = seen.setdefault((line.year, line.code), row)
        target = targets.get(line.code)
        if first != row:
            problems.error(
                row, "code", "row_repeated", en=f"{line.code} is in row {first} already.",
                km=f"{line.code} មាននៅជួរដេកទី {first} រួចហើយ។",
            )  # fmt: skip
        elif target is None:
            problems.error(
                row, "code", "unit_unknown", en=f"There is no unit or district with the code {line.code}.",
                km=f"គ្មានអង្គភាពផ្តល់សេវា ឬក្រុង ស្រុក ខណ្ឌ ដែលមានលេខកូដ {line.code} ទេ។",
            )  # fmt: skip
        else:
            _plan_row(plan, row, line, target, sender, problems)
    return plan


def _plan_row(
    plan: Plan, row: int, line: ParticipationLine, target: Target, sender: Sender, problems: Problems
) -> None:
    before, subject, user = target.before.get(line.year), target.subject, sender.user
    after: dict[str, Any] = {name: getattr(before, name) if before else None for name in SAID} | line.model_dump(
        include=set(SAID), exclude_none=True
    )
    after |= {name: bool(after[name]) for name in ("supply_side", "demand_side")}
    if line.says_nothing or (before and all(after[name] == getattr(before, name) for name in SAID)):
        plan.unchanged += 1
        return
    support = _support(before, after["supporting_ngo"], sender)
    try:
        user.must_cover(subject.area_code)
        if not target.is_open:
            raise Forbidden("subject_closed", en=f"{line.code} is closed.", km=f"{line.code} ត្រូវបានបិទហើយ។")
        if is_partner_here(user, subject.area_code):
            must_be_a_partners_change(line.code, user.id, before, after["supply_side"], after["note"])
            said = Said(support["supporter_id"], support["supporting_ngo"])
            must_be_the_partners_own(line.code, said, before.support if before else NONE, sender.acted_for)
    except Problem as refusal:
        problems.error(row, None, refusal.code, en=refusal.en, km=refusal.km)
        return
    values = after | support | {"year": line.year, "code": line.code}
    if before is not None:
        plan.changed.append(values | {"id": before.id})
    else:
        place = {"unit_id": subject.unit_id, "area_id": subject.area_id, "area_code": subject.area_code}
        plan.new.append(values | place)


def _support(before: Participation | None, name: str | None, sender: Sender) -> dict[str, Any]:
    """Who supports it, as whoever named it first; what is said as before stays as it is."""
    if before is not None and before.supporting_ngo == name:
        kept = before.support
        return {"supporter_id": kept.id, "supporting_ngo": kept.name, "support_stated_by": before.support_stated_by}
    said = sender.names.said(name) if name is not None else NONE
    stated_by = sender.user.id if name is not None else None
    return {"supporter_id": said.id, "supporting_ngo": said.name, "support_stated_by": stated_by}


async def _targets(db: AsyncSession, codes: set[str], years: set[int]) -> dict[str, Target]:
    units = select(col(Unit.id), col(Unit.code), col(Unit.area_code), col(Unit.status)).where(col(Unit.code).in_(codes))
    areas = select(col(Area.id), col(Area.code)).where(
        col(Area.code).in_(codes), col(Area.level) == "district", col(Area.status) == "open"
    )
    targets = {
        row.id: Target(Subject(row.code, row.area_code, unit_id=row.id), row.status == "open", {})
        for row in await db.execute(units)
    }
    targets |= {
        row.id: Target(Subject(row.code, row.code, area_id=row.id), True, {}) for row in await db.execute(areas)
    }
    said = select(Participation).where(
        col(Participation.year).in_(years),
        or_(col(Participation.unit_id).in_(targets), col(Participation.area_id).in_(targets)),
    )
    for participation in await db.scalars(said):
        subject_id = participation.unit_id or participation.area_id
        assert subject_id is not None
        targets[subject_id].before[participation.year] = participation
    return {target.subject.code: target for target in targets.values()}
