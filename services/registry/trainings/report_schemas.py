"""The trainings' report: counts alone, for everybody."""

from datetime import date

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from services.registry.areas.reported import AreaNamed
from services.registry.trainings.models import ParticipantKind
from shared.areas import Level


class OfTopic(BaseModel):
    """Which trainings a row counts."""

    topic: str = Field(examples=["facilitation"])
    name_km: str
    name_en: str
    trainings: int


class SexCounts(BaseModel):
    """People by sex."""

    total: int = Field(examples=[36])
    female: int = Field(examples=[25])
    male: int
    undisclosed: int


class KindCounts(TypedDict):
    """Participants of a kind; no model of its own, as a nation's ten thousand of them took five times as long."""

    kind: ParticipantKind
    total: int
    female: int
    male: int
    undisclosed: int


class TrainingCounts(SexCounts):
    """Trainings, and who took part: whoever took part in two counts twice, save among the facilitators named."""

    trainings: int = Field(examples=[2])
    female_percent: int | None = Field(description="Whole percent; null where nobody took part", examples=[69])
    cafs_named: int = Field(description="Facilitators known by record to have taken part, each once", examples=[30])
    participants: list[KindCounts] = Field(description="By kind; kinds that nobody was of are left out")


class TrainingReportRow(TrainingCounts, AreaNamed):
    """Of an area and below."""


class TopicCounts(SexCounts, OfTopic):
    """Trainings of a topic."""


class TrainingReport(BaseModel):
    """Trainings that ended in a period: of the whole area, by topic, and of each area of a level in it."""

    from_: date = Field(alias="from", description="The period's first day")
    until: date = Field(description="The period's last day")
    level: Level
    total: TrainingReportRow = Field(description="Also of trainings for a wider area than those of the rows")
    topics: list[TopicCounts]
    rows: list[TrainingReportRow]
