"""A kind's standards as a table: what is exported can be changed and imported; JSON rows are taken as well."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.registry.standards.models import FIELDS
from services.registry.standards.schemas import Line, StandardCode
from shared.errors import Invalid
from shared.field_errors import field_error
from shared.imports import LatinDigits, YesNo
from shared.schemas import Input, ShortText
from shared.spreadsheets import Column, as_text, read_table
from shared.spreadsheets import Line as TableLine

MOST_STANDARDS = 200
"""Of one kind."""
COLUMNS = (
    Column("code", "Code", "លេខកូដ", required=True),
    Column("position", "Position", "លំដាប់"),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ", required=True),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស", required=True),
    Column("fee_riel", "Fee in riel", "តម្លៃសេវាគិតជារៀល"),
    Column("fee_note_km", "Note on the fee in Khmer", "កំណត់សម្គាល់តម្លៃជាភាសាខ្មែរ"),
    Column("fee_note_en", "Note on the fee in English", "កំណត់សម្គាល់តម្លៃជាភាសាអង់គ្លេស"),
    Column("time_km", "Time in Khmer", "រយៈពេលជាភាសាខ្មែរ"),
    Column("time_en", "Time in English", "រយៈពេលជាភាសាអង់គ្លេស"),
    Column("documents_km", "Documents in Khmer", "ឯកសារជាភាសាខ្មែរ"),
    Column("documents_en", "Documents in English", "ឯកសារជាភាសាអង់គ្លេស"),
    Column("right_km", "Right in Khmer", "សិទ្ធិជាភាសាខ្មែរ"),
    Column("right_en", "Right in English", "សិទ្ធិជាភាសាអង់គ្លេស"),
    Column("active", "Active", "កំពុងប្រើ"),
)


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _without_separators(value: object) -> object:
    return value.replace(",", "").replace(" ", "") if isinstance(value, str) else value


class StandardLine(BaseModel):
    """A row of the table; an empty cell says nothing of that."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    code: Annotated[StandardCode, BeforeValidator(_lower)]
    position: Annotated[Annotated[int, Field(ge=1, le=1000)] | None, LatinDigits] = None
    name_km: ShortText
    name_en: ShortText
    fee_riel: Annotated[
        Annotated[int, Field(ge=0, le=1_000_000_000_000_000)] | None, BeforeValidator(_without_separators), LatinDigits
    ] = None
    fee_note_km: Line | None = None
    fee_note_en: Line | None = None
    time_km: Line | None = None
    time_en: Line | None = None
    documents_km: Line | None = None
    documents_en: Line | None = None
    right_km: Line | None = None
    right_en: Line | None = None
    active: YesNo = True

    def values(self, position: int) -> dict[str, Any]:
        """What the row says of its standard; without a position, the place of the row."""
        return {name: getattr(self, name) for name in FIELDS} | {
            "position": self.position or position,
            "active": self.active,
        }


class StandardRows(Input):
    """The table as JSON."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"rows": [{"code": "outpatient", "name_km": "ពិនិត្យជំងឺក្រៅ", "name_en": "Consultation", "fee_riel": 2000}]}
            ]
        }
    )

    rows: list[dict[str, Any]] = Field(max_length=MOST_STANDARDS, description="By the columns of the table")


def read_rows(content: bytes, content_type: str) -> Sequence[TableLine]:
    """The rows of a CSV, an XLSX or of StandardRows, numbered as in a spreadsheet. Raises Invalid."""
    if "json" not in content_type:
        return read_table(content, COLUMNS)
    try:
        rows = StandardRows.model_validate_json(content).rows
    except ValidationError as error:
        raise Invalid(
            "rows_malformed",
            en="The body is not a JSON object with rows.",
            km="មាតិកាមិនមែនជាវត្ថុ JSON ដែលមាន rows ទេ។",
            errors=[field_error(one | {"loc": ("body", *one["loc"])}) for one in error.errors(include_url=False)],
        ) from error
    return [
        TableLine(number, {name: as_text(value) for name, value in row.items()}) for number, row in enumerate(rows, 2)
    ]


def table_rows(standards: Sequence[Any]) -> list[list[object]]:
    """Standards in the order of COLUMNS."""
    return [[getattr(standard, column.name) for column in COLUMNS] for standard in standards]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What an import changes of a standard."""
    return {name: value for name, value in after.items() if before[name] != value}
