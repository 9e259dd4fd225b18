"""Which kinds of service units there are."""

from typing import Annotated

from fastapi import Depends, Query, Response
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.audit.queries import record
from services.registry.unit_kinds.models import Kind
from services.registry.unit_kinds.queries import find_kind
from services.registry.unit_kinds.schemas import KindInput, KindPatch, KindRead
from services.registry.unit_kinds.telling import tell_kind
from services.registry.units.models import Unit, UnitCatchment
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, NotFound
from shared.etag import Matching, set_etag
from shared.events.registry import UnitKind
from shared.paging import Page, Paging, paginate
from shared.routing import Router

KindWriter = Annotated[User, Depends(Requires(Permission.UNIT_KIND_WRITE))]
FIXED_BY_UNITS = ("prefix", "level", "numbered")

router = Router(prefix="/unit-kinds", tags=["units"])


@router.get("")
async def list_unit_kinds(
    db: Transaction, page: Paging, active: Annotated[bool | None, Query()] = None
) -> Page[KindRead]:
    """The kinds of service units, in the order of their codes."""
    statement = select(Kind) if active is None else select(Kind).where(col(Kind.active) == active)
    return await paginate(db, statement, page, keys=[col(Kind.code)], read=KindRead.of)


@router.post("", status_code=201)
async def create_unit_kind(body: KindInput, user: KindWriter, db: Transaction, response: Response) -> KindRead:
    """Add a kind; units of it can be registered, and indicator sets made for it, from now on."""
    user.must_cover("")
    kind = Kind(**body.model_dump())
    await _must_be_free(db, col(Kind.code) == body.code, body.code)
    await _must_be_free(db, col(Kind.prefix) == body.prefix, body.prefix)
    db.add(kind)
    record(db, "unit_kind", kind.code, "created", by=user.id, **body.model_dump(exclude={"code"}))
    await tell_kind(db, kind)
    set_etag(response, kind.version)
    return KindRead.of(kind)


@router.get("/{code}")
async def read_unit_kind(code: UnitKind, db: Transaction, response: Response) -> KindRead:
    """One kind of service units."""
    kind = await _get(db, code)
    set_etag(response, kind.version)
    return KindRead.of(kind)


@router.patch("/{code}")
async def update_unit_kind(
    code: UnitKind, body: KindPatch, user: KindWriter, if_match: Matching, db: Transaction, response: Response
) -> KindRead:
    """Change a kind's names, its catchment, or whether it is used; what makes codes only while it has no units."""
    user.must_cover("")
    kind = await _get(db, code, lock=True)
    if_match.must_match(kind.version)
    changes = {
        name: value for name, value in body.model_dump(exclude_none=True).items() if value != getattr(kind, name)
    }
    await _must_be_changeable(db, kind, changes)
    for name, value in changes.items():
        setattr(kind, name, value)
    kind.version += 1
    record(db, "unit_kind", kind.code, "changed", by=user.id, **changes)
    await tell_kind(db, kind)
    set_etag(response, kind.version)
    return KindRead.of(kind)


async def _get(db: AsyncSession, code: str, *, lock: bool = False) -> Kind:
    kind = await find_kind(db, code, lock=lock)
    if kind is None:
        raise NotFound(
            "unit_kind_not_found",
            en=f"There is no kind of service unit {code}.",
            km=f"រកមិនឃើញប្រភេទអង្គភាពផ្តល់សេវា {code} ទេ។",
        )
    return kind


async def _must_be_free(db: AsyncSession, taken: ColumnElement[bool], shown: str) -> None:
    if await db.scalar(select(exists().where(taken))):
        raise Conflict(
            "unit_kind_exists", en=f"There is a kind with {shown} already.", km=f"មានប្រភេទអង្គភាពដែលប្រើ {shown} រួចហើយ។"
        )


async def _must_be_changeable(db: AsyncSession, kind: Kind, changes: dict[str, object]) -> None:
    if "prefix" in changes:
        await _must_be_free(db, col(Kind.prefix) == changes["prefix"], str(changes["prefix"]))
    units = col(Unit.kind) == kind.code
    if any(name in changes for name in FIXED_BY_UNITS) and await db.scalar(select(exists().where(units))):
        raise Conflict(
            "unit_kind_in_use",
            en=f"There are units of the kind {kind.code}: what their codes are made of stays as it is.",
            km=f"មានអង្គភាពផ្តល់សេវានៃប្រភេទ {kind.code} រួចហើយ ដូច្នេះទម្រង់លេខកូដមិនអាចផ្លាស់ប្ដូរបានទេ។",
        )
    serving = exists().where(units, col(UnitCatchment.unit_id) == col(Unit.id))
    if changes.get("has_catchment") is False and await db.scalar(select(serving)):
        raise Conflict(
            "unit_kind_has_catchments",
            en=f"Units of the kind {kind.code} have a catchment; take these away first.",
            km=f"អង្គភាពនៃប្រភេទ {kind.code} មានតំបន់គ្របដណ្ដប់។ សូមដកចេញជាមុនសិន។",
        )
