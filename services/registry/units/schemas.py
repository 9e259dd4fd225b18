"""What clients send and read of service units."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.registry.areas.codes import ShownCode
from services.registry.units.models import Unit, UnitStatus
from shared.areas import AreaCode, UnitCode
from shared.events.registry import UnitKind
from shared.schemas import Input, LongText, ShortText

MOST_SERVED = 50
MOST_SYSTEMS = 10
Catchment = Annotated[list[AreaCode], Field(max_length=MOST_SERVED, examples=[["020202", "020203"]])]
"""The areas that a unit serves beside its own."""
System = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
ExternalIds = Annotated[
    dict[System, Annotated[ShortText, Field(max_length=100)]],
    Field(max_length=MOST_SYSTEMS, examples=[{"hmis": "0202-14"}]),
]
"""By system: what it calls the unit, such as a school's EMIS code."""


class Location(Input):
    """A point in Cambodia, WGS 84."""

    latitude: float = Field(ge=9, le=15, allow_inf_nan=False, examples=[13.0957])
    longitude: float = Field(ge=102, le=108, allow_inf_nan=False, examples=[103.2022])


class UnitInput(Input):
    """A service unit to register."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "health_centre",
                    "area_code": "020201",
                    "name_km": "មណ្ឌលសុខភាពតាពូង",
                    "name_en": "Ta Pung Health Centre",
                    "catchment": ["020202"],
                    "location": {"latitude": 13.2417, "longitude": 102.9721},
                    "external_ids": {"hmis": "0202-14"},
                }
            ]
        }
    )

    kind: UnitKind
    area_code: AreaCode = Field(description="The area that the unit sits in, of its kind's level", examples=["020201"])
    name_km: ShortText
    name_en: ShortText
    code: UnitCode | None = Field(default=None, description="Left out, the next free code of the area is given")
    opened_on: date | None = Field(default=None, examples=["2019-11-01"])
    catchment: Catchment = Field(default=[])
    location: Location | None = None
    external_ids: ExternalIds = Field(default={})
    note: LongText | None = None


class UnitPatch(Input):
    """What changes of a unit: a field that is left out stays as it is; null takes away what may be missing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name_en": "Ta Pung Health Centre", "note": None}]})

    name_km: ShortText | None = None
    name_en: ShortText | None = None
    opened_on: date | None = None
    catchment: Catchment | None = Field(default=None, description="All of it, not only what is added")
    location: Location | None = None
    external_ids: ExternalIds | None = Field(default=None, description="All of them, not only what is added")
    note: LongText | None = None


class UnitClosing(Input):
    """Why a unit is taken out of use, and from when."""

    reason: LongText = Field(examples=["The building was given up; the health centre of Ta Meun serves its villages."])
    on: date | None = Field(default=None, description="Left out, today", examples=["2026-01-31"])


class UnitReopening(Input):
    """Why the closing was wrong."""

    reason: LongText = Field(examples=["Closed by mistake: the neighbouring school was meant."])


class UnitMove(Input):
    """Where a unit moves to."""

    area_code: AreaCode = Field(description="An area of the same level", examples=["020202"])
    reason: LongText = Field(examples=["New building at Ta Meun."])
    on: date | None = Field(default=None, description="Left out, today")


class UnitKindChange(Input):
    """What a unit becomes."""

    kind: UnitKind = Field(description="A kind of the same level", examples=["health_centre"])
    reason: LongText = Field(examples=["The health post was made a health centre by the ministry."])
    on: date | None = Field(default=None, description="Left out, today")
    code: UnitCode | None = Field(default=None, description="Left out, the next free code of the area is given")


class UnitMerger(Input):
    """Which unit stays."""

    into: UnitCode = Field(examples=["HC-020201-1"])
    reason: LongText = Field(examples=["Registered twice, once by the province and once by a partner."])


class UnitRead(BaseModel):
    """A service unit."""

    id: UUID
    code: str = Field(examples=["HC-020201-1"])
    kind: UnitKind
    area_code: ShownCode = Field(examples=["020201"])
    name_km: str = Field(examples=["មណ្ឌលសុខភាពតាពូង"])
    name_en: str = Field(examples=["Ta Pung Health Centre"])
    status: UnitStatus
    opened_on: date | None
    closed_on: date | None
    close_reason: str | None
    merged_into: str | None = Field(description="The code of the unit that this duplicate was merged into")
    catchment: list[str] = Field(description="Areas that it serves beside its own", examples=[["020202"]])
    aliases: list[str] = Field(description="Other codes that it is found by", examples=[["HP-020201-1"]])
    location: Location | None
    external_ids: dict[str, str] = Field(examples=[{"hmis": "0202-14"}])
    note: str | None
    version: int

    @classmethod
    def of(cls, unit: Unit, catchment: Sequence[str], aliases: Sequence[str], external_ids: Mapping[str, str]) -> Self:
        """Show a unit with what hangs on it."""
        latitude, longitude = unit.latitude, unit.longitude
        return cls.model_validate(
            {
                **unit.model_dump(),
                "catchment": catchment,
                "aliases": aliases,
                "external_ids": external_ids,
                "location": None if latitude is None else {"latitude": latitude, "longitude": longitude},
            }
        )


Kept = Literal["external_id", "participation", "focal_person", "unit_standard", "fact_sheet", "pack", "posting"]


class KeptBack(BaseModel):
    """What stays with the merged unit, because the surviving one has its own."""

    what: Kept
    key: str = Field(description="The system, the year, the focal person's role, or the service", examples=["hmis"])
    kept: str | None = Field(default=None, examples=["0202-14"])
    left: str | None = Field(default=None, examples=["0202-41"])


class UnitMerged(BaseModel):
    """The surviving unit, how much followed to it, and what did not."""

    unit: UnitRead
    merged: str = Field(description="The code that is an alias now", examples=["HC-020201-2"])
    followed: dict[str, int] = Field(
        description="How many of each", examples=[{"catchment": 1, "aliases": 1, "external_ids": 0, "grants": 2}]
    )
    left: list[KeptBack]
