"""Who sits in a body, and who did before. What is said of people here leaves the registry by no other way."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account
from services.registry.areas.models import today_in_cambodia
from services.registry.audit.queries import record
from services.registry.bodies.member_schemas import (
    BodyMemberInput,
    BodyMemberLeave,
    BodyMemberPatch,
    BodyMemberRead,
    in_order,
)
from services.registry.bodies.models import Body, BodyMember
from services.registry.bodies.queries import get_body
from services.registry.bodies.routes import BodyWriter
from services.registry.organisations.naming import Said, organisation_said
from services.registry.units.models import must_have_come
from shared.areas import covers
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Invalid, NotFound
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.routing import Router

BodyMemberReader = Annotated[User, Depends(Requires(Permission.BODY_MEMBER_READ))]
NOBODY = Said(None, None)

router = Router(tags=["bodies"])


@router.get("/bodies/{body_id}/members")
async def list_body_members(
    body_id: UUID,
    user: BodyMemberReader,
    db: Transaction,
    page: Paging,
    response: Response,
    left: Annotated[bool, Query(description="Instead, those who sit there no more")] = False,
) -> Page[BodyMemberRead]:
    """Who sits in a body, also beyond the term, and from when on; or who did before."""
    body = await get_body(db, body_id)
    user.must_cover(body.area_code)
    gone = col(BodyMember.left_on)
    statement = select(BodyMember).where(col(BodyMember.body_id) == body.id)
    statement = statement.where(gone.is_not(None) if left else gone.is_(None))
    response.headers["Cache-Control"] = "no-store"
    return await paginate(db, statement, page, keys=[col(BodyMember.id)], read=BodyMemberRead.of)


@router.post("/bodies/{body_id}/members", status_code=201)
async def add_body_member(
    body_id: UUID, body: BodyMemberInput, user: BodyWriter, db: Transaction, response: Response
) -> BodyMemberRead:
    """Add somebody who sits in a body."""
    found = await get_body(db, body_id, lock=True)
    user.must_cover(found.area_code)
    found.must_be_active()
    await _must_fit(db, body.account_id, found)
    said = await _organisation(db, Said(body.organisation_id, body.organisation), NOBODY)
    values = body.model_dump() | {"organisation_id": said.id, "organisation": said.name}
    member = BodyMember(body_id=found.id, **values)
    db.add(member)
    return await _answer(db, member, "added", user, response)


@router.patch("/body-members/{member_id}")
async def update_body_member(
    member_id: UUID, body: BodyMemberPatch, user: BodyWriter, if_match: Matching, db: Transaction, response: Response
) -> BodyMemberRead:
    """Correct what is said of a member.

    Who begins another term or position leaves with the old one and is added with the new, so that both stay on record.
    """
    member, found = await _lock(db, member_id, user)
    if_match.must_match(member.version)
    changes = body.changes()
    await _must_fit(db, changes.get("account_id"), found)
    if changes.keys() & {"organisation_id", "organisation"}:
        said = Said(changes.get("organisation_id"), changes.get("organisation"))
        said = await _organisation(db, said, Said(member.organisation_id, member.organisation))
        changes |= {"organisation_id": said.id, "organisation": said.name}
    for name, value in changes.items():
        setattr(member, name, value)
    if not in_order(member.term_from, member.term_until) or not in_order(member.term_from, member.left_on):
        raise Invalid.field(
            "/term_from",
            "term_ends_before_it_begins",
            en="The term ends before it begins.",
            km="អាណត្តិមិនអាចបញ្ចប់មុនថ្ងៃចាប់ផ្ដើមទេ។",
        )
    member.version += 1
    return await _answer(db, member, "changed", user, response, fields=sorted(changes))


@router.post("/body-members/{member_id}:leave")
async def leave_body(
    member_id: UUID, body: BodyMemberLeave, user: BodyWriter, db: Transaction, response: Response
) -> BodyMemberRead:
    """Record that a member has left; what was is kept."""
    member, _ = await _lock(db, member_id, user)
    left_on = body.left_on or today_in_cambodia()
    must_have_come(left_on, "/left_on")
    member.leave(left_on, body.reason)
    return await _answer(db, member, "left", user, response)


async def _lock(db: AsyncSession, member_id: UUID, user: User) -> tuple[BodyMember, Body]:
    member: BodyMember | None = await db.get(BodyMember, member_id, with_for_update=True)
    if member is None:
        raise NotFound("body_member_not_found", en="There is no such member.", km="រកមិនឃើញសមាជិកនេះទេ។")
    body = await get_body(db, member.body_id)
    user.must_cover(body.area_code)
    return member, body


async def _organisation(db: AsyncSession, said: Said, before: Said) -> Said:
    pointers = {"id_pointer": "/organisation_id", "name_pointer": "/organisation"}
    return await organisation_said(db, said, before, **pointers)


async def _must_fit(db: AsyncSession, account_id: UUID | None, body: Body) -> None:
    """Raise Invalid unless the account is in use and has a role where the body works."""
    if account_id is None:
        return
    account = await db.get(Account, account_id)
    fits = account is not None and not account.disabled
    if not fits or not any(
        covers(grant.area_code, body.area_code) or covers(body.area_code, grant.area_code)
        for grant in account.grants  # type: ignore[union-attr]
    ):
        raise Invalid.field(
            "/account_id",
            "account_unfit",
            en="There is no account in use with this id that has a role where the body works.",
            km="គ្មានគណនីកំពុងប្រើដែលមានលេខសម្គាល់នេះ និងមានតួនាទីក្នុងតំបន់នេះទេ។",
        )


async def _answer(
    db: AsyncSession, member: BodyMember, action: str, user: User, response: Response, **detail: object
) -> BodyMemberRead:
    """Show the member. The trail tells of which body, and nothing of the person."""
    await db.flush()
    record(db, "body_member", member.id, action, by=user.id, body=str(member.body_id), **detail)
    set_etag(response, member.version)
    response.headers["Cache-Control"] = "no-store"
    return BodyMemberRead.of(member)
