"""Bodies and their members in and out as files."""

import asyncio
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import select
from sqlmodel import col

from services.registry.audit.exports import record_export
from services.registry.bodies.files import BODY_COLUMNS, MEMBER_COLUMNS, BodyLine, MemberLine
from services.registry.bodies.importing import apply_plan, plan_import, read_state
from services.registry.bodies.member_importing import apply_members, plan_members
from services.registry.bodies.member_routes import BodyMemberReader
from services.registry.bodies.models import Body, BodyMember
from services.registry.bodies.routes import BodyWriter, InArea, OfKind
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, table_answer
from shared.imports import TABLE_BODY, DryRun, ImportResult, read_upload
from shared.registry_copy import under
from shared.routing import Router

Form = Annotated[bool, Query(description="Only the headings, to be filled in")]

router = Router(tags=["bodies"])


@router.post("/bodies:import", openapi_extra=TABLE_BODY)
async def import_bodies(request: Request, user: BodyWriter, db: Transaction, dry_run: DryRun = True) -> ImportResult:
    """Take in bodies from a table.

    Columns: kind (its code or name), area_code (empty for the nation), name_km, name_en, recognised_by, recognised_on.
    A row whose kind and area have an active body changes that one; an empty cell leaves things as they are. Rows
    outside the caller's areas are errors. All of it is carried out, or, with an error, nothing; sent again, it changes
    nothing.
    """
    sent = await read_upload(request, BODY_COLUMNS, BodyLine)
    state = await read_state(db, {line.area_code or "" for _, line in sent.lines}, lock=not dry_run)
    plan = await asyncio.to_thread(plan_import, sent.lines, state, user, sent.problems)
    result = sent.result(plan, dry_run=dry_run)
    if not dry_run:
        await apply_plan(db, plan, user, sent.digest)
    return result


@router.get("/bodies.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_bodies(
    file_format: TableFormat, db: Transaction, area: InArea = "", kind: OfKind = None, form: Form = False
) -> StreamingResponse:
    """The active bodies of an area as a file in the columns of the import."""
    statement = under(select(Body), col(Body.area_code), area).where(col(Body.dissolved_on).is_(None))
    if kind is not None:
        statement = statement.where(col(Body.kind) == kind)
    ordered = statement.order_by(col(Body.area_code), col(Body.kind))
    bodies = [] if form else (await db.scalars(ordered)).all()
    cells = ([getattr(body, column.name) for column in BODY_COLUMNS] for body in bodies)
    return table_answer(file_format, f"bodies{'-' if area else ''}{area}", BODY_COLUMNS, cells)


@router.post("/body-members:import", openapi_extra=TABLE_BODY)
async def import_body_members(
    request: Request, user: BodyWriter, db: Transaction, dry_run: DryRun = True
) -> ImportResult:
    """Take in from a table who sits in bodies.

    Columns: kind and area_code (of the body), name, sex, position, organisation, phone, term_from, term_until. A row
    whose name sits in that body already changes that member; an empty cell leaves things as they are. An organisation
    that is the name or the id of one active organisation is that one; another is kept as a text. All of it is carried
    out, or, with an error, nothing; sent again, it changes nothing.
    """
    sent = await read_upload(request, MEMBER_COLUMNS, MemberLine)
    state = await read_state(db, {line.area_code or "" for _, line in sent.lines}, lock=not dry_run)
    plan = await plan_members(db, sent.lines, state, user, sent.problems, lock=not dry_run)
    result = sent.result(plan, dry_run=dry_run)
    if not dry_run:
        await apply_members(db, plan, user, sent.digest)
    return result


@router.get("/body-members.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_body_members(
    file_format: TableFormat,
    user: BodyMemberReader,
    db: Transaction,
    area: InArea = "",
    kind: OfKind = None,
    form: Form = False,
) -> StreamingResponse:
    """Who sits in the active bodies of an area, as a file in the columns of the import; the caller's roles cover it.

    The trail keeps who took the file.
    """
    user.must_cover(area)
    names = {**BodyMember.__table__.columns, "kind": Body.kind, "area_code": Body.area_code}  # type: ignore[attr-defined]
    statement = select(*(names[column.name] for column in MEMBER_COLUMNS)).join(
        Body, col(Body.id) == BodyMember.body_id
    )
    sitting = (col(Body.dissolved_on).is_(None), col(BodyMember.left_on).is_(None))
    statement = under(statement, col(Body.area_code), area).where(*sitting)
    if kind is not None:
        statement = statement.where(col(Body.kind) == kind)
    ordered = statement.order_by(col(Body.area_code), col(Body.kind), col(BodyMember.id))
    rows = [] if form else (await db.execute(ordered)).all()
    name = f"body-members{'-' if area else ''}{area}"
    asked = {"kind": kind, "form": form}
    record_export(db, user, "body_member", f"{name}.{file_format}", len(rows), area=area, **asked)
    return table_answer(file_format, name, MEMBER_COLUMNS, rows)
