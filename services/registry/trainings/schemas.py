"""What clients send and read of trainings: counts of people, and never their names."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.registry.areas.codes import ShownCode, last_code
from services.registry.focal_persons.models import Sex
from services.registry.trainings.models import GROUPS, MOST_OF_A_KIND, ParticipantKind, TrainingTopic
from shared.areas import AreaScope, Level, level_of
from shared.schemas import Input, LongText, ShortText

MOST_CAFS = 500
TrainingLevel = Literal["nation"] | Level
TopicCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$"), Field(examples=["facilitation"])]
Place = Annotated[
    AreaScope,
    Field(
        max_length=6,
        description="For whose people it was held, which is its level: \"\" for the nation's, or a province's, "
        "district's or commune's",
        examples=["0202"],
    ),
]
Title = Annotated[ShortText, Field(description="What exactly; read by everybody: no names of people")]


class Participants(Input):
    """How many of a kind and sex took part."""

    kind: ParticipantKind
    sex: Sex
    number: int = Field(ge=1, le=MOST_OF_A_KIND, strict=True, examples=[12])


def _once_each(counts: list[Participants]) -> list[Participants]:
    if len({(count.kind, count.sex) for count in counts}) < len(counts):
        raise PydanticCustomError("participants_repeated", "must name each kind and sex once")
    return counts


def _without_repeats(ids: list[UUID]) -> list[UUID]:
    return list(dict.fromkeys(ids))


Counts = Annotated[list[Participants], Field(min_length=1, max_length=18), AfterValidator(_once_each)]
CafIds = Annotated[
    list[UUID],
    Field(max_length=MOST_CAFS, description="The facilitators who took part, where their records are known"),
    AfterValidator(_without_repeats),
]


def numbers_of(counts: Iterable[Participants]) -> list[int]:
    """The counts as a training keeps them, in the order of GROUPS."""
    numbers = {(count.kind, count.sex): count.number for count in counts}
    return [numbers.get(group, 0) for group in GROUPS]


class TrainingInput(Input):
    """A training that was held."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "topic": "facilitation",
                    "organiser_id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20",
                    "area_code": "0202",
                    "held_from": "2026-02-10",
                    "held_until": "2026-02-11",
                    "participants": [
                        {"kind": "caf", "sex": "female", "number": 22},
                        {"kind": "caf", "sex": "male", "number": 11},
                        {"kind": "official", "sex": "female", "number": 3},
                    ],
                    "caf_ids": ["019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b21"],
                }
            ]
        }
    )

    topic: TopicCode
    title: Title | None = None
    organiser_id: UUID = Field(description="The organisation that held it")
    area_code: Place = ""
    held_from: date
    held_until: date = Field(description="Its last day")
    participants: Counts
    caf_ids: CafIds = Field(default=[])


class TrainingPatch(Input):
    """What changes of a training: a field left out stays; lists are sent whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"held_until": "2026-02-12"}]})

    topic: TopicCode | None = None
    title: Title | None = None
    organiser_id: UUID | None = None
    area_code: Place | None = None
    held_from: date | None = None
    held_until: date | None = None
    participants: Counts | None = None
    caf_ids: CafIds | None = None


class TrainingWithdrawal(Input):
    """Why a training counts no longer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Recorded twice."}]})

    reason: LongText = Field(description="Read by everybody: no names of people")


class TrainingRead(BaseModel):
    """A training."""

    id: UUID
    topic: str = Field(examples=["facilitation"])
    title: str | None
    organiser_id: UUID
    organiser_km: str
    organiser_en: str | None
    level: TrainingLevel
    area_code: ShownCode = Field(description='"" for the nation', examples=["0202"])
    held_from: date
    held_until: date
    participants: list[Participants]
    total: int = Field(description="All who took part", examples=[36])
    female: int
    cafs_named: int = Field(description="How many facilitators are known by record to have taken part")
    withdrawn_on: date | None
    withdrawal_reason: str | None
    version: int

    @classmethod
    def of(cls, row: Any) -> Self:
        """Show a row of queries.all_trainings."""
        counts = [
            Participants(kind=kind, sex=sex, number=number)
            for (kind, sex), number in zip(GROUPS, row.participants, strict=True)
            if number
        ]
        values = {name: getattr(row, name) for name in SHOWN}
        return cls(
            **values,
            level=level_of(last_code(row.area_code)) if row.area_code else "nation",
            participants=counts,
            total=sum(count.number for count in counts),
            female=sum(count.number for count in counts if count.sex == "female"),
        )


SHOWN = tuple(name for name in TrainingRead.model_fields if name not in ("level", "participants", "total", "female"))


class TopicInput(Input):
    """A topic to add."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "first_aid", "name_km": "សង្គ្រោះបឋម", "name_en": "First aid"}]}
    )

    code: TopicCode
    name_km: ShortText
    name_en: ShortText


class TopicPatch(Input):
    """What changes of a topic; its code stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"active": False}]})

    name_km: ShortText | None = None
    name_en: ShortText | None = None
    active: Annotated[bool, Field(strict=True)] | None = Field(default=None, description="False: it is chosen no more")


class TopicRead(BaseModel):
    """What trainings are about."""

    code: str
    name_km: str
    name_en: str
    active: bool
    version: int

    @classmethod
    def of(cls, topic: TrainingTopic) -> Self:
        """Show a topic."""
        return cls.model_validate(topic, from_attributes=True)
