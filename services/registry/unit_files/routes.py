"""Importing and exporting units; mounted before the units' own routes, whose codes never hold a dot."""

import asyncio
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import select
from sqlmodel import col

from services.registry.unit_files.columns import COLUMNS, UnitLine, catchment_cell, external_ids_cell
from services.registry.unit_files.planning import Planner
from services.registry.unit_files.state import read_state
from services.registry.unit_files.writing import write_plan
from services.registry.unit_kinds.queries import must_know_kind
from services.registry.units.models import Unit
from services.registry.units.routes import UnitWriter
from services.registry.units.telling import read_belongings
from shared.areas import AreaScope
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, table_answer
from shared.imports import TABLE_BODY, DryRun, ImportResult, read_upload
from shared.registry_copy import under
from shared.routing import Router

router = Router(tags=["units"])


@router.post("/units:import", openapi_extra=TABLE_BODY)
async def import_units(request: Request, user: UnitWriter, db: Transaction, dry_run: DryRun = True) -> ImportResult:
    """Register and change units from a table: a row whose code is known changes that unit, another one registers it.

    Columns: code, kind (its code or name), area_code, name_km, name_en, opened_on, catchment (`020202 020203`),
    latitude, longitude, external_ids (`hmis=0202-14; emis=4711`) and note; headings in English or Khmer. An empty cell
    leaves things as they are; a new unit without a code gets the next free one. Units outside the caller's areas are
    errors; very similar names of one kind and area are warnings. All of it is carried out, or, with an error, nothing.
    """
    sent = await read_upload(request, COLUMNS, UnitLine)
    state = await read_state(db, (line for _, line in sent.lines), lock=not dry_run)
    plan = await asyncio.to_thread(Planner(state, user, sent.problems).make, sent.lines)
    result = sent.result(plan, dry_run=dry_run)
    if not dry_run:
        await write_plan(db, plan, by=user.id, digest=sent.digest)
    return result


@router.get("/units.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_units(
    file_format: TableFormat,
    db: Transaction,
    area: Annotated[AreaScope, Query(description="Only units in this area and below", examples=["0202"])] = "",
    kind: Annotated[str | None, Query(max_length=40, description="Only units of this kind")] = None,
) -> StreamingResponse:
    """The open units as a file in the columns of the import, by their codes."""
    statement = select(Unit).where(col(Unit.status) == "open").order_by(col(Unit.code))
    statement = under(statement, col(Unit.area_code), area) if area else statement
    await must_know_kind(db, kind)
    if kind is not None:
        statement = statement.where(col(Unit.kind) == kind)
    units = (await db.scalars(statement)).all()
    belongings = await read_belongings(db, units)

    def row(unit: Unit) -> list[object]:
        kept = belongings[unit.id]
        cells = {"catchment": catchment_cell(kept.catchment), "external_ids": external_ids_cell(kept.external_ids)}
        return [cells[name] if name in cells else getattr(unit, name) for name in (column.name for column in COLUMNS)]

    return table_answer(file_format, f"units{'-' if area else ''}{area}", COLUMNS, map(row, units))


@router.get("/units-template.xlsx", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_unit_template() -> StreamingResponse:
    """An empty table of units to fill in."""
    return table_answer("xlsx", "units-template", COLUMNS, [])
