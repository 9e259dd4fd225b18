"""What clients send and read of the people in a body; personal data."""

from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from services.registry.bodies.models import BodyMember
from services.registry.focal_persons.models import Sex
from services.registry.phones import Phone
from shared.schemas import Input, LongText, ShortText

EXAMPLE: JsonDict = {
    "name": "សុខ ដារ៉ា",
    "sex": "female",
    "position": "អនុប្រធាន",
    "organisation": "មណ្ឌលសុខភាពតាពូង",
    "phone": "០១២ ៣៤៥ ៦៧៨",
    "term_from": "2026-01-12",
    "term_until": "2030-12-31",
}


class BodyMemberInput(Input):
    """Somebody who sits in a body from a day on."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    name: ShortText
    sex: Sex
    position: ShortText = Field(description="In the body, such as chair, deputy, secretary, member")
    organisation_id: UUID | None = Field(default=None, description="The organisation whom the member sits there for")
    organisation: ShortText | None = Field(default=None, description="The same by a name, also a unit's or another")
    phone: Phone | None = Field(default=None, description="Khmer digits too; kept as +855…")
    account_id: UUID | None = Field(default=None, description="The account with which the member signs in here")
    term_from: date
    term_until: date | None = Field(default=None, description="The last day of the term")

    @model_validator(mode="after")
    def _term_in_order(self) -> Self:
        return self if in_order(self.term_from, self.term_until) else self._refuse()

    def _refuse(self) -> Self:
        raise PydanticCustomError("term_ends_before_it_begins", "term_until must not lie before term_from")


class BodyMemberPatch(Input):
    """What changes of a member; a field that is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"position": "ប្រធាន", "term_until": "2031-06-30"}]})

    name: ShortText | None = None
    sex: Sex | None = None
    position: ShortText | None = None
    organisation_id: UUID | None = Field(default=None, description="Said together with the name; null: none")
    organisation: ShortText | None = Field(default=None, description="null: none")
    phone: Phone | None = Field(default=None, description="null: none")
    account_id: UUID | None = Field(default=None, description="null: none")
    term_from: date | None = None
    term_until: date | None = Field(default=None, description="null: open")

    def changes(self) -> dict[str, Any]:
        """The new values; null only where there may be none."""
        optional = {"organisation_id", "organisation", "phone", "account_id", "term_until"}
        given = self.model_dump(exclude_unset=True)
        return {name: value for name, value in given.items() if value is not None or name in optional}


class BodyMemberLeave(Input):
    """When, and why, a member left."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"left_on": "2026-06-01", "reason": "Moved away."}]})

    left_on: date | None = Field(
        default=None, description="The first day on which the member sits there no more; left out, today"
    )
    reason: LongText | None = None


class BodyMemberRead(BaseModel):
    """A member as those see who work with the body."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                EXAMPLE
                | {
                    "id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b21",
                    "body_id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20",
                    "organisation_id": None,
                    "phone": "+85512345678",
                    "account_id": None,
                    "left_on": None,
                    "leaving_reason": None,
                    "version": 1,
                }
            ]
        }
    )

    id: UUID
    body_id: UUID
    name: str
    sex: Sex
    position: str
    organisation_id: UUID | None = Field(description="Where it is an organisation that is registered")
    organisation: str | None
    phone: str | None
    account_id: UUID | None
    term_from: date
    term_until: date | None
    left_on: date | None = Field(description="The first day on which the member sits there no more")
    leaving_reason: str | None
    version: int

    @classmethod
    def of(cls, member: BodyMember) -> Self:
        """Show a member."""
        return cls.model_validate(member, from_attributes=True)


def in_order(term_from: date, term_until: date | None) -> bool:
    """Whether a term ends on the day it begins or later, or has no end yet."""
    return term_until is None or term_from <= term_until
