"""The report of facts and packs."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse
from sqlmodel import col

from services.registry.areas.reported import ReportArea, ReportLevel, cells
from services.registry.packs.reporting import (
    COUNTS,
    FactsState,
    PackReport,
    PackReportRow,
    UnitState,
    read_pack_report,
    unit_states,
)
from services.registry.unit_kinds.queries import must_know_kind
from services.registry.units.models import Unit
from shared.db import Transaction
from shared.events.registry import UnitKind
from shared.exports import TABLE_ANSWER, TableFormat, report_answer
from shared.paging import Page, Paging, encode_cursor, invalid_cursor
from shared.routing import Router
from shared.schemas import Year
from shared.spreadsheets import Column

COLUMNS = (
    Column("year", "Year", "ឆ្នាំ"),
    Column("level", "Level", "ថ្នាក់"),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ"),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស"),
    Column("kind", "Kind", "ប្រភេទ"),
    Column("units", "Units", "អង្គភាព"),
    Column("facts_none", "No facts", "គ្មានទិន្នន័យ"),
    Column("facts_draft", "Facts in draft", "ទិន្នន័យព្រាង"),
    Column("facts_returned", "Facts returned", "ទិន្នន័យត្រូវកែ"),
    Column("facts_submitted", "Facts submitted", "ទិន្នន័យបានដាក់ជូន"),
    Column("facts_approved", "Facts approved", "ទិន្នន័យបានអនុម័ត"),
    Column("packs", "Packs", "កញ្ចប់ព័ត៌មាន"),
    Column("packs_without_facts", "Packs without facts", "កញ្ចប់គ្មានទិន្នន័យ"),
)

router = Router(prefix="/pack-report", tags=["packs"])


@router.get("")
async def show_pack_report(year: Year, db: Transaction, area: ReportArea = "", level: ReportLevel = None) -> PackReport:
    """Of the units open today: whose facts of a year stand where, and how many have a pack, by area and kind."""
    return await read_pack_report(db, year, area, level)


@router.get(".{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_pack_report(
    file_format: TableFormat, year: Year, db: Transaction, area: ReportArea = "", level: ReportLevel = None
) -> StreamingResponse:
    """The report as a file: a row for each area and kind, the whole area's first."""
    report = await read_pack_report(db, year, area, level)
    whole = [(report.total, "total"), *((row, str(report.level)) for row in report.rows)]
    lines = (line for row, of in whole for line in _lines(report, row, of))
    return report_answer(file_format, f"packs-{year}{'-' if area else ''}{area}", COLUMNS, lines)


@router.get("/units")
async def list_pack_report_units(
    year: Year,
    db: Transaction,
    page: Paging,
    area: ReportArea = "",
    kind: Annotated[UnitKind | None, Query(description="Only of this kind", examples=["health_centre"])] = None,
    facts: Annotated[FactsState | None, Query(description="Only units whose facts stand here")] = None,
    published: Annotated[bool | None, Query(description="Only units with a pack of the year, or without")] = None,
) -> Page[UnitState]:
    """The units that the report counts, by their codes: whose facts stand where, and who has no pack yet."""
    await must_know_kind(db, kind)
    statement = unit_states(year, area, kind, facts, published).order_by(col(Unit.code)).limit(page.limit + 1)
    if page.after is not None:
        if len(page.after) != 1 or not isinstance(page.after[0], str) or "\0" in page.after[0]:
            raise invalid_cursor()
        statement = statement.where(col(Unit.code) > page.after[0])
    rows = (await db.execute(statement)).mappings().all()
    items = [UnitState.model_validate(dict(row)) for row in rows[: page.limit]]
    more = len(rows) > page.limit
    return Page(items=items, next_cursor=encode_cursor([items[-1].unit_code]) if more else None)


def _lines(report: PackReport, row: PackReportRow, of: str) -> Iterator[list[object]]:
    """An area's counts in the order of COLUMNS: of all kinds together, then of each."""
    place: list[object] = [report.year, of, row["area_code"], row["name_km"], row["name_en"]]
    yield [*place, "all", *cells(row, COUNTS)]
    for counts in row["kinds"]:
        yield [*place, *cells(counts, ("kind", *COUNTS))]
