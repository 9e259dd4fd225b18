"""A unit's facts of a year: entered at once, submitted, approved by somebody else or given back."""

from typing import Annotated

from fastapi import Depends, Header, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.audit.queries import record
from services.registry.data_elements.queries import elements_of
from services.registry.facts.models import FactSheet, SheetStatus
from services.registry.facts.queries import LOCK_UNITS, ONE, approved_facts, find_sheet, get_sheet, sheets_of
from services.registry.facts.schemas import (
    Approvals,
    Approved,
    FactSheetItem,
    FactSheetRead,
    FactsInput,
    Returning,
)
from services.registry.facts.values import wrong_facts
from services.registry.unit_kinds.queries import must_know_kind
from services.registry.units.models import Unit
from services.registry.units.queries import get_by_any_code, get_unit
from shared.areas import AreaScope, UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Invalid, Problem
from shared.etag import IfMatch, MatchingOnceThere, set_etag
from shared.events.registry import UnitKind
from shared.paging import Page, Paging, encode_cursor, invalid_cursor
from shared.routing import Router
from shared.schemas import Year

FactReader = Annotated[User, Depends(Requires(Permission.FACT_READ))]
FactWriter = Annotated[User, Depends(Requires(Permission.FACT_WRITE))]
FactApprover = Annotated[User, Depends(Requires(Permission.FACT_APPROVE))]
InArea = Annotated[AreaScope, Query(description="Only in this area and below", examples=["0202"])]
OfKind = Annotated[UnitKind | None, Query(description="Only of this kind", examples=["health_centre"])]
SeenAs = Annotated[str | None, Header(description="The ETag of what was looked at, so that nothing else is settled")]

router = Router(tags=["facts"])


@router.get("/fact-sheets")
async def list_fact_sheets(
    year: Year,
    user: FactReader,
    db: Transaction,
    page: Paging,
    area: InArea = "",
    kind: OfKind = None,
    status: Annotated[SheetStatus | None, Query(description="Only in this state")] = None,
) -> Page[FactSheetItem]:
    """The units of an area of which something was entered for a year, by their codes; the caller's role covers it."""
    user.must_cover(area)
    await must_know_kind(db, kind)
    statement = sheets_of(year, area, kind, status).order_by(col(Unit.code)).limit(page.limit + 1)
    if page.after is not None:
        if len(page.after) != 1 or not isinstance(page.after[0], str) or "\0" in page.after[0]:
            raise invalid_cursor()
        statement = statement.where(col(Unit.code) > page.after[0])
    rows = (await db.execute(statement)).mappings().all()
    items = [FactSheetItem.model_validate(dict(row)) for row in rows[: page.limit]]
    more = len(rows) > page.limit
    return Page(items=items, next_cursor=encode_cursor([items[-1].unit_code]) if more else None)


@router.post("/fact-sheets:approve")
async def approve_many_facts(body: Approvals, user: FactApprover, db: Transaction) -> list[Approved]:
    """Approve the facts of several units; each is approved or rejected for itself, in the order of the request."""
    await db.execute(ONE)
    await db.execute(LOCK_UNITS, {"codes": body.unit_codes})
    outcomes = {
        code: await _try_to_approve(db, code, body.year, body.versions.get(code), user) for code in set(body.unit_codes)
    }
    return [outcomes[code] for code in body.unit_codes]


@router.get("/units/{code}/facts/{year}")
async def read_facts(
    code: UnitCode, year: Year, user: FactReader, db: Transaction, response: Response
) -> FactSheetRead:
    """The facts of a unit's year with what is missing, also before anything was entered.

    Citizens read approved facts in the unit's pack.
    """
    unit = await get_by_any_code(db, code)
    user.must_cover(unit.area_code, unit.code)
    return await _shown(db, unit, year, await find_sheet(db, unit.id, year), response)


@router.put("/units/{code}/facts/{year}")
async def put_facts(
    code: UnitCode,
    year: Year,
    body: FactsInput,
    user: FactWriter,
    if_match: MatchingOnceThere,
    db: Transaction,
    response: Response,
) -> FactSheetRead:
    """Enter all facts of a unit's year at once; they stay a draft until they are submitted."""
    unit = await _get(db, code, user)
    unit.must_be_open()
    elements = {element.code: element for element in await elements_of(db, [unit.kind])}
    facts = body.stored()
    if errors := wrong_facts(elements, unit.kind, facts):
        raise Invalid("facts_unfit", en=errors[0].en, km=errors[0].km, errors=errors)
    sheet = await find_sheet(db, unit.id, year)
    if_match.must_match(sheet.version if sheet else None)
    if sheet is None:
        sheet = FactSheet(unit_id=unit.id, year=year, entered_by=user.id, version=0)
        db.add(sheet)
    sheet.write(facts, by=user.id)
    await db.flush()
    record(db, "fact_sheet", f"{unit.code}/{year}", "entered", by=user.id, facts=facts)
    return await _shown(db, unit, year, sheet, response)


@router.post("/units/{code}/facts/{year}:submit")
async def submit_facts(
    code: UnitCode, year: Year, user: FactWriter, db: Transaction, response: Response, if_match: SeenAs = None
) -> FactSheetRead:
    """Hand a unit's facts on to the officers; missing ones are told in the answer and forbid nothing."""
    unit = await _get(db, code, user)
    sheet = await _seen(db, unit, year, if_match)
    sheet.submit(by=user.id)
    record(db, "fact_sheet", f"{unit.code}/{year}", "submitted", by=user.id)
    return await _shown(db, unit, year, sheet, response)


@router.post("/units/{code}/facts/{year}:approve")
async def approve_facts(
    code: UnitCode, year: Year, user: FactApprover, db: Transaction, response: Response, if_match: SeenAs = None
) -> FactSheetRead:
    """Let citizens read a unit's facts from the next pack on; who entered or submitted them does not approve them."""
    unit = await _get(db, code, user)
    sheet = await _seen(db, unit, year, if_match)
    sheet.approve(by=user.id)
    record(db, "fact_sheet", f"{unit.code}/{year}", "approved", by=user.id)
    return await _shown(db, unit, year, sheet, response)


@router.post("/units/{code}/facts/{year}:return")
async def return_facts(
    code: UnitCode,
    year: Year,
    body: Returning,
    user: FactApprover,
    db: Transaction,
    response: Response,
    if_match: SeenAs = None,
) -> FactSheetRead:
    """Give a unit's facts back with the reason, also approved ones; packs that hold them stay as they are."""
    unit = await _get(db, code, user)
    sheet = await _seen(db, unit, year, if_match)
    sheet.give_back(body.reason, by=user.id)
    record(db, "fact_sheet", f"{unit.code}/{year}", "returned", by=user.id, reason=body.reason)
    return await _shown(db, unit, year, sheet, response)


async def _try_to_approve(db: AsyncSession, code: str, year: int, seen: int | None, user: User) -> Approved:
    try:
        unit = await _get(db, code, user)
        sheet = await _seen(db, unit, year, None if seen is None else f'"{seen}"')
        sheet.approve(by=user.id)
    except Problem as refusal:
        return Approved(
            unit_code=code, outcome="rejected", code=refusal.code, detail_km=refusal.km, detail_en=refusal.en
        )
    record(db, "fact_sheet", f"{unit.code}/{year}", "approved", by=user.id)
    return Approved(unit_code=code, outcome="accepted", code=None, detail_km=None, detail_en=None)


async def _get(db: AsyncSession, code: str, user: User) -> Unit:
    """The unit, locked: two who write its facts wait for each other here."""
    await db.execute(ONE)
    unit = await get_unit(db, code, lock=True)
    user.must_cover(unit.area_code, unit.code)
    return unit


async def _seen(db: AsyncSession, unit: Unit, year: int, if_match: str | None) -> FactSheet:
    sheet = await get_sheet(db, unit, year)
    if if_match is not None:
        IfMatch(if_match).must_match(sheet.version)
    return sheet


async def _shown(db: AsyncSession, unit: Unit, year: int, sheet: FactSheet | None, response: Response) -> FactSheetRead:
    before = await approved_facts(db, [unit.id], [year - 1])
    response.headers["Cache-Control"] = "no-store"
    if sheet is not None:
        set_etag(response, sheet.version)
    elements = await elements_of(db, [unit.kind])
    return FactSheetRead.of(unit, year, sheet, elements, before.get((unit.id, year - 1), {}))
