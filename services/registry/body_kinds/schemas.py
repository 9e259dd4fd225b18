"""What clients send and read of kinds of bodies."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from services.registry.body_kinds.models import BODY_LEVELS, BodyKind, BodyLevel, MeetingDuty
from shared.schemas import Input, ShortText

BodyKindCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$"), Field(examples=["jaapc"])]
DUTY: JsonDict = {"level": "commune", "since": "2000-01-01", "every_months": 1, "grace_days": 7}


class MeetingDutyInput(Input):
    """How often the bodies of one level shall meet from a day on."""

    level: BodyLevel
    every_months: Literal[1, 2, 3, 4, 6, 12] | None = Field(description="null: no fixed duty", examples=[1])
    grace_days: int = Field(
        ge=0, le=28, strict=True, description="So long after its window a meeting makes up for it, late", examples=[7]
    )
    since: date | None = Field(
        default=None,
        le=date(2100, 12, 31),
        description="A day to come on which a window of both the old and the new duty begins; left out, the next. The "
        "first duty of a level holds from the beginning",
        examples=["2027-01-01"],
    )


def _levels_once(duties: list[MeetingDutyInput]) -> list[MeetingDutyInput]:
    if len({duty.level for duty in duties}) < len(duties):
        raise PydanticCustomError("levels_repeated", "must name each level once")
    return duties


DutyByLevel = Annotated[list[MeetingDutyInput], Field(max_length=4), AfterValidator(_levels_once)]


class BodyKindInput(Input):
    """A kind of body to add."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "district_council",
                    "name_km": "ក្រុមប្រឹក្សាក្រុង ស្រុក ខណ្ឌ",
                    "name_en": "District council",
                    "duties": [{"level": "district", "every_months": 1, "grace_days": 7}],
                }
            ]
        }
    )

    code: BodyKindCode
    name_km: ShortText
    name_en: ShortText
    duties: DutyByLevel = Field(min_length=1, description="One for each level it is found at")


class BodyKindPatch(Input):
    """What changes of a kind; a field that is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"duties": [{"level": "commune", "every_months": 1, "grace_days": 10, "since": "2027-01-01"}]}]
        }
    )

    name_km: ShortText | None = None
    name_en: ShortText | None = None
    duties: DutyByLevel | None = Field(
        default=None, description="Takes the place of a change that is still to come at that level"
    )


class MeetingDutyRead(BaseModel):
    """How often the bodies of a level have to meet from a day on, until the next such entry."""

    model_config = ConfigDict(json_schema_extra={"examples": [DUTY]})

    level: BodyLevel
    since: date
    every_months: int | None = Field(description="null: they meet as they see fit")
    grace_days: int

    @classmethod
    def of(cls, duty: MeetingDuty) -> Self:
        """Show a duty."""
        return cls.model_validate(duty, from_attributes=True)


class BodyKindRead(BaseModel):
    """A kind of body, with its duties at each level where it is found: those that were, that hold, that are to come."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "jaapc",
                    "name_km": "គណៈកម្មាធិការ ផ.ស.រ.គ.",
                    "name_en": "JAAP committee",
                    "levels": ["commune"],
                    "duties": [DUTY],
                    "version": 1,
                }
            ]
        }
    )

    code: str
    name_km: str
    name_en: str
    levels: list[BodyLevel]
    duties: list[MeetingDutyRead]
    version: int

    @classmethod
    def of(cls, kind: BodyKind, duties: Sequence[MeetingDuty]) -> Self:
        """Show a kind."""
        ordered = sorted(duties, key=lambda duty: (BODY_LEVELS.index(duty.level), duty.since))
        return cls(
            code=kind.code,
            name_km=kind.name_km,
            name_en=kind.name_en,
            levels=list(dict.fromkeys(duty.level for duty in ordered)),
            duties=[MeetingDutyRead.of(duty) for duty in ordered],
            version=kind.version,
        )
