"""The tables of bodies and of their members: the same columns in and out."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict

from services.registry.cells import PhoneCell, SexCell
from shared.areas import AreaCode
from shared.imports import AreaDigits, DayFirst
from shared.schemas import ShortText
from shared.spreadsheets import Column

KIND = Column("kind", "Kind of body", "ប្រភេទ", required=True)
AREA = Column("area_code", "Area code", "លេខកូដតំបន់", required=True, also=("commune code", "លេខកូដឃុំ សង្កាត់"))
BODY_COLUMNS = (
    KIND,
    AREA,
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ"),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស"),
    Column("recognised_by", "Recognised by", "ទទួលស្គាល់ដោយ"),
    Column("recognised_on", "Recognised on", "ថ្ងៃទទួលស្គាល់"),
)
MEMBER_COLUMNS = (
    KIND,
    AREA,
    Column("name", "Name", "ឈ្មោះ", required=True),
    Column("sex", "Sex", "ភេទ"),
    Column("position", "Position", "តួនាទី"),
    Column("organisation", "Organisation", "អង្គភាព"),
    Column("phone", "Phone", "លេខទូរសព្ទ"),
    Column("term_from", "Term from", "អាណត្តិចាប់ពី"),
    Column("term_until", "Term until", "អាណត្តិរហូតដល់"),
)


class BodyLine(BaseModel):
    """A row of the table of bodies; what is left empty stays as it is."""

    model_config = ConfigDict(extra="ignore")

    kind: ShortText
    area_code: Annotated[AreaCode | None, AreaDigits] = None
    name_km: ShortText | None = None
    name_en: ShortText | None = None
    recognised_by: ShortText | None = None
    recognised_on: Annotated[date | None, DayFirst] = None


class MemberLine(BaseModel):
    """A row of the table of members; what is left empty stays as it is."""

    model_config = ConfigDict(extra="ignore")

    kind: ShortText
    area_code: Annotated[AreaCode | None, AreaDigits] = None
    name: ShortText
    sex: SexCell | None = None
    position: ShortText | None = None
    organisation: ShortText | None = None
    phone: PhoneCell | None = None
    term_from: Annotated[date | None, DayFirst] = None
    term_until: Annotated[date | None, DayFirst] = None
