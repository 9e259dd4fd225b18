"""What clients send and read of meetings of bodies."""

from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from services.registry.body_meetings.models import BodyMeeting
from shared.schemas import Input, LongText, ShortText

MOST_SENT = 200
"""Meetings that a phone sends at once."""
MOST_POINTS = 50
People = Annotated[int, Field(ge=0, le=10_000, strict=True)]
Points = Annotated[list[LongText], Field(max_length=MOST_POINTS)]
CHANGE: JsonDict = {
    "held_on": "2026-03-04",
    "place": "សាលាឃុំ",
    "attendance": {"female": 3, "male": 4, "undisclosed": 0, "guests": 2},
    "agenda": ["វឌ្ឍនភាពនៃសកម្មភាព ផ.ស.រ.គ.", "ថវិកា"],
    "decisions": ["ស្នើថវិកាជួសជុលអណ្ដូងទឹក"],
}
IDS: JsonDict = {"id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b22", "body_id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20"}


class BodyAttendance(Input):
    """How many members came, by sex; and how many others."""

    female: People
    male: People
    undisclosed: People = 0
    guests: People | None = Field(default=None, description="Others than members; null: not counted")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.female + self.male + self.undisclosed == 0:
            raise PydanticCustomError("nobody_came", "somebody of the body must have come")
        return self


class BodyMeetingChange(Input):
    """What can be corrected of a meeting: all that it says."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHANGE]})

    held_on: date
    place: ShortText | None = None
    attendance: BodyAttendance
    agenda: Points = Field(default=[])
    decisions: Points = Field(default=[])

    def values(self) -> dict[str, Any]:
        """The columns that keep it."""
        return {**self.model_dump(exclude={"attendance"}), **self.attendance.model_dump()}


class BodyMeetingInput(BodyMeetingChange):
    """A meeting that was held; its id is made by the client, so that sending it twice records it once."""

    model_config = ConfigDict(json_schema_extra={"examples": [IDS | CHANGE]})

    id: UUID
    body_id: UUID

    def digest(self) -> bytes:
        """The same for the same content."""
        return sha256(self.model_dump_json().encode()).digest()


class BodyMeetingWithdrawal(Input):
    """Why a meeting counts no more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Recorded for the wrong commune."}]})

    reason: LongText


class BodyMeetingRead(BaseModel):
    """A meeting of a body."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                IDS
                | CHANGE
                | {
                    "recorded_at": "2026-03-04T10:20:00Z",
                    "withdrawn_at": None,
                    "withdrawal_reason": None,
                    "version": 1,
                }
            ]
        }
    )

    id: UUID
    body_id: UUID
    held_on: date
    place: str | None
    attendance: BodyAttendance
    agenda: list[str]
    decisions: list[str]
    recorded_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    version: int

    @classmethod
    def of(cls, meeting: BodyMeeting) -> Self:
        """Show a meeting."""
        attendance = BodyAttendance.model_construct(
            female=meeting.female, male=meeting.male, undisclosed=meeting.undisclosed, guests=meeting.guests
        )
        return cls.model_validate(meeting.model_dump() | {"attendance": attendance})


class BodyMeetingSync(Input):
    """Meetings out of a phone that had no signal; each is judged on its own."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"meetings": [IDS | CHANGE]}]})

    meetings: Annotated[
        list[Any],
        Field(
            min_length=1,
            max_length=MOST_SENT,
            description="Each with the fields that POST /body-meetings takes",
            json_schema_extra={"items": {"$ref": "#/components/schemas/BodyMeetingInput"}},
        ),
    ]
