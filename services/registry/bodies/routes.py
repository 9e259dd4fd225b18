"""Recognising, changing, dissolving and finding bodies."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import Area, today_in_cambodia
from services.registry.areas.queries import get_open_area
from services.registry.audit.queries import record
from services.registry.bodies.models import Body
from services.registry.bodies.queries import get_body, must_stand_alone, show_bodies
from services.registry.bodies.schemas import BodyDissolve, BodyInput, BodyPatch, BodyRead
from services.registry.body_kinds.models import LEVELS_KM, BodyKind, BodyLevel
from services.registry.body_kinds.queries import body_kind_unknown, lock_kind, read_duties
from services.registry.body_meetings.models import BodyMeeting
from services.registry.duties.keeping import keep_duties
from services.registry.units.models import must_have_come
from shared.areas import AreaScope, level_of
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, Invalid
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router

BodyWriter = Annotated[User, Depends(Requires(Permission.BODY_WRITE))]
InArea = Annotated[AreaScope, Query(description="Only in this area and below", examples=["0202"])]
AtLevel = Annotated[BodyLevel | None, Query(description="Only bodies of this level")]

router = Router(prefix="/bodies", tags=["bodies"])


async def asked_kind(
    db: Transaction,
    kind: Annotated[
        str | None, Query(max_length=40, description="Only bodies of this kind", examples=["jaapc"])
    ] = None,
) -> str | None:
    """The kind of a request. Raises Invalid for one that there is not: a mistyped one would find nothing."""
    if kind is not None and await db.get(BodyKind, kind) is None:
        raise body_kind_unknown(kind, "query/kind")
    return kind


OfKind = Annotated[str | None, Depends(asked_kind)]


@router.get("")
async def list_bodies(
    db: Transaction,
    page: Paging,
    area: InArea = "",
    kind: OfKind = None,
    level: AtLevel = None,
    active: Annotated[bool | None, Query(description="Only those that are there; false: only dissolved ones")] = None,
) -> Page[BodyRead]:
    """Bodies by area, with how many people sit in each and when it last met."""
    statement = under(select(Body), col(Body.area_code), area)
    if kind is not None:
        statement = statement.where(col(Body.kind) == kind)
    if level is not None:
        statement = statement.where(col(Body.level) == level)
    if active is not None:
        dissolved = col(Body.dissolved_on)
        statement = statement.where(dissolved.is_(None) if active else dissolved.is_not(None))
    found: Page[Body] = await paginate(db, statement, page, keys=[col(Body.area_code), col(Body.id)], read=_itself)
    return Page(items=await show_bodies(db, found.items), next_cursor=found.next_cursor)


@router.get("/{body_id}")
async def read_body(body_id: UUID, db: Transaction, response: Response) -> BodyRead:
    """One body."""
    return await _shown(db, await get_body(db, body_id), response)


@router.post("", status_code=201)
async def recognise_body(body: BodyInput, user: BodyWriter, db: Transaction, response: Response) -> BodyRead:
    """Record a body that was recognised, by which act and when. A kind has one active body in an area.

    Its duty to meet begins with the first whole window from that day on; see the kind's duties.
    """
    user.must_cover(body.area_code)
    must_have_come(body.recognised_on, "/recognised_on")
    kind = await lock_kind(db, body.kind)
    area = await get_open_area(db, body.area_code, hold=True) if body.area_code else None
    made = Body(**body.model_dump(), level=await _level(db, kind.code, area), area_id=area.id if area else None)
    await must_stand_alone(db, made)
    db.add(made)
    await db.flush()
    record(db, "body", made.id, "recognised", by=user.id, **body.model_dump(mode="json"))
    return await _shown(db, made, response)


@router.patch("/{body_id}")
async def update_body(
    body_id: UUID, body: BodyPatch, user: BodyWriter, if_match: Matching, db: Transaction, response: Response
) -> BodyRead:
    """Correct a body's names, or by what and when it was recognised; its kind and area stay."""
    found = await _lock(db, body_id, user)
    if_match.must_match(found.version)
    names = body.model_dump(include={"name_km", "name_en"}, exclude_unset=True)
    changes = names | body.model_dump(exclude={"name_km", "name_en"}, exclude_none=True)
    for name, value in changes.items():
        setattr(found, name, value)
    if body.recognised_on is not None:
        must_have_come(body.recognised_on, "/recognised_on")
        _must_end_later(found)
        await must_stand_alone(db, found)
        await _must_hold_meetings(db, found)
        await keep_duties(db, [found.id])
    found.version += 1
    record(db, "body", found.id, "changed", by=user.id, **body.model_dump(mode="json", exclude_unset=True))
    return await _shown(db, found, response)


@router.post("/{body_id}:dissolve")
async def dissolve_body(
    body_id: UUID, body: BodyDissolve, user: BodyWriter, db: Transaction, response: Response
) -> BodyRead:
    """End a body: from that day on it has no duty to meet. Its members and meetings stay on record."""
    found = await _lock(db, body_id, user)
    day = body.dissolved_on or today_in_cambodia()
    must_have_come(day, "/dissolved_on")
    found.dissolve(day, body.reason)
    await _must_hold_meetings(db, found)
    await keep_duties(db, [found.id])
    record(db, "body", found.id, "dissolved", by=user.id, dissolved_on=str(day), reason=body.reason)
    return await _shown(db, found, response)


@router.post("/{body_id}:restore")
async def restore_body(body_id: UUID, user: BodyWriter, db: Transaction, response: Response) -> BodyRead:
    """Take back a dissolution that was recorded by mistake, while no other body has come in its place."""
    seen = await get_body(db, body_id)
    user.must_cover(seen.area_code)
    await _hold_area(db, seen)
    found = await _lock(db, body_id, user)
    found.restore()
    await must_stand_alone(db, found)
    await keep_duties(db, [found.id])
    record(db, "body", found.id, "restored", by=user.id)
    return await _shown(db, found, response)


async def _lock(db: AsyncSession, body_id: UUID, user: User) -> Body:
    """The body to change, after its kind: whoever recognises another one of the kind waits, or is waited for."""
    seen = await get_body(db, body_id)
    user.must_cover(seen.area_code)
    await lock_kind(db, seen.kind)
    found = await get_body(db, body_id, lock=True)
    user.must_cover(found.area_code)
    return found


async def _level(db: AsyncSession, kind: str, area: Area | None) -> BodyLevel:
    """The level of a body in an area. Raises Invalid for a level at which the kind is not found."""
    level: BodyLevel = "nation" if area is None else level_of(area.code)  # type: ignore[assignment]
    levels = [at for _, at in await read_duties(db, kind)]
    if level not in levels:
        raise Invalid.field(
            "/area_code",
            "level_unfit",
            en=f"A body of the kind {kind} is found at these levels: {', '.join(levels)}.",
            km=f"ប្រភេទ {kind} មាននៅ៖ {', '.join(LEVELS_KM[at] for at in levels)}។",
        )
    return level


async def _hold_area(db: AsyncSession, body: Body) -> None:
    """Keep the area of a body, which a change of areas locks before it, from ending. Raises Conflict if it has."""
    if body.area_id is not None:
        (await db.get_one(Area, body.area_id, with_for_update={"read": True})).must_be_open()


async def _must_hold_meetings(db: AsyncSession, body: Body) -> None:
    """Raise Conflict when the body met on a day on which it is said not to have been there."""
    met = (col(BodyMeeting.body_id) == body.id, col(BodyMeeting.withdrawn_at).is_(None))
    with db.no_autoflush:
        first, last = (
            await db.execute(select(func.min(BodyMeeting.held_on), func.max(BodyMeeting.held_on)).where(*met))
        ).one()
    outside = first is not None and (first < body.recognised_on or (body.dissolved_on or date.max) <= last)
    if outside:
        raise Conflict(
            "body_met_then",
            en=f"It met from {first} to {last}: it was there all that time. Withdraw wrong meetings first.",
            km=f"គណៈកម្មាធិការ ឬក្រុមការងារនេះបានប្រជុំពីថ្ងៃទី {first} ដល់ {last}។ បើមានការប្រជុំខុស សូមដកចេញជាមុនសិន។",
        )


def _must_end_later(body: Body) -> None:
    if body.dissolved_on is not None and body.recognised_on > body.dissolved_on:
        raise Invalid.field(
            "/recognised_on",
            "after_dissolution",
            en=f"The body was dissolved on {body.dissolved_on}: it was recognised before.",
            km=f"គណៈកម្មាធិការ ឬក្រុមការងារនេះត្រូវបានរំលាយនៅថ្ងៃទី {body.dissolved_on}៖ ការទទួលស្គាល់ត្រូវតែមុនថ្ងៃនោះ។",
        )


async def _shown(db: AsyncSession, body: Body, response: Response) -> BodyRead:
    set_etag(response, body.version)
    return (await show_bodies(db, [body]))[0]


def _itself(body: Body) -> Body:
    return body
