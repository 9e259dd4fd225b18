"""What a comparison among areas or units looks like from outside."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.scorecard.comparison.queries import ComparedLevel
from services.scorecard.comparison.ranking import Measure, Order
from services.scorecard.history.schemas import ComparedWith, ScoreRead, TrendKind
from shared.events.registry import UnitKind
from shared.paging import Page

AreaList = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{2}([0-9]{2}){0,2}(,[0-9]{2}([0-9]{2}){0,2}){0,49}$"),
    Field(
        description="Up to 50 provinces, districts or communes to put side by side, with commas between",
        examples=["020301,020302"],
    ),
]


class ComparisonRow(ScoreRead):
    """An area or unit with its place in the order."""

    rank: int | None = Field(description="1 is the first; of equals the same. Null where there is no value")
    value: float | None = Field(description="What it is ranked by", examples=[3.47])
    code: str = Field(examples=["020301"])
    name_km: str
    name_en: str
    area_code: str = Field(description="Of a unit: the area it sits in")
    unit_kind: UnitKind | None = Field(description="Of a unit")
    participants: int | None
    compared_with: ComparedWith | None = Field(description="The earlier round; with measure=change only")


class LeftOut(BaseModel):
    """How many are in no order, and why."""

    below_minimum: int = Field(description="Units in which fewer took part than the round asks for")
    no_value: int = Field(
        description="Too few people stand behind the number, or nobody answered, or there was no earlier round"
    )


class Comparison(Page[ComparisonRow]):
    """A page of the order, best or worst first."""

    round_id: UUID
    level: ComparedLevel
    area_code: str = Field(description="The area that all lie in; empty for the nation")
    unit_kind: UnitKind | None = Field(description="Null: all kinds that the round scores, pooled")
    indicator_code: str | None = Field(description="Null: all indicators, pooled")
    measure: Measure
    order: Order
    ranked: int = Field(description="How many have a rank")
    left_out: LeftOut


class AreaBeside(BaseModel):
    """An area beside others, with all indicators of each kind of unit."""

    rank: int | None
    value: float | None
    code: str
    name_km: str
    name_en: str
    level: Literal["province", "district", "commune"]
    kinds: list[TrendKind]


class AreasBeside(BaseModel):
    """Chosen areas side by side, in order; those without a value last."""

    round_id: UUID
    unit_kind: UnitKind | None
    indicator_code: str | None
    measure: Measure
    order: Order
    items: list[AreaBeside]
