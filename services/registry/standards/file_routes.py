"""A kind's standards in and out as a file: NCDDS replaces the shipped example with its own at once."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.queries import record_all
from services.registry.standards.files import (
    COLUMNS,
    StandardLine,
    StandardRows,
    differences,
    read_rows,
    table_rows,
)
from services.registry.standards.models import Standard
from services.registry.standards.queries import standards_of
from services.registry.standards.routes import ONE_AT_A_TIME, OfKind, StandardWriter
from services.registry.unit_kinds.queries import get_kind, must_know_kind
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, table_answer
from shared.imports import TABLE_BODY, DryRun, ImportResult, Problems, digest
from shared.routing import Router

BODY: dict[str, Any] = {
    "requestBody": {
        **TABLE_BODY["requestBody"],
        "content": {
            **TABLE_BODY["requestBody"]["content"],
            "application/json": {"schema": StandardRows.model_json_schema()},
        },
    }
}

router = Router(tags=["standards"])


@router.get("/standards.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_standards(file_format: TableFormat, kind: OfKind, db: Transaction) -> StreamingResponse:
    """A kind's standards as a file in the columns of the import."""
    await must_know_kind(db, kind)
    return table_answer(file_format, f"standards-{kind}", COLUMNS, table_rows(await standards_of(db, [kind])))


@router.post("/standards:import", openapi_extra=BODY)
async def import_standards(
    request: Request,
    kind: OfKind,
    user: StandardWriter,
    db: Transaction,
    dry_run: DryRun = True,
    replace: Annotated[bool, Query(description="Standards of the kind that the file lacks are retired")] = False,
) -> ImportResult:
    """Set a kind's standards from a CSV, an XLSX or rows of JSON; a row is known by its code.

    A row says all of its standard: an empty cell is said no more. Without positions the order is that of the rows.
    All of it is carried out, or, with an error, nothing.
    """
    user.must_cover("")
    await get_kind(db, kind, pointer="query/kind")
    content = await request.body()
    problems = Problems()
    rows = await asyncio.to_thread(read_rows, content, request.headers.get("content-type", ""))
    lines = problems.check(rows, StandardLine)
    await db.execute(ONE_AT_A_TIME)
    plan = _plan(lines, {one.code: one for one in await standards_of(db, [kind])}, problems, replace=replace)
    counts = {name: sum(action == name for action, _, _ in plan) for name in ("created", "changed", "unchanged")}
    result = problems.result(content, dry_run=dry_run, counts=counts | {"rows": len(rows)})
    if not dry_run:
        await _apply(db, kind, plan, by=user.id, file=digest(content))
    return result


Planned = tuple[str, str | Standard, dict[str, Any]]
"""What is done (created, changed, unchanged), to which standard (by its code when it is new), and what it says then."""


def _plan(
    lines: Sequence[tuple[int, StandardLine]], there: dict[str, Standard], problems: Problems, *, replace: bool
) -> list[Planned]:
    plan: list[Planned] = []
    rows: dict[str, int] = {}
    for place, (row, line) in enumerate(lines, 1):
        first = rows.setdefault(line.code, row)
        if first != row:
            problems.error(
                row, "code", "row_repeated", en=f"{line.code} is in row {first} already.",
                km=f"{line.code} មាននៅជួរដេកទី {first} រួចហើយ។",
            )  # fmt: skip
            continue
        standard, said = there.get(line.code), line.values(place)
        if standard is None:
            plan.append(("created", line.code, said))
        else:
            changes = differences(standard.said(), said)
            plan.append(("changed" if changes or standard.is_example else "unchanged", standard, said))
    gone = [one for code, one in there.items() if replace and code not in rows and one.active]
    return [*plan, *(("changed", standard, standard.said() | {"active": False}) for standard in gone)]


async def _apply(db: AsyncSession, kind: str, plan: Sequence[Planned], *, by: Any, file: str) -> None:
    trail: list[tuple[str, str, dict[str, Any]]] = []
    for action, standard, said in plan:
        if isinstance(standard, str):
            db.add(Standard(kind=kind, code=standard, **said))
            trail.append((f"{kind}/{standard}", action, said | {"file": file[:12]}))
        elif action == "changed":
            trail.append((f"{kind}/{standard.code}", action, differences(standard.said(), said) | {"file": file[:12]}))
            standard.set(said)
    await db.flush()
    if trail:
        await record_all(db, "standard", trail, by=by)
