"""What rounds look like from outside."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.scorecard.rounds.models import MINIMUM_THRESHOLD, PUBLISHERS, Round
from shared.events.registry import UnitKind
from shared.schemas import Input, ShortText, Year

RoundState = Literal["planned", "open", "closed"]
PhoneRepeat = Literal["refuse", "replace"]
VillageRule = Literal["pooled", "median_of_medians"]
Planning = Literal["all_units", "listed"]
PublisherRole = Literal["district_officer", "province_officer", "ncdds"]
Instant = Annotated[
    AwareDatetime,
    Field(
        ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2101, 1, 1, tzinfo=UTC), examples=["2026-03-01T08:00:00+07:00"]
    ),
]
RoundArea = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}){0,3}$")]
"""A province, district or commune; "" is the nation. Units sit in communes and districts, so a village is too small."""
RoundAreas = Annotated[list[RoundArea], Field(min_length=1, max_length=500, examples=[["0203", "0204"]])]
IndicatorSetIds = Annotated[
    list[UUID] | None,
    Field(
        min_length=1,
        max_length=20,
        description="One set per kind of unit; a kind without one is not scored. Default: the newest of each kind that"
        " some unit is of",
    ),
]


def in_usual_order(roles: Sequence[str]) -> list[str]:
    """Each role once, the lowest level first."""
    return [role for role in PUBLISHERS if role in roles]


def without_defaults(schema: dict[str, Any]) -> None:
    """A change has no defaults: what is not sent stays."""
    for field in schema["properties"].values():
        field.pop("default", None)


class RoundRules(Input):
    """When a round's steps open and close, and by which rules it counts."""

    suppression_threshold: Annotated[
        int,
        Field(
            ge=MINIMUM_THRESHOLD,
            le=100,
            strict=True,
            description="Numbers about fewer people than this are not shown to anybody.",
        ),
    ] = MINIMUM_THRESHOLD
    minimum_participation: Annotated[
        int,
        Field(ge=0, le=10_000, strict=True, description="A unit scored by fewer people than this is marked so."),
    ] = 0
    scoring_opens_at: Annotated[Instant | None, Field(description="null: as soon as the round is opened")] = None
    scoring_closes_at: Annotated[Instant | None, Field(description="null: when the round is closed")] = None
    self_assessment_opens_at: Annotated[Instant | None, Field(description="null: as soon as the round is opened")] = (
        None
    )
    self_assessment_closes_at: Annotated[Instant | None, Field(description="null: when the round is closed")] = None
    review_days: Annotated[
        Annotated[int, Field(ge=1, le=365, strict=True)] | None,
        Field(description="After so many days without a review a scorecard completes itself; null: never"),
    ] = 14
    phone_repeat: Annotated[
        PhoneRepeat,
        Field(description="Another ballot of a phone for the same unit: refused, or put in place of the first"),
    ] = "refuse"
    village_rule: Annotated[
        VillageRule,
        Field(description="How villages make a unit's median: all ballots as one, or every village alike"),
    ] = "pooled"
    planning: Annotated[
        Planning, Field(description="Every unit of the areas takes part, or those that the imported plan names")
    ] = "all_units"
    publisher_roles: Annotated[
        list[PublisherRole],
        Field(min_length=1, max_length=len(PUBLISHERS), description="Who may publish results, within their areas"),
        AfterValidator(in_usual_order),
    ] = Field(default=["district_officer", "province_officer", "ncdds"])


class RoundIn(RoundRules):
    """A round to plan."""

    year: Year = Field(examples=[2026])
    title_km: ShortText = Field(examples=["ការវាយតម្លៃដោយប្រជាពលរដ្ឋ ឆ្នាំ២០២៦"])
    title_en: ShortText = Field(examples=["Citizen scoring 2026"])
    area_codes: RoundAreas
    indicator_set_ids: IndicatorSetIds = None


class RoundPatch(RoundRules):
    """What to change of a round; a field that is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra=without_defaults)

    year: Year = 2000
    title_km: ShortText = ""
    title_en: ShortText = ""
    area_codes: RoundAreas = Field(default=[])
    indicator_set_ids: IndicatorSetIds = None


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
    minimum_participation: int
    scoring_opens_at: datetime | None
    scoring_closes_at: datetime | None
    self_assessment_opens_at: datetime | None
    self_assessment_closes_at: datetime | None
    review_days: int | None
    phone_repeat: PhoneRepeat
    village_rule: VillageRule
    planning: Planning
    publisher_roles: list[PublisherRole]
    opened_at: datetime | None
    scoring_began_at: datetime | None = Field(description="When citizens could first score")
    closed_at: datetime | None
    version: int

    @classmethod
    def of(cls, row: Round) -> Self:
        """As stored."""
        sets = [
            {"id": entry.id, "unit_kind": entry.unit_kind, "version": entry.version} for entry in row.indicator_sets
        ]
        return cls.model_validate({**row.model_dump(), "indicator_sets": sets})
