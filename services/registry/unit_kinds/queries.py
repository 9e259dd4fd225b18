"""Reads of kinds that several features share."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.unit_kinds.models import Kind
from shared.errors import Invalid


async def find_kind(db: AsyncSession, code: str, *, lock: bool = False) -> Kind | None:
    """The kind of a code."""
    found: Kind | None = await db.get(Kind, code, with_for_update=True if lock else None, populate_existing=lock)
    return found


async def must_know_kind(db: AsyncSession, code: str | None, *, pointer: str = "query/kind") -> None:
    """Raise Invalid for a filter by a kind that there is not: a mistyped one would find nothing; None asks for all."""
    if code is not None and await find_kind(db, code) is None:
        raise kind_unknown(code, pointer)


async def get_kind(db: AsyncSession, code: str, *, pointer: str = "/kind") -> Kind:
    """The kind that a request names, kept from changing until the caller's commit. Raises Invalid naming the field."""
    statement = select(Kind).where(col(Kind.code) == code).with_for_update(read=True)
    kind: Kind | None = await db.scalar(statement)
    if kind is None:
        raise kind_unknown(code, pointer)
    return kind


async def get_kinds(db: AsyncSession) -> dict[str, Kind]:
    """All kinds by code, kept from changing until the caller's commit: for lists of units."""
    found = await db.scalars(select(Kind).order_by(col(Kind.code)).with_for_update(read=True))
    return {kind.code: kind for kind in found}


def kind_unknown(code: str, pointer: str) -> Invalid:
    """The refusal of a kind that there is not."""
    return Invalid.field(
        pointer,
        "unit_kind_unknown",
        en=f"There is no kind of service unit {code}; GET /unit-kinds lists them.",
        km=f"គ្មានប្រភេទអង្គភាពផ្តល់សេវា {code} ទេ; សូមមើលបញ្ជីតាម GET /unit-kinds។",
    )
