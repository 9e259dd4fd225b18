"""What ballots look like from outside."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.scorecard.counting.groups import AgeGroup, Sex
from services.scorecard.indicators.schemas import MAXIMUM_INDICATORS, MAXIMUM_STEPS, IndicatorRead, ScaleValue
from services.scorecard.rounds.windows import CAMBODIA
from shared.areas import UnitCode, VillageCode
from shared.events.registry import UnitKind
from shared.schemas import Input, LongText

MAXIMUM_BATCH = 500
MAXIMUM_OWN_INDICATORS = 5

Score = Annotated[int, Field(ge=1, le=MAXIMUM_STEPS, strict=True)]
Scores = Annotated[
    list[Score | None],
    Field(
        min_length=1,
        max_length=MAXIMUM_INDICATORS + MAXIMUM_OWN_INDICATORS,
        description="Steps of the unit's scale in the order of its indicators, its own ones last; null = no answer",
        examples=[[4, 3, 5, 4, None, 2, 3, 4, 4, 5]],
    ),
]
YesNo = Annotated[bool | None, Field(strict=True, description="null = not said")]


class BallotIn(Input):
    """One citizen's ballot. Its id is made by the client, so that sending it twice counts once."""

    id: UUID
    round_id: UUID
    unit_code: UnitCode = Field(examples=["HC-020103-1"])
    scores: Scores
    sex: Sex = "undisclosed"
    age_group: AgeGroup = "undisclosed"
    disability: YesNo = None
    ethnic_minority: YesNo = None
    id_poor: YesNo = None
    village_code: Annotated[
        VillageCode | None, Field(description="Where the citizen lives: in the unit's area, or one that it serves")
    ] = None
    meeting_id: Annotated[UUID | None, Field(description="Of a meeting's record, which may be sent later")] = None
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
        return any(self.scores)


class BallotReceipt(BaseModel):
    """What became of a ballot that is held now; what there is nothing to say of is left out."""

    id: UUID
    status: Literal["accepted", "duplicate"]
    counted: bool = Field(default=True, description="false: it is kept, and not counted; code says why")
    code: Annotated[
        Literal["late", "withdrawn", "replaces_earlier", "replaced"] | None,
        Field(
            description="late: scoring of the unit had ended. withdrawn: a facilitator took it back."
            " replaces_earlier: an earlier ballot of this phone counts no more. replaced: a later one counts instead"
        ),
    ] = None


class BatchIn(Input):
    """Ballots that a facilitator recorded; each is judged on its own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ballots": [
                        {
                            "id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20",
                            "round_id": "019ab2c4-0000-7c3a-9a51-0f4d2a6c1b20",
                            "unit_code": "HC-020103-1",
                            "scores": [4, 3, 5, 4, None, 2, 3, 4, 4, 5],
                            "sex": "female",
                            "age_group": "adult",
                        }
                    ]
                }
            ]
        }
    )

    ballots: Annotated[
        list[Any],
        Field(
            min_length=1,
            max_length=MAXIMUM_BATCH,
            json_schema_extra={"items": {"$ref": "#/components/schemas/BallotIn"}},
        ),
    ]


class GoodBatch(Input):
    """A batch of which every item can be read."""

    ballots: Annotated[list[BallotIn], Field(max_length=MAXIMUM_BATCH)]


class BatchItem(BaseModel):
    """What became of one ballot of a batch; what there is nothing to say of is left out."""

    id: UUID | None = Field(default=None, description="Left out when the item's id could not be read")
    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    counted: bool = Field(default=True, description="false: it is kept, and not counted; code says why")
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


class WithdrawalIn(Input):
    """Why a ballot or tally is taken back."""

    reason: LongText = Field(examples=["រាប់ខុសក្រុម / Recorded for the wrong health centre"])


class WithdrawnBallot(BaseModel):
    """A ballot that counts no more."""

    id: UUID
    round_id: UUID
    unit_code: str
    reason: str
    withdrawn_at: datetime


class BallotLink(BaseModel):
    """What a unit's QR code carries."""

    ballot_token: str
    url: str = Field(description="The page where citizens score; print this as the QR code")
    version: int = Field(description="1 at first; whatever was printed before a renewal holds no longer")


class FormUnit(BaseModel):
    """The unit that is scored."""

    code: str
    kind: UnitKind
    name_km: str
    name_en: str
    area_code: str


class FormTag(BaseModel):
    """A question about the citizen, whose answer is optional: the ballot's field of that name, and what it may hold."""

    field: str
    values: list[str | bool | None]


class BallotForm(BaseModel):
    """All that a phone needs to let a citizen score a unit; it may be kept for a minute."""

    round_id: UUID
    unit: FormUnit
    indicator_set_id: UUID
    scale: list[ScaleValue]
    satisfied_from: int = Field(description="The step of the scale from which on a citizen is satisfied")
    indicators: list[IndicatorRead]
    own_indicators: list[IndicatorRead] = Field(description="Chosen by the unit's citizens; scored after the others")
    tags: list[FormTag]
    closes_at: datetime | None = Field(description="When scoring ends, where the round has an hour for it")
    phone_repeat: Literal["refuse", "replace"] = Field(
        description="What a second ballot of the same phone does: it is refused, or replaces the first"
    )
