"""What the results of areas look like from outside."""

from collections.abc import Sequence
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.scorecard.counting.models import AreaProgress
from services.scorecard.indicators.models import IndicatorSet
from services.scorecard.participation.rules import share
from services.scorecard.results.models import AreaResult
from services.scorecard.results.rules import area_median, gap_of, own_mean, unflatten, weakest_of
from services.scorecard.results.schemas import (
    GAP,
    OF_GROUPS,
    WORSE_OFF,
    GroupPeople,
    GroupStatistics,
    Statistics,
    WorseOffRead,
    group_statistics,
    people_of,
    split_groups,
    worse_off_of,
)
from services.scorecard.rounds.models import Round
from shared.areas import Level, level_of
from shared.events.registry import UnitKind


class AreaIndicator(Statistics):
    """How an area's units of one kind did on one indicator, all their citizens' answers pooled."""

    code: str
    label_km: str
    label_en: str
    self_mean: float | None = Field(description="Mean of the units' own scores")
    gap: float | None = Field(description=GAP)
    groups: list[GroupStatistics] | None = Field(description=OF_GROUPS)


class Progress(BaseModel):
    """How complete and how timely the scorecards are."""

    planned: int = Field(description="Units that take part in the round")
    reported: int = Field(description="Of these, submitted with anybody's scores")
    on_time: int = Field(description="Of these, submitted before scoring closed")
    empty: int = Field(description="Submitted without any score: not reported")
    completed: int = Field(description="Of the reported ones, reviewed too")
    published: int
    completeness: float | None = Field(description="reported / planned; null when nothing is planned")
    timeliness: float | None = Field(description="on_time / planned; null when nothing is planned")

    @classmethod
    def of(cls, rows: Sequence[AreaProgress]) -> Self:
        """Of one or more kinds of units."""
        names = ("planned", "reported", "on_time", "empty", "completed", "published")
        total = {name: sum(getattr(row, name) for row in rows) for name in names}
        planned = total["planned"]
        return cls(
            **total,
            completeness=share(total["reported"], planned),
            timeliness=share(total["on_time"], planned),
        )


class AreaKind(BaseModel):
    """An area's units of one kind."""

    unit_kind: UnitKind
    units: int = Field(description="Whose result is shown")
    units_suppressed: int
    participants: int
    steps: int = Field(description="Of the scale")
    progress: Progress
    indicators: list[AreaIndicator]
    weakest: list[str] = Field(description="The codes of the three indicators with the lowest means, weakest first")
    worse_off: list[WorseOffRead] = Field(description=WORSE_OFF)
    groups: list[GroupPeople] | None = Field(description=OF_GROUPS)

    @classmethod
    def of(
        cls,
        row: AreaResult,
        questions: IndicatorSet,
        scored_round: Round,
        progress: AreaProgress | None,
        *,
        groups: bool,
    ) -> Self:
        """Computed from the sums."""
        codes = [indicator["code"] for indicator in questions.indicators]
        everybody = unflatten(row.cells, row.steps)
        by_group = list(split_groups(row.group_cells, len(codes), row.steps))
        indicators = [
            {
                **indicator,
                **_statistics(row, at, everybody[at] or [], questions, scored_round),
                "groups": group_statistics(by_group[at], questions.satisfied_from) if groups else None,
            }
            for at, indicator in enumerate(questions.indicators)
        ]
        weakest = weakest_of(everybody, scored_round.suppression_threshold)
        return cls.model_validate(
            {
                "unit_kind": row.unit_kind,
                "units": row.units_published,
                "units_suppressed": row.units_suppressed,
                "participants": row.participants,
                "steps": row.steps,
                "progress": Progress.of([] if progress is None else [progress]),
                "indicators": indicators,
                "weakest": [codes[position] for position in weakest],
                "worse_off": list(worse_off_of(codes, by_group, questions.satisfied_from)),
                "groups": people_of(row.people) if groups else None,
            }
        )


def _statistics(
    row: AreaResult, at: int, distribution: Sequence[int], questions: IndicatorSet, scored_round: Round
) -> dict[str, Any]:
    bins = 2 * row.steps - 1
    median = area_median(row.unit_medians[at * bins : (at + 1) * bins], scored_round.village_rule)
    statistics = Statistics.values(distribution, questions.satisfied_from, median)
    own = own_mean(row.self_totals[at], row.self_counts[at])
    return {**statistics, "self_mean": own, "gap": gap_of(statistics["median"], own)}


class AreaChild(BaseModel):
    """One area of the level below."""

    area_code: str
    units_published: int
    units_suppressed: int
    participants: int


class AreaResults(BaseModel):
    """An area's results, made of what its published units show, and of units pooled that show nothing by themselves."""

    round_id: UUID
    area_code: str
    level: Literal["nation"] | Level
    units_published: int
    units_suppressed: int = Field(
        description="Published units that too few took part in to be shown; pooled with others where that is enough"
    )
    participants: int = Field(
        description="Of all that these sums hold; by sex there are fewer where a unit's counts by sex are hidden"
    )
    female: int | None = Field(description="Over the units whose counts by sex are shown; null when there is none")
    male: int | None
    undisclosed: int | None
    progress: Progress
    kinds: list[AreaKind]
    children: list[AreaChild] = Field(
        description="The next level down; none below a commune. A unit of the area itself, such as a district's One "
        "Window Service Office, is in no child"
    )

    @classmethod
    def of(
        cls,
        scored_round: Round,
        area_code: str,
        rows: Sequence[AreaResult],
        progress: dict[str, AreaProgress],
        children: Sequence[tuple[str, int, int, int]],
        *,
        groups: bool,
    ) -> Self:
        """The kinds that anything of is published, with the sums over all of them."""
        by_sex = [sum(row.people[at] for row in rows) for at in range(3)]
        female, male, undisclosed = by_sex if any(by_sex) else (None, None, None)
        sets = {row.unit_kind: scored_round.set_for(row.unit_kind) for row in rows}
        return cls(
            round_id=scored_round.id,
            area_code=area_code,
            level=level_of(area_code) if area_code else "nation",
            units_published=sum(row.units_published for row in rows),
            units_suppressed=sum(row.units_suppressed for row in rows),
            participants=sum(row.participants for row in rows),
            female=female,
            male=male,
            undisclosed=undisclosed,
            progress=Progress.of(list(progress.values())),
            kinds=[
                AreaKind.of(row, questions, scored_round, progress.get(row.unit_kind), groups=groups)
                for row in rows
                if (questions := sets[row.unit_kind]) is not None and (row.units_published or row.participants)
            ],
            children=[
                AreaChild(area_code=code, units_published=units, units_suppressed=suppressed, participants=people)
                for code, units, suppressed, people in children
                if units or suppressed
            ],
        )
