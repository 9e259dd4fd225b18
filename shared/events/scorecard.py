"""What scorecard tells: rounds and published results; never a ballot."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events import Event, KeyUsed
from shared.events.registry import UnitKind


class RoundOpened(Event, type="isaf.scorecard.round.opened.v1", key="round_id"):
    """Citizens may score from now on."""

    round_id: UUID
    year: int
    area_codes: list[str]
    title_km: str
    title_en: str


class RoundClosed(Event, type="isaf.scorecard.round.closed.v1", key="round_id"):
    """No more scores are taken."""

    round_id: UUID
    year: int
    area_codes: list[str]
    title_km: str
    title_en: str


class IndicatorResult(BaseModel):
    """One indicator of a published result; numbers are null where the group was too small to be shown."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(description="The same question has the same code in every year", examples=["waiting_time"])
    label_km: str
    label_en: str
    n: int | None = Field(description="How many answered", examples=[60])
    median: float | None = Field(examples=[2.5])
    mean: float | None = Field(examples=[2.62])
    self_score: int | None = Field(description="What the unit's staff gave themselves", examples=[4])
    gap: float | None = Field(description="median - self_score; negative: staff see it better", examples=[-1.5])
    satisfied: float | None = Field(
        default=None, description="The share of satisfied citizens, 0 to 1", examples=[0.32]
    )


class GroupWorseOff(BaseModel):
    """A group of citizens that is clearly less satisfied than the others, on one indicator of a result."""

    model_config = ConfigDict(frozen=True)

    indicator: str = Field(examples=["waiting_time"])
    dimension: str = Field(examples=["sex"])
    category: str = Field(examples=["female"])
    share: float = Field(description="The group's share of satisfied answers, 0 to 1", examples=[0.21])
    others: float = Field(description="The share of all others of the dimension together", examples=[0.58])


class ResultPublished(Event, type="isaf.scorecard.result.published.v1", key="result_id"):
    """A unit's result is public; its commune's action plan takes the weakest indicators as agenda."""

    result_id: UUID
    round_id: UUID
    year: int
    unit_code: str
    unit_kind: UnitKind
    unit_name_km: str
    unit_name_en: str
    area_code: str
    version: int = Field(description="Counts up with each publication of the unit's result in the round", examples=[1])
    participants: int | None = Field(description="null where suppressed", examples=[60])
    suppressed: bool = Field(description="Too few took part: it is public that there is a result, and no number of it")
    indicators: list[IndicatorResult]
    weakest: list[str] = Field(description="Up to three codes, the weakest first", examples=[["waiting_time"]])
    worse_off: list[GroupWorseOff] = Field(default=[])


class ResultWithdrawn(Event, type="isaf.scorecard.result.withdrawn.v1", key="result_id"):
    """A unit's result is public no longer; a later version may be published in its place."""

    result_id: UUID
    round_id: UUID
    year: int
    unit_code: str
    unit_kind: UnitKind
    unit_name_km: str
    unit_name_en: str
    area_code: str
    version: int
    reason: str


class ScorecardKeyUsed(KeyUsed, type="isaf.scorecard.access_key.used.v1", key="key_id", internal=True):
    """An API key was used here, for the first time that day."""
