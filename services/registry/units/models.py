"""Service units, and what hangs on them."""

from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Column, Computed, DateTime, Double, Index, Text, UniqueConstraint, func, text
from sqlmodel import Field

from services.registry.areas.models import today_in_cambodia
from services.registry.tables import Table
from shared.errors import Conflict, Invalid
from shared.events.registry import UnitKind

UnitStatus = Literal["open", "closed"]
REPORTED = ["id", "status", "opened_on", "closed_on", "merged_into"]
"""What reports read of a nation's units, so that an index has it all: the table's rows are five times as wide."""


class Unit(Table, table=True):
    """A service unit that citizens score. Its code is never given to another, also after it is closed."""

    __table_args__ = (
        Index("ix_unit_code", "code", unique=True),
        Index("ix_unit_area_code_code", "area_code", "code"),
        Index("ix_unit_reported", "area_code", "kind", postgresql_include=REPORTED),
        Index("ix_unit_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    code: str = Field(sa_type=Text)
    kind: UnitKind = Field(sa_type=Text, foreign_key="unit_kind.code")
    area_code: str = Field(sa_type=Text)
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    opened_on: date | None = None
    latitude: float | None = Field(default=None, sa_type=Double)
    longitude: float | None = Field(default=None, sa_type=Double)
    note: str | None = Field(default=None, sa_type=Text)
    status: UnitStatus = Field(default="open", sa_type=Text)
    closed_on: date | None = None
    closed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    close_reason: str | None = Field(default=None, sa_type=Text)
    merged_into: str | None = Field(default=None, sa_type=Text)
    """The code of the unit that a duplicate was merged into, and that it is found by now."""
    version: int = 1

    def open_since(self, on: date | None) -> None:
        """Record the day on which the unit was opened, or that it is not known."""
        if on is not None:
            must_have_come(on, "/opened_on")
        self.opened_on = on

    def close(self, reason: str, on: date) -> None:
        """Take the unit out of use from a day on; its history stays."""
        self.must_be_open()
        must_have_come(on)
        if self.opened_on is not None and on < self.opened_on:
            raise Invalid.field(
                "/on",
                "closed_before_opened",
                en=f"{self.code} was opened on {self.opened_on}; it cannot have closed before.",
                km=f"អង្គភាព {self.code} បានបើកនៅថ្ងៃទី {self.opened_on}; មិនអាចបិទមុនថ្ងៃនោះបានទេ។",
            )
        self.status, self.closed_on, self.closed_at, self.close_reason = "closed", on, datetime.now(UTC), reason
        self.version += 1

    def reopen(self) -> None:
        """Undo a wrong closing. Raises Conflict when the unit is open, or was merged into another."""
        if self.merged_into is not None:
            raise self._merged()
        if self.status == "open":
            raise Conflict("unit_open", en=f"{self.code} is open.", km=f"អង្គភាព {self.code} កំពុងបើកដំណើរការ។")
        self.status, self.closed_on, self.closed_at, self.close_reason = "open", None, None, None
        self.version += 1

    def move(self, area_code: str, on: date) -> None:
        """Let the unit sit in another area; its code stays, as it tells where the unit was founded."""
        self.must_be_open()
        must_have_come(on)
        if area_code == self.area_code:
            raise Conflict(
                "unit_there_already",
                en=f"{self.code} sits in {area_code} already.",
                km=f"អង្គភាព {self.code} ស្ថិតនៅក្នុង {area_code} រួចហើយ។",
            )
        self.area_code = area_code
        self.version += 1

    def become(self, kind: UnitKind, code: str, on: date) -> None:
        """Make the unit one of another kind of the same level, with a code of that kind."""
        self.must_be_open()
        must_have_come(on)
        if kind == self.kind:
            raise Invalid.field(
                "/kind",
                "unit_kind_same",
                en=f"{self.code} is of the kind {kind} already.",
                km=f"អង្គភាព {self.code} មានប្រភេទ {kind} រួចហើយ។",
            )
        self.kind, self.code = kind, code
        self.version += 1

    def merge_into(self, survivor: "Unit", reason: str) -> None:
        """End this duplicate in favour of the unit that stays; one that was closed keeps the day of that.

        Raises Conflict when either was merged before, when the survivor is closed, or when they are not of one kind.
        """
        if self.merged_into is not None:
            raise self._merged()
        survivor.must_be_open()
        if survivor.id == self.id:
            raise Invalid.field(
                "/into",
                "unit_same",
                en="A unit is not merged into itself.",
                km="អង្គភាពមួយមិនអាចបញ្ចូលទៅក្នុងខ្លួនឯងបានទេ។",
            )
        if survivor.kind != self.kind:
            raise Conflict(
                "unit_kinds_differ",
                en=f"{self.code} and {survivor.code} are of different kinds. Change the kind of one of them first.",
                km=f"{self.code} និង {survivor.code} មានប្រភេទខុសគ្នា។ សូមប្ដូរប្រភេទរបស់អង្គភាពមួយជាមុនសិន។",
            )
        if self.status == "open":
            self.close(reason, today_in_cambodia())
        else:
            self.version += 1
        self.merged_into = survivor.code

    def must_be_open(self) -> None:
        """Raise Conflict when the unit is closed, with where to look when it was merged."""
        if self.merged_into is not None:
            raise self._merged()
        if self.status == "closed":
            raise Conflict("unit_closed", en=f"{self.code} is closed.", km=f"អង្គភាព {self.code} ត្រូវបានបិទហើយ។")

    def _merged(self) -> Conflict:
        return Conflict(
            "unit_merged",
            en=f"{self.code} was merged into {self.merged_into}: use that code.",
            km=f"អង្គភាព {self.code} ត្រូវបានបញ្ចូលទៅក្នុង {self.merged_into} ហើយ។ សូមប្រើលេខកូដនោះ។",
        )


_words = Computed("place_words(((name_km || name_en) || code))", persisted=True)
SEARCH_WORDS: Column[str] = Column("search_words", Text(collation="C"), _words)
"""Names and code as areas' names are searched, made by the database; beside the entity, as nobody who reads it needs
them."""
Table.metadata.tables["unit"].append_column(SEARCH_WORDS)


class UnitCatchment(Table, table=True):
    """An area that a unit serves beside its own."""

    __tablename__ = "unit_catchment"
    __table_args__ = (Index("ix_unit_catchment_area_code", "area_code"),)

    unit_id: UUID = Field(primary_key=True, foreign_key="unit.id")
    area_code: str = Field(primary_key=True, sa_type=Text)


class UnitAlias(Table, table=True):
    """A code by which a unit was known, or a duplicate that was merged into it: cards and posters still bear it."""

    __tablename__ = "unit_alias"
    __table_args__ = (Index("ix_unit_alias_unit_id", "unit_id"),)

    code: str = Field(primary_key=True, sa_type=Text)
    unit_id: UUID = Field(foreign_key="unit.id")
    since: datetime = Field(
        default=None, sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )
    reason: str = Field(sa_type=Text)


class UnitExternalId(Table, table=True):
    """The id that another system knows a unit by, such as a school's EMIS code."""

    __tablename__ = "unit_external_id"
    __table_args__ = (UniqueConstraint("unit_id", "system"),)

    system: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(primary_key=True, sa_type=Text)
    unit_id: UUID = Field(foreign_key="unit.id")


def must_have_come(on: date, pointer: str = "/on") -> None:
    """Raise Invalid for a day to come: what is recorded here holds at once."""
    if on > today_in_cambodia():
        raise Invalid.field(
            pointer,
            "date_in_future",
            en="The day must not lie in the future: the change holds at once.",
            km="កាលបរិច្ឆេទមិនអាចជាថ្ងៃអនាគតទេ ព្រោះការផ្លាស់ប្ដូរមានប្រសិទ្ធភាពភ្លាម។",
        )
