"""The plan of a round's scorecards as rows: of a table that people fill in, or of JSON."""

from datetime import date
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.areas import UnitCode, VillageCode
from shared.imports import TABLE_BODY, AreaDigits, CodeLetters, DayFirst
from shared.schemas import Input
from shared.spreadsheets import MOST_ROWS, Column, Line, read_table

COLUMNS = (
    Column("unit_code", "Unit code", "លេខកូដអង្គភាព", required=True, also=("code", "លេខកូដ")),
    Column("unit_name", "Unit", "ឈ្មោះអង្គភាព"),
    Column("village_code", "Village code", "លេខកូដភូមិ"),
    Column("village_name", "Village", "ឈ្មោះភូមិ"),
    Column("planned_on", "Planned on", "ថ្ងៃគ្រោង", also=("date", "កាលបរិច្ឆេទ")),
)
"""Names are for the reader's eyes: an import passes over them."""


class PlanLine(BaseModel):
    """A row: a unit that takes part, or a village in which a meeting about it is planned; an empty day changes none."""

    model_config = ConfigDict(extra="forbid")

    unit_code: Annotated[UnitCode, CodeLetters] = Field(examples=["HC-020103-1"])
    village_code: Annotated[VillageCode | None, AreaDigits] = None
    planned_on: Annotated[date | None, DayFirst] = Field(default=None, examples=["2026-03-14"])
    unit_name: str | None = None
    village_name: str | None = None


class PlanRowsIn(Input):
    """The same rows as JSON."""

    rows: Annotated[
        list[dict[str, str | None]],
        Field(
            min_length=1,
            max_length=MOST_ROWS,
            examples=[[{"unit_code": "HC-020103-1", "village_code": "02010301", "planned_on": "2026-03-14"}]],
            json_schema_extra={"items": PlanLine.model_json_schema()},
        ),
    ]


PLAN_BODY: dict[str, Any] = {
    "requestBody": {
        **TABLE_BODY["requestBody"],
        "description": "A CSV in UTF-8 or an XLSX, headings in English or Khmer, in any order; or the rows as JSON.",
        "content": {
            **TABLE_BODY["requestBody"]["content"],
            "text/csv": {
                "schema": {"type": "string"},
                "example": "unit_code,village_code,planned_on\nHC-020103-1,,\nHC-020103-1,02010301,2026-03-14\n",
            },
            "application/json": {"schema": PlanRowsIn.model_json_schema()},
        },
    }
}
"""`openapi_extra` of the import."""


def read_plan(content: bytes, content_type: str) -> list[Line]:
    """The rows of a body; those of JSON are numbered from 1. Raises what is wrong with the whole; for a thread."""
    if not content_type.lower().startswith("application/json"):
        return read_table(content, COLUMNS)
    try:
        rows = PlanRowsIn.model_validate_json(content).rows
    except ValidationError as error:
        raise RequestValidationError(
            [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        ) from error
    return [
        Line(number, {name: cell for name, cell in row.items() if cell}) for number, row in enumerate(rows, start=1)
    ]
