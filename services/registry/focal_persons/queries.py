"""Reads of focal persons: of one unit, and of all that a reader's grants cover."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, and_, column, false, or_, select, values
from sqlalchemy import Text as SqlText
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account
from services.registry.focal_persons.models import ROLES, FocalPerson, FocalRole
from services.registry.focal_persons.schemas import FocalPersonRead, FocalPost
from services.registry.units.models import Unit
from shared.areas import prefix_range
from shared.auth.user import User
from shared.errors import Invalid, NotFound
from shared.registry_copy import under

POSTS = values(column("role", SqlText), name="post").data([(role,) for role in ROLES])
"""Every open unit has these to fill."""
ROLE = POSTS.c.role


async def find_open(db: AsyncSession, unit_id: UUID, role: FocalRole) -> FocalPerson | None:
    """Who answers for it now, locked."""
    statement = select(FocalPerson).where(
        col(FocalPerson.unit_id) == unit_id, col(FocalPerson.role) == role, col(FocalPerson.until).is_(None)
    )
    statement = statement.with_for_update()
    found: FocalPerson | None = await db.scalar(statement)
    return found


async def get_with_unit(db: AsyncSession, person_id: UUID) -> tuple[FocalPerson, Unit]:
    """A focal person, locked, and the unit. Raises NotFound."""
    person: FocalPerson | None = await db.get(FocalPerson, person_id, with_for_update=True)
    if person is None:
        raise NotFound("focal_person_not_found", en="There is no such focal person.", km="រកមិនឃើញជនបង្គោលនេះទេ។")
    unit = await db.get_one(Unit, person.unit_id)
    return person, unit


async def must_be_theirs(db: AsyncSession, account_id: UUID | None, unit: Unit) -> None:
    """Raise Invalid unless the account is in use and has a grant that reaches the unit."""
    if account_id is None:
        return
    account = await db.get(Account, account_id)
    fits = account is not None and not account.disabled
    if not fits or not any(grant.as_grant().covers(unit.area_code, unit.code) for grant in account.grants):  # type: ignore[union-attr]
        raise Invalid.field(
            "/account_id",
            "account_unfit",
            en=f"There is no account in use with this id that has a role for {unit.code}.",
            km=f"គ្មានគណនីកំពុងប្រើដែលមានលេខសម្គាល់នេះ និងមានតួនាទីសម្រាប់ {unit.code} ទេ។",
        )


def posts(
    user: User, area: str, role: FocalRole | None, kind: str | None, missing: bool | None
) -> Select[*tuple[Any, ...]]:
    """The parts of open units within the reader's grants, with whoever answers for each."""
    person = FocalPerson
    statement: Select[*tuple[Any, ...]] = (
        select(
            col(Unit.code).label("unit_code"), col(Unit.kind), col(Unit.area_code), col(Unit.name_km),
            col(Unit.name_en), ROLE, col(person.id), col(person.name), col(person.sex), col(person.position),
            col(person.phone), col(person.account_id), col(person.since), col(person.until),
        )
        .join_from(Unit, POSTS, col(Unit.status) == "open")
        .outerjoin(
            person,
            and_(col(person.unit_id) == col(Unit.id), col(person.role) == ROLE, col(person.until).is_(None)),
        )
        .where(within_reach(user))
    )  # fmt: skip
    if area:
        statement = under(statement, col(Unit.area_code), area)
    if role is not None:
        statement = statement.where(ROLE.in_([role]))
    if kind is not None:
        statement = statement.where(col(Unit.kind) == kind)
    if missing is not None:
        statement = statement.where(col(person.id).is_(None) if missing else col(person.id).is_not(None))
    return statement


def within_reach(user: User) -> ColumnElement[bool]:
    """The units that the caller's grants cover; a provider's grant covers its own unit alone."""
    conditions = []
    for grant in user.grants:
        low, high = prefix_range(grant.area_code)
        condition = (col(Unit.area_code) >= low) & (col(Unit.area_code) < high)
        conditions.append(condition if grant.unit_code is None else condition & (col(Unit.code) == grant.unit_code))
    return or_(false(), *conditions)


def shown_posts(rows: Sequence[RowMapping]) -> list[FocalPost]:
    """Rows of `posts` as the API shows them."""
    return [
        FocalPost.model_validate({**row, "person": None if row["id"] is None else FocalPersonRead(**row)})
        for row in rows
    ]
