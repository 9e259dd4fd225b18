"""Naming, replacing and finding focal persons. What is said of people here leaves the registry by no other way."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import today_in_cambodia
from services.registry.audit.queries import record
from services.registry.focal_persons.models import FocalPerson, FocalRole
from services.registry.focal_persons.queries import (
    ROLE,
    find_open,
    get_with_unit,
    must_be_theirs,
    posts,
    shown_posts,
)
from services.registry.focal_persons.schemas import FocalPersonEnd, FocalPersonInput, FocalPersonRead, FocalPost
from services.registry.unit_kinds.queries import must_know_kind
from services.registry.units.models import Unit, must_have_come
from services.registry.units.queries import get_by_any_code, get_unit
from shared.areas import AreaScope, UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict
from shared.paging import Page, Paging, encode_cursor, invalid_cursor
from shared.routing import Router

FocalPersonReader = Annotated[User, Depends(Requires(Permission.FOCAL_PERSON_READ))]
FocalPersonWriter = Annotated[User, Depends(Requires(Permission.FOCAL_PERSON_WRITE))]
InArea = Annotated[AreaScope, Query(description="Only units in this area and below", examples=["0202"])]
OfRole = Annotated[FocalRole | None, Query(description="Only this part; left out, both")]
OfKind = Annotated[str | None, Query(max_length=40, description="Only units of this kind")]

router = Router(tags=["focal persons"])


@router.get("/focal-persons")
async def list_focal_persons(
    user: FocalPersonReader,
    db: Transaction,
    page: Paging,
    response: Response,
    area: InArea = "",
    role: OfRole = None,
    kind: OfKind = None,
    missing: Annotated[bool, Query(description="Instead, the units without such a person")] = False,
) -> Page[FocalPost]:
    """Who answers for the open units that the caller's roles cover, by the units' codes.

    With `missing`, the units for which somebody is still to be named.
    """
    await must_know_kind(db, kind)
    statement = posts(user, area, role, kind, missing).order_by(col(Unit.code), ROLE).limit(page.limit + 1)
    if page.after is not None:
        if len(page.after) != 2 or not all(isinstance(part, str) and "\0" not in part for part in page.after):
            raise invalid_cursor()
        statement = statement.where(tuple_(col(Unit.code), ROLE) > tuple_(*page.after))
    rows = (await db.execute(statement)).mappings().all()
    items = shown_posts(rows[: page.limit])
    more = len(rows) > page.limit
    response.headers["Cache-Control"] = "no-store"
    return Page(items=items, next_cursor=encode_cursor([items[-1].unit_code, items[-1].role]) if more else None)


@router.get("/units/{code}/focal-persons")
async def list_focal_persons_of_unit(
    code: UnitCode, user: FocalPersonReader, db: Transaction, response: Response
) -> Page[FocalPersonRead]:
    """Who answers for a unit now, and who did before, the latest first."""
    unit = await get_by_any_code(db, code)
    user.must_cover(unit.area_code, unit.code)
    statement = select(FocalPerson).where(col(FocalPerson.unit_id) == unit.id)
    latest_first = (col(FocalPerson.until).desc().nulls_first(), col(FocalPerson.since).desc(), col(FocalPerson.role))
    people = await db.scalars(statement.order_by(*latest_first, col(FocalPerson.id)))
    response.headers["Cache-Control"] = "no-store"
    return Page(items=[FocalPersonRead.of(person) for person in people])


@router.post("/units/{code}/focal-persons", status_code=201)
async def name_focal_person(
    code: UnitCode, body: FocalPersonInput, user: FocalPersonWriter, db: Transaction, response: Response
) -> FocalPersonRead:
    """Name who answers for a unit's part in the data system or the mobile app.

    Whoever answered for it before does so until that day and stays in the unit's history; a corrected telephone number,
    too, is a new entry. `replaces` names that person: without it, or with another, nobody is replaced.
    """
    unit = await get_unit(db, code, lock=True)
    user.must_cover(unit.area_code, unit.code)
    unit.must_be_open()
    since = body.since or today_in_cambodia()
    must_have_come(since, "/since")
    await must_be_theirs(db, body.account_id, unit)
    before = await find_open(db, unit.id, body.role)
    _must_be_seen(before, body)
    if before is not None:
        before.end(since, pointer="/since")
        await db.flush()
    person = FocalPerson(unit_id=unit.id, since=since, **body.model_dump(exclude={"since", "replaces"}))
    db.add(person)
    _record(db, unit, person, "replaced" if before else "named", user)
    await db.flush()
    response.headers["Cache-Control"] = "no-store"
    return FocalPersonRead.of(person)


@router.post("/focal-persons/{person_id}:end")
async def end_focal_person(
    person_id: UUID, body: FocalPersonEnd, user: FocalPersonWriter, db: Transaction, response: Response
) -> FocalPersonRead:
    """Record that somebody answers no longer for it, and nobody does yet in their place."""
    person, unit = await get_with_unit(db, person_id)
    user.must_cover(unit.area_code, unit.code)
    until = body.until or today_in_cambodia()
    must_have_come(until, "/until")
    person.end(until, pointer="/until")
    _record(db, unit, person, "ended", user)
    response.headers["Cache-Control"] = "no-store"
    return FocalPersonRead.of(person)


def _must_be_seen(before: FocalPerson | None, body: FocalPersonInput) -> None:
    if (before.id if before else None) != body.replaces:
        raise Conflict(
            "focal_person_changed",
            en="The one in `replaces` is not who answers for it now. Read the unit's focal persons, then send again.",
            km="ជនបង្គោលបច្ចុប្បន្នមិនមែនជាអ្នកដែលបានបញ្ជាក់ក្នុង replaces ទេ។ សូមអានបញ្ជីជនបង្គោលម្ដងទៀត រួចផ្ញើ។",
        )


def _record(db: AsyncSession, unit: Unit, person: FocalPerson, action: str, user: User) -> None:
    """The trail tells which part of which unit, and nothing of the person."""
    record(db, "focal_person", unit.code, action, by=user.id, role=person.role)
