"""A service's own copy of the registry's areas and units, kept current by events.

A service declares what it needs in its areas.py:
`class Area(AreaCopy, Table, table=True)` and `class Unit(UnitCopy, Table, table=True)`.
"""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, Select, Text, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from shared.areas import prefix_range
from shared.consumers import Consumers
from shared.errors import Invalid
from shared.events import Event
from shared.events.registry import AreaChanged, UnitChanged

CODES = ARRAY(Text(collation="C"))


class AreaCopy(SQLModel):
    """The columns of an area's copy; the table is made by migrations.create_area_copy."""

    id: UUID = Field(primary_key=True)
    code: str = Field(sa_type=Text)
    level: str = Field(sa_type=Text)
    parent_code: str | None = Field(sa_type=Text)
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)


class UnitCopy(SQLModel):
    """The columns of a service unit's copy; the table is made by migrations.unit_copy_table and add_unit_aliases."""

    id: UUID = Field(primary_key=True)
    code: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    area_code: str = Field(sa_type=Text)
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    aliases: list[str] = Field(default=[], sa_type=CODES)
    """Codes that it bore before, or that duplicates bore which were merged into it."""


A = TypeVar("A", bound=AreaCopy)
U = TypeVar("U", bound=UnitCopy)


async def apply_changes(db: AsyncSession, table: type[SQLModel], events: Sequence[Event]) -> None:
    """Write the newest state of each entity, whatever the order or repetition of the events."""
    newest: dict[UUID, dict[str, Any]] = {}
    for event in events:
        row = event.model_dump()
        if row["id"] not in newest or newest[row["id"]]["version"] < row["version"]:
            newest[row["id"]] = row
    statement = insert(table)
    columns = [name for name in table.model_fields if name != "id"]
    await db.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_={name: statement.excluded[name] for name in columns},
            where=col(table.version) < statement.excluded.version,  # type: ignore[attr-defined]
        ),
        list(newest.values()),
    )


def keep_areas(consumers: Consumers, table: type[AreaCopy]) -> None:
    """Keep the service's areas current."""

    @consumers.on_batch(AreaChanged)
    async def copy_areas(db: AsyncSession, events: Sequence[AreaChanged]) -> None:
        await apply_changes(db, table, events)


def keep_units(consumers: Consumers, table: type[UnitCopy]) -> None:
    """Keep the service's units current."""

    @consumers.on_batch(UnitChanged)
    async def copy_units(db: AsyncSession, events: Sequence[UnitChanged]) -> None:
        await apply_changes(db, table, events)


async def find_area(db: AsyncSession, table: type[A], code: str) -> A | None:
    """The area of a code, open ones first; codes may repeat among villages and over time."""
    statement = select(table).where(col(table.code) == code).order_by(col(table.status).desc(), col(table.id)).limit(1)
    found: A | None = await db.scalar(statement)
    return found


async def must_be_areas(db: AsyncSession, table: type[AreaCopy], codes: Sequence[str], *, pointer: str) -> None:
    """Raise Invalid when a code is not an open area of the gazetteer; "" is the nation."""
    wanted = {code for code in codes if code}
    known = set(
        (
            await db.scalars(select(col(table.code)).where(col(table.code).in_(wanted), col(table.status) == "open"))
        ).all()
    )
    for unknown in sorted(wanted - known):
        raise area_unknown(unknown, pointer)


def area_unknown(code: str, pointer: str) -> Invalid:
    """The refusal of an area code that the gazetteer does not have."""
    return Invalid.field(
        pointer,
        "area_unknown",
        en=f"There is no area with the code {code} in the gazetteer.",
        km=f"គ្មានតំបន់ដែលមានលេខកូដ {code} ទេ។",
    )


async def find_unit(db: AsyncSession, table: type[U], code: str) -> U | None:
    """The open unit of a code; an old code, and that of a duplicate that was merged, leads to the unit of today."""
    known_by = or_(col(table.code) == code, col(table.aliases).contains([code]))
    unit: U | None = await db.scalar(select(table).where(known_by, col(table.status) == "open"))
    return unit


async def get_unit(db: AsyncSession, table: type[U], code: str, *, pointer: str = "/unit_code") -> U:
    """The open unit that a code leads to, also an old one. Raises Invalid naming the field."""
    unit = await find_unit(db, table, code)
    if unit is None:
        raise Invalid.field(
            pointer,
            "unit_unknown",
            en=f"There is no open service unit with the code {code}.",
            km=f"គ្មានអង្គភាពផ្តល់សេវាដែលមានលេខកូដ {code} ទេ។",
        )
    return unit


R = TypeVar("R")


def under(statement: Select[R], column: Any, scope: str) -> Select[R]:
    """Narrow a statement to the codes under an area, as a range that the "C" collated index serves."""
    low, high = prefix_range(scope)
    return statement.where(column >= low, column < high)
