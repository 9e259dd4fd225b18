"""Reads of areas that several features share."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import Area
from shared.errors import Invalid


async def find_area(db: AsyncSession, code: str, *, lock: bool = False) -> Area | None:
    """The area of a code: open ones first, then the one registered first."""
    statement = select(Area).where(col(Area.code) == code).order_by(col(Area.status).desc(), col(Area.id)).limit(1)
    found: Area | None = await db.scalar(statement.with_for_update() if lock else statement)
    return found


async def get_open_area(db: AsyncSession, code: str, *, pointer: str = "/area_code", lock: bool = False) -> Area:
    """The open area of a code. Raises Invalid naming the field."""
    area = await find_area(db, code, lock=lock)
    if area is None or area.status != "open":
        raise Invalid.field(
            pointer,
            "area_unknown",
            en=f"There is no area with the code {code} in the gazetteer.",
            km=f"គ្មានតំបន់ដែលមានលេខកូដ {code} ក្នុងបញ្ជីរដ្ឋបាលទេ។",
        )
    return area
