"""The trainings' report: counts alone, for everybody."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from services.registry.areas.reported import AreaNamed
from services.registry.trainings.models import ParticipantKind
from shared.areas import Level
from shared.schemas import Trusted


class SexCounts(TypedDict):
    """People by sex."""

    total: Annotated[int, Field(examples=[36])]
    female: Annotated[int, Field(examples=[25])]
    male: int
    undisclosed: int


class KindCounts(SexCounts):
    """Participants of a kind."""

    kind: ParticipantKind


class TopicCounts(SexCounts):
    """Trainings of a topic."""

    topic: Annotated[str, Field(examples=["facilitation"])]
    name_km: str
    name_en: str
    trainings: int


class TrainingCounts(SexCounts):
    """Trainings, and who took part: whoever took part in two counts twice, save among the facilitators named."""

    trainings: Annotated[int, Field(examples=[2])]
    female_percent: Annotated[
        int | None, Field(description="Whole percent; null where nobody took part", examples=[69])
    ]
    cafs_named: Annotated[
        int, Field(description="Facilitators known by record to have taken part, each once", examples=[30])
    ]
    participants: Annotated[list[KindCounts], Field(description="By kind; kinds that nobody was of are left out")]


class TrainingReportRow(AreaNamed, TrainingCounts):
    """Of an area and below."""


class TrainingReport(BaseModel):
    """Trainings that ended in a period: of the whole area, by topic, and of each area of a level in it."""

    from_: date = Field(alias="from", description="The period's first day")
    until: date = Field(description="The period's last day")
    level: Level
    total: TrainingReportRow = Field(description="Also of trainings for a wider area than those of the rows")
    topics: list[TopicCounts]
    rows: Trusted[list[TrainingReportRow]]
