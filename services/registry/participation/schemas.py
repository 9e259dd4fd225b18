"""What clients send and read of participation."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.registry.areas.codes import ShownCode
from shared.areas import AreaScope
from shared.schemas import Input, LongText, ShortText, Year

SubjectCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}|[A-Z]{2,4}-[0-9]{2,8}(-[0-9]{1,3})?)$")]
"""A unit's code, or a district's where its administration runs ISAF at its own level."""


class ParticipationInput(Input):
    """The whole part that a unit or a district administration has in the year; with neither side it has none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"supply_side": True, "demand_side": True, "supporting_ngo": "World Vision", "note": None}]
        }
    )

    supply_side: bool = Field(default=False, strict=True, description="The service provider or administration")
    demand_side: bool = Field(default=False, strict=True, description="Citizens, with CAFs or a partner organisation")
    supporter_id: UUID | None = Field(default=None, description="The organisation that supports it, by its id")
    supporting_ngo: ShortText | None = Field(default=None, description="The same by a name, also one not registered")
    note: LongText | None = Field(default=None, description="Read by everybody: no names of people")


class ParticipationRead(BaseModel):
    """The part that a unit, or the administration of a district, has in a year."""

    id: UUID
    year: int = Field(examples=[2026])
    code: str = Field(description="The unit's code, or the district's", examples=["HC-020201-1"])
    kind: str = Field(description="The unit's kind; `district` for a district's administration")
    unit_id: UUID | None
    area_code: ShownCode = Field(description="Where it is", examples=["020201"])
    name_km: str
    name_en: str
    supply_side: bool
    demand_side: bool
    supporter_id: UUID | None = Field(description="The organisation that supports it, where it is registered")
    supporting_ngo: str | None = Field(description="Its name as it was said")
    note: str | None
    version: int

    @classmethod
    def of(cls, row: Any) -> Self:
        """Show a row of queries.all_participations."""
        return cls.model_validate(row._mapping)


class CarryOver(Input):
    """Begin a year as another one was."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"from_year": 2025, "to_year": 2026, "area": "02"}]})

    from_year: Year
    to_year: Year
    area: AreaScope = Field(default="", description='Only in this area; "" for the nation')


class CarriedOver(BaseModel):
    """What was carried over."""

    created: int = Field(description="Units and districts that now take part in the new year, too")
    there_already: int = Field(description="Those that had something said of the new year and stay as they are")
    closed: int = Field(description="Those that are closed by now")
