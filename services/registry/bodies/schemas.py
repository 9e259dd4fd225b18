"""What clients send and read of bodies; of the people in them, how many."""

from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from services.registry.areas.codes import ShownCode
from services.registry.body_kinds.models import BodyLevel
from services.registry.body_kinds.schemas import BodyKindCode
from shared.areas import AreaScope
from shared.schemas import Input, LongText, ShortText

RECOGNISED: JsonDict = {
    "recognised_by": "Decision 14 of the commune council",
    "recognised_on": "2026-01-12",
}
RECOGNISER = "Which authority by which act; read by everybody: no names of people"


class BodyInput(Input):
    """A body that was recognised."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "jaapc", "area_code": "020201", **RECOGNISED}]})

    kind: BodyKindCode
    area_code: AreaScope = Field(description='Of a level at which the kind is found; "" for the nation')
    name_km: ShortText | None = Field(default=None, description="Left out, it is called by its kind and area")
    name_en: ShortText | None = None
    recognised_by: ShortText = Field(description=RECOGNISER)
    recognised_on: date = Field(description="Its duty to meet begins with the first whole window from then on")


class BodyPatch(Input):
    """What changes of a body; a field that is left out stays as it is, a name that is null is taken away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"recognised_on": "2026-01-05"}]})

    name_km: ShortText | None = None
    name_en: ShortText | None = None
    recognised_by: ShortText | None = Field(default=None, description=RECOGNISER)
    recognised_on: date | None = None


class BodyDissolve(Input):
    """The end of a body."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"dissolved_on": "2026-06-01", "reason": "A new committee was elected."}]}
    )

    dissolved_on: date | None = Field(
        default=None, description="The first day on which it is there no more; left out, today"
    )
    reason: LongText = Field(description="Read by everybody: no names of people")


class BodyMembers(BaseModel):
    """How many sit in a body today."""

    total: int
    female: int
    male: int
    undisclosed: int
    term_over: int = Field(description="Of all, those who still sit there after the last day of their term")


class BodyRead(BaseModel):
    """A body as everybody may see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20",
                    "kind": "jaapc",
                    "level": "commune",
                    "area_code": "020201",
                    "name_km": "គណៈកម្មាធិការ ផ.ស.រ.គ. តាពូង",
                    "name_en": "JAAP committee Ta Pung",
                    **RECOGNISED,
                    "dissolved_on": None,
                    "dissolution_reason": None,
                    "members": {"total": 7, "female": 3, "male": 4, "undisclosed": 0, "term_over": 0},
                    "last_met_on": "2026-03-04",
                    "version": 1,
                }
            ]
        }
    )

    id: UUID
    kind: str
    level: BodyLevel
    area_code: ShownCode = Field(description='"" for the nation')
    name_km: str = Field(description="Its own name, or that of its kind and area")
    name_en: str
    recognised_by: str
    recognised_on: date
    dissolved_on: date | None = Field(description="The first day on which it is there no more; null while it is")
    dissolution_reason: str | None
    members: BodyMembers
    last_met_on: date | None
    version: int

    @classmethod
    def of(cls, row: Any) -> Self:
        """Show a row of queries.SHOWN."""
        return cls.model_validate(row, from_attributes=True)
