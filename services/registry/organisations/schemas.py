"""What clients send and read of organisations."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.areas.codes import ShownCode
from services.registry.organisations.models import MOST_DIGITS, Organisation, OrganisationKind
from shared.areas import AreaScope
from shared.schemas import Input, LongText, ShortText

Contact = Annotated[
    LongText,
    Field(max_length=1000, description="Seen by those alone who may change the organisation, or act for it"),
]
Place = Annotated[
    AreaScope,
    Field(
        max_length=MOST_DIGITS,
        description='Where it is: "" for the nation; a department a province, a CBO a commune',
        examples=["020201"],
    ),
]


class OrganisationInput(Input):
    """An organisation to register."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "cbo",
                    "area_code": "020201",
                    "name_km": "សហគមន៍សន្សំប្រាក់តាពូង",
                    "name_en": "Ta Pung Savings Group",
                    "contact": "012 345 678",
                }
            ]
        }
    )

    kind: OrganisationKind
    area_code: Place = ""
    name_km: ShortText
    name_en: ShortText | None = None
    short_name: Annotated[ShortText, Field(max_length=40)] | None = None
    contact: Contact | None = None


class OrganisationPatch(Input):
    """What changes of an organisation: a field left out stays; null takes away what may be missing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"short_name": "TPSG", "active": True}]})

    kind: OrganisationKind | None = None
    area_code: Place | None = None
    name_km: ShortText | None = None
    name_en: ShortText | None = None
    short_name: Annotated[ShortText, Field(max_length=40)] | None = None
    contact: Contact | None = None
    active: Annotated[bool, Field(strict=True)] | None = Field(
        default=None, description="False: it stays where it is named, and is chosen no more"
    )


class OrganisationRead(BaseModel):
    """An organisation."""

    id: UUID
    kind: OrganisationKind
    area_code: ShownCode = Field(description='"" for the nation', examples=["020201"])
    name_km: str
    name_en: str | None
    short_name: str | None
    contact: str | None = Field(description="Null also for who may not see it")
    active: bool
    version: int

    @classmethod
    def of(cls, organisation: Organisation, *, with_contact: bool) -> Self:
        """Show an organisation, its contact to those alone who may see it."""
        shown = cls.model_validate(organisation, from_attributes=True)
        return shown if with_contact else shown.model_copy(update={"contact": None})


class OrganisationAccountRead(BaseModel):
    """An account that acts for an organisation."""

    account_id: UUID
    organisation_id: UUID
    linked_at: datetime
    linked_by: UUID = Field(description="The account that linked it")
