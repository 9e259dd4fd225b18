"""Which facts a kind of unit tells its citizens each year."""

from typing import Annotated

from fastapi import Depends, Query, Response
from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.audit.queries import record
from services.registry.data_elements.models import DataElement, Group
from services.registry.data_elements.queries import find_element
from services.registry.data_elements.schemas import DataElementInput, DataElementRead, ElementCode
from services.registry.facts.models import FactSheet
from services.registry.unit_kinds.queries import get_kind, must_know_kind
from services.registry.units.models import Unit
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, NotFound
from shared.etag import MatchingOnceThere, set_etag
from shared.events.registry import UnitKind
from shared.paging import Page, Paging, paginate
from shared.routing import Router

DataElementWriter = Annotated[User, Depends(Requires(Permission.DATA_ELEMENT_WRITE))]
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('registry.data-elements'))")

router = Router(prefix="/data-elements", tags=["facts"])


@router.get("")
async def list_data_elements(
    db: Transaction,
    page: Paging,
    kind: Annotated[UnitKind | None, Query(description="Only of this kind", examples=["health_centre"])] = None,
    group: Annotated[Group | None, Query(description="Only of performance, or of the budget")] = None,
    active: Annotated[bool | None, Query(description="Only those that are asked for, or are no more")] = None,
) -> Page[DataElementRead]:
    """The facts that each kind of unit is asked for, in their order."""
    statement = select(DataElement)
    await must_know_kind(db, kind)
    if kind is not None:
        statement = statement.where(col(DataElement.kind) == kind)
    if group is not None:
        statement = statement.where(col(DataElement.group) == group)
    if active is not None:
        statement = statement.where(col(DataElement.active) == active)
    keys = [col(DataElement.kind), col(DataElement.position), col(DataElement.code)]
    return await paginate(db, statement, page, keys=keys, read=DataElementRead.of)


@router.get("/{kind}/{code}")
async def read_data_element(kind: UnitKind, code: ElementCode, db: Transaction, response: Response) -> DataElementRead:
    """One fact that units of a kind are asked for."""
    element = await find_element(db, kind, code)
    if element is None:
        raise NotFound(
            "data_element_not_found",
            en=f"Units of the kind {kind} have no data element {code}.",
            km=f"អង្គភាពប្រភេទ {kind} គ្មានធាតុទិន្នន័យ {code} ទេ។",
        )
    set_etag(response, element.version)
    return DataElementRead.of(element)


@router.put("/{kind}/{code}")
async def put_data_element(
    kind: UnitKind,
    code: ElementCode,
    body: DataElementInput,
    user: DataElementWriter,
    if_match: MatchingOnceThere,
    db: Transaction,
    response: Response,
) -> DataElementRead:
    """Set a fact that units of a kind are asked for; the first time without If-Match, later with it."""
    user.must_cover("")
    await get_kind(db, kind, pointer="path/kind")
    await db.execute(ONE_AT_A_TIME)
    element = await find_element(db, kind, code, lock=True)
    if_match.must_match(element.version if element else None)
    if element is None:
        element = DataElement(kind=kind, code=code, **body.model_dump())
        db.add(element)
        action = "created"
    else:
        if body.value_type != element.value_type:
            await _must_have_no_facts(db, element)
        element.set(body.model_dump())
        action = "changed"
    await db.flush()
    record(db, "data_element", f"{kind}/{code}", action, by=user.id, **body.model_dump(exclude_unset=True))
    set_etag(response, element.version)
    return DataElementRead.of(element)


async def _must_have_no_facts(db: AsyncSession, element: DataElement) -> None:
    has = exists().where(
        col(FactSheet.unit_id) == col(Unit.id),
        col(Unit.kind) == element.kind,
        col(FactSheet.facts).has_key(element.code),  # type: ignore[attr-defined]
    )
    if await db.scalar(select(has)):
        raise Conflict(
            "data_element_in_use",
            en=f"Units have facts of {element.code}: its value type stays. Make another element in its place.",
            km=f"មានអង្គភាពបានបំពេញទិន្នន័យ {element.code} រួចហើយ៖ ប្រភេទតម្លៃមិនអាចប្ដូរបានទេ។ សូមបង្កើតធាតុទិន្នន័យថ្មីជំនួស។",
        )
