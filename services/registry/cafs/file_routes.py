"""Facilitators in and out as files; what is said of people goes to those alone who see their records."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import StreamingResponse
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.codes import last_code
from services.registry.areas.models import today_in_cambodia
from services.registry.audit.exports import record_export
from services.registry.audit.queries import record_all
from services.registry.cafs.columns import COLUMNS, CafLine
from services.registry.cafs.models import Caf, CafTerm
from services.registry.cafs.planning import Planner
from services.registry.cafs.queries import reach_of, village_codes, visible
from services.registry.cafs.routes import (
    CafReader,
    CafWriter,
    InArea,
    OfFinding,
    OfSupporter,
    Serving,
    narrowed,
)
from services.registry.cafs.schemas import SENSITIVE
from services.registry.cafs.state import read_state
from services.registry.organisations.naming import read_names
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, table_answer
from shared.imports import TABLE_BODY, DryRun, ImportResult, Plan, read_upload
from shared.routing import Router

MANY_ROWS = 1_000
COUNT_ANEW = text("ANALYZE caf")
"""PostgreSQL does so itself within a minute or two; until then it would plan every list for an empty table."""
NEW_IDS = text("SELECT uuidv7() FROM generate_series(1, :number)")

router = Router(tags=["facilitators"])


@router.post("/cafs:import", openapi_extra=TABLE_BODY)
async def import_cafs(request: Request, user: CafWriter, db: Transaction, dry_run: DryRun = True) -> ImportResult:
    """Record and change facilitators from a table.

    A row with an id changes that record; one without, who serves the commune under that name (told apart by sex and
    birth year), so that a file may be sent again; else it records somebody new, who needs sex and term_from. A row of
    somebody who left, or was moved to another commune since, changes nothing and says so. A term that begins after the
    last day of the one on record is another, and the one before is kept. Headings
    are in English or Khmer; an empty cell leaves things as they are. What the report counts is a warning, as is how
    many facilitators a commune would have. All of it is carried out, or, with an error, nothing.
    """
    sent = await read_upload(request, COLUMNS, CafLine)
    state = await read_state(db, (line for _, line in sent.lines), lock=not dry_run)
    planner = Planner(state, user, sent.problems, today_in_cambodia())
    plan = await asyncio.to_thread(planner.make, sent.lines)
    result = sent.result(plan, dry_run=dry_run)
    if not dry_run:
        await _write(db, plan, planner.terms, by=user.id, file=sent.digest[:12])
    return result


@router.get("/cafs.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_cafs(
    file_format: TableFormat,
    user: CafReader,
    db: Transaction,
    area: InArea = "",
    serving: Serving = "current",
    supporter_id: OfSupporter = None,
    finding: OfFinding = None,
) -> StreamingResponse:
    """The facilitators whose records the caller sees, as a file in the columns of the import.

    A partner's leaves disability and ethnic minority empty. The trail keeps who took the file.
    """
    reach = await reach_of(db, user)
    statement = narrowed(visible(reach), area, serving, supporter_id, finding)
    cafs = (await db.scalars(statement.order_by(col(Caf.area_code), col(Caf.id)))).all()
    villages, organisations = await village_codes(db, cafs), await read_names(db)

    def row(caf: Caf) -> list[object]:
        cells: dict[str, object] = {} if reach.may_see_sensitive(caf) else dict.fromkeys(SENSITIVE)
        cells["area_code"] = last_code(caf.area_code)
        cells["village_code"] = villages.get(caf.village_id) if caf.village_id else None
        cells["supporter"] = organisations.cell(caf.supporter_id)
        return [cells[name] if name in cells else getattr(caf, name) for name in (column.name for column in COLUMNS)]

    name = f"cafs{'-' if area else ''}{area}"
    asked = {"serving": serving, "supporter_id": supporter_id, "finding": finding}
    record_export(db, user, "caf", f"{name}.{file_format}", len(cafs), area=area, **asked)
    return table_answer(file_format, name, COLUMNS, map(row, cafs))


@router.get("/cafs-template.xlsx", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_caf_template() -> StreamingResponse:
    """An empty table of facilitators to fill in."""
    return table_answer("xlsx", "cafs-template", COLUMNS, [])


async def _write(db: AsyncSession, plan: Plan, terms: Sequence[dict[str, Any]], *, by: UUID, file: str) -> None:
    """Write what the file came to, with its trail, which tells nothing of the people."""
    if plan.new:
        ids = (await db.scalars(NEW_IDS, {"number": len(plan.new)})).all()
        rows = [values | {"id": caf_id, "version": 1} for caf_id, values in zip(ids, plan.new, strict=True)]
        await db.execute(insert(Caf), rows)
        entries = [(str(row["id"]), "created", {"area": row["area_code"], "file": file}) for row in rows]
        await record_all(db, "caf", entries, by=by)
    if plan.changed:
        await db.execute(update(Caf), plan.changed)
        await db.execute(insert(CafTerm), terms) if terms else None
        changed = [(str(values["id"]), "changed", {"file": file}) for values in plan.changed]
        await record_all(db, "caf", changed, by=by)
    if len(plan.new) >= MANY_ROWS:
        await db.execute(COUNT_ANEW)
