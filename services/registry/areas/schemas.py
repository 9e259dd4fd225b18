"""What clients read of areas, as they are and as they were."""

from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.areas.models import Area, AreaPeriod, AreaStatus
from shared.areas import Level


class AreaRead(BaseModel):
    """An area of the gazetteer: as it is now, or as it was on the day that was asked for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20",
                    "code": "020201",
                    "level": "commune",
                    "parent_code": "0202",
                    "name_km": "តាពូង",
                    "name_en": "Ta Pung",
                    "status": "open",
                    "valid_from": "2025-01-01",
                    "version": 1,
                }
            ]
        }
    )

    id: UUID
    code: str
    level: Level
    parent_code: str | None
    name_km: str
    name_en: str
    status: AreaStatus
    valid_from: date = Field(description="The day since which it is so; of a closed area, the day of its closing")
    version: int

    @classmethod
    def of(cls, area: Area) -> Self:
        """Show an area as it is."""
        return cls(
            id=area.id,
            code=area.code,
            level=area.level,
            parent_code=area.parent_code,
            name_km=area.name_km,
            name_en=area.name_en,
            status=area.status,
            valid_from=area.valid_from,
            version=area.version,
        )

    @classmethod
    def of_period(cls, period: AreaPeriod) -> Self:
        """Show an area as it was."""
        return cls(
            id=period.area_id,
            code=period.code,
            level=period.level,
            parent_code=period.parent_code,
            name_km=period.name_km,
            name_en=period.name_en,
            status="open",
            valid_from=period.valid_from,
            version=period.version,
        )


class ChangeReference(BaseModel):
    """By which order of the law it came about."""

    id: UUID
    kind: str = Field(examples=["renumber"])
    effective_on: date
    legal_reference: str = Field(examples=["Sub-decree 123 ANKR.BK, 2026-05-04"])
    note: str | None


class PeriodRead(BaseModel):
    """An area from a day on until the day before another; `valid_to` is null while it still is so."""

    code: str
    parent_code: str | None
    name_km: str
    name_en: str
    valid_from: date
    valid_to: date | None = Field(description="The first day on which it was so no longer")
    made_by: ChangeReference | None = Field(description="Null for what the first list brought")
    ended_by: ChangeReference | None

    @classmethod
    def of(cls, period: AreaPeriod, changes: dict[UUID, ChangeReference]) -> Self:
        """Show a period."""
        return cls(
            code=period.code,
            parent_code=period.parent_code,
            name_km=period.name_km,
            name_en=period.name_en,
            valid_from=period.valid_from,
            valid_to=period.valid_to,
            made_by=changes.get(period.made_by) if period.made_by else None,
            ended_by=changes.get(period.ended_by) if period.ended_by else None,
        )


class AreaHistory(BaseModel):
    """One of the areas that bore the code, through all its codes and names, the oldest first."""

    area: AreaRead
    periods: list[PeriodRead]


class HistoryRead(BaseModel):
    """Every area that ever bore a code."""

    code: str = Field(examples=["020201"])
    areas: list[AreaHistory]


class Successor(BaseModel):
    """An area on the other day."""

    area_id: UUID
    code: str = Field(examples=["020301"])
    parent_code: str | None
    name_km: str
    name_en: str

    @classmethod
    def of(cls, row: Any) -> Self:
        """Show a row of the crosswalk."""
        return cls(
            area_id=row.area_id,
            code=row.code,
            parent_code=row.parent_code,
            name_km=row.name_km,
            name_en=row.name_en,
        )


class Crossing(BaseModel):
    """One area that bore the code on the day it is read at, and where its territory was or is on the other."""

    area_id: UUID
    items: list[Successor] = Field(description="Empty where it ended, or began, without the crosswalk knowing more")


class CrosswalkRead(BaseModel):
    """A code of one day in the codes of another; several crossings only where villages shared the code."""

    code: str = Field(examples=["020201"])
    direction: str = Field(examples=["forward"])
    from_: date = Field(serialization_alias="from", validation_alias="from")
    to: date
    crossings: list[Crossing]


class LineRead(BaseModel):
    """One line of the crosswalk: what was under the old code is, wholly or in part, under the new one from that day."""

    id: UUID
    change_id: UUID
    kind: str = Field(examples=["split"])
    level: Level
    old_area_id: UUID
    old_code: str = Field(examples=["020201"])
    new_area_id: UUID
    new_code: str = Field(examples=["020211"])
    effective_on: date

    @classmethod
    def of(cls, line: Any) -> Self:
        """Show a line."""
        return cls.model_validate(line, from_attributes=True)
