"""Community accountability facilitators (CAFs): citizen volunteers of a commune, each with a term."""

from datetime import date
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from services.registry.areas.models import Area
from services.registry.focal_persons.models import Sex
from services.registry.tables import Table
from shared.errors import Conflict, Invalid

ChosenBy = Literal["election", "nomination", "volunteering", "other"]
LeftReason = Literal["term_ended", "resigned", "moved_away", "took_office", "removed", "died", "other"]
TermEnd = LeftReason | Literal["transferred"]
"""Why an earlier term ended: as somebody leaves, or because the facilitator was moved to another commune."""
CHOICES: tuple[ChosenBy, ...] = get_args(ChosenBy)
CURRENT = text("left_on IS NULL")


class CafTerm(Table, table=True):
    """What a facilitator served before the present term: an earlier one, or the part of one in another commune.

    It is written when another term begins, so the record's own term is never here; the report counts records.
    """

    __tablename__ = "caf_term"
    __table_args__ = (Index("ix_caf_term_caf_id", "caf_id"), Index("ix_caf_term_area_id", "area_id"))

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    caf_id: UUID = Field(foreign_key="caf.id")
    area_id: UUID = Field(foreign_key="area.id")
    """The commune that was served."""
    term_from: date
    term_until: date | None = None
    chosen_by: ChosenBy | None = Field(default=None, sa_type=Text)
    left_on: date
    left_reason: TermEnd = Field(sa_type=Text)
    left_note: str | None = Field(default=None, sa_type=Text)


class Caf(Table, table=True):
    """A facilitator's personal record, seen only by those who must; everybody else sees counts."""

    __table_args__ = (
        Index("ix_caf_area_code_id", "area_code", "id"),
        Index("ix_caf_current", "area_code", postgresql_where=CURRENT),
        Index("uq_caf_account_id", "account_id", unique=True, postgresql_where=CURRENT),
        Index("ix_caf_area_id", "area_id"),
        Index("ix_caf_village_id", "village_id"),
        Index("ix_caf_supporter_id", "supporter_id"),
        CheckConstraint("term_until >= term_from", name="until_after_from"),
        CheckConstraint("(left_on IS NULL) = (left_reason IS NULL)", name="left_with_reason"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    name: str = Field(sa_type=Text)
    sex: Sex = Field(sa_type=Text)
    birth_year: int | None = None
    phone: str | None = Field(default=None, sa_type=Text)
    """E.164, such as +85512345678."""
    area_id: UUID = Field(foreign_key="area.id")
    """The commune."""
    area_code: str = Field(sa_type=Text)
    """The code that the commune bears now."""
    village_id: UUID | None = Field(default=None, foreign_key="area.id")
    term_from: date
    term_until: date | None = None
    """The last day; None where no end was set."""
    chosen_by: ChosenBy | None = Field(default=None, sa_type=Text)
    supporter_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    """The organisation that supports the facilitator, whose accounts see the record."""
    village_official: bool = False
    commune_assistant: bool = False
    """Either office hurts impartiality: it is recorded, shown and reported, and forbids nothing."""
    disability: bool | None = None
    ethnic_minority: bool | None = None
    """Both as the facilitator said; None where nothing was said."""
    account_id: UUID | None = Field(default=None, foreign_key="account.id")
    last_seen_on: date | None = None
    """The last day of work that somebody vouched for: the clerk, an officer, or a meeting recorded by the account."""
    last_trained_on: date | None = None
    """The last day of the latest training that names the facilitator; trainings keep it."""
    left_on: date | None = None
    left_reason: LeftReason | None = Field(default=None, sa_type=Text)
    left_note: str | None = Field(default=None, sa_type=Text)
    version: int = 1

    @property
    def last_active_on(self) -> date | None:
        """The last day on which the facilitator is known to have been at work: seen, or trained."""
        return max(filter(None, (self.last_seen_on, self.last_trained_on)), default=None)

    def set(self, **changes: Any) -> None:
        """Take over what is said now. Raises Invalid for a term that ends before it begins."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.must_have_a_term()

    def served(self, until: date, why: TermEnd, note: str | None = None) -> CafTerm:
        """What was served until a day, to be kept beside the record that goes on."""
        return CafTerm(
            caf_id=self.id,
            area_id=self.area_id,
            term_from=self.term_from,
            term_until=self.term_until,
            chosen_by=self.chosen_by,
            left_on=max(until, self.term_from),
            left_reason=why,
            left_note=note,
        )

    def served_before(self, term_from: date) -> CafTerm | None:
        """The term that ends where another begins after its last day; None where its own begin is corrected."""
        if not begins_another(self.term_until, term_from):
            return None
        assert self.term_until is not None
        return self.served(self.term_until, "term_ended")

    def move(self, commune: Area, today: date) -> CafTerm:
        """Let the facilitator serve another commune from today on; what was served in the one before."""
        served = self.served(today, "transferred")
        self.area_id, self.area_code = commune.id, commune.code
        return served

    def must_have_a_term(self) -> None:
        """Raise Invalid for a term that ends before it begins."""
        if self.term_until is not None and self.term_until < self.term_from:
            raise Invalid.field(
                "/term_until",
                "before_the_begin",
                en=f"The term begins on {self.term_from}: it cannot end before.",
                km=f"អាណត្តិចាប់ផ្ដើមនៅថ្ងៃ {self.term_from}៖ មិនអាចបញ្ចប់មុនថ្ងៃនោះទេ។",
            )

    def leave(self, day: date, reason: LeftReason, note: str | None) -> None:
        """Let the facilitator go. Raises Conflict when gone already, Invalid before the term."""
        self.must_be_current()
        if day < self.term_from:
            raise Invalid.field(
                "/left_on",
                "before_the_begin",
                en=f"The term began on {self.term_from}: nobody leaves before.",
                km=f"អាណត្តិបានចាប់ផ្ដើមនៅថ្ងៃ {self.term_from}៖ មិនអាចចាកចេញមុនថ្ងៃនោះទេ។",
            )
        self.left_on, self.left_reason, self.left_note = day, reason, note
        self.version += 1

    def come_back(self, term_from: date, term_until: date | None) -> CafTerm | None:
        """Begin another term; the one that was left. Raises Conflict for who has not left.

        None where the same term goes on: leaving was a mistake.
        """
        if self.left_on is None or self.left_reason is None:
            raise Conflict(
                "caf_current",
                en="This facilitator has not left: change the term instead.",
                km="អ្នកសម្របសម្រួលនេះមិនទាន់ចាកចេញទេ៖ សូមកែប្រែអាណត្តិជំនួសវិញ។",
            )
        left = self.served(self.left_on, self.left_reason, self.left_note)
        goes_on = term_from == self.term_from
        self.left_on = self.left_reason = self.left_note = None
        self.set(term_from=term_from, term_until=term_until)
        self.version += 1
        return None if goes_on else left

    def must_be_current(self) -> None:
        """Raise Conflict for who has left."""
        if self.left_on is not None:
            raise Conflict(
                "caf_left",
                en=f"This facilitator left on {self.left_on}. Let them come back (:return) first.",
                km=f"អ្នកសម្របសម្រួលនេះបានចាកចេញនៅថ្ងៃ {self.left_on}។ សូមប្រើ :return ជាមុនសិន។",
            )


def begins_another(term_until: date | None, term_from: date) -> bool:
    """Whether a new first day begins another term: it lies after the last day of the one on record."""
    return term_until is not None and term_from > term_until
