"""A year's participation in and out as a file: a province fills it in once a year for hundreds of units."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import StreamingResponse

from services.registry.participation.files import COLUMNS, ParticipationLine, read_form
from services.registry.participation.importing import apply_plan, plan_import
from services.registry.participation.models import DISTRICT
from services.registry.participation.queries import MANY
from services.registry.participation.routes import InArea, OfKind, OfSide, ParticipationWriter
from services.registry.unit_kinds.queries import must_know_kind
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, table_answer
from shared.imports import TABLE_BODY, DryRun, ImportResult, read_upload
from shared.routing import Router
from shared.schemas import Year

router = Router(tags=["participation"])


@router.post("/participations:import", openapi_extra=TABLE_BODY)
async def import_participations(
    request: Request, user: ParticipationWriter, db: Transaction, dry_run: DryRun = True
) -> ImportResult:
    """Take in who takes part in a year: the columns year and code, supply_side, demand_side, supporting_ngo and note.

    A supporting_ngo that is the name or the id of one active organisation is that one; another is kept as a text.
    An empty cell leaves things as they are, and so does a row that says nothing; yes and no are understood in English
    and Khmer. A row outside the caller's areas is an error, and so is one by which a partner would change more than the
    demand side and its own support. All of it is carried out, or, with an error, nothing.
    """
    sent = await read_upload(request, COLUMNS, ParticipationLine)
    if not dry_run:
        await db.execute(MANY)
    plan = await plan_import(db, sent.lines, user, sent.problems)
    result = sent.result(plan, dry_run=dry_run)
    if not dry_run:
        await apply_plan(db, plan, user, sent.digest)
    return result


@router.get("/participations.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_participations(
    file_format: TableFormat,
    year: Year,
    db: Transaction,
    area: InArea = "",
    kind: OfKind = None,
    side: OfSide = None,
    form: Annotated[
        bool, Query(description="Also open units and districts of which nothing is said yet, to be filled in")
    ] = False,
) -> StreamingResponse:
    """A year's participation as a file in the columns of the import."""
    await must_know_kind(db, None if kind == DISTRICT else kind)
    rows = await read_form(db, year, area, kind, side, whole=form and side is None)
    return table_answer(file_format, f"participation-{year}{'-' if area else ''}{area}", COLUMNS, rows)
