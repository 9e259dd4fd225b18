"""What proposals look like from outside."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.scorecard.indicators.schemas import IndicatorCode
from services.scorecard.proposals.models import Proposal
from shared.areas import UnitCode
from shared.schemas import Input, LongText, ShortText

ProposalState = Literal["proposed", "merged", "chosen", "declined"]


class ProposalIn(Input):
    """An indicator that citizens propose for a unit; its id is made by the client: sending it twice proposes once."""

    id: UUID
    round_id: UUID
    unit_code: UnitCode = Field(examples=["HC-020103-1"])
    text_km: ShortText | None = Field(default=None, examples=["បន្ទប់ទឹកស្អាត និងមានទឹកប្រើគ្រប់ពេល"])
    text_en: ShortText | None = Field(default=None, examples=["Clean toilets that always have water"])
    meeting_id: UUID | None = Field(default=None, description="The meeting, where it is recorded too; in any order")
    votes: Annotated[
        int | None, Field(ge=0, le=10_000, strict=True, description="How many of the participants wanted it")
    ] = None

    @model_validator(mode="after")
    def _has_text(self) -> Self:
        if self.text_km is None and self.text_en is None:
            raise PydanticCustomError("text_missing", "needs text_km, text_en or both")
        return self


class MergeIn(Input):
    """What a proposal is merged into: an indicator of the unit's ballot, or another proposal about the unit."""

    indicator_code: Annotated[IndicatorCode | None, Field(description="Of the unit's ballot; or else proposal_id")] = (
        None
    )
    proposal_id: Annotated[
        UUID | None,
        Field(
            description="Of another proposal about the unit; or else indicator_code",
            examples=["019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20"],
        ),
    ] = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.indicator_code is None) == (self.proposal_id is None):
            raise PydanticCustomError("one_of_two", "needs either indicator_code or proposal_id")
        return self


class ChoiceIn(Input):
    """How the chosen proposal stands on the ballot, which everybody reads; by default as it was proposed."""

    label_km: ShortText | None = Field(default=None, examples=["បន្ទប់ទឹកស្អាត"])
    label_en: ShortText | None = Field(default=None, examples=["Clean toilets"])


class DeclineIn(Input):
    """Why a proposal is not taken up."""

    reason: LongText = Field(examples=["មិនមែនជាការទទួលខុសត្រូវរបស់អង្គភាពនេះទេ"])


class ProposalRead(BaseModel):
    """A proposal, and what became of it."""

    id: UUID
    round_id: UUID
    unit_code: str
    text_km: str | None
    text_en: str | None
    meeting_id: UUID | None
    votes: int | None
    proposed_by: UUID
    proposed_at: datetime
    state: ProposalState
    indicator_code: str | None = Field(description="Chosen: its code on the ballot. Merged: the indicator it went into")
    merged_into: UUID | None = Field(description="The proposal it went into")
    reason: str | None
    decided_by: UUID | None
    decided_at: datetime | None

    @classmethod
    def of(cls, row: Proposal) -> Self:
        """As stored."""
        return cls.model_validate(row.model_dump())
