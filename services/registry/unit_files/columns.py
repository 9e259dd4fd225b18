"""The table of units: the same columns in and out."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.registry.units.schemas import Catchment, ExternalIds
from shared.areas import AreaCode, UnitCode
from shared.digits import latin_digits
from shared.imports import AreaDigits, CodeLetters, DayFirst, LatinDigits, pad_area_code
from shared.schemas import LongText, ShortText
from shared.spreadsheets import Column

COLUMNS = (
    Column("code", "Code", "លេខកូដ", also=("unit code", "លេខកូដអង្គភាព")),
    Column("kind", "Kind", "ប្រភេទ"),
    Column("area_code", "Area code", "លេខកូដតំបន់", also=("commune code", "លេខកូដឃុំ សង្កាត់")),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ", also=("khmer name", "ឈ្មោះ")),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស", also=("latin name", "name", "ឈ្មោះឡាតាំង")),
    Column("opened_on", "Opened on", "ថ្ងៃបើក"),
    Column("catchment", "Catchment", "តំបន់គ្របដណ្ដប់"),
    Column("latitude", "Latitude", "រយៈទទឹង", also=("lat",)),
    Column("longitude", "Longitude", "រយៈបណ្ដោយ", also=("lon", "long")),
    Column("external_ids", "Ids in other systems", "លេខសម្គាល់ក្នុងប្រព័ន្ធផ្សេង"),
    Column("note", "Note", "កំណត់សម្គាល់"),
)
LISTED = re.compile(r"[\s,;|]+")
ENTRIES = re.compile(r"(?<!\\);")


def catchment_cell(codes: Sequence[str]) -> str:
    """Area codes in one cell: `020202 020203`."""
    return " ".join(codes)


def external_ids_cell(ids: Mapping[str, str]) -> str:
    """Ids in other systems in one cell: `emis=4711; hmis=0202-14`."""
    return "; ".join(system + "=" + value.replace(";", "\\;") for system, value in sorted(ids.items()))


def _catchment(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [pad_area_code(part) for part in LISTED.split(latin_digits(value)) if part]


def _external_ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    ids: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in ENTRIES.split(value))):
        system, equals, known_as = entry.partition("=")
        system = system.strip().lower()
        if not equals or system in ids:
            raise PydanticCustomError("external_ids_malformed", "must look like hmis=0202-14; emis=4711")
        ids[system] = known_as.replace("\\;", ";").strip()
    return ids


class UnitLine(BaseModel):
    """A row of the table: a unit to change when its code is known, else one to register; empty cells change nothing."""

    model_config = ConfigDict(extra="ignore")

    code: Annotated[UnitCode | None, CodeLetters] = None
    kind: ShortText | None = None
    area_code: Annotated[AreaCode | None, AreaDigits] = None
    name_km: ShortText | None = None
    name_en: ShortText | None = None
    opened_on: Annotated[date | None, DayFirst] = None
    catchment: Annotated[Catchment | None, BeforeValidator(_catchment)] = None
    latitude: Annotated[float | None, LatinDigits, Field(ge=9, le=15, allow_inf_nan=False)] = None
    longitude: Annotated[float | None, LatinDigits, Field(ge=102, le=108, allow_inf_nan=False)] = None
    external_ids: Annotated[ExternalIds | None, BeforeValidator(_external_ids)] = None
    note: LongText | None = None

    @model_validator(mode="after")
    def _whole_location(self) -> "UnitLine":
        if (self.latitude is None) != (self.longitude is None):
            raise PydanticCustomError("location_incomplete", "latitude and longitude come together")
        return self
