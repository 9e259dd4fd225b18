"""What all imports of tables have in common: rows checked one by one, and what is wrong told by row and column."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any, Generic, Literal, NoReturn, TypeVar

from fastapi import Query, Request
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from shared.digits import khmer_digits, latin_digits
from shared.errors import FieldError, Invalid, Problem
from shared.field_errors import field_error
from shared.spreadsheets import XLSX_TYPE, Column, Line, read_table

MOST_LISTED = 200
YES = frozenset({"yes", "y", "true", "1", "x", "✓", "បាទ", "ចាស", "មាន"})
DAY_FIRST = re.compile(r"^([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})$")
NO = frozenset({"no", "n", "false", "0", "ទេ", "គ្មាន", "អត់"})

DryRun = Annotated[bool, Query(description="Only say what the import would do; false carries it out")]
TABLE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A CSV in UTF-8 or an XLSX; headings in English or Khmer, in any order.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
"""`openapi_extra` of an import, whose body is the file itself."""

M = TypeVar("M", bound=BaseModel)


class RowProblem(BaseModel):
    """What is wrong with a cell, or with a row where no column is named."""

    row: int = Field(description="As the spreadsheet numbers it; the headings are in row 1", examples=[17])
    column: str | None = Field(examples=["area_code"])
    code: str = Field(examples=["area_unknown"])
    severity: Literal["error", "warning"] = Field(description="With an error the import is not carried out")
    detail_en: str
    detail_km: str

    @property
    def pointer(self) -> str:
        """Where it stands, as refusals name it."""
        return f"/rows/{self.row}" + (f"/{self.column}" if self.column else "")


class ImportResult(BaseModel):
    """What an import does, or would do; the first 200 problems are listed."""

    dry_run: bool
    digest: str = Field(description="SHA-256 of the file")
    rows: int
    created: int
    changed: int
    unchanged: int
    errors: int
    warnings: int
    problems: list[RowProblem]


@dataclass(slots=True)
class Plan:
    """What an import writes: the rows that are new and those that change, each with all its values afterwards."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    unchanged: int = 0

    def counts(self, rows: int) -> dict[str, int]:
        """The counts of the answer."""
        return {"rows": rows, "created": len(self.new), "changed": len(self.changed), "unchanged": self.unchanged}


class WrongRow(Exception):
    """A row has its problem and goes no further."""


class Problems:
    """Collects what is wrong with rows: all are counted, so many are kept that an answer stays small."""

    def __init__(self) -> None:
        self.listed: list[RowProblem] = []
        self.errors = 0
        self.warnings = 0

    def error(self, row: int, column: str | None, code: str, *, en: str, km: str) -> None:
        """Something that must be put right first."""
        self.errors += 1
        self._list(RowProblem(row=row, column=column, code=code, severity="error", detail_en=en, detail_km=km))

    def refuse(self, row: int, column: str | None, code: str, en: str, km: str) -> NoReturn:
        """Something for which the row goes no further. Raises WrongRow."""
        self.error(row, column, code, en=en, km=km)
        raise WrongRow

    def judge(self, lines: Sequence[tuple[int, M]], judge: Callable[[int, M], None], column: str | None = None) -> None:
        """Judge each row on its own; what the rules of one thing refuse is told at its column, or at the one given."""
        for row, line in lines:
            try:
                judge(row, line)
            except WrongRow:
                continue
            except Problem as refusal:
                field = refusal.errors[0].pointer.strip("/") if refusal.errors else ""
                at = field if field in type(line).model_fields else column
                self.error(row, at, refusal.code, en=refusal.en, km=refusal.km)

    def warning(self, row: int, column: str | None, code: str, *, en: str, km: str) -> None:
        """Something that somebody should look at."""
        self.warnings += 1
        self._list(RowProblem(row=row, column=column, code=code, severity="warning", detail_en=en, detail_km=km))

    def check(self, lines: Sequence[Line], model: type[M]) -> list[tuple[int, M]]:
        """The rows that are right in themselves, as the model has them; an empty cell counts as not sent."""
        checked = []
        for line in lines:
            try:
                checked.append((line.number, model.model_validate({k: v for k, v in line.cells.items() if v})))
            except ValidationError as error:
                for found in map(field_error, error.errors(include_url=False)):
                    column = found.pointer.split("/")[0] or None
                    self.error(line.number, column, found.code, en=found.en, km=found.km)
        return checked

    def result(self, content: bytes, *, dry_run: bool, counts: Mapping[str, int]) -> ImportResult:
        """The answer, its problems by row. Raises Invalid naming them when errors forbid what is no dry run."""
        in_order = sorted(self.listed, key=lambda one: one.row)
        if self.errors and not dry_run:
            raise Invalid(
                "import_refused",
                en=f"Nothing was imported: {self.errors} cells or rows are wrong. The first of them are in errors.",
                km=f"មិនមានអ្វីត្រូវបាននាំចូលទេ៖ មានកំហុស {khmer_digits(self.errors)} កន្លែង។ សូមមើលកំហុសដំបូងៗក្នុង errors។",
                errors=[
                    FieldError(one.pointer, one.code, one.detail_en, one.detail_km)
                    for one in in_order
                    if one.severity == "error"
                ],
            )
        return ImportResult(
            dry_run=dry_run,
            digest=digest(content),
            errors=self.errors,
            warnings=self.warnings,
            problems=in_order,
            **counts,
        )

    def _list(self, problem: RowProblem) -> None:
        if len(self.listed) < MOST_LISTED:
            self.listed.append(problem)
        elif problem.severity == "error":
            warned = next((at for at, kept in enumerate(self.listed) if kept.severity == "warning"), None)
            if warned is not None:  # an error is never hidden behind warnings
                self.listed[warned] = problem


@dataclass(frozen=True, slots=True)
class Upload(Generic[M]):
    """A table that somebody sent: its rows that are right in themselves, and what is wrong with the others."""

    content: bytes
    rows: int
    lines: list[tuple[int, M]]
    problems: Problems

    @property
    def digest(self) -> str:
        """The name by which the file is known in the trail."""
        return digest(self.content)

    def result(self, plan: Plan, *, dry_run: bool) -> ImportResult:
        """What the plan does, or would do. Raises Invalid when errors forbid what is no dry run."""
        return self.problems.result(self.content, dry_run=dry_run, counts=plan.counts(self.rows))


async def read_upload(request: Request, columns: Sequence[Column], model: type[M]) -> Upload[M]:
    """The table in a request's body. Raises Invalid for what is none, or lacks a column."""
    content = await request.body()
    problems = Problems()
    rows = await asyncio.to_thread(read_table, content, columns)
    lines = await asyncio.to_thread(problems.check, rows, model)
    return Upload(content, len(rows), lines, problems)


def digest(content: bytes) -> str:
    """The name by which a file is known in answers and in the trail."""
    return sha256(content).hexdigest()


def _yes_or_no(value: object) -> object:
    if isinstance(value, str):
        plain = latin_digits(value).strip().lower()
        if plain not in YES | NO:
            raise PydanticCustomError("yes_or_no", "must be yes or no")
        return plain in YES
    return value


def _digits(value: object) -> object:
    return latin_digits(value).strip() if isinstance(value, str) else value


def pad_area_code(code: str) -> str:
    """An area code with the zero that a spreadsheet takes away when it makes a number of it."""
    return f"0{code}" if code.isdecimal() and len(code) % 2 else code


def _area_digits(value: object) -> object:
    digits = _digits(value)
    return pad_area_code(digits) if isinstance(digits, str) else digits


def _day(value: object) -> object:
    digits = _digits(value)
    match = DAY_FIRST.match(digits) if isinstance(digits, str) else None
    return f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}" if match else digits


def _code(value: object) -> object:
    digits = _digits(value)
    return digits.upper() if isinstance(digits, str) else digits


YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]
"""yes, no, x, 1, 0, បាទ, ទេ …"""
LatinDigits = BeforeValidator(_digits)
"""Khmer digits become the others."""
AreaDigits = BeforeValidator(_area_digits)
"""Like LatinDigits, for area codes, whose leading zero may have got lost."""
DayFirst = BeforeValidator(_day)
"""A day as people write it, 31/12/2026, or as machines do."""
CodeLetters = BeforeValidator(_code)
"""For unit codes: capitals and Latin digits."""
