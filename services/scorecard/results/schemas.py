"""What results look like from outside."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from services.scorecard.counting.groups import GROUPS, Dimension
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results import rules
from services.scorecard.results.models import Result
from services.scorecard.results.rules import gap_of, mean_of, median_of, satisfied_of, unflatten
from services.scorecard.scorecards.schemas import ScorecardState
from shared.areas import AreaCode, AreaScope
from shared.events.registry import UnitKind
from shared.schemas import Input, LongText

HIDDEN = "null where too few people stand behind it"
GAP = "Citizens' median minus the provider's own score: negative where the provider thinks better of itself"
SPLIT = "null when the counts by sex are hidden: as one of them is too small"
OF_GROUPS = "Only with `groups=true`, and of the dimensions that may be shown"
WORSE_OFF = "Groups clearly less satisfied than the others of their dimension: the two 95 % intervals do not touch"

WithGroups = Annotated[bool, Query(description="Also the numbers of each group of citizens")]
Groups = Mapping[tuple[Dimension, str], Sequence[int] | None]


class PublishIn(Input):
    """How to publish."""

    despite_low_participation: LongText | None = Field(
        default=None,
        description="Why the result is published although fewer took part than the round asks for",
        examples=["A small commune: everybody who uses the health centre took part."],
    )


class WithdrawIn(Input):
    """Why a result is taken back."""

    reason: LongText = Field(examples=["The scores of another unit were recorded under this one."])


class PublishManyIn(Input):
    """Which completed scorecards to publish."""

    area: AreaScope = Field(description='"" is the nation', examples=["0203"])
    dry_run: bool = Field(default=False, description="Only say what would happen")
    cursor: str | None = Field(default=None, max_length=500, description="next_cursor of the answer before, to go on")
    limit: int = Field(default=100, ge=1, le=200, strict=True, description="At most so many units at once")


class PublishOutcome(BaseModel):
    """What became of one unit."""

    unit_code: str
    status: Literal["published", "refused"]
    version: int | None = Field(default=None, description="Of the published result")
    code: str | None = Field(default=None, description="Why it was refused")
    detail_en: str | None = None
    detail_km: str | None = None


class PublishedMany(BaseModel):
    """What became of each unit."""

    dry_run: bool
    published: int
    refused: int
    items: list[PublishOutcome]
    next_cursor: str | None = Field(description="Send it as `cursor` to go on; null when all are done")


class Compiled(BaseModel):
    """What was pooled."""

    pools: int = Field(description="Sets of units that entered the sums of their areas together")
    units: int = Field(description="Units that did so in some dimension")
    waiting: int = Field(description="Units of which something still waits for others")


class SatisfiedRead(BaseModel):
    """The share of satisfied citizens, 0 to 1, with its 95 % confidence interval (Wilson)."""

    model_config = ConfigDict(from_attributes=True)

    share: float = Field(examples=[0.6])
    low: float = Field(examples=[0.3865])
    high: float = Field(examples=[0.7812])


class Statistics(BaseModel):
    """The numbers of one distribution; all null where it is hidden."""

    n: int | None = Field(description=f"How many answered; {HIDDEN}")
    distribution: list[int] | None = Field(description=f"How many gave 1, 2 … up to the scale's last; {HIDDEN}")
    median: float | None
    mean: float | None
    satisfied: SatisfiedRead | None

    @staticmethod
    def values(distribution: Sequence[int] | None, satisfied_from: int, median: float | None = None) -> dict[str, Any]:
        """Computed from what may be shown; `median` goes before that of the distribution."""
        if distribution is None:
            return dict.fromkeys(("n", "distribution", "median", "mean", "satisfied"))
        return {
            "n": sum(distribution),
            "distribution": list(distribution),
            "median": median_of(distribution) if median is None else median,
            "mean": mean_of(distribution),
            "satisfied": satisfied_of(distribution, satisfied_from),
        }


class GroupStatistics(Statistics):
    """How one group scored an indicator."""

    dimension: Dimension
    category: str = Field(examples=["female"])


class GroupPeople(BaseModel):
    """How many of a group took part."""

    dimension: Dimension
    category: str = Field(examples=["youth"])
    participants: int


class WorseOffRead(BaseModel):
    """A group that is clearly less satisfied than the others of its dimension."""

    model_config = ConfigDict(from_attributes=True)

    indicator: str
    dimension: Dimension
    category: str = Field(examples=["yes"])
    share: float = Field(description="The group's share of satisfied answers")
    others: float = Field(description="The share of all others of the dimension together")


class IndicatorResultRead(Statistics):
    """How a unit did on one indicator."""

    code: str
    label_km: str
    label_en: str
    own: bool = Field(description="The unit's own citizens asked this")
    self_score: int | None
    gap: float | None = Field(description=GAP)
    groups: list[GroupStatistics] | None = Field(description=OF_GROUPS)


class VillageIndicator(BaseModel):
    """How a village scored an indicator."""

    code: str
    n: int | None = Field(description=HIDDEN)
    median: float | None
    mean: float | None


class VillageResult(BaseModel):
    """How a village scored the unit."""

    village_code: AreaCode
    participants: int
    indicators: list[VillageIndicator]


class ResultRead(BaseModel):
    """A unit's result."""

    round_id: UUID
    year: int
    unit_code: str
    unit_kind: UnitKind
    unit_name_km: str
    unit_name_en: str
    area_code: str
    state: ScorecardState
    version: int = Field(description="0 until it is published")
    published_at: datetime | None
    steps: int = Field(description="Of the scale")
    participants: int | None = Field(description=HIDDEN)
    ballots: int | None = Field(description=f"Of these, who cast a ballot of their own; {HIDDEN}")
    tallied: int | None = Field(description=f"Of these, who were counted in a meeting's tally; {HIDDEN}")
    below_minimum: bool = Field(description="Fewer took part than the round asks for")
    female: int | None = Field(description=SPLIT)
    male: int | None = Field(description=SPLIT)
    undisclosed: int | None = Field(description=SPLIT)
    self_assessed: bool
    indicators: list[IndicatorResultRead]
    weakest: list[str] = Field(description="The codes of the three indicators with the lowest means, weakest first")
    worse_off: list[WorseOffRead] = Field(description=WORSE_OFF)
    groups: list[GroupPeople] | None = Field(description=OF_GROUPS)
    villages: list[VillageResult] = Field(description="Those with enough people; the others have enough together")
    suppressed: bool = Field(description="Too few took part: no number is shown")

    @classmethod
    def of(cls, result: Result, questions: IndicatorSet, state: str, *, groups: bool = False) -> Self:
        """As frozen."""
        asked = [*questions.indicators, *result.own_indicators]
        by_group = list(_groups_of(result, len(asked)))
        everybody = unflatten(result.cells, result.steps)
        indicators = []
        for at, indicator in enumerate(asked):
            statistics = Statistics.values(everybody[at], questions.satisfied_from, result.medians[at])
            indicators.append(
                {
                    **indicator,
                    **statistics,
                    "own": at >= len(questions.indicators),
                    "self_score": result.self_scores[at],
                    "gap": gap_of(statistics["median"], result.self_scores[at]),
                    "groups": group_statistics(by_group[at], questions.satisfied_from) if groups else None,
                }
            )
        codes = [indicator["code"] for indicator in asked]
        return cls.model_validate(
            {
                **result.model_dump(exclude={"cells", "group_cells", "medians"}),
                "state": state,
                "indicators": indicators,
                "weakest": [codes[position] for position in result.weakest],
                "worse_off": list(worse_off_of(codes, by_group, questions.satisfied_from)),
                "groups": people_of(result.people) if groups else None,
                "villages": [_village(village, codes, result.steps) for village in result.villages],
            }
        )


def _groups_of(result: Result, indicators: int) -> Iterator[Groups]:
    """Per indicator, the distributions of the groups."""
    return split_groups(result.group_cells, indicators, result.steps)


def split_groups(cells: Sequence[int | None], indicators: int, steps: int) -> Iterator[Groups]:
    """Per indicator, the distributions of the groups; from group after group, each indicators x steps."""
    rows = unflatten(cells, steps)
    for at in range(indicators):
        yield dict(zip(GROUPS, rows[at::indicators], strict=True))


def group_statistics(groups: Groups, satisfied_from: int) -> list[GroupStatistics]:
    """Of the groups that may be shown."""
    return [
        GroupStatistics(dimension=dimension, category=category, **Statistics.values(distribution, satisfied_from))
        for (dimension, category), distribution in groups.items()
        if distribution is not None
    ]


def people_of(people: Sequence[int | None]) -> list[GroupPeople]:
    """Participants of the groups that may be shown."""
    return [
        GroupPeople(dimension=dimension, category=category, participants=number)
        for (dimension, category), number in zip(GROUPS, people, strict=True)
        if number is not None
    ]


def worse_off_of(codes: Sequence[str], by_indicator: Sequence[Groups], satisfied_from: int) -> Iterator[WorseOffRead]:
    """Indicator by indicator."""
    for code, groups in zip(codes, by_indicator, strict=True):
        for group in rules.worse_off(groups, satisfied_from):
            yield WorseOffRead(
                indicator=code,
                dimension=group.dimension,
                category=group.category,
                share=group.share,
                others=group.others,
            )


def _village(village: dict[str, Any], codes: Sequence[str], steps: int) -> VillageResult:
    indicators = [
        VillageIndicator(
            code=code,
            n=None if distribution is None else sum(distribution),
            median=None if distribution is None else median_of(distribution),
            mean=None if distribution is None else mean_of(distribution),
        )
        for code, distribution in zip(codes, unflatten(village["cells"], steps), strict=True)
    ]
    return VillageResult(
        village_code=village["village_code"], participants=village["participants"], indicators=indicators
    )
