"""What comments look like from outside."""

import unicodedata
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.scorecard.comments.models import Comment
from services.scorecard.indicators.schemas import IndicatorCode
from services.scorecard.rounds.windows import CAMBODIA
from shared.areas import UnitCode
from shared.schemas import Input, LongText

MAXIMUM_LENGTH = 1_000
KEPT_INVISIBLE = "\n\u200b\u200c\u200d"
"""Line ends, and what Khmer and other scripts are typed with; all else that cannot be seen goes."""

Aspect = Literal["comment", "strength", "weakness", "suggestion"]
CommentState = Literal["held", "approved", "rejected"]


def tidy(value: str) -> str:
    """The text in NFC, without control and direction characters. Raises when nothing that can be read is left."""
    plain = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(one for one in plain if one in KEPT_INVISIBLE or unicodedata.category(one) not in ("Cc", "Cf", "Cs"))
    text = unicodedata.normalize("NFC", kept).strip()
    if not any(unicodedata.category(one)[0] in "LNPS" for one in text):
        raise PydanticCustomError("string_too_short", "must contain something that can be read")
    if len(text) > MAXIMUM_LENGTH:
        raise PydanticCustomError("string_too_long", "must have at most 1000 characters")
    return text


class CommentIn(Input):
    """One comment. Its id is made by the client, so that sending it twice keeps it once."""

    id: UUID
    round_id: UUID
    unit_code: UnitCode = Field(examples=["HC-020103-1"])
    aspect: Aspect = "comment"
    indicator_code: Annotated[
        IndicatorCode | None, Field(description="An indicator of the unit's set, or one that its citizens added")
    ] = None
    text: Annotated[
        str,
        StringConstraints(min_length=1, max_length=2 * MAXIMUM_LENGTH),
        AfterValidator(tidy),
        Field(examples=["បុគ្គលិករួសរាយ ប៉ុន្តែត្រូវរង់ចាំយូរ។"], description="At most 1000 characters, in any script"),
    ]
    written_at: Annotated[
        AwareDatetime | None, Field(description="By the phone's clock, which decides nothing; only the day is kept")
    ] = None
    ballot_token: Annotated[
        str | None, Field(max_length=200, description="From the unit's QR code; needed without a facilitator's token")
    ] = None
    device_id: Annotated[
        str | None, Field(min_length=1, max_length=200, description="Limits how many a phone may send; never stored")
    ] = None

    def written_on(self) -> date | None:
        """The day in Cambodia; None when the phone's clock is out of this world."""
        try:
            return self.written_at.astimezone(CAMBODIA).date() if self.written_at else None
        except OverflowError:
            return None


class CommentReceipt(BaseModel):
    """What became of a comment."""

    id: UUID
    status: Literal["accepted", "duplicate"]
    state: CommentState = Field(description="held: nobody sees it until a reviewer has read it")


class CommentRead(BaseModel):
    """A comment as its reviewers see it."""

    id: UUID
    round_id: UUID
    unit_code: str
    aspect: Aspect
    indicator_code: str | None
    text: str
    channel: Literal["phone", "meeting"]
    late: bool
    written_on: date | None
    state: CommentState
    reason: str | None
    decided_by: UUID | None
    decided_at: datetime | None
    version: int = Field(description="Send it as If-Match when you decide")

    @classmethod
    def of(cls, row: Comment) -> Self:
        """As stored."""
        return cls.model_validate(row.model_dump())


class PublicComment(BaseModel):
    """A comment that a reviewer has approved; neither its day nor its way in is told."""

    unit_code: str
    aspect: Aspect
    indicator_code: str | None
    text: str

    @classmethod
    def of(cls, row: Comment) -> Self:
        """What everybody may see."""
        return cls.model_validate(row.model_dump())


class RejectionIn(Input):
    """Why a comment is not shown."""

    reason: LongText = Field(examples=["មានឈ្មោះបុគ្គល / Names a person"])
