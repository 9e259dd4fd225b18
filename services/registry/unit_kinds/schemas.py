"""What clients send and read of kinds."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from services.registry.unit_kinds.models import Kind
from shared.areas import Level
from shared.events.registry import UnitKind
from shared.schemas import Input, ShortText

Prefix = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}$")]
EXAMPLE: JsonDict = {
    "code": "referral_hospital",
    "prefix": "RH",
    "name_km": "មន្ទីរពេទ្យបង្អែក",
    "name_en": "Referral hospital",
    "level": "district",
    "numbered": True,
    "has_catchment": False,
}


class KindInput(Input):
    """A kind of service unit to add."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    code: UnitKind
    prefix: Prefix = Field(description="The letters that the codes of its units begin with")
    name_km: ShortText
    name_en: ShortText
    level: Level = Field(description="The level of the areas that its units sit in")
    numbered: bool = Field(description="Whether an area can have several; otherwise it has one at a time")
    has_catchment: bool = Field(default=False, description="Whether its units serve other areas beside their own")


class KindPatch(Input):
    """What changes of a kind; a field that is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name_en": "Referral hospital", "active": True}]})

    name_km: ShortText | None = None
    name_en: ShortText | None = None
    active: bool | None = Field(default=None, description="Whether new units of the kind may be registered")
    has_catchment: bool | None = Field(default=None, description="Not taken away while units have a catchment")
    prefix: Prefix | None = Field(default=None, description="Only while there is no unit of the kind")
    level: Level | None = Field(default=None, description="Only while there is no unit of the kind")
    numbered: bool | None = Field(default=None, description="Only while there is no unit of the kind")


class KindRead(BaseModel):
    """A kind of service unit."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE | {"active": True, "version": 1}]})

    code: UnitKind
    prefix: str
    name_km: str
    name_en: str
    level: Level
    numbered: bool
    has_catchment: bool
    active: bool
    version: int

    @classmethod
    def of(cls, kind: Kind) -> Self:
        """Show a kind."""
        return cls.model_validate(kind, from_attributes=True)
