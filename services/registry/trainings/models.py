"""Trainings that were held, with participants by kind and sex, and the topics that they are about."""

from datetime import date
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, Text, text
from sqlmodel import Field

from services.registry.focal_persons.models import Sex
from services.registry.tables import Table
from shared.errors import Conflict, Forbidden

ParticipantKind = Literal["caf", "committee_member", "provider", "official", "citizen", "other"]
PARTICIPANT_KINDS: tuple[ParticipantKind, ...] = get_args(ParticipantKind)
SEXES: tuple[Sex, ...] = get_args(Sex)
GROUPS = tuple((kind, sex) for kind in PARTICIPANT_KINDS for sex in SEXES)
MOST_OF_A_KIND = 10_000
"""Participants of one kind and sex in one training."""


class TrainingTopic(Table, table=True):
    """What trainings are about, as the secretariat lists it."""

    __tablename__ = "training_topic"

    code: str = Field(primary_key=True, sa_type=Text)
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    active: bool = True
    version: int = 1


class Training(Table, table=True):
    """A training that was held; one withdrawn counts nowhere and stays to be read."""

    __table_args__ = (
        Index("ix_training_area_code_id", "area_code", "id"),
        Index("ix_training_held_until_id", "held_until", "id"),
        Index("ix_training_area_id", "area_id"),
        Index("ix_training_organiser_id", "organiser_id"),
        CheckConstraint("held_until >= held_from", name="until_after_from"),
        CheckConstraint("(area_id IS NULL) = (area_code = '')", name="nation_or_area"),
        CheckConstraint("cardinality(participants) = 18", name="participants"),
        CheckConstraint("(withdrawn_on IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn_with_reason"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    topic: str = Field(sa_type=Text, foreign_key="training_topic.code")
    title: str | None = Field(default=None, sa_type=Text)
    organiser_id: UUID = Field(foreign_key="organisation.id")
    area_id: UUID | None = Field(default=None, foreign_key="area.id")
    area_code: str = Field(sa_type=Text)
    """For whose people it was held, which is its level; the code that the area bears now, "" for the nation."""
    held_from: date
    held_until: date
    participants: list[int] = Field(sa_type=ARRAY(Integer))
    """How many took part of each of GROUPS, in that order: an array adds up for the nation in a third of the time."""
    withdrawn_on: date | None = None
    withdrawal_reason: str | None = Field(default=None, sa_type=Text, sa_column_kwargs={"name": "withdrawn_reason"})
    """Its column keeps the name it began with: renaming it would stop the version that runs during an upgrade."""
    version: int = 1

    def withdraw(self, day: date, reason: str) -> None:
        """Let it count no longer. Raises Conflict when it does not."""
        self.must_stand()
        self.withdrawn_on, self.withdrawal_reason = day, reason
        self.version += 1

    def must_stand(self) -> None:
        """Raise Conflict when it was withdrawn."""
        if self.withdrawn_on is not None:
            raise Conflict(
                "training_withdrawn",
                en=f"This training was withdrawn on {self.withdrawn_on}. Record it anew if it was held.",
                km=f"វគ្គបណ្ដុះបណ្ដាលនេះត្រូវបានដកចេញនៅថ្ងៃ {self.withdrawn_on}។ បើវាពិតជាបានធ្វើ សូមកត់ត្រាជាថ្មី។",
            )


class TrainingCaf(Table, table=True):
    """A facilitator who is known by record to have taken part."""

    __tablename__ = "training_caf"
    __table_args__ = (Index("ix_training_caf_caf_id", "caf_id"),)

    training_id: UUID = Field(primary_key=True, foreign_key="training.id")
    caf_id: UUID = Field(primary_key=True, foreign_key="caf.id")


def organiser_not_yours() -> Forbidden:
    """The refusal of a partner that speaks for another organisation."""
    return Forbidden(
        "organiser_not_yours",
        en="A partner records the trainings of the organisation that its account acts for.",
        km="អង្គការដៃគូកត់ត្រាតែវគ្គបណ្ដុះបណ្ដាលរបស់អង្គការដែលគណនីរបស់ខ្លួនតំណាងប៉ុណ្ណោះ។",
    )
