"""What indicator sets look like from outside."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.scorecard.indicators.models import IndicatorSet
from shared.events.registry import UnitKind
from shared.schemas import Input, ShortText

IndicatorCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$"), Field(examples=["staff_attitude"])]


class IndicatorIn(Input):
    """One question of a new set."""

    code: IndicatorCode
    label_km: ShortText = Field(examples=["អាកប្បកិរិយារបស់បុគ្គលិក៖ គួរសម យកចិត្តទុកដាក់ និងមិនរើសអើង"])
    label_en: ShortText = Field(examples=["Staff are polite and caring and treat everyone equally"])


class IndicatorSetIn(Input):
    """A new set; it becomes the next version of its kind."""

    unit_kind: UnitKind
    title_km: ShortText = Field(examples=["លក្ខណៈវិនិច្ឆ័យសម្រាប់មណ្ឌលសុខភាព"])
    title_en: ShortText = Field(examples=["Indicators for health centres"])
    indicators: Annotated[list[IndicatorIn], Field(min_length=1, max_length=30)]
    scale_min: Literal[1] = 1
    scale_max: Literal[5] = 5


class ScaleValue(BaseModel):
    """One step of the rating scale."""

    value: int
    label_km: str
    label_en: str


class IndicatorRead(BaseModel):
    """One question."""

    code: str
    label_km: str
    label_en: str


class IndicatorSetRead(BaseModel):
    """A version of the questions for one kind of unit."""

    id: UUID
    unit_kind: UnitKind
    version: int
    title_km: str
    title_en: str
    scale_min: int
    scale_max: int
    scale: list[ScaleValue]
    indicators: list[IndicatorRead]
    is_example: bool = Field(description="Shipped with the software as an example, to be replaced by NCDDS")
    created_at: datetime

    @classmethod
    def of(cls, row: IndicatorSet) -> Self:
        """As stored."""
        values = [step["value"] for step in row.scale]
        return cls.model_validate({**row.model_dump(), "scale_min": min(values), "scale_max": max(values)})
