"""A year's participation as a table: what is exported can be filled in and imported."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, column, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.participation.models import DISTRICT, Side
from services.registry.participation.queries import of_year
from services.registry.participation.schemas import SubjectCode
from shared.areas import prefix_range
from shared.imports import AreaDigits, LatinDigits, YesNo
from shared.schemas import LongText, ShortText, Year
from shared.spreadsheets import Column

COLUMNS = (
    Column("year", "Year", "ឆ្នាំ", required=True),
    Column("code", "Code", "លេខកូដ", required=True, also=("unit code", "លេខកូដអង្គភាព")),
    Column("kind", "Kind", "ប្រភេទ"),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ"),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស"),
    Column("supply_side", "Supply side", "ផ្នែកផ្គត់ផ្គង់"),
    Column("demand_side", "Demand side", "ផ្នែកតម្រូវការ"),
    Column("supporting_ngo", "Supporting NGO", "អង្គការគាំទ្រ"),
    Column("note", "Note", "កំណត់សម្គាល់"),
)
"""Kind, area and names are for the reader's eyes: an import passes over them."""

UNSAID = text(
    f"""
    SELECT CAST(:year AS int), code, kind, area_code, name_km, name_en,
           CAST(NULL AS boolean), CAST(NULL AS boolean), CAST(NULL AS text), CAST(NULL AS text)
    FROM (
        SELECT id, code, kind, area_code, name_km, name_en FROM unit WHERE status = 'open'
        UNION ALL
        SELECT id, code, '{DISTRICT}', code, name_km, name_en FROM area WHERE status = 'open' AND level = 'district'
    ) AS subject
    WHERE area_code >= :low AND area_code < :high AND coalesce(kind = :kind, true)
      AND NOT EXISTS (SELECT FROM participation WHERE year = :year AND unit_id = subject.id)
      AND NOT EXISTS (SELECT FROM participation WHERE year = :year AND area_id = subject.id)
    """  # noqa: S608 - our own text
).columns(*(column(name.name) for name in COLUMNS))
"""Open units and districts of which nothing is said in a year, in the order of COLUMNS."""


class ParticipationLine(BaseModel):
    """A row of the table; what is left empty stays as it is."""

    model_config = ConfigDict(extra="ignore")

    year: Annotated[Year, LatinDigits]
    code: Annotated[SubjectCode, AreaDigits]
    supply_side: YesNo | None = None
    demand_side: YesNo | None = None
    supporting_ngo: ShortText | None = None
    note: LongText | None = None

    @property
    def says_nothing(self) -> bool:
        """Whether the row was left as it came in the form."""
        return not self.model_dump(include={"supply_side", "demand_side", "supporting_ngo", "note"}, exclude_none=True)


async def read_form(
    db: AsyncSession, year: int, area: str, kind: str | None, side: Side | None, *, whole: bool
) -> Sequence[Any]:
    """The rows of an export in the order of COLUMNS, by area and code; `whole` adds those of which nothing is said."""
    said = of_year(year, area, kind, side).subquery()
    chosen: Select[*tuple[Any, ...]] = select(*(said.c[column.name] for column in COLUMNS))
    if not whole:
        return (await db.execute(chosen.order_by("area_code", "code"))).all()
    low, high = prefix_range(area)
    unsaid = UNSAID.bindparams(year=year, low=low, high=high, kind=kind)
    return (await db.execute(union_all(chosen, unsaid).order_by("area_code", "code"))).all()
