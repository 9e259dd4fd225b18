"""Recording facilitators and finding them. What is said of people here leaves the registry by no other way."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import today_in_cambodia
from services.registry.audit.queries import record
from services.registry.cafs.finding import has_finding
from services.registry.cafs.models import Caf
from services.registry.cafs.moving import facilitates, hold_place, move_to, role_stays
from services.registry.cafs.queries import (
    CafReach,
    get_caf,
    hold_areas,
    hold_commune,
    hold_commune_of,
    must_be_free,
    must_be_theirs,
    reach_of,
    show_cafs,
    show_written,
    village_of,
    visible,
)
from services.registry.cafs.rules import Finding, Notice
from services.registry.cafs.schemas import CafInput, CafLeaving, CafPatch, CafRead, CafReturn, CafWritten
from services.registry.organisations.queries import get_active
from services.registry.units.models import must_have_come
from shared.areas import AreaScope
from shared.auth.permissions import Permission
from shared.auth.user import Requires, SignedIn, User
from shared.db import Transaction
from shared.errors import NotFound
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router

CafReader = Annotated[User, Depends(Requires(Permission.CAF_READ))]
CafWriter = Annotated[User, Depends(Requires(Permission.CAF_WRITE))]
InArea = Annotated[AreaScope, Query(description="Only in this area and below", examples=["0202"])]
Serving = Annotated[
    Literal["current", "left", "all"], Query(description="Who serves now, who has left, or both", examples=["current"])
]
OfSupporter = Annotated[UUID | None, Query(description="Only those whom this organisation supports")]
OfFinding = Annotated[Finding | None, Query(description="Only those of whom the report counts this today")]
NEVER_EMPTY = ("name", "sex", "area_code", "term_from", "village_official", "commune_assistant")
TOLD = ("area_code", "supporter_id", "account_id")
"""What decides who sees the record; of all else the trail keeps nothing but that it was changed."""

router = Router(prefix="/cafs", tags=["facilitators"])


def narrowed(
    statement: Select[Caf], area: str, serving: str, supporter: UUID | None, finding: Finding | None
) -> Select[Caf]:
    """The facilitators that lists and files are asked for."""
    statement = under(statement, col(Caf.area_code), area)
    if serving != "all":
        left = col(Caf.left_on)
        statement = statement.where(left.is_(None) if serving == "current" else left.is_not(None))
    if supporter is not None:
        statement = statement.where(col(Caf.supporter_id) == supporter)
    return statement if finding is None else statement.where(has_finding(finding, today_in_cambodia()))


@router.get("")
async def list_cafs(
    user: CafReader,
    db: Transaction,
    page: Paging,
    response: Response,
    area: InArea = "",
    serving: Serving = "current",
    supporter_id: OfSupporter = None,
    finding: OfFinding = None,
) -> Page[CafRead]:
    """The facilitators whose records the caller sees, by commune.

    Clerks and officers see those of their areas, a partner those whom its organisation supports there, a facilitator
    the own record. What is said of disability and ethnic minority is shown to the person and the clerks and officers of
    the area alone; a partner gets null. How many there are anywhere is public: see the facilitators' report.
    """
    reach = await reach_of(db, user)
    statement = narrowed(visible(reach), area, serving, supporter_id, finding)
    found: Page[Any] = await paginate(db, statement, page, keys=[col(Caf.area_code), col(Caf.id)], read=lambda caf: caf)
    response.headers["Cache-Control"] = "no-store"
    return Page(items=await show_cafs(db, found.items, reach), next_cursor=found.next_cursor)


@router.get("/mine")
async def read_my_caf_record(user: SignedIn, db: Transaction, response: Response) -> CafRead:
    """The record that is kept of the caller as a facilitator."""
    reach = await reach_of(db, user)
    statement = visible(reach).where(col(Caf.account_id) == user.id)
    mine: Caf | None = await db.scalar(statement.order_by(col(Caf.left_on).desc().nulls_first()).limit(1))
    if mine is None:
        raise NotFound("caf_not_found", en="No facilitator has your account.", km="គ្មានអ្នកសម្របសម្រួលណាប្រើគណនីរបស់អ្នកទេ។")
    return await _shown(db, mine, reach, response)


@router.get("/{caf_id}")
async def read_caf(caf_id: UUID, user: CafReader, db: Transaction, response: Response) -> CafRead:
    """One facilitator's record."""
    caf = await get_caf(db, caf_id)
    reach = await reach_of(db, user)
    reach.must_cover(caf)
    return await _shown(db, caf, reach, response)


@router.post("", status_code=201)
async def create_caf(body: CafInput, user: CafWriter, db: Transaction, response: Response) -> CafWritten:
    """Record a facilitator of a commune.

    Nothing of what the report counts forbids it: the answer's `warnings` tell how the commune stands now.
    """
    user.must_cover(body.area_code)
    await hold_areas(db, (body.area_code, body.village_code))
    commune = await hold_commune(db, body.area_code)
    _must_be_past(body.model_dump(include={"last_seen_on"}))
    caf = Caf(
        **body.model_dump(exclude={"village_code", "area_code"}),
        area_id=commune.id,
        area_code=commune.code,
        village_id=await village_of(db, body.village_code, commune, pointer="/village_code"),
    )
    caf.must_have_a_term()
    if body.supporter_id is not None:
        await get_active(db, body.supporter_id, pointer="/supporter_id")
    if body.account_id is not None:
        await must_be_theirs(db, body.account_id, caf)
    db.add(caf)
    await db.flush()
    record(db, "caf", caf.id, "created", by=user.id, area=caf.area_code)
    return await _written(db, caf, user, response)


@router.patch("/{caf_id}")
async def update_caf(
    caf_id: UUID, body: CafPatch, user: CafWriter, if_match: Matching, db: Transaction, response: Response
) -> CafWritten:
    """Change a facilitator's record; whoever moves it to another commune covers both.

    What was served in the commune before is kept beside the record, and so is a term that is over when another begins.
    The role of the linked account follows a move where the caller may give it; else a warning says what is to be done.
    """
    sent = body.model_dump(exclude_unset=True)
    place = await hold_place(db, await get_caf(db, caf_id), body)
    caf = await get_caf(db, caf_id, lock=True)
    user.must_cover(caf.area_code)
    if_match.must_match(caf.version)
    caf.must_be_current()
    changes = {name: value for name, value in sent.items() if value is not None or name not in NEVER_EMPTY}
    _must_be_past(changes)
    served, notices = caf.served_before(body.term_from or caf.term_from), list[Notice]()
    if place is not None:
        user.must_cover(place.commune.code)
        moved, notices = await move_to(db, caf, place, user)
        served = served or moved
    elif "village_code" in changes:
        caf.village_id = None
    if body.supporter_id not in (None, caf.supporter_id):
        await get_active(db, body.supporter_id, pointer="/supporter_id")
    if body.account_id not in (None, caf.account_id):
        await must_be_theirs(db, body.account_id, caf)
    caf.set(**{name: value for name, value in changes.items() if name not in ("area_code", "village_code")})
    caf.version += 1
    db.add_all([served] if served else [])
    told = {name: value for name, value in changes.items() if name in TOLD}
    record(db, "caf", caf.id, "changed", by=user.id, fields=sorted(changes), **_plain(told))
    return await _written(db, caf, user, response, *notices)


@router.post("/{caf_id}:leave")
async def let_caf_leave(
    caf_id: UUID, body: CafLeaving, user: CafWriter, db: Transaction, response: Response
) -> CafWritten:
    """Record that a facilitator serves no longer, and why; the record stays.

    The account's role stays, too, until whoever may take it does so: a warning says so.
    """
    caf = await get_caf(db, caf_id, lock=True)
    user.must_cover(caf.area_code)
    day = body.left_on or today_in_cambodia()
    must_have_come(day, "/left_on")
    caf.leave(day, body.reason, body.note)
    record(db, "caf", caf.id, "left", by=user.id, left_on=str(day))
    notices = [role_stays(caf.area_code)] if await facilitates(db, caf.account_id, caf.area_code) else []
    return await _written(db, caf, user, response, *notices)


@router.post("/{caf_id}:return")
async def let_caf_return(
    caf_id: UUID, body: CafReturn, user: CafWriter, db: Transaction, response: Response
) -> CafWritten:
    """Begin another term of a facilitator who had left; the one before is kept beside the record.

    With the first day of the term that was left, that term goes on: leaving was a mistake.
    """
    await hold_commune_of(db, await get_caf(db, caf_id))
    caf = await get_caf(db, caf_id, lock=True)
    user.must_cover(caf.area_code)
    served = caf.come_back(body.term_from, body.term_until)
    await must_be_free(db, caf.account_id, caf)
    db.add_all([served] if served else [])
    record(db, "caf", caf.id, "returned", by=user.id, term_from=str(body.term_from))
    return await _written(db, caf, user, response)


def _must_be_past(sent: dict[str, Any]) -> None:
    if sent.get("last_seen_on") is not None:
        must_have_come(sent["last_seen_on"], "/last_seen_on")


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, bool | None) else str(value) for name, value in values.items()}


async def _shown(db: AsyncSession, caf: Caf, reach: CafReach, response: Response) -> CafRead:
    set_etag(response, caf.version)
    response.headers["Cache-Control"] = "no-store"
    return (await show_cafs(db, [caf], reach))[0]


async def _written(db: AsyncSession, caf: Caf, user: User, response: Response, *notices: Notice) -> CafWritten:
    set_etag(response, caf.version)
    response.headers["Cache-Control"] = "no-store"
    return await show_written(db, caf, await reach_of(db, user), *notices)
