"""Focal persons as a file, for officers who call them."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse
from sqlmodel import col

from services.registry.audit.exports import record_export
from services.registry.focal_persons.queries import ROLE, posts
from services.registry.focal_persons.routes import FocalPersonReader, InArea, OfKind, OfRole
from services.registry.unit_kinds.queries import must_know_kind
from services.registry.units.models import Unit
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, table_answer
from shared.routing import Router
from shared.spreadsheets import Column

COLUMNS = (
    Column("unit_code", "Unit code", "លេខកូដអង្គភាព"),
    Column("kind", "Kind", "ប្រភេទ"),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("name_km", "Unit's name in Khmer", "ឈ្មោះអង្គភាពជាភាសាខ្មែរ"),
    Column("name_en", "Unit's name in English", "ឈ្មោះអង្គភាពជាភាសាអង់គ្លេស"),
    Column("role", "For", "សម្រាប់"),
    Column("name", "Focal person", "ជនបង្គោល"),
    Column("sex", "Sex", "ភេទ"),
    Column("position", "Position", "មុខតំណែង"),
    Column("phone", "Phone", "លេខទូរសព្ទ"),
    Column("since", "Since", "ចាប់ពីថ្ងៃ"),
)

router = Router(tags=["focal persons"])


@router.get("/focal-persons.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_focal_persons(
    file_format: TableFormat,
    user: FocalPersonReader,
    db: Transaction,
    area: InArea = "",
    role: OfRole = None,
    kind: OfKind = None,
    missing: Annotated[bool | None, Query(description="Only units without such a person, or only those with")] = None,
) -> StreamingResponse:
    """Who answers for the units of an area, and where nobody is named, as a file; the caller's roles cover the area.

    The trail keeps who took the file.
    """
    user.must_cover(area)
    await must_know_kind(db, kind)
    statement = posts(user, area, role, kind, missing).order_by(col(Unit.code), ROLE)
    rows = (await db.execute(statement)).mappings().all()
    cells = ([row[column.name] for column in COLUMNS] for row in rows)
    name = f"focal-persons{'-' if area else ''}{area}"
    asked = {"role": role, "kind": kind, "missing": missing}
    record_export(db, user, "focal_person", f"{name}.{file_format}", len(rows), area=area, **asked)
    return table_answer(file_format, name, COLUMNS, cells)
