"""What ballots look like from outside."""

from datetime import date, timedelta, timezone
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.scorecard.indicators.schemas import IndicatorRead, ScaleValue
from shared.areas import UnitCode
from shared.events.registry import UnitKind
from shared.schemas import Input

CAMBODIA = timezone(timedelta(hours=7))
MAXIMUM_BATCH = 500

Sex = Literal["female", "male", "undisclosed"]
AgeGroup = Literal["youth", "adult", "elder", "undisclosed"]
Score = Annotated[int, Field(ge=1, le=5, strict=True)]
Scores = Annotated[
    list[Score | None],
    Field(
        min_length=1,
        max_length=30,
        description="1 (very dissatisfied) to 5 (very satisfied), in the order of the indicators; null = no answer",
        examples=[[4, 3, 5, 4, None, 2, 3, 4, 4, 5]],
    ),
]


class BallotIn(Input):
    """One citizen's ballot. Its id is made by the client, so that sending it twice counts once."""

    id: UUID
    round_id: UUID
    unit_code: UnitCode = Field(examples=["HC-020103-1"])
    scores: Scores
    sex: Sex = "undisclosed"
    age_group: AgeGroup = "undisclosed"
    ballot_token: Annotated[
        str | None, Field(max_length=200, description="From the unit's QR code; needed without a facilitator's token")
    ] = None
    device_id: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="Tells phones apart within a round; never stored as such"),
    ] = None
    cast_at: Annotated[
        AwareDatetime | None, Field(description="By the phone's clock, which decides nothing; only the day is kept")
    ] = None

    def cast_on(self) -> date | None:
        """The day in Cambodia; None when the phone's clock is out of this world."""
        try:
            return self.cast_at.astimezone(CAMBODIA).date() if self.cast_at else None
        except OverflowError:
            return None

    def is_answered(self) -> bool:
        """Whether any indicator was scored."""
        return any(score is not None for score in self.scores)


class BallotReceipt(BaseModel):
    """What became of a ballot."""

    id: UUID
    status: Literal["accepted", "duplicate"]


class BatchIn(Input):
    """Ballots that a facilitator recorded; each is judged on its own."""

    ballots: Annotated[
        list[Any],
        Field(
            min_length=1,
            max_length=MAXIMUM_BATCH,
            json_schema_extra={"items": {"$ref": "#/components/schemas/BallotIn"}},
        ),
    ]


class BatchItem(BaseModel):
    """What became of one ballot of a batch."""

    id: UUID | None = Field(description="null when the item's id could not be read")
    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    code: str | None = None
    pointer: str | None = Field(default=None, description="The field that was wrong, within the item")
    detail: str | None = None


class BatchReceipt(BaseModel):
    """What became of a batch; items stand in the order in which they were sent."""

    accepted: int
    duplicate: int
    conflict: int
    rejected: int
    items: list[BatchItem]


class BallotLink(BaseModel):
    """What a unit's QR code carries."""

    ballot_token: str
    url: str = Field(description="Where the ballot form is read; print this as the QR code")


class FormUnit(BaseModel):
    """The unit that is scored."""

    code: str
    kind: UnitKind
    name_km: str
    name_en: str
    area_code: str


class BallotForm(BaseModel):
    """All that a phone needs to let a citizen score a unit."""

    round_id: UUID
    unit: FormUnit
    indicator_set_id: UUID
    scale: list[ScaleValue]
    indicators: list[IndicatorRead]
