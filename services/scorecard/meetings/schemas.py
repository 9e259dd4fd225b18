"""What meetings look like from outside."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from hashlib import sha256
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from services.scorecard.meetings.models import Meeting
from services.scorecard.scorecards.models import Scorecard
from shared.areas import UnitCode, VillageCode
from shared.schemas import Input, LongText

MOST_UNITS = 10
"""In one sitting."""
OF_WHICH = ("female", "youth", "disability", "ethnic_minority", "id_poor")
CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")


def clock_time(value: object) -> object:
    """Refuse what is not read off a clock on the wall, such as a time zone or a number of seconds."""
    if isinstance(value, time) or (isinstance(value, str) and CLOCK_TIME.fullmatch(value)):
        return value
    raise PydanticCustomError("time_parsing", "must be the local time, such as 08:30")


TimeOfDay = Annotated[time, BeforeValidator(clock_time), Field(description="In Cambodia", examples=["08:30"])]
People = Annotated[int, Field(ge=0, le=10_000, strict=True)]
OfThem = Annotated[int | None, Field(ge=0, le=10_000, strict=True, description="null = not counted")]


class Attendance(Input):
    """How many came, and how many of them belong to each group; somebody may belong to several."""

    total: People = Field(examples=[34])
    female: OfThem = None
    youth: OfThem = None
    disability: OfThem = None
    ethnic_minority: OfThem = None
    id_poor: OfThem = None


class MeetingChangeIn(Input):
    """What can be corrected of a meeting: all that it says."""

    unit_codes: Annotated[
        list[UnitCode],
        Field(
            min_length=1,
            max_length=MOST_UNITS,
            description="The units that were scored; one sitting often scores all of a commune",
            examples=[["CA-020103", "HC-020103-1", "PS-020103-1"]],
        ),
    ]
    village_code: VillageCode | None = None
    held_on: date
    start_time: TimeOfDay | None = None
    end_time: TimeOfDay | None = None
    attendance: Attendance
    facilitators: Annotated[int | None, Field(ge=1, le=100, strict=True, description="How many facilitated")] = None
    note: LongText | None = None

    def values(self) -> dict[str, Any]:
        """The columns that keep it."""
        return {**self.model_dump(exclude={"attendance"}), **self.attendance.model_dump()}

    def about(self, cards: Sequence[Scorecard]) -> Self:
        """The same about the units by the codes of their scorecards."""
        return self.model_copy(update={"unit_codes": [card.unit_code for card in cards]})


class MeetingIn(MeetingChangeIn):
    """A meeting that was held; its id is made by the client, so that sending it twice records it once."""

    id: UUID
    round_id: UUID

    def digest(self) -> bytes:
        """The same for the same content, in whatever order the units stand."""
        ordered = self.model_copy(update={"unit_codes": sorted(self.unit_codes)})
        return sha256(ordered.model_dump_json().encode()).digest()


class MeetingRead(BaseModel):
    """A recorded meeting."""

    id: UUID
    round_id: UUID
    unit_codes: list[str]
    village_code: str | None
    held_on: date
    start_time: time | None
    end_time: time | None
    attendance: Attendance
    facilitators: int | None
    note: str | None
    late: bool = Field(description="It came after scoring of all its units had ended")
    recorded_by: UUID
    recorded_at: datetime
    version: int

    @classmethod
    def of(cls, row: Meeting) -> Self:
        """As stored."""
        attendance = {name: getattr(row, name) for name in ("total", *OF_WHICH)}
        return cls.model_validate({**row.model_dump(), "attendance": attendance})
