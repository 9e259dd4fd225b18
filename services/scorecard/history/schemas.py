"""What comparisons with earlier rounds look like from outside."""

from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.scorecard.history.queries import Past
from services.scorecard.history.standings import HIDDEN, Score, Standing, difference
from services.scorecard.rounds.models import Round
from shared.events.registry import SuccessionKind, UnitKind

CodeOfIndicator = str
NotComparable = Literal["no_earlier_round", "new_indicator", "other_scale", "hidden"]


class ScoreRead(BaseModel):
    """The statistics of one indicator; null where too few people stand behind a number."""

    n: int | None = Field(examples=[124])
    median: float | None = Field(examples=[3.5])
    mean: float | None = Field(examples=[3.47])
    satisfied: float | None = Field(
        description="Share of the answers from the step on where satisfaction begins, 0 to 1", examples=[0.5645]
    )
    gap: float | None = Field(description="Citizens' median minus the providers' own score", examples=[-0.5])

    @classmethod
    def of(cls, score: Score) -> Self:
        """As computed."""
        return cls(n=score.n, median=score.median, mean=score.mean, satisfied=score.satisfied, gap=score.gap)


class ScoreChange(BaseModel):
    """How much more than before; negative for less."""

    median: float | None = Field(examples=[0.5])
    mean: float | None = Field(examples=[0.31])
    satisfied: float | None = Field(examples=[0.12])

    @classmethod
    def between(cls, now: Score, before: Score, *, same_satisfaction: bool) -> Self:
        """The differences; of the share satisfied only where satisfaction began at the same step."""
        return cls(
            median=difference(now.median, before.median),
            mean=difference(now.mean, before.mean),
            satisfied=difference(now.satisfied, before.satisfied) if same_satisfaction else None,
        )


class ComparedWith(BaseModel):
    """The earlier round, and what in it is compared with."""

    round_id: UUID
    year: int = Field(examples=[2025])
    title_km: str
    title_en: str
    codes: list[str] = Field(
        description="The codes under which the results of then stand: of the unit, or of the areas whose sum is taken",
        examples=[["020301", "020309"]],
    )
    succession: list[SuccessionKind] = Field(
        description="What happened to the area in between; empty where nothing did", examples=[["merge"]]
    )
    same_territory: bool = Field(
        description="False where the area was split off, has given or taken a part: the whole of then is compared with"
    )

    @classmethod
    def of(cls, past: Past) -> Self:
        """An earlier round."""
        origin = past.origin
        return cls.model_validate(
            {
                "round_id": past.round.id,
                **past.round.model_dump(include={"year", "title_km", "title_en"}),
                "codes": origin.codes,
                "succession": origin.kinds,
                "same_territory": origin.same_territory,
            }
        )


class IndicatorChange(BaseModel):
    """One indicator now and before; indicators are the same by their code."""

    code: CodeOfIndicator = Field(examples=["staff_attitude"])
    label_km: str
    label_en: str
    now: ScoreRead
    before: ScoreRead | None
    change: ScoreChange | None
    not_comparable: NotComparable | None = Field(description="Why there is no change to be told")


class KindChange(BaseModel):
    """How an area's units of one kind, or a unit, changed since the round before."""

    unit_kind: UnitKind
    participants: int | None
    participants_before: int | None
    participants_change: int | None
    indicators: list[IndicatorChange]

    @classmethod
    def of(cls, unit_kind: str, now: Standing, before: Standing | None) -> Self:
        """From two standings; before is None where there was no such round."""
        earlier = None if before is None else before.participants
        both = now.participants is not None and earlier is not None
        return cls.model_validate(
            {
                "unit_kind": unit_kind,
                "participants": now.participants,
                "participants_before": earlier,
                "participants_change": (now.participants or 0) - (earlier or 0) if both else None,
                "indicators": [_indicator_change(entry, now, before) for entry in now.questions.indicators],
            }
        )


class UnitChange(KindChange):
    """A unit's change since the newest earlier round with a public result of it, also under a code it bore then."""

    round_id: UUID
    unit_code: str
    compared_with: ComparedWith | None


class AreaChange(BaseModel):
    """An area's change since the newest earlier round with results of what the area was then."""

    round_id: UUID
    area_code: str
    compared_with: ComparedWith | None
    kinds: list[KindChange]


class TrendIndicator(ScoreRead):
    """One indicator in one round."""

    code: CodeOfIndicator = Field(examples=["staff_attitude"])


class TrendKind(BaseModel):
    """One kind of unit in one round."""

    unit_kind: UnitKind
    steps: int = Field(description="Of the scale; rounds with another number do not compare", examples=[5])
    participants: int | None
    indicators: list[TrendIndicator]

    @classmethod
    def of(cls, unit_kind: str, standing: Standing) -> Self:
        """As it stood."""
        scores = [
            TrendIndicator(code=code, **ScoreRead.of(score).model_dump()) for code, score in standing.scores.items()
        ]
        return cls(
            unit_kind=unit_kind, steps=standing.scale.steps, participants=standing.participants, indicators=scores
        )


class TrendPoint(ComparedWith):
    """One round."""

    kinds: list[TrendKind]

    @classmethod
    def of(cls, past: Past) -> Self:
        """From a round's standings."""
        kinds = [TrendKind.of(kind, standing) for kind, standing in past.standings.items()]
        return cls.model_validate({**ComparedWith.of(past).model_dump(), "kinds": kinds})


class Trend(BaseModel):
    """The rounds in a row, the oldest first; the last one is that which was asked for."""

    round_id: UUID
    code: str = Field(description="Of the unit or the area")
    years_in_a_row: int = Field(description="Years without a gap that end with this round's", examples=[3])
    points: list[TrendPoint]

    @classmethod
    def of(cls, this: Round, code: str, pasts: list[Past]) -> Self:
        """From the newest back."""
        years = {past.round.year for past in pasts}
        row = 0
        while this.year - row in years:
            row += 1
        return cls(
            round_id=this.id, code=code, years_in_a_row=row, points=[TrendPoint.of(past) for past in reversed(pasts)]
        )


def _indicator_change(indicator: dict[str, str], now: Standing, before: Standing | None) -> IndicatorChange:
    score = now.scores[indicator["code"]]
    earlier = None if before is None else before.scores.get(indicator["code"])
    reason = _why_not(now, before, score, earlier)
    change = None
    if reason is None and before is not None and earlier is not None:
        same = now.questions.satisfied_from == before.questions.satisfied_from
        change = ScoreChange.between(score, earlier, same_satisfaction=same)
    return IndicatorChange(
        code=indicator["code"],
        label_km=indicator["label_km"],
        label_en=indicator["label_en"],
        now=ScoreRead.of(score),
        before=None if earlier is None else ScoreRead.of(earlier),
        change=change,
        not_comparable=reason,
    )


def _why_not(now: Standing, before: Standing | None, score: Score, earlier: Score | None) -> NotComparable | None:
    if before is None:
        return "no_earlier_round"
    if earlier is None:
        return "new_indicator"
    if now.scale.steps != before.scale.steps:
        return "other_scale"
    return "hidden" if HIDDEN.mean in (score.mean, earlier.mean) else None
