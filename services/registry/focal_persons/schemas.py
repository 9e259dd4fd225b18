"""What clients send and read of focal persons."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from services.registry.focal_persons.models import FocalPerson, FocalRole, Sex
from services.registry.phones import normal_phone
from shared.schemas import Input, ShortText


def _phone(value: str) -> str:
    try:
        return normal_phone(value)
    except ValueError:
        raise PydanticCustomError("phone_malformed", "must be a telephone number of Cambodia: 012 345 678") from None


Phone = Annotated[str, Field(min_length=8, max_length=40), AfterValidator(_phone)]


class FocalPersonInput(Input):
    """Who answers for a unit's part in the data system or the mobile app from a day on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "role": "data_system",
                    "name": "សុខ ដារ៉ា",
                    "sex": "female",
                    "position": "Head of the health centre",
                    "phone": "០១២ ៣៤៥ ៦៧៨",
                    "since": "2026-01-05",
                    "replaces": None,
                }
            ]
        }
    )

    role: FocalRole = Field(description="The same person may have both, each said on its own")
    name: ShortText
    sex: Sex
    position: ShortText | None = None
    phone: Phone = Field(description="With or without +855, Khmer digits too; kept as +855…")
    account_id: UUID | None = Field(default=None, description="The account with which the person signs in here")
    since: date | None = Field(default=None, description="Left out, today")
    replaces: UUID | None = Field(
        default=None, description="The person who answers for it now, so that nobody is replaced unseen"
    )


class FocalPersonEnd(Input):
    """When somebody ceased to answer for it."""

    until: date | None = Field(default=None, description="Left out, today")


class FocalPersonRead(BaseModel):
    """Who answers, or answered, for a unit's part in the data system or the mobile app."""

    id: UUID
    role: FocalRole
    name: str
    sex: Sex
    position: str | None
    phone: str = Field(examples=["+85512345678"])
    account_id: UUID | None
    since: date
    until: date | None = Field(description="Null while the person answers for it")

    @classmethod
    def of(cls, person: FocalPerson) -> Self:
        """Show a focal person."""
        return cls.model_validate(person, from_attributes=True)


class FocalPost(BaseModel):
    """A part of an open unit that somebody answers for, or that nobody does."""

    unit_code: str = Field(examples=["HC-020201-1"])
    kind: str = Field(examples=["health_centre"])
    area_code: str = Field(examples=["020201"])
    name_km: str
    name_en: str
    role: FocalRole
    person: FocalPersonRead | None
