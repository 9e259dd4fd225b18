"""Organisations, and the accounts that act for them."""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Text, func, text
from sqlmodel import Field

from services.registry.tables import Table
from shared.errors import Conflict, Invalid

OrganisationKind = Literal["ministry", "department", "ngo", "development_partner", "cbo", "other"]
KINDS: tuple[OrganisationKind, ...] = get_args(OrganisationKind)
DIGITS: dict[OrganisationKind, int] = {"ministry": 0, "development_partner": 0, "department": 2, "cbo": 6}
"""Length of the area code where a kind has a level of its own: departments are a province's, CBOs a commune's."""
MOST_DIGITS = 6
"""None is registered for a village."""


class Organisation(Table, table=True):
    """A ministry, department, NGO, development partner, community-based organisation (CBO) or another one."""

    __table_args__ = (
        Index("ix_organisation_area_code_id", "area_code", "id"),
        Index("ix_organisation_area_id", "area_id"),
        CheckConstraint("(area_id IS NULL) = (area_code = '')", name="nation_or_area"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    kind: OrganisationKind = Field(sa_type=Text)
    name_km: str = Field(sa_type=Text)
    name_en: str | None = Field(default=None, sa_type=Text)
    short_name: str | None = Field(default=None, sa_type=Text)
    area_id: UUID | None = Field(default=None, foreign_key="area.id")
    area_code: str = Field(default="", sa_type=Text)
    """The code that its area bears now, "" for the nation."""
    contact: str | None = Field(default=None, sa_type=Text)
    """Of a CBO often somebody's own telephone: for those alone who may change the organisation, or act for it."""
    active: bool = True
    version: int = 1

    def must_be_active(self, pointer: str) -> None:
        """Raise Invalid when it is no longer to be chosen."""
        if not self.active:
            raise Invalid.field(
                pointer,
                "organisation_inactive",
                en=f"{self.name_en or self.name_km} is no longer active.",
                km=f"{self.name_km} លែងសកម្មហើយ។",
            )


class OrganisationAccount(Table, table=True):
    """An account that acts for an organisation: a partner sees the facilitators that its organisation supports."""

    __tablename__ = "organisation_account"
    __table_args__ = (Index("ix_organisation_account_organisation_id", "organisation_id"),)

    account_id: UUID = Field(primary_key=True, foreign_key="account.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    linked_at: datetime = Field(
        default=None, sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )
    linked_by: UUID


def must_fit_level(kind: OrganisationKind, area_code: str, *, pointer: str = "/area_code") -> None:
    """Raise Invalid for an area of a level at which there is no such organisation."""
    digits = DIGITS.get(kind)
    if digits == len(area_code) or (digits is None and len(area_code) <= MOST_DIGITS):
        return
    place_en, place_km = {
        0: ("the whole nation", "ទូទាំងប្រទេស"),
        2: ("a province", "រាជធានី ខេត្ត"),
        6: ("a commune", "ឃុំ សង្កាត់"),
        None: ("the nation, a province, a district or a commune", "ថ្នាក់ជាតិ ខេត្ត ស្រុក ឬឃុំ សង្កាត់"),
    }[digits]
    raise Invalid.field(
        pointer,
        "level_unfit",
        en=f"An organisation of the kind {kind} is registered for {place_en}.",
        km=f"អង្គការប្រភេទ {kind} ត្រូវចុះបញ្ជីសម្រាប់{place_km}។",
    )


def organisation_exists(other: Organisation) -> Conflict:
    """The refusal of a second organisation of the same name, kind and area."""
    return Conflict(
        "organisation_exists",
        en=f"There is a {other.kind} of this name here already: {other.id}.",
        km=f"មានអង្គការឈ្មោះនេះរួចហើយ៖ {other.id}។",
    )
