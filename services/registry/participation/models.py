"""Taking part in social accountability for a year: from the supply side, the demand side, or both."""

from collections.abc import Collection
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from services.registry.organisations.naming import Said
from services.registry.tables import Table
from shared.auth.permissions import Role
from shared.auth.user import User
from shared.errors import Forbidden

Side = Literal["supply", "demand", "both", "none"]
DISTRICT = "district"
"""Stands where a unit has its kind: the administration of a district, which runs ISAF at its own level."""


class Participation(Table, table=True):
    """The part that a unit, or the administration of a district, has in a year; with neither side it has none."""

    __table_args__ = (
        UniqueConstraint("year", "unit_id"),
        UniqueConstraint("year", "area_id"),
        Index("ix_participation_unit_id", "unit_id"),
        Index("ix_participation_year_area_code", "year", "area_code"),
        Index("ix_participation_supporter_id", "supporter_id"),
        CheckConstraint("(unit_id IS NULL) <> (area_id IS NULL)", name="unit_or_area"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    year: int
    unit_id: UUID | None = Field(default=None, foreign_key="unit.id")
    area_id: UUID | None = Field(default=None, foreign_key="area.id")
    area_code: str = Field(sa_type=Text)
    """Where it lay in that year: it follows a unit that moves, or a code that is renumbered, until the year is over."""
    supply_side: bool
    demand_side: bool
    supporter_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    """The organisation that supports it, where the registry knows it."""
    supporting_ngo: str | None = Field(default=None, sa_type=Text)
    """Its name as it was said."""
    support_stated_by: UUID | None = None
    """The account that named the supporting organisation: a partner changes only what it said itself."""
    note: str | None = Field(default=None, sa_type=Text)
    version: int = 1

    def set(self, *, supply_side: bool, demand_side: bool, support: Said, note: str | None, by: UUID) -> None:
        """Take over what is said now."""
        self.supply_side, self.demand_side, self.note = supply_side, demand_side, note
        if support != self.support:
            self.supporter_id, self.supporting_ngo = support
            self.support_stated_by = by if support.name else None
        self.version += 1

    @property
    def support(self) -> Said:
        """The organisation that supports it."""
        return Said(self.supporter_id, self.supporting_ngo)


def is_partner_here(user: User, area_code: str) -> bool:
    """Whether the caller acts here as a partner alone: no grant as an officer reaches the place."""
    return all(grant.role == Role.PARTNER for grant in user.grants if grant.covers(area_code))


def must_be_the_partners_own(code: str, support: Said, before: Said, acted_for: Collection[UUID]) -> None:
    """Raise Forbidden where a partner whose account acts for an organisation names another as the one that supports."""
    if support != before and support.id is not None and acted_for and support.id not in acted_for:
        raise Forbidden(
            "support_not_yours",
            en=f"Your account acts for another organisation than the one named for {code}: name your own.",
            km=f"គណនីរបស់អ្នកតំណាងអង្គការផ្សេងពីអង្គការដែលបានបញ្ជាក់សម្រាប់ {code}៖ សូមបញ្ជាក់អង្គការរបស់អ្នក។",
        )


def must_be_a_partners_change(
    code: str, by: UUID, before: Participation | None, supply_side: bool, note: str | None
) -> None:
    """Raise Forbidden unless a partner changes nothing but the demand side and its own support.

    Where another has named the supporting organisation, a partner changes nothing at all.
    """
    if before is not None and before.supporting_ngo is not None and before.support_stated_by != by:
        raise Forbidden(
            "support_of_another",
            en=f"Another account has named who supports {code}. Ask the officers of the area to change it.",
            km=f"គណនីផ្សេងបានបញ្ជាក់អង្គការដែលគាំទ្រ {code} រួចហើយ។ សូមស្នើមន្ត្រីរដ្ឋបាលដើម្បីកែប្រែ។",
        )
    if (supply_side, note) != ((before.supply_side, before.note) if before else (False, None)):
        raise Forbidden(
            "supply_side_not_yours",
            en=f"A partner sets the demand side and its own support of {code}; the officers of the area set the rest.",
            km=f"អង្គការដៃគូអាចកំណត់តែផ្នែកតម្រូវការ និងការគាំទ្ររបស់ខ្លួនចំពោះ {code} ប៉ុណ្ណោះ។ ផ្នែកផ្សេងទៀតសម្រាប់មន្ត្រីរដ្ឋបាល។",
        )
