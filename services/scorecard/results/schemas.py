"""What results look like from outside."""

from collections.abc import Sequence
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.results.models import Result
from services.scorecard.results.rules import STEPS, gap_of, mean_of, median_of, unflatten
from services.scorecard.scorecards.schemas import ScorecardState
from shared.areas import Level
from shared.events.registry import UnitKind

HIDDEN = "null where too few people stand behind it"
GAP = "Citizens' median minus the provider's own score: negative where the provider thinks better of itself"
SPLIT = "null when the counts by sex are hidden: as one of them is too small"


class IndicatorResultRead(BaseModel):
    """How a unit did on one indicator."""

    code: str
    label_km: str
    label_en: str
    n: int | None = Field(description=f"How many answered; {HIDDEN}")
    distribution: list[int] | None = Field(description=f"How many gave 1, 2, 3, 4, 5; {HIDDEN}")
    median: float | None
    mean: float | None
    self_score: int | None
    gap: float | None = Field(description=GAP)

    @classmethod
    def of(cls, indicator: dict[str, str], distribution: Sequence[int] | None, self_score: int | None) -> Self:
        """Computed from what may be shown."""
        median = None if distribution is None else median_of(distribution)
        return cls(
            code=indicator["code"],
            label_km=indicator["label_km"],
            label_en=indicator["label_en"],
            n=None if distribution is None else sum(distribution),
            distribution=None if distribution is None else list(distribution),
            median=median,
            mean=None if distribution is None else mean_of(distribution),
            self_score=self_score,
            gap=gap_of(median, self_score),
        )


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
    participants: int | None = Field(description=HIDDEN)
    female: int | None = Field(description=SPLIT)
    male: int | None = Field(description=SPLIT)
    undisclosed: int | None = Field(description=SPLIT)
    self_assessed: bool
    indicators: list[IndicatorResultRead]
    weakest: list[str] = Field(description="The codes of the three indicators with the lowest means, weakest first")
    suppressed: bool = Field(description="Too few took part: no number is shown")

    @classmethod
    def of(cls, result: Result, questions: IndicatorSet, state: str) -> Self:
        """As frozen."""
        parts = zip(questions.indicators, unflatten(result.cells), result.self_scores, strict=True)
        return cls.model_validate(
            {
                **result.model_dump(),
                "state": state,
                "indicators": [IndicatorResultRead.of(*part) for part in parts],
                "weakest": [questions.indicators[position]["code"] for position in result.weakest],
            }
        )


class AreaIndicator(BaseModel):
    """How an area's units of one kind did on one indicator, all their citizens' answers pooled."""

    code: str
    label_km: str
    label_en: str
    n: int
    distribution: list[int]
    median: float | None
    mean: float | None
    self_mean: float | None = Field(description="Mean of the units' own scores")
    gap: float | None = Field(description=GAP)


class AreaKind(BaseModel):
    """An area's units of one kind."""

    unit_kind: UnitKind
    units: int
    indicators: list[AreaIndicator]


class AreaChild(BaseModel):
    """One area of the level below."""

    area_code: str
    units_published: int
    participants: int


class AreaResults(BaseModel):
    """An area's results, made of published units that are shown; a unit with too few participants is left out."""

    round_id: UUID
    area_code: str
    level: Literal["nation"] | Level
    units_published: int
    units_suppressed: int = Field(description="Published units that are left out because too few took part")
    participants: int
    female: int | None = Field(description="Over the units whose counts by sex are shown; null when there is none")
    male: int | None
    undisclosed: int | None
    kinds: list[AreaKind]
    children: list[AreaChild] = Field(
        description="The next level down; none below a commune. A unit of the area itself, such as a district's One "
        "Window Service Office, is in no child"
    )


class Participation(BaseModel):
    """How many took part so far; never what they scored."""

    round_id: UUID
    area_code: str
    units: int = Field(description="Units that take part in the round here")
    units_scored: int = Field(description="Of these, units that anybody has scored")
    ballots: int
    tally_participants: int
    participants: int
    female: int | None = Field(
        description="Over the units where no count by sex is under the round's threshold; null when there is none"
    )
    male: int | None
    undisclosed: int | None


def self_mean(total: int, count: int) -> float | None:
    """The mean of units' own scores, to two decimals."""
    return round(total / count, 2) if count else None


def area_kind(row: dict[str, Any], questions: IndicatorSet) -> AreaKind:
    """The pooled indicators of one kind of unit."""
    indicators = []
    for position, indicator in enumerate(questions.indicators):
        distribution = row["cells"][position * STEPS : (position + 1) * STEPS]
        median = median_of(distribution)
        own = self_mean(row["self_totals"][position], row["self_counts"][position])
        indicators.append(
            AreaIndicator(
                code=indicator["code"],
                label_km=indicator["label_km"],
                label_en=indicator["label_en"],
                n=sum(distribution),
                distribution=distribution,
                median=median,
                mean=mean_of(distribution),
                self_mean=own,
                gap=gap_of(median, own),
            )
        )
    return AreaKind(unit_kind=questions.unit_kind, units=row["units"], indicators=indicators)
