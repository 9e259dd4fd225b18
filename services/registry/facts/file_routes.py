"""A year's facts in and out as a file: a district fills it in once a year for all units of a kind."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import Row, and_, select
from sqlmodel import col

from services.registry.data_elements.models import DataElement
from services.registry.data_elements.queries import elements_of
from services.registry.facts.importing import apply_plan, columns_of, plan_import
from services.registry.facts.models import FactSheet
from services.registry.facts.queries import MANY
from services.registry.facts.routes import FactReader, FactWriter, InArea
from services.registry.unit_kinds.queries import must_know_kind
from services.registry.units.models import Unit
from shared.db import Transaction
from shared.events.registry import UnitKind
from shared.exports import TABLE_ANSWER, TableFormat, table_answer
from shared.imports import TABLE_BODY, DryRun, ImportResult, Problems
from shared.registry_copy import under
from shared.routing import Router
from shared.schemas import Year
from shared.spreadsheets import read_table

TheKind = Annotated[UnitKind, Query(description="The kind of units", examples=["health_centre"])]

router = Router(tags=["facts"])


@router.post("/facts:import", openapi_extra=TABLE_BODY)
async def import_facts(
    request: Request,
    kind: TheKind,
    year: Year,
    user: FactWriter,
    db: Transaction,
    dry_run: DryRun = True,
    submit: Annotated[bool, Query(description="Hand on what is written, in place of leaving it a draft")] = False,
) -> ImportResult:
    """Enter a year's facts of many units of a kind: the column unit_code, and one for each data element by its code.

    An empty cell leaves things as they are. Facts that were submitted or approved are not changed: a row that would do
    so is an error, and so is one outside the caller's areas. All of it is carried out, or, with an error, nothing.
    """
    await must_know_kind(db, kind)
    content = await request.body()
    elements = await elements_of(db, [kind])
    lines = await asyncio.to_thread(read_table, content, columns_of(elements))
    if not dry_run:
        await db.execute(MANY)
    problems = Problems()
    plan = await plan_import(db, lines, kind, year, elements, user, problems)
    result = problems.result(content, dry_run=dry_run, counts=plan.counts(len(lines)))
    if not dry_run:
        await apply_plan(db, plan, year, submit=submit, by=user.id, file=result.digest)
    return result


@router.get("/facts.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_facts(
    file_format: TableFormat, kind: TheKind, year: Year, user: FactReader, db: Transaction, area: InArea = ""
) -> StreamingResponse:
    """All open units of a kind with their facts of a year, to be filled in; the caller's role covers the area."""
    user.must_cover(area)
    await must_know_kind(db, kind)
    elements = await elements_of(db, [kind])
    of_year = and_(col(FactSheet.unit_id) == col(Unit.id), col(FactSheet.year) == year)
    statement = (
        select(col(Unit.code), col(Unit.area_code), col(Unit.name_km), col(Unit.name_en), col(FactSheet.facts))
        .outerjoin(FactSheet, of_year)
        .where(col(Unit.kind) == kind, col(Unit.status) == "open")
        .order_by(col(Unit.code))
    )
    rows = (await db.execute(under(statement, col(Unit.area_code), area))).all()
    name = f"facts-{kind}-{year}{'-' if area else ''}{area}"
    return table_answer(file_format, name, columns_of(elements), (_cells(row, elements) for row in rows))


def _cells(row: Row[*tuple[Any, ...]], elements: Sequence[DataElement]) -> list[object]:
    facts = row.facts or {}
    return [*row[:4], *(facts.get(element.code, {}).get("value") for element in elements)]
