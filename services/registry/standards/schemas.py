"""What clients send and read of standards and of citizens' rights."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from services.registry.standards.effective import Offered
from services.registry.standards.models import CitizenRights, Standard, UnitStandard
from shared.events.registry import UnitKind
from shared.schemas import Input, Riel, ShortText

StandardCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$"), Field(examples=["outpatient"])]
Line = Annotated[ShortText, Field(max_length=500)]
Position = Annotated[int, Field(ge=1, le=1000, strict=True)]
MOST_RIGHTS = 20
EXAMPLE: JsonDict = {
    "position": 1,
    "name_km": "ពិនិត្យ និងព្យាបាលជំងឺក្រៅ",
    "name_en": "Outpatient consultation",
    "fee_riel": 2000,
    "fee_note_km": "ឥតគិតថ្លៃសម្រាប់អ្នកមានប័ណ្ណក្រីក្រ",
    "fee_note_en": "Free with an ID-Poor card",
    "time_km": "រង់ចាំមិនលើស ៣០ នាទី",
    "time_en": "A wait of no more than 30 minutes",
    "documents_km": None,
    "documents_en": None,
    "right_km": None,
    "right_en": None,
}


class Said(Input):
    """What may be said of a service in both languages, but for its name."""

    fee_riel: Riel | None = Field(
        default=None, description="Null: no fee is stated; 0: free of charge", examples=[2000]
    )
    fee_note_km: Line | None = None
    fee_note_en: Line | None = None
    time_km: Line | None = Field(default=None, description="How long it takes")
    time_en: Line | None = None
    documents_km: Line | None = Field(default=None, description="What to bring")
    documents_en: Line | None = None
    right_km: Line | None = Field(default=None, description="What citizens may ask for")
    right_en: Line | None = None


class StandardInput(Said):
    """The whole standard; a field that is left out is said no more."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    name_km: ShortText
    name_en: ShortText
    position: Position = Field(description="The place in the kind's list")
    active: bool = Field(default=True, strict=True, description="false: units offer it no more")


class StandardRead(BaseModel):
    """A service of a kind of unit."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "health_centre", "code": "outpatient", **EXAMPLE, "active": True}
                | {"is_example": True, "version": 1}
            ]
        }
    )

    kind: UnitKind
    code: str
    position: int
    name_km: str
    name_en: str
    fee_riel: int | None
    fee_note_km: str | None
    fee_note_en: str | None
    time_km: str | None
    time_en: str | None
    documents_km: str | None
    documents_en: str | None
    right_km: str | None
    right_en: str | None
    active: bool
    is_example: bool = Field(description="Whether it is as this software shipped it, to be replaced by NCDDS")
    version: int

    @classmethod
    def of(cls, standard: Standard) -> Self:
        """Show a standard."""
        return cls.model_validate(standard, from_attributes=True)


class UnitStandardInput(Said):
    """What the unit does otherwise: only the fields that are sent differ; `hidden` when it does not offer the service.

    A code that the kind does not have is a service of the unit's own, which needs both names.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"fee_riel": 3000, "time_en": "Open until 20:00"}]})

    name_km: ShortText | None = None
    name_en: ShortText | None = None
    position: Position | None = Field(default=None, description="Left out: the kind's place, or the end of the list")
    hidden: bool = Field(default=False, strict=True, description="The unit does not offer the service")

    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(exclude_unset=True, exclude={"position", "hidden"})


class OfferedRead(BaseModel):
    """A service as the unit offers it."""

    code: str = Field(examples=["outpatient"])
    position: int
    name_km: str
    name_en: str
    fee_riel: int | None
    fee_note_km: str | None
    fee_note_en: str | None
    time_km: str | None
    time_en: str | None
    documents_km: str | None
    documents_en: str | None
    right_km: str | None
    right_en: str | None
    hidden: bool = Field(description="Whether the unit does not offer it")
    own: bool = Field(description="Whether it is a service of the unit's own, that its kind does not have")
    differs: list[str] = Field(
        description="The fields in which the unit differs from its kind", examples=[["fee_riel"]]
    )
    is_example: bool
    version: int | None = Field(description="Of what the unit does otherwise, for If-Match; null where it does not")

    @classmethod
    def of(cls, offered: Offered) -> Self:
        """Show a service of a unit."""
        return cls(
            code=offered.code,
            position=offered.position,
            **offered.values,
            hidden=offered.hidden,
            own=offered.own,
            differs=list(offered.differs),
            is_example=offered.is_example,
            version=offered.version,
        )


class UnitStandardRead(BaseModel):
    """What a unit does otherwise."""

    code: str
    hidden: bool
    position: int | None
    changes: dict[str, int | str | None] = Field(examples=[{"fee_riel": 3000}])
    version: int

    @classmethod
    def of(cls, override: UnitStandard) -> Self:
        """Show an override."""
        return cls.model_validate(override, from_attributes=True)


class Right(Input):
    """A right in both languages."""

    km: Line = Field(examples=["ទទួលបានការថែទាំដោយគោរព និងគ្មានការរើសអើង"])
    en: Line = Field(examples=["To be cared for with respect, without discrimination"])


class RightsInput(Input):
    """All rights of citizens before a kind of unit, in their order."""

    texts: list[Right] = Field(max_length=MOST_RIGHTS)


class RightsRead(BaseModel):
    """What citizens may ask of every unit of a kind."""

    kind: UnitKind
    texts: list[Right]
    is_example: bool
    version: int

    @classmethod
    def of(cls, rights: CitizenRights) -> Self:
        """Show rights."""
        return cls.model_validate(rights.model_dump())
