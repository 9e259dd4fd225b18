"""Areas of the country, from provinces to villages: as they are, as they were, and what succeeded them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlmodel import Field

from services.registry.areas.operations import ChangeKind
from services.registry.tables import Table
from shared.areas import Level
from shared.errors import Conflict
from shared.events.registry import AreaChanged, AreaSucceeded, SuccessionKind

AreaStatus = Literal["open", "closed"]
ChangeState = Literal["scheduled", "applied", "cancelled", "failed"]
CAMBODIA = timezone(timedelta(hours=7), "Asia/Phnom_Penh")


def today_in_cambodia() -> date:
    """The day that decides whether a change is due."""
    return datetime.now(CAMBODIA).date()


class Area(Table, table=True):
    """An area as it is now. Its code may be shared: villages repeat in the official list, and codes get renumbered.

    `valid_from` is the day since which it is as it is; of a closed area, the day of its closing.
    """

    __table_args__ = (
        Index("ix_area_code_id", "code", "id"),
        Index("ix_area_level_code_id", "level", "code", "id"),
        Index("ix_area_parent_code_code_id", "parent_code", "code", "id"),
        ExcludeConstraint(
            ("code", "="),
            name="one_open_area_per_code",
            using="btree",
            where=text("status = 'open' AND level <> 'village'"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    code: str = Field(sa_type=Text)
    level: Level = Field(sa_type=Text)
    parent_code: str | None = Field(default=None, sa_type=Text)
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    status: AreaStatus = Field(default="open", sa_type=Text)
    valid_from: date
    version: int = 1

    def must_be_open(self) -> None:
        """Raise Conflict when the area has ended."""
        if self.status == "closed":
            raise Conflict(
                "area_closed",
                en=f"{self.name_en} ({self.code}) ended on {self.valid_from}.",
                km=f"{self.name_km} ({self.code}) ត្រូវបានបិទតាំងពីថ្ងៃទី {self.valid_from}។",
            )


class AreaChange(Table, table=True):
    """What was ordered to happen to areas, on which day and by which text of law; and what came of it."""

    __tablename__ = "area_change"
    __table_args__ = (Index("ix_area_change_due", "effective_on", "id", postgresql_where=text("state = 'scheduled'")),)

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    kind: ChangeKind = Field(sa_type=Text)
    effective_on: date
    legal_reference: str = Field(sa_type=Text)
    note: str | None = Field(default=None, sa_type=Text)
    by_account_id: UUID | None = None
    recorded_at: datetime = Field(
        default=None, sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )
    state: ChangeState = Field(sa_type=Text)
    settled_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    """When it was applied or cancelled, or failed."""
    failure: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    operations: list[dict[str, Any]] = Field(sa_type=JSONB)

    def settle(self, state: ChangeState, at: datetime) -> None:
        """Go over to what came of the change."""
        self.state, self.settled_at = state, at

    def must_be_scheduled(self) -> None:
        """Raise Conflict when there is nothing left to cancel."""
        if self.state != "scheduled":
            raise Conflict(
                "change_not_scheduled",
                en=f"This change is {self.state}; only a scheduled one can be cancelled.",
                km="ការផ្លាស់ប្ដូរនេះលែងស្ថិតក្នុងកាលវិភាគទៀតហើយ។ អាចបោះបង់បានតែការផ្លាស់ប្ដូរដែលបានគ្រោងទុកប៉ុណ្ណោះ។",
            )


class AreaPeriod(Table, table=True):
    """An area as it was from a day (included) to a day (not included); open-ended for the state that holds.

    A period that was overtaken on its own first day is empty and no longer found by date; it stays as history.
    """

    __tablename__ = "area_period"
    __table_args__ = (
        Index("ix_area_period_area_id_seq", "area_id", "seq"),
        Index("ix_area_period_code_area_id", "code", "area_id"),
        Index("ix_area_period_level_code_area_id", "level", "code", "area_id"),
        Index("ix_area_period_parent_code_code_area_id", "parent_code", "code", "area_id"),
        Index("ix_area_period_current", "area_id", unique=True, postgresql_where=text("valid_to IS NULL")),
    )

    seq: int = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    area_id: UUID = Field(foreign_key="area.id")
    code: str = Field(sa_type=Text)
    level: Level = Field(sa_type=Text)
    parent_code: str | None = Field(default=None, sa_type=Text)
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None = None
    version: int
    """The area's version that began with this period."""
    made_by: UUID | None = Field(default=None, foreign_key="area_change.id")
    ended_by: UUID | None = Field(default=None, foreign_key="area_change.id")


class AreaSuccession(Table, table=True):
    """One line of the crosswalk: what was under an old code is under a new one from a day on."""

    __tablename__ = "area_succession"
    __table_args__ = (
        Index("ix_area_succession_old_area_id_seq", "old_area_id", "seq"),
        Index("ix_area_succession_new_area_id_seq", "new_area_id", "seq"),
        Index("ix_area_succession_effective_on_seq", "effective_on", "seq"),
    )

    seq: int = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    id: UUID = Field(default=None, unique=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    change_id: UUID = Field(foreign_key="area_change.id")
    kind: SuccessionKind = Field(sa_type=Text)
    level: Level = Field(sa_type=Text)
    old_area_id: UUID = Field(foreign_key="area.id")
    old_code: str = Field(sa_type=Text)
    new_area_id: UUID = Field(foreign_key="area.id")
    new_code: str = Field(sa_type=Text)
    effective_on: date


def area_changed(area: Any) -> AreaChanged:
    """The event that tells an area's (or a row's) state."""
    return AreaChanged(
        id=area.id,
        code=area.code,
        level=area.level,
        parent_code=area.parent_code,
        name_km=area.name_km,
        name_en=area.name_en,
        status=area.status,
        version=area.version,
        valid_from=area.valid_from,
    )


def areas_succeeded(lines: Sequence[Any]) -> list[AreaSucceeded]:
    """The events that tell lines of the crosswalk."""
    return [
        AreaSucceeded(
            id=line.id,
            kind=line.kind,
            old_area_id=line.old_area_id,
            old_code=line.old_code,
            new_area_id=line.new_area_id,
            new_code=line.new_code,
            effective_on=line.effective_on,
            version=1,
        )
        for line in lines
    ]
