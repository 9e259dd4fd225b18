"""What clients send and read of postings."""

from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from services.registry.posters.content import Size
from services.registry.postings.models import Posting
from shared.areas import UnitCode
from shared.schemas import Input, LongText, ShortText, Year

MOST_SENT = 200
"""Postings that a phone sends at once."""
CHANGE: JsonDict = {
    "pack_version": 1,
    "posted_on": "2026-03-04",
    "place": "ជញ្ជាំងមុខបន្ទប់ពិនិត្យ",
    "latitude": 13.05,
    "longitude": 103.2,
    "size": "a3",
}
IDS: JsonDict = {"id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b22", "unit_code": "HC-020201-1", "year": 2026}


class PostingChange(Input):
    """What can be corrected of a posting: all but of which unit and year it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHANGE]})

    pack_version: int = Field(ge=1, le=1_000_000, strict=True, description="The version that stands on the poster")
    posted_on: date
    place: ShortText = Field(description="Where it hangs, in words that others find it by")
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    size: Size | None = None
    posted_by: ShortText | None = Field(
        default=None,
        description="Who put it up, if another; read by those alone who may record postings there",
    )

    @model_validator(mode="after")
    def _whole_point(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise PydanticCustomError("point_incomplete", "a point has a latitude and a longitude")
        return self

    def values(self) -> dict[str, Any]:
        """The columns that keep it."""
        return self.model_dump(include=set(PostingChange.model_fields))


class PostingInput(PostingChange):
    """A poster that was put up; its id is made by the client, so that sending it twice records it once."""

    model_config = ConfigDict(json_schema_extra={"examples": [IDS | CHANGE]})

    id: UUID
    unit_code: UnitCode
    year: Year

    def digest(self) -> bytes:
        """The same for the same content."""
        return sha256(self.model_dump_json().encode()).digest()


class PostingWithdrawal(Input):
    """Why a posting counts no more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "It hung at another health centre."}]})

    reason: LongText


class PostingRead(BaseModel):
    """A poster that was put up."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                IDS | CHANGE | {"posted_by": None, "has_photo": True, "recorded_at": "2026-03-04T10:20:00Z"}
                | {"withdrawn_at": None, "withdrawal_reason": None, "version": 1}
            ]
        }
    )  # fmt: skip

    id: UUID
    unit_code: str
    year: int
    pack_version: int
    posted_on: date
    place: str
    latitude: float | None
    longitude: float | None
    size: Size | None
    posted_by: str | None
    has_photo: bool
    recorded_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    version: int

    @classmethod
    def of(cls, posting: Posting, unit_code: str) -> Self:
        """Show a posting of the unit that bears the code now."""
        return cls.model_validate(posting.model_dump() | {"unit_code": unit_code})


class PostingSync(Input):
    """Postings out of a phone that had no signal; each is judged on its own."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"postings": [IDS | CHANGE]}]})

    postings: Annotated[
        list[Any],
        Field(
            min_length=1,
            max_length=MOST_SENT,
            description="Each with the fields that POST /postings takes",
            json_schema_extra={"items": {"$ref": "#/components/schemas/PostingInput"}},
        ),
    ]
