"""What participation and running views look like from outside."""

from uuid import UUID

from pydantic import BaseModel, Field

from services.scorecard.counting.groups import Dimension
from services.scorecard.scorecards.schemas import ScorecardState
from shared.events.registry import UnitKind

SHOWN = "over the units where no count of the kind is under the round's threshold; null when there is none"
GROUPS_SHOWN = f"Of the dimensions that may be shown, {SHOWN}; all but sex and age for facilitators and reviewers alone"


class Turnout(BaseModel):
    """How many took part so far, and how far the scorecards are; never what was scored."""

    units: int = Field(description="Units that take part in the round here", examples=[12])
    units_scored: int = Field(description="Of these, units that anybody has scored", examples=[9])
    ballots: int = Field(examples=[640])
    tally_participants: int = Field(examples=[180])
    participants: int = Field(description="ballots + tally_participants", examples=[820])
    late: int = Field(description="People beside these whose scores came after scoring had ended", examples=[0])
    female: int | None = Field(description=SHOWN, examples=[431])
    male: int | None = Field(examples=[389])
    undisclosed: int | None = Field(examples=[0])
    reported: int = Field(description="Of the units, those submitted with anybody's scores", examples=[6])
    on_time: int = Field(description="Of these, those submitted before scoring closed", examples=[6])
    empty: int = Field(description="Units submitted without any score: not reported", examples=[0])
    completed: int = Field(description="Of the reported ones, those reviewed too", examples=[4])
    published: int = Field(description="Units whose result is public", examples=[3])
    completeness: float | None = Field(description="reported of units, 0 to 1; null without units", examples=[0.5])
    timeliness: float | None = Field(description="on_time of units, 0 to 1; null without units", examples=[0.5])


class GroupTurnout(BaseModel):
    """How many of a group took part."""

    dimension: Dimension
    category: str = Field(examples=["youth"])
    participants: int = Field(examples=[122])


class KindTurnout(Turnout):
    """The same for the units of one kind."""

    unit_kind: UnitKind
    groups: list[GroupTurnout] = Field(description=GROUPS_SHOWN)


class AreaTurnout(Turnout):
    """The same for an area of the level below."""

    area_code: str = Field(examples=["020301"])


class Participation(Turnout):
    """How many took part in an area so far, by kind of unit, and in each area one level down."""

    round_id: UUID
    area_code: str = Field(description='"" is the nation', examples=["0203"])
    groups: list[GroupTurnout] = Field(description=GROUPS_SHOWN)
    kinds: list[KindTurnout]
    areas: list[AreaTurnout] = Field(
        description="One level down; none below a commune. A unit of the area itself is in none of them"
    )


class VillageTurnout(BaseModel):
    """Who took part of one village."""

    village_code: str | None = Field(description="null: no village was named", examples=["02030101"])
    ballots: int
    tally_participants: int
    participants: int


class UnitParticipation(BaseModel):
    """Who took part in scoring a unit so far, for those who facilitate and review it."""

    round_id: UUID
    unit_code: str = Field(examples=["HC-020301-1"])
    area_code: str
    state: ScorecardState
    ballots: int
    tally_participants: int
    participants: int
    minimum_participation: int = Field(description="What the round asks for before a result is published; 0: nothing")
    late_ballots: int = Field(description="Came after scoring had ended: kept, not counted")
    late_tally_participants: int
    villages: list[VillageTurnout]


class RunningIndicator(BaseModel):
    """How citizens have scored one indicator so far."""

    code: str
    label_km: str
    label_en: str
    n: int = Field(examples=[214])
    distribution: list[int] = Field(examples=[[10, 24, 60, 80, 40]])
    median: float | None = Field(examples=[4.0])
    mean: float | None = Field(examples=[3.54])


class RunningKind(BaseModel):
    """The units of one kind."""

    unit_kind: UnitKind
    units_scored: int
    participants: int = Field(description="Of all units, also of those that show nothing by themselves yet")
    indicators: list[RunningIndicator]


class RunningResults(BaseModel):
    """What an area's units have been scored so far; of units and indicators with enough answers only."""

    round_id: UUID
    area_code: str
    kinds: list[RunningKind]
