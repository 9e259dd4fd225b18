"""Changing areas: each change is ordered by a text of law, from a day on; a day to come schedules it."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import Area
from services.registry.areas.operations import ChangeKind, Close, Merge, Move, Operation, Rename, Split
from services.registry.areas.order_schemas import (
    AreaChangeResult,
    Closing,
    Merging,
    Moving,
    Opening,
    Order,
    Renaming,
    Splitting,
)
from services.registry.areas.queries import areas_by_id, get_area_by_id
from services.registry.areas.reach import must_reach, named_areas
from services.registry.areas.scheduling import change_areas
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Invalid
from shared.routing import Router

AreaWriter = Annotated[User, Depends(Requires(Permission.AREA_WRITE))]

router = Router(prefix="/areas", tags=["areas"])


@router.post("", status_code=201)
async def open_area(body: Opening, user: AreaWriter, db: Transaction) -> AreaChangeResult:
    """Open a new area. Its code extends its parent's, and no open area bears it."""
    return await _order(db, user, body, "open", body.as_open())


@router.post("/{area_id}:rename", status_code=201)
async def rename_area(area_id: UUID, body: Renaming, user: AreaWriter, db: Transaction) -> AreaChangeResult:
    """Give an area other names."""
    await _subject(db, user, area_id)
    return await _order(db, user, body, "rename", Rename(area_id, body.name_km, body.name_en))


@router.post("/{area_id}:move", status_code=201)
async def move_area(area_id: UUID, body: Moving, user: AreaWriter, db: Transaction) -> AreaChangeResult:
    """Put an area below another one, or renumber it where it is.

    All below follow: the beginning of their codes is replaced, each with its line in the crosswalk. A village whose
    code does not begin as its commune's keeps it. Units and the grants of accounts go along.
    """
    area = await _subject(db, user, area_id)
    parent_code = body.new_parent_code or area.parent_code
    kind: ChangeKind = "renumber" if parent_code == area.parent_code else "move"
    return await _order(db, user, body, kind, Move(area_id, body.new_code, parent_code))


@router.post("/{area_id}:split", status_code=201)
async def split_area(area_id: UUID, body: Splitting, user: AreaWriter, db: Transaction) -> AreaChangeResult:
    """Make several areas of one, saying which areas below it and which units go into each.

    It ends, and everything in it must be given away, unless it `remains` with the rest.
    """
    area = await _subject(db, user, area_id)
    parts = tuple(part.as_open(area.level, area.parent_code) for part in body.into)
    return await _order(db, user, body, "split", Split(area_id, parts, body.remains))


@router.post(":merge", status_code=201)
async def merge_areas(body: Merging, user: AreaWriter, db: Transaction) -> AreaChangeResult:
    """Make one area of several: one of them, or a new one.

    What lies below the others goes there, with the next free codes where none is given; their units go along.
    """
    merged = [await _subject(db, user, area_id) for area_id in body.area_ids]
    if body.survivor_id is not None and body.survivor_id not in body.area_ids:
        raise Invalid.field(
            "/survivor_id",
            "survivor_not_merged",
            en="The area that goes on is one of area_ids.",
            km="តំបន់ដែលនៅបន្តត្រូវជាតំបន់មួយក្នុង area_ids។",
        )
    into = body.into.as_open(merged[0].level, merged[0].parent_code) if body.into else body.survivor_id
    assert into is not None
    children = tuple(child.as_child() for child in body.children)
    return await _order(db, user, body, "merge", Merge(tuple(body.area_ids), into, children))


@router.post("/{area_id}:close", status_code=201)
async def close_area(area_id: UUID, body: Closing, user: AreaWriter, db: Transaction) -> AreaChangeResult:
    """End an area below which nothing is open any more; its history stays.

    Its units go to the one area in `into`; with none or several there, they must be moved or closed before.
    """
    await _subject(db, user, area_id)
    return await _order(db, user, body, "close", Close(area_id, tuple(body.into)))


async def _subject(db: AsyncSession, user: User, area_id: UUID) -> Area:
    """The open area that an order is about. Raises NotFound, Forbidden or Conflict."""
    area = await get_area_by_id(db, area_id)
    await must_reach(db, user, [Rename(area_id, area.name_km, area.name_en)])
    area.must_be_open()
    return area


async def _order(db: AsyncSession, user: User, body: Order, kind: ChangeKind, operation: Operation) -> AreaChangeResult:
    operations: Sequence[Operation] = [operation]
    await must_reach(db, user, operations)
    change = await change_areas(db, operations, body.header(kind, user.id))
    return AreaChangeResult.showing(change, await areas_by_id(db, named_areas(change)))
