"""What a table of facts comes to: a row for each unit, a column for each data element of the kind."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.audit.queries import record_all
from services.registry.data_elements.models import DataElement
from services.registry.facts.models import FactSheet
from services.registry.facts.values import as_value, wrong_value
from services.registry.units.models import Unit
from shared.auth.user import User
from shared.digits import latin_digits
from shared.errors import Forbidden, Problem
from shared.imports import Problems
from shared.spreadsheets import Column, Line

UNIT = (
    Column("unit_code", "Unit code", "លេខកូដអង្គភាព", required=True, also=("code", "លេខកូដ")),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("name_km", "Unit's name in Khmer", "ឈ្មោះអង្គភាពជាភាសាខ្មែរ"),
    Column("name_en", "Unit's name in English", "ឈ្មោះអង្គភាពជាភាសាអង់គ្លេស"),
)
"""Area and names are for the reader's eyes: an import passes over them."""
WRITE = text(
    """
    INSERT INTO fact_sheet (unit_id, year, facts, status, entered_by, submitted_by, submitted_at, version)
    SELECT unit_id, CAST(:year AS int), CAST(facts AS jsonb), status, entered_by,
           CASE WHEN status = 'submitted' THEN entered_by END, CASE WHEN status = 'submitted' THEN now() END, 1
    FROM unnest(CAST(:units AS uuid[]), CAST(:facts AS text[])) AS new (unit_id, facts),
         (SELECT CAST(:status AS text) AS status, CAST(:by AS uuid) AS entered_by) AS every
    ON CONFLICT (year, unit_id) DO UPDATE
    SET facts = excluded.facts, status = excluded.status, entered_by = excluded.entered_by,
        also_entered_by = CASE WHEN fact_sheet.entered_by = ANY(fact_sheet.also_entered_by)
            THEN fact_sheet.also_entered_by ELSE fact_sheet.also_entered_by || fact_sheet.entered_by END,
        submitted_by = excluded.submitted_by, submitted_at = excluded.submitted_at, return_reason =
            CASE WHEN excluded.status = 'submitted' THEN NULL ELSE fact_sheet.return_reason END,
        version = fact_sheet.version + 1
    """
)
ANY_CODE = text("ANY(CAST(:codes AS text[]))")
"""One parameter, however many rows a file has: PostgreSQL takes 32,767."""
MANY_ROWS = 1_000
COUNT_ANEW = text("ANALYZE fact_sheet")
"""PostgreSQL does so itself within a minute or two; until then it would plan the report for an empty table."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What is written of one unit: all its facts, those among them that the table changed, and whether it is new."""

    unit: Unit
    facts: dict[str, dict[str, Any]]
    changed: dict[str, Any]
    is_new: bool


@dataclass(slots=True)
class Plan:
    """What an import writes."""

    written: list[Planned]
    unchanged: int = 0

    def counts(self, rows: int) -> dict[str, int]:
        """The counts of the answer."""
        created = sum(planned.is_new for planned in self.written)
        return {
            "rows": rows,
            "created": created,
            "changed": len(self.written) - created,
            "unchanged": self.unchanged,
        }


def columns_of(elements: Sequence[DataElement]) -> tuple[Column, ...]:
    """The columns of a kind's table."""
    return (*UNIT, *(Column(element.code, element.name_en, element.name_km) for element in elements))


async def plan_import(
    db: AsyncSession,
    lines: Sequence[Line],
    kind: str,
    year: int,
    elements: Sequence[DataElement],
    user: User,
    problems: Problems,
) -> Plan:
    """What the rows come to; whatever forbids a row goes to the problems."""
    named = {"codes": sorted({_code(line) for line in lines})}
    units = {unit.code: unit for unit in await db.scalars(select(Unit).where(col(Unit.code) == ANY_CODE), named)}
    statement = select(FactSheet).join(Unit, col(Unit.id) == col(FactSheet.unit_id))
    statement = statement.where(col(Unit.code) == ANY_CODE, col(FactSheet.year) == year)
    sheets = {sheet.unit_id: sheet for sheet in await db.scalars(statement, named)}
    return await asyncio.to_thread(_plan, lines, kind, units, sheets, elements, user, problems)


def _plan(
    lines: Sequence[Line],
    kind: str,
    units: Mapping[str, Unit],
    sheets: Mapping[UUID, FactSheet],
    elements: Sequence[DataElement],
    user: User,
    problems: Problems,
) -> Plan:
    plan, rows = Plan([]), dict[str, int]()
    for line in lines:
        code = _code(line)
        first = rows.setdefault(code, line.number)
        unit = units.get(code)
        if first != line.number:
            problems.error(
                line.number, "unit_code", "row_repeated", en=f"{code} is in row {first} already.",
                km=f"{code} មាននៅជួរដេកទី {first} រួចហើយ។",
            )  # fmt: skip
        elif unit is None or unit.kind != kind:
            problems.error(
                line.number, "unit_code", "unit_unknown", en=f"There is no {kind} with the code {code}.",
                km=f"គ្មានអង្គភាពផ្តល់សេវា {code} នៃប្រភេទ {kind} ទេ។",
            )  # fmt: skip
        else:
            _plan_row(plan, line, unit, sheets.get(unit.id), elements, user, problems)
    return plan


def _plan_row(
    plan: Plan,
    line: Line,
    unit: Unit,
    sheet: FactSheet | None,
    elements: Sequence[DataElement],
    user: User,
    problems: Problems,
) -> None:
    before: Mapping[str, Mapping[str, Any]] = sheet.facts if sheet else {}
    facts = {code: dict(fact) for code, fact in before.items()}
    changed: dict[str, Any] = {}
    for element in elements:
        cell = line.cells.get(element.code, "")
        if not cell:
            continue
        value = as_value(element, cell)
        if value is None:
            wrong = wrong_value(element, "")
            problems.error(line.number, element.code, wrong.code, en=wrong.en, km=wrong.km)
        elif before.get(element.code, {}).get("value") != value:
            changed[element.code] = value
            facts[element.code] = facts.get(element.code, {}) | {"value": value}
    try:
        user.must_cover(unit.area_code, unit.code)
        if not changed:
            plan.unchanged += 1
            return
        unit.must_be_open()
        if sheet is not None:
            sheet.must_be_writable()
    except Problem as refusal:
        column = "unit_code" if isinstance(refusal, Forbidden) else None
        problems.error(line.number, column, refusal.code, en=refusal.en, km=refusal.km)
        return
    plan.written.append(Planned(unit, facts, changed, sheet is None))


async def apply_plan(db: AsyncSession, plan: Plan, year: int, *, submit: bool, by: UUID, file: str) -> None:
    """Write the plan with its trail."""
    if not plan.written:
        return
    await db.execute(
        WRITE,
        {
            "year": year,
            "status": "submitted" if submit else "draft",
            "by": by,
            "units": [planned.unit.id for planned in plan.written],
            "facts": [json.dumps(planned.facts, ensure_ascii=False) for planned in plan.written],
        },
    )
    if len(plan.written) >= MANY_ROWS:
        await db.execute(COUNT_ANEW)
    action = "imported_and_submitted" if submit else "imported"
    entries = [
        (f"{planned.unit.code}/{year}", action, {"facts": planned.changed, "file": file[:12]})
        for planned in plan.written
    ]
    await record_all(db, "fact_sheet", entries, by=by)


def _code(line: Line) -> str:
    return latin_digits(line.cells.get("unit_code", "")).strip().upper()
