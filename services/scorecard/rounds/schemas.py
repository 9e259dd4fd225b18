"""What rounds look like from outside."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.scorecard.rounds.models import MINIMUM_THRESHOLD, Round
from shared.events.registry import UnitKind
from shared.schemas import Input, ShortText, Year

RoundState = Literal["planned", "open", "closed"]
RoundArea = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}){0,3}$")]
"""A province, district or commune; "" is the nation. Units sit in communes and districts, so a village is too small."""


class RoundIn(Input):
    """A round to plan."""

    year: Year = Field(examples=[2026])
    title_km: ShortText = Field(examples=["ការវាយតម្លៃដោយប្រជាពលរដ្ឋ ឆ្នាំ២០២៦"])
    title_en: ShortText = Field(examples=["Citizen scoring 2026"])
    area_codes: Annotated[list[RoundArea], Field(min_length=1, max_length=500, examples=[["0203", "0204"]])]
    indicator_set_ids: Annotated[
        list[UUID] | None,
        Field(
            min_length=1,
            max_length=10,
            description="One set per kind of unit; a kind without one is not scored. Default: each kind's newest.",
        ),
    ] = None
    suppression_threshold: Annotated[
        int,
        Field(
            ge=MINIMUM_THRESHOLD,
            le=100,
            strict=True,
            description="Numbers about fewer people than this are not shown to anybody.",
        ),
    ] = MINIMUM_THRESHOLD


class RoundIndicatorSetRead(BaseModel):
    """The version of the questions that a round uses for a kind of unit."""

    id: UUID
    unit_kind: UnitKind
    version: int


class RoundRead(BaseModel):
    """A round."""

    id: UUID
    year: int
    title_km: str
    title_en: str
    area_codes: list[str]
    state: RoundState
    indicator_sets: list[RoundIndicatorSetRead]
    suppression_threshold: int
    opened_at: datetime | None
    closed_at: datetime | None
    version: int

    @classmethod
    def of(cls, row: Round) -> Self:
        """As stored."""
        sets = [
            {"id": entry.id, "unit_kind": entry.unit_kind, "version": entry.version} for entry in row.indicator_sets
        ]
        return cls.model_validate({**row.model_dump(), "indicator_sets": sets})
