"""Taking in members from a table, all of it or nothing: a row whose name sits in the body changes that member."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.queries import record_all
from services.registry.bodies.files import MemberLine
from services.registry.bodies.importing import COUNT_ANEW, MANY_ROWS, State, find_place
from services.registry.bodies.member_schemas import in_order
from services.registry.cells import plain
from services.registry.organisations.naming import Names, read_names
from shared.auth.user import User
from shared.imports import Plan, Problems

VALUES = ("name", "sex", "position", "organisation", "phone", "term_from", "term_until")
NEEDED = ("sex", "position", "term_from")
LOCK_MEMBERS = text(
    "SELECT id FROM body_member WHERE body_id = ANY(CAST(:ids AS uuid[])) AND left_on IS NULL ORDER BY id FOR UPDATE"
)
MEMBERS = text("SELECT * FROM body_member WHERE body_id = ANY(CAST(:ids AS uuid[])) ORDER BY id")
ARRAYS = """
    CAST(:name AS text[]), CAST(:sex AS text[]), CAST(:position AS text[]), CAST(:organisation_id AS uuid[]),
    CAST(:organisation AS text[]), CAST(:phone AS text[]), CAST(:term_from AS date[]), CAST(:term_until AS date[])
"""
NEW = text(
    f"""
    INSERT INTO body_member (body_id, name, sex, position, organisation_id, organisation, phone, term_from, term_until,
                             version)
    SELECT *, 1 FROM unnest(CAST(:body_id AS uuid[]), {ARRAYS}) RETURNING id
    """  # noqa: S608 - our own text
)
CHANGED = text(
    f"""
    UPDATE body_member AS m SET name = new.name, sex = new.sex, position = new.position,
           organisation_id = new.organisation_id, organisation = new.organisation, phone = new.phone,
           term_from = new.term_from, term_until = new.term_until, version = m.version + 1
    FROM unnest(CAST(:id AS uuid[]), {ARRAYS})
        AS new (id, name, sex, position, organisation_id, organisation, phone, term_from, term_until)
    WHERE m.id = new.id RETURNING m.id
    """  # noqa: S608 - our own text
)

Key = tuple[UUID, str]
"""A body and a plain name: whom a row means."""


@dataclass(slots=True)
class _Row:
    number: int
    line: MemberLine
    body_id: UUID


async def plan_members(
    db: AsyncSession,
    lines: Sequence[tuple[int, MemberLine]],
    state: State,
    user: User,
    problems: Problems,
    *,
    lock: bool,
) -> Plan:
    """What the rows come to; whatever forbids a row goes to the problems."""
    rows = await asyncio.to_thread(_place_rows, lines, state, user, problems)
    ids = {"ids": sorted({row.body_id for row in rows})}
    if lock:
        await db.execute(LOCK_MEMBERS, ids)
    members = (await db.execute(MEMBERS, ids)).mappings().all()
    return await asyncio.to_thread(_plan, rows, members, await read_names(db), problems)


def _place_rows(
    lines: Sequence[tuple[int, MemberLine]], state: State, user: User, problems: Problems
) -> Sequence[_Row]:
    rows = []
    for number, line in lines:
        place = find_place(number, line.kind, line.area_code or "", state, user, problems)
        if place is None:
            continue
        body = state.active.get(place)
        if body is None:
            problems.error(
                number, "area_code", "body_unknown", en=f"No body of the kind {place[0]} is active there.",
                km=f"គ្មានគណៈកម្មាធិការ ឬក្រុមការងារប្រភេទ {place[0]} កំពុងដំណើរការនៅទីនោះទេ។",
            )  # fmt: skip
            continue
        rows.append(_Row(number, line, body["id"]))
    return rows


async def apply_members(db: AsyncSession, plan: Plan, user: User, digest: str) -> None:
    """Write the plan; the trail tells which members, and nothing of them."""
    entries: list[tuple[str, str, dict[str, Any]]] = []
    for statement, rows, action in ((NEW, plan.new, "added"), (CHANGED, plan.changed, "changed")):
        if rows:
            arrays = {name: [row[name] for row in rows] for name in rows[0]}
            ids = (await db.scalars(statement, arrays)).all()
            entries += [(str(member_id), action, {"file": digest[:12]}) for member_id in ids]
    if len(entries) >= MANY_ROWS:
        await db.execute(COUNT_ANEW)
    if entries:
        await record_all(db, "body_member", entries, by=user.id)


def _plan(rows: Sequence[_Row], members: Sequence[RowMapping], names: Names, problems: Problems) -> Plan:
    plan = Plan()
    sitting = {(one["body_id"], plain(one["name"])): one for one in members if one["left_on"] is None}
    left = {(one["body_id"], plain(one["name"])): one for one in members if one["left_on"] is not None}
    seen: dict[Key, int] = {}
    for row in rows:
        key = row.body_id, plain(row.line.name)
        first = seen.setdefault(key, row.number)
        if first != row.number:
            problems.error(
                row.number, "name", "row_repeated", en=f"This name is in row {first} already.",
                km=f"ឈ្មោះនេះមាននៅជួរដេកទី {first} រួចហើយ។",
            )  # fmt: skip
            continue
        known = sitting.get(key)
        if known is None and _had_left(row, left.get(key), problems):
            plan.unchanged += 1
            continue
        given = row.line.model_dump(include=set(VALUES), exclude_none=True)
        before = {name: known[name] if known else None for name in VALUES}
        after = before | given
        if known and after == before:
            plan.unchanged += 1
        elif _is_whole(row.number, after, problems):
            whose = {"id": known["id"]} if known else {"body_id": row.body_id}
            (plan.changed if known else plan.new).append(
                after | _organisation(known, after["organisation"], names) | whose
            )
    return plan


def _organisation(known: RowMapping | None, name: str | None, names: Names) -> dict[str, Any]:
    """Whom the member sits there for; what is said as before stays as it is."""
    if known is not None and known["organisation"] == name:
        return {"organisation_id": known["organisation_id"]}
    said = names.said(name) if name is not None else None
    return {"organisation_id": said.id, "organisation": said.name} if said else {"organisation_id": None}


def _had_left(row: _Row, gone: RowMapping | None, problems: Problems) -> bool:
    """Whether the row is of a term that is over, as in a file sent again; who comes back has a later one."""
    begins = row.line.term_from
    if gone is None or begins is None or (begins >= gone["left_on"] and begins != gone["term_from"]):
        return False
    problems.warning(
        row.number, "name", "member_left", en=f"This member left on {gone['left_on']}: the row changes nothing.",
        km=f"សមាជិកនេះបានចាកចេញនៅថ្ងៃទី {gone['left_on']}៖ ជួរដេកនេះមិនផ្លាស់ប្ដូរអ្វីទេ។",
    )  # fmt: skip
    return True


def _is_whole(row: int, member: Mapping[str, Any], problems: Problems) -> bool:
    """Whether nothing is missing and the term is one; what is wrong goes to the problems."""
    missing = [name for name in NEEDED if member[name] is None]
    for name in missing:
        problems.error(
            row, name, "missing", en=f"A new member needs the {name}.", km="សមាជិកថ្មីត្រូវតែបំពេញជួរឈរនេះ។"
        )  # fmt: skip
    if not missing and not in_order(member["term_from"], member["term_until"]):
        problems.error(
            row, "term_until", "term_ends_before_it_begins", en="The term ends before it begins.",
            km="អាណត្តិមិនអាចបញ្ចប់មុនថ្ងៃចាប់ផ្ដើមទេ។",
        )  # fmt: skip
        return False
    return not missing
