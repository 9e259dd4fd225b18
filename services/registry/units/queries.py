"""Reads of units that several features share, and the next free code."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.units.models import HIGHEST_NUMBER, KINDS, Unit, number_of, unit_code
from shared.errors import Conflict, Invalid, NotFound
from shared.events.registry import UnitKind


async def find_unit(db: AsyncSession, code: str, *, lock: bool = False) -> Unit | None:
    """The unit of a code, open or closed."""
    statement = select(Unit).where(col(Unit.code) == code)
    found: Unit | None = await db.scalar(statement.with_for_update() if lock else statement)
    return found


async def get_unit(db: AsyncSession, code: str, *, lock: bool = False) -> Unit:
    """The unit of a code. Raises NotFound."""
    unit = await find_unit(db, code, lock=lock)
    if unit is None:
        raise NotFound(
            "unit_not_found",
            en=f"There is no service unit with the code {code}.",
            km=f"រកមិនឃើញអង្គភាពផ្តល់សេវាដែលមានលេខកូដ {code} ទេ។",
        )
    return unit


async def free_code(db: AsyncSession, kind: UnitKind, area_code: str, wanted: str | None) -> str:
    """The code of a new unit; the caller holds the area's lock, so two units never get the same.

    Codes of closed units are not given again: old scorecards bear them.
    """
    statement = select(col(Unit.code)).where(col(Unit.area_code) == area_code, col(Unit.kind) == kind)
    taken = set((await db.scalars(statement)).all())
    if wanted is None:
        numbers = [number_of(kind, area_code, code) or 0 for code in taken]
        wanted = unit_code(kind, area_code, max(numbers, default=0) + 1)
    _must_fit(kind, area_code, wanted)
    if wanted in taken:
        raise Conflict("unit_exists", en=f"There is a unit {wanted} already.", km=f"មានអង្គភាពផ្តល់សេវា {wanted} រួចហើយ។")
    return wanted


def _must_fit(kind: UnitKind, area_code: str, code: str) -> None:
    try:
        number_of(kind, area_code, code)
    except ValueError:
        form = unit_code(kind, area_code, 1)
        ending = f" (the last number is 1 to {HIGHEST_NUMBER})" if KINDS[kind].numbered else ""
        raise Invalid.field(
            "/code",
            "unit_code_unfit",
            en=f"The code of such a unit in {area_code} looks like {form}{ending}; or leave it out.",
            km=f"លេខកូដនៃអង្គភាពប្រភេទនេះក្នុង {area_code} មានទម្រង់ {form} ឬមិនចាំបាច់បំពេញ។",
        ) from None
