"""What tallies look like from outside."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.scorecard.ballots.schemas import MAXIMUM_OWN_INDICATORS
from services.scorecard.counting.groups import (
    AGE_GROUPS,
    ATTRIBUTES,
    PEOPLE_SLOTS,
    SEXES,
    AgeGroup,
    Sex,
    attribute_slot,
    people_slot,
)
from services.scorecard.indicators.schemas import MAXIMUM_INDICATORS, MAXIMUM_STEPS
from services.scorecard.tallies.models import Tally, TallyGroup
from shared.areas import UnitCode, VillageCode
from shared.schemas import Input

Attribute = Literal["disability", "ethnic_minority", "id_poor"]
Count = Annotated[int, Field(ge=0, le=5_000, strict=True)]
Distribution = Annotated[list[Count], Field(min_length=2, max_length=MAXIMUM_STEPS, examples=[[1, 2, 5, 6, 2]])]
Distributions = Annotated[
    list[Distribution],
    Field(
        min_length=1,
        max_length=MAXIMUM_INDICATORS + MAXIMUM_OWN_INDICATORS,
        description="For each indicator of the unit's ballot, how many gave each step of the scale",
    ),
]


class Counted(Input):
    """People who voted, and how."""

    counts: Distributions

    def flat(self) -> list[int]:
        """The counts as they are stored."""
        return [count for distribution in self.counts for count in distribution]


class TallyGroupIn(Counted):
    """How one group voted: for each indicator, how many gave 1, 2, 3, 4 and 5 (or as many steps as the scale has)."""

    sex: Sex
    age_group: AgeGroup = "undisclosed"
    participants: Annotated[int, Field(ge=1, le=5_000, strict=True)]

    @property
    def slot(self) -> int:
        """Where the group is counted."""
        return people_slot(self.sex, self.age_group)


class OfWhichIn(Counted):
    """Those of all groups together who have a disability, belong to an ethnic minority, or hold an ID-Poor card.

    A tally that names the attribute has asked everybody: all others are counted as not having it. Nobody with it is an
    answer too, with 0 participants.
    """

    attribute: Attribute
    participants: Annotated[int, Field(ge=0, le=60_000, strict=True)]


class TallyIn(Input):
    """The tally of one meeting about one unit."""

    id: UUID
    round_id: UUID
    unit_code: UnitCode = Field(examples=["HC-020103-1"])
    village_code: VillageCode | None = None
    held_on: date
    meeting_id: UUID | None = Field(default=None, description="The meeting, where it is recorded too; in any order")
    groups: Annotated[list[TallyGroupIn], Field(min_length=1, max_length=PEOPLE_SLOTS)]
    of_which: Annotated[list[OfWhichIn], Field(default=[], max_length=len(ATTRIBUTES))]

    def in_order(self) -> Self:
        """The same tally with its groups in the order in which they are stored."""
        groups = sorted(self.groups, key=lambda group: group.slot)
        of_which = sorted(self.of_which, key=lambda entry: ATTRIBUTES.index(entry.attribute))
        return self.model_copy(update={"groups": groups, "of_which": of_which})

    def rows(self) -> Iterator[TallyGroup]:
        """One per slot of the histogram in which anybody is counted: the people, then who has an attribute or not."""
        for group in self.groups:
            yield self._row(group.slot, group.participants, group.flat())
        everybody = sum(group.participants for group in self.groups)
        cells = [sum(cell) for cell in zip(*(group.flat() for group in self.groups), strict=True)]
        for entry in self.of_which:
            of_them = entry.flat()
            if entry.participants:
                yield self._row(attribute_slot(entry.attribute, True), entry.participants, of_them)
            if entry.participants < everybody:
                others = [every - of_them for every, of_them in zip(cells, of_them, strict=True)]
                yield self._row(attribute_slot(entry.attribute, False), everybody - entry.participants, others)

    def _row(self, slot: int, participants: int, counts: list[int]) -> TallyGroup:
        return TallyGroup(tally_id=self.id, slot=slot, participants=participants, counts=counts)


class TallyGroupRead(BaseModel):
    """How one group voted."""

    sex: Sex
    age_group: AgeGroup
    participants: int
    counts: list[list[int]]


class OfWhichRead(BaseModel):
    """How those voted who have an attribute."""

    attribute: Attribute
    participants: int
    counts: list[list[int]]


class TallyRead(BaseModel):
    """A stored tally.

    Its counts go back only to the facilitator who sent them: in a small meeting they would tell how one citizen scored.
    """

    id: UUID
    round_id: UUID
    unit_code: str
    village_code: str | None
    held_on: date
    meeting_id: UUID | None
    participants: int
    late: bool = Field(description="It came after scoring had ended: kept, not counted")
    recorded_by: UUID
    withdrawn_at: datetime | None = Field(description="Not counted since then")
    withdrawn_by: UUID | None
    withdrawal_reason: str | None
    groups: list[TallyGroupRead] | None = Field(description="null for everybody but the one who recorded it")
    of_which: list[OfWhichRead] | None

    @classmethod
    def of(cls, tally: Tally, groups: Sequence[TallyGroup], *, reader: UUID) -> Self:
        """As stored, as far as it is the reader's."""
        people = [group for group in groups if group.slot < PEOPLE_SLOTS]
        values = tally.model_dump() | {
            "participants": sum(group.participants for group in people),
            "groups": None,
            "of_which": None,
        }
        if reader == tally.recorded_by:
            ordered = sorted(people, key=lambda group: group.slot)
            values |= {
                "groups": [_group(row, tally.steps) for row in ordered],
                "of_which": _of_which(groups, tally.steps),
            }
        return cls.model_validate(values)


def _group(row: TallyGroup, steps: int) -> dict[str, object]:
    sex, age_group = divmod(row.slot, len(AGE_GROUPS))
    return {"sex": SEXES[sex], "age_group": AGE_GROUPS[age_group], **_counts(row, steps)}


def _of_which(groups: Sequence[TallyGroup], steps: int) -> list[dict[str, object]]:
    """One entry per attribute that was asked: somebody is counted as having it, or as not having it."""
    by_slot = {group.slot: group for group in groups}
    found = []
    for attribute in ATTRIBUTES:
        yes, no = attribute_slot(attribute, True), attribute_slot(attribute, False)
        if yes in by_slot or no in by_slot:
            nobody = TallyGroup(
                tally_id=groups[0].tally_id, slot=yes, participants=0, counts=[0] * len(groups[0].counts)
            )
            found.append({"attribute": attribute, **_counts(by_slot.get(yes, nobody), steps)})
    return found


def _counts(row: TallyGroup, steps: int) -> dict[str, object]:
    counts = [row.counts[start : start + steps] for start in range(0, len(row.counts), steps)]
    return {"participants": row.participants, "counts": counts}
