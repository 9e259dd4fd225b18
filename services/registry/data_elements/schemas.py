"""What clients send and read of data elements."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from services.registry.data_elements.models import DataElement, Group, ValueType
from shared.events.registry import UnitKind
from shared.schemas import Input, ShortText

ElementCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$"), Field(examples=["outpatients"])]
EXAMPLE: JsonDict = {
    "group": "performance",
    "value_type": "count",
    "position": 1,
    "name_km": "អ្នកជំងឺពិនិត្យក្រៅ",
    "name_en": "Outpatient consultations",
    "unit_km": "លើក",
    "unit_en": "visits",
    "active": True,
}


class DataElementInput(Input):
    """The whole data element."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    group: Group
    value_type: ValueType = Field(description="Stays as it is once a unit has a fact of it")
    position: int = Field(ge=1, le=1000, strict=True, description="The place in the kind's list")
    name_km: ShortText
    name_en: ShortText
    unit_km: ShortText | None = Field(default=None, description="What is counted")
    unit_en: ShortText | None = None
    active: bool = Field(default=True, strict=True, description="false: asked for no more")


class DataElementRead(BaseModel):
    """A fact that units of a kind are asked for each year."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "health_centre", "code": "outpatients", **EXAMPLE} | {"is_example": True, "version": 1}
            ]
        }
    )

    kind: UnitKind
    code: str
    group: Group
    value_type: ValueType
    position: int
    name_km: str
    name_en: str
    unit_km: str | None
    unit_en: str | None
    active: bool
    is_example: bool = Field(description="Whether it is as this software shipped it, to be replaced by NCDDS")
    version: int

    @classmethod
    def of(cls, element: DataElement) -> Self:
        """Show a data element."""
        return cls.model_validate(element, from_attributes=True)
