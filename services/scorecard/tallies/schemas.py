"""What tallies look like from outside."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.scorecard.counting.groups import AGE_GROUPS, SEXES
from services.scorecard.tallies.models import Tally, TallyGroup
from shared.areas import UnitCode
from shared.schemas import Input

STEPS = 5

Count = Annotated[int, Field(ge=0, le=5_000, strict=True)]
Distribution = Annotated[list[Count], Field(min_length=STEPS, max_length=STEPS, examples=[[1, 2, 5, 6, 2]])]
VillageCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]


class TallyGroupIn(Input):
    """How one group voted: for each indicator, how many gave 1, 2, 3, 4 and 5."""

    sex: Literal["female", "male"]
    participants: Annotated[int, Field(ge=1, le=5_000, strict=True)]
    counts: Annotated[list[Distribution], Field(min_length=1, max_length=30)]

    def flat(self) -> list[int]:
        """The counts as they are stored."""
        return [count for distribution in self.counts for count in distribution]


class TallyIn(Input):
    """The tally of one meeting about one unit."""

    id: UUID
    round_id: UUID
    unit_code: UnitCode = Field(examples=["HC-020103-1"])
    village_code: VillageCode | None = None
    held_on: date
    groups: Annotated[list[TallyGroupIn], Field(min_length=1, max_length=2)]


class TallyGroupRead(BaseModel):
    """How one group voted."""

    sex: Literal["female", "male"]
    participants: int
    counts: list[list[int]]


class TallyRead(BaseModel):
    """A stored tally, as its facilitator sent it."""

    id: UUID
    round_id: UUID
    unit_code: str
    village_code: str | None
    held_on: date
    groups: list[TallyGroupRead]

    @classmethod
    def of(cls, tally: Tally, groups: Sequence[TallyGroup]) -> Self:
        """As stored."""
        read = [
            {
                "sex": SEXES[group.slot // len(AGE_GROUPS)],
                "participants": group.participants,
                "counts": [group.counts[start : start + STEPS] for start in range(0, len(group.counts), STEPS)],
            }
            for group in sorted(groups, key=lambda group: group.slot)
        ]
        return cls.model_validate({**tally.model_dump(), "groups": read})
