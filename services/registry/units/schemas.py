"""What clients send and read of service units."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.units.models import Unit, UnitStatus
from shared.areas import CommuneCode, UnitCode
from shared.events.registry import UnitKind
from shared.schemas import Input, LongText, ShortText


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
                }
            ]
        }
    )

    kind: UnitKind
    area_code: CommuneCode = Field(description="The commune or sangkat that the unit sits in")
    name_km: ShortText
    name_en: ShortText
    code: UnitCode | None = Field(default=None, description="Left out, the next free code of the commune is given")


class UnitPatch(Input):
    """New names for a unit; a field that is left out stays as it is."""

    name_km: ShortText | None = None
    name_en: ShortText | None = None


class UnitClosing(Input):
    """Why a unit is taken out of use."""

    reason: LongText = Field(examples=["Merged with the health centre of the neighbouring commune."])


class UnitRead(BaseModel):
    """A service unit."""

    id: UUID
    code: str = Field(examples=["HC-020201-1"])
    kind: UnitKind
    area_code: str = Field(examples=["020201"])
    name_km: str = Field(examples=["មណ្ឌលសុខភាពតាពូង"])
    name_en: str = Field(examples=["Ta Pung Health Centre"])
    status: UnitStatus
    version: int

    @classmethod
    def of(cls, unit: Unit) -> Self:
        """Show a unit."""
        return cls(
            id=unit.id,
            code=unit.code,
            kind=unit.kind,
            area_code=unit.area_code,
            name_km=unit.name_km,
            name_en=unit.name_en,
            status=unit.status,
            version=unit.version,
        )
