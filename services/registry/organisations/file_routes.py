"""Organisations in and out as files: the community-based ones of a district come as a list."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from fastapi import Request
from fastapi.responses import StreamingResponse
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.audit.exports import record_export
from services.registry.audit.queries import record_all
from services.registry.organisations.files import COLUMNS, OrganisationLine, Planner
from services.registry.organisations.models import Organisation
from services.registry.organisations.queries import ONE_AT_A_TIME, contact_reader
from services.registry.organisations.routes import InArea, IsActive, OfKind, OrganisationWriter
from services.registry.organisations.schemas import OrganisationRead
from shared.auth.user import MaybeUser
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, table_answer
from shared.imports import TABLE_BODY, DryRun, ImportResult, Plan, Problems, read_upload
from shared.registry_copy import under
from shared.routing import Router

HOLD_AREAS = "SELECT code, id FROM area WHERE code = ANY(CAST(:codes AS text[])) AND status = 'open' ORDER BY id"
KNOWN = """
    SELECT * FROM organisation
    WHERE area_code = ANY(CAST(:codes AS text[]))
       OR area_code IN (SELECT area_code FROM organisation WHERE id = ANY(CAST(:ids AS uuid[])))
    ORDER BY active, id DESC
"""
NEW_IDS = text("SELECT uuidv7() FROM generate_series(1, :number)")

router = Router(tags=["organisations"])


@router.post("/organisations:import", openapi_extra=TABLE_BODY)
async def import_organisations(
    request: Request, user: OrganisationWriter, db: Transaction, dry_run: DryRun = True
) -> ImportResult:
    """Register and change organisations from a table.

    A row with an id changes that one; one without, that of the kind, area and Khmer name, an active one before others;
    else it registers a new one, a CBO where no kind is said. An empty cell leaves things as they are. All of it is
    carried out, or, with an error, nothing.
    """
    sent = await read_upload(request, COLUMNS, OrganisationLine)
    planner = await _planner(db, sent.lines, user, sent.problems, lock=not dry_run)
    plan = await asyncio.to_thread(planner.make, sent.lines)
    result = sent.result(plan, dry_run=dry_run)
    if not dry_run:
        await _write(db, plan, by=user.id, file=sent.digest[:12])
    return result


@router.get("/organisations.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_organisations(
    file_format: TableFormat,
    user: MaybeUser,
    db: Transaction,
    area: InArea = "",
    kind: OfKind = None,
    active: IsActive = None,
) -> StreamingResponse:
    """Organisations as a file in the columns of the import; contacts for those alone who may see them.

    Where it has a contact, often somebody's own telephone, the trail keeps who took the file.
    """
    statement = under(select(Organisation), col(Organisation.area_code), area)
    if kind is not None:
        statement = statement.where(col(Organisation.kind) == kind)
    if active is not None:
        statement = statement.where(col(Organisation.active) == active)
    found = (await db.scalars(statement.order_by(col(Organisation.area_code), col(Organisation.id)))).all()
    reader = await contact_reader(db, user)
    shown = (OrganisationRead.of(one, with_contact=reader.may_see(one)) for one in found)
    cells = ([getattr(one, column.name) for column in COLUMNS] for one in shown)
    name = f"organisations{'-' if area else ''}{area}"
    if user is not None and any(one.contact and reader.may_see(one) for one in found):
        asked = {"kind": kind, "active": active}
        record_export(db, user, "organisation", f"{name}.{file_format}", len(found), area=area, **asked)
    return table_answer(file_format, name, COLUMNS, cells)


@router.get("/organisations-template.xlsx", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_organisation_template() -> StreamingResponse:
    """An empty table of organisations to fill in."""
    return table_answer("xlsx", "organisations-template", COLUMNS, [])


async def _planner(
    db: AsyncSession,
    lines: Sequence[tuple[int, OrganisationLine]],
    user: OrganisationWriter,
    problems: Problems,
    *,
    lock: bool,
) -> Planner:
    """What the registry knows of the areas and organisations that a file names; with `lock`, as it stays so."""
    codes = sorted({line.area_code or "" for _, line in lines})
    ids = sorted({line.id for _, line in lines if line.id is not None})
    areas_first = text(HOLD_AREAS + (" FOR SHARE" if lock else ""))
    areas: dict[str, UUID] = {row.code: row.id for row in await db.execute(areas_first, {"codes": codes})}
    if lock:
        await db.execute(ONE_AT_A_TIME)
    found = await db.execute(text(KNOWN + ("FOR UPDATE" if lock else "")), {"ids": ids, "codes": codes})
    return Planner(areas, [dict(row) for row in found.mappings()], user, problems)


async def _write(db: AsyncSession, plan: Plan, *, by: UUID, file: str) -> None:
    """Write what the file came to, with its trail."""
    if plan.new:
        ids = (await db.scalars(NEW_IDS, {"number": len(plan.new)})).all()
        rows = [values | {"id": one, "version": 1} for one, values in zip(ids, plan.new, strict=True)]
        await db.execute(insert(Organisation), rows)
        entries = [
            (str(row["id"]), "created", {name: row[name] for name in ("kind", "area_code", "name_km")} | {"file": file})
            for row in rows
        ]
        await record_all(db, "organisation", entries, by=by)
    if plan.changed:
        await db.execute(update(Organisation), plan.changed)
        changed = [(str(values["id"]), "changed", {"file": file}) for values in plan.changed]
        await record_all(db, "organisation", changed, by=by)
