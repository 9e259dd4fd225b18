"""The table of facilitators: the same columns in and out."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.registry.cafs.models import ChosenBy
from services.registry.cells import PhoneCell, SexCell
from shared.areas import VillageCode
from shared.digits import latin_digits
from shared.imports import AreaDigits, DayFirst, LatinDigits, YesNo
from shared.schemas import ShortText
from shared.spreadsheets import Column

COLUMNS = (
    Column("id", "Id", "លេខសម្គាល់"),
    Column("area_code", "Commune code", "លេខកូដឃុំ សង្កាត់", required=True, also=("area code", "commune")),
    Column("name", "Name", "ឈ្មោះ", required=True, also=("full name", "គោត្តនាម និងនាម")),
    Column("sex", "Sex", "ភេទ", also=("gender",)),
    Column("birth_year", "Birth year", "ឆ្នាំកំណើត"),
    Column("phone", "Phone", "លេខទូរសព្ទ"),
    Column("village_code", "Village code", "លេខកូដភូមិ"),
    Column("term_from", "Term from", "អាណត្តិចាប់ពីថ្ងៃ"),
    Column("term_until", "Term until", "អាណត្តិដល់ថ្ងៃ"),
    Column("chosen_by", "Chosen by", "របៀបជ្រើសរើស"),
    Column("supporter", "Supporting organisation", "អង្គការគាំទ្រ", also=("supporting ngo",)),
    Column("village_official", "Village official", "មន្ត្រីភូមិ"),
    Column("commune_assistant", "Commune assistant", "ជំនួយការឃុំ សង្កាត់"),
    Column("disability", "Disability", "ពិការភាព"),
    Column("ethnic_minority", "Ethnic minority", "ជនជាតិភាគតិច"),
    Column("last_seen_on", "Last seen at work", "ថ្ងៃធ្វើការចុងក្រោយ"),
    Column("last_trained_on", "Last trained", "ថ្ងៃបណ្ដុះបណ្ដាលចុងក្រោយ"),
    Column("left_on", "Left on", "ថ្ងៃចាកចេញ"),
)
"""When somebody was trained or left is for the reader's eyes: an import passes over it."""


def _number(value: object) -> object:
    digits = latin_digits(value).strip() if isinstance(value, str) else value
    return int(digits) if isinstance(digits, str) and digits.isdecimal() else digits


class CafLine(BaseModel):
    """A row of the table; what is left empty stays as it is."""

    model_config = ConfigDict(extra="ignore")

    id: UUID | None = None
    area_code: Annotated[str, AreaDigits, Field(pattern=r"^[0-9]{6}$")]
    name: ShortText
    sex: SexCell | None = None
    birth_year: Annotated[int | None, BeforeValidator(_number), Field(ge=1900, le=2100)] = None
    phone: PhoneCell | None = None
    village_code: Annotated[VillageCode | None, AreaDigits] = None
    term_from: Annotated[date | None, DayFirst] = None
    term_until: Annotated[date | None, DayFirst] = None
    chosen_by: Annotated[ChosenBy | None, LatinDigits] = None
    supporter: ShortText | None = None
    village_official: YesNo | None = None
    commune_assistant: YesNo | None = None
    disability: YesNo | None = None
    ethnic_minority: YesNo | None = None
    last_seen_on: Annotated[date | None, DayFirst] = None
