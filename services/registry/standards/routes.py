"""What citizens may expect of a kind of unit: its services, and their rights."""

from typing import Annotated

from fastapi import Depends, Query, Response
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.audit.queries import record
from services.registry.standards.models import CitizenRights, Standard
from services.registry.standards.queries import find_standard
from services.registry.standards.schemas import (
    RightsInput,
    RightsRead,
    StandardCode,
    StandardInput,
    StandardRead,
)
from services.registry.unit_kinds.queries import get_kind, must_know_kind
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import NotFound
from shared.etag import MatchingOnceThere, set_etag
from shared.events.registry import UnitKind
from shared.paging import Page, Paging, paginate
from shared.routing import Router

StandardWriter = Annotated[User, Depends(Requires(Permission.STANDARD_WRITE))]
OfKind = Annotated[UnitKind, Query(description="The kind of units", examples=["health_centre"])]
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('registry.standards'))")
"""NCDDS writes few standards; so two who write the same new one meet here and not at the table's constraint."""

router = Router(tags=["standards"])


@router.get("/standards")
async def list_standards(
    db: Transaction,
    page: Paging,
    kind: Annotated[UnitKind | None, Query(description="Only of this kind", examples=["health_centre"])] = None,
    active: Annotated[bool | None, Query(description="Only those that units still offer, or do no more")] = None,
) -> Page[StandardRead]:
    """The services of each kind of unit, in their order."""
    statement = select(Standard)
    await must_know_kind(db, kind)
    if kind is not None:
        statement = statement.where(col(Standard.kind) == kind)
    if active is not None:
        statement = statement.where(col(Standard.active) == active)
    keys = [col(Standard.kind), col(Standard.position), col(Standard.code)]
    return await paginate(db, statement, page, keys=keys, read=StandardRead.of)


@router.get("/standards/{kind}/{code}")
async def read_standard(kind: UnitKind, code: StandardCode, db: Transaction, response: Response) -> StandardRead:
    """One service of a kind of unit."""
    standard = await find_standard(db, kind, code)
    if standard is None:
        raise NotFound(
            "standard_not_found",
            en=f"Units of the kind {kind} have no service {code}.",
            km=f"អង្គភាពប្រភេទ {kind} គ្មានសេវា {code} ទេ។",
        )
    set_etag(response, standard.version)
    return StandardRead.of(standard)


@router.put("/standards/{kind}/{code}")
async def put_standard(
    kind: UnitKind,
    code: StandardCode,
    body: StandardInput,
    user: StandardWriter,
    if_match: MatchingOnceThere,
    db: Transaction,
    response: Response,
) -> StandardRead:
    """Set a service of a kind of unit; the first time without If-Match, later with it.

    Packs that are published stay as they are; the next ones say it anew.
    """
    user.must_cover("")
    await get_kind(db, kind, pointer="path/kind")
    await db.execute(ONE_AT_A_TIME)
    standard = await find_standard(db, kind, code, lock=True)
    if_match.must_match(standard.version if standard else None)
    if standard is None:
        standard = Standard(kind=kind, code=code, **body.model_dump())
        db.add(standard)
        action = "created"
    else:
        standard.set(body.model_dump())
        action = "changed"
    await db.flush()
    record(db, "standard", f"{kind}/{code}", action, by=user.id, **body.model_dump(exclude_unset=True))
    set_etag(response, standard.version)
    return StandardRead.of(standard)


@router.get("/citizen-rights/{kind}")
async def read_citizen_rights(kind: UnitKind, db: Transaction, response: Response) -> RightsRead:
    """What citizens may ask of every unit of a kind."""
    await must_know_kind(db, kind, pointer="path/kind")
    rights = await _find_rights(db, kind) or CitizenRights(kind=kind, texts=[], version=0)
    set_etag(response, rights.version)
    return RightsRead.of(rights)


@router.put("/citizen-rights/{kind}")
async def put_citizen_rights(
    kind: UnitKind,
    body: RightsInput,
    user: StandardWriter,
    if_match: MatchingOnceThere,
    db: Transaction,
    response: Response,
) -> RightsRead:
    """Set all rights of citizens before a kind of unit; the first time without If-Match, later with it."""
    user.must_cover("")
    await get_kind(db, kind, pointer="path/kind")
    await db.execute(ONE_AT_A_TIME)
    rights = await _find_rights(db, kind)
    if_match.must_match(rights.version if rights else None)
    if rights is None:
        rights = CitizenRights(kind=kind, texts=[], version=0)
        db.add(rights)
    rights.texts = [right.model_dump() for right in body.texts]
    rights.is_example = False
    rights.version += 1
    await db.flush()
    record(db, "citizen_rights", kind, "changed", by=user.id, texts=rights.texts)
    set_etag(response, rights.version)
    return RightsRead.of(rights)


async def _find_rights(db: AsyncSession, kind: str) -> CitizenRights | None:
    found: CitizenRights | None = await db.get(CitizenRights, kind, populate_existing=True)
    return found
