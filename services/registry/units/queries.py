"""Reads of units that several features share, and the next free code."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import Area
from services.registry.areas.queries import get_open_area
from services.registry.unit_kinds.models import HIGHEST_NUMBER, Kind
from services.registry.units.models import Unit, UnitAlias
from shared.areas import prefix_range
from shared.errors import Conflict, Invalid, NotFound, ServiceUnavailable

LEVELS_KM = {"province": "រាជធានី ខេត្ត", "district": "ក្រុង ស្រុក ខណ្ឌ", "commune": "ឃុំ សង្កាត់", "village": "ភូមិ"}
RECODING = text("SELECT pg_advisory_xact_lock(hashtext('registry.unit_codes'))")
"""One at a time changes what codes lead to, as it takes along the duplicates that were merged before."""
HOLD_AREAS = text(
    "SELECT id FROM area WHERE code = ANY(CAST(:codes AS text[])) AND status = 'open' ORDER BY id FOR UPDATE"
)
"""In the order in which a change of areas takes them."""
LOCK_BOTH = text(
    "SELECT id FROM unit WHERE code = ANY(CAST(:codes AS text[])) OR merged_into = ANY(CAST(:codes AS text[]))"
    " ORDER BY id FOR UPDATE"
)
"""In one order, so that those who lock several wait for each other in a line and not in a circle.

The duplicates that were merged into them before are redirected later on, and a change of areas locks those, too.
"""


async def find_unit(db: AsyncSession, code: str, *, lock: bool = False) -> Unit | None:
    """The unit that bears a code now, open or closed."""
    statement = select(Unit).where(col(Unit.code) == code)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found: Unit | None = await db.scalar(statement)
    return found


async def get_unit(db: AsyncSession, code: str, *, lock: bool = False) -> Unit:
    """The unit to change by its present code. Raises NotFound, or Conflict with the present code for an old one."""
    unit = await find_unit(db, code, lock=lock)
    if unit is None:
        known = await find_by_alias(db, code)
        raise _not_found(code) if known is None else _renamed(code, known.code)
    return unit


async def get_by_any_code(db: AsyncSession, code: str) -> Unit:
    """The unit that a code leads to: one that was merged leads to the unit that stayed. Raises NotFound."""
    unit = await find_unit(db, code)
    if unit is None or unit.merged_into is not None:
        unit = await find_by_alias(db, code)
    if unit is None:
        raise _not_found(code)
    return unit


async def find_by_alias(db: AsyncSession, code: str) -> Unit | None:
    """The unit that was known by a code, or took in the one that was."""
    statement = select(Unit).join(UnitAlias, col(UnitAlias.unit_id) == col(Unit.id)).where(col(UnitAlias.code) == code)
    found: Unit | None = await db.scalar(statement)
    return found


async def lock_units(db: AsyncSession, codes: Sequence[str]) -> list[Unit]:
    """The units of present codes in the order of the codes, locked with their duplicates. Raises as get_unit."""
    await db.execute(LOCK_BOTH, {"codes": list(codes)})
    return [await get_unit(db, code, lock=True) for code in codes]


async def hold_areas(db: AsyncSession, codes: Sequence[str]) -> None:
    """Keep areas as they are until the caller's commit; before any unit is locked, as a change of areas does it."""
    await db.execute(HOLD_AREAS, {"codes": list(codes)})


async def get_place(db: AsyncSession, kind: Kind, area_code: str, *, pointer: str = "/area_code") -> Area:
    """The open area, locked, that a unit of a kind can sit in. Raises Invalid naming the field."""
    area = await get_open_area(db, area_code, pointer=pointer, lock=True)
    if area.level != kind.level:
        raise wrong_level(kind, area_code, pointer)
    return area


def must_stand_in(unit: Unit, area: Area) -> None:
    """Raise when a unit was moved between a first look at it and the lock of that area."""
    if unit.area_code != area.code:
        raise ServiceUnavailable(
            "busy",
            en=f"{unit.code} was moved just now. Nothing was changed; send the same request again.",
            km=f"អង្គភាព {unit.code} ទើបតែត្រូវបានផ្លាស់ទី។ មិនមានអ្វីត្រូវបានកែប្រែទេ សូមផ្ញើសំណើដដែលម្ដងទៀត។",
            retry_after=1,
        )


async def must_have_room(db: AsyncSession, kind: Kind, area_code: str, *, besides: UUID | None = None) -> None:
    """Raise Conflict when the area has its one unit of the kind already; the caller holds the area's lock."""
    if kind.numbered:
        return
    there = (col(Unit.kind) == kind.code) & (col(Unit.area_code) == area_code) & (col(Unit.status) == "open")
    if besides is not None:
        there &= col(Unit.id) != besides
    if await db.scalar(select(exists().where(there))):
        raise Conflict(
            "unit_exists",
            en=f"{area_code} has its {kind.name_en} already; there is one at a time.",
            km=f"តំបន់ {area_code} មាន{kind.name_km}រួចហើយ; អាចមានតែមួយប៉ុណ្ណោះ។",
        )


async def free_code(db: AsyncSession, kind: Kind, area_code: str, wanted: str | None) -> str:
    """The code of a new unit; the caller holds the area's lock, so two units never get the same.

    Codes that were ever given are not given again: old scorecards bear them.
    """
    taken = await taken_codes(db, kind, area_code)
    if wanted is None:
        wanted = kind.unit_code(area_code, max(taken.values(), default=0) + 1)
    _must_fit(kind, area_code, wanted)
    if wanted in taken:
        raise Conflict("unit_exists", en=f"There is a unit {wanted} already.", km=f"មានអង្គភាពផ្តល់សេវា {wanted} រួចហើយ។")
    return wanted


async def taken_codes(db: AsyncSession, kind: Kind, area_code: str) -> dict[str, int]:
    """The codes ever given to units of a kind in an area, wherever they are now, with their numbers."""
    low, high = prefix_range(f"{kind.prefix}-{area_code}")
    either = union_all(
        select(col(Unit.code)).where(col(Unit.code) >= low, col(Unit.code) < high),
        select(col(UnitAlias.code)).where(col(UnitAlias.code) >= low, col(UnitAlias.code) < high),
    )
    plain = f"{kind.prefix}-{area_code}"
    given = (code for code in await db.scalars(either) if code == plain or code.startswith(f"{plain}-"))
    return {code: kind.number_of(area_code, code) for code in given}


def wrong_level(kind: Kind, area_code: str, pointer: str) -> Invalid:
    """The refusal of an area at another level than the kind's."""
    return Invalid.field(
        pointer,
        "area_level_wrong",
        en=f"Units of this kind ({kind.name_en}) belong to a {kind.level}; {area_code} is not one.",
        km=f"អង្គភាពប្រភេទ «{kind.name_km}» ស្ថិតនៅថ្នាក់{LEVELS_KM[kind.level]}; {area_code} មិនមែនជាថ្នាក់នេះទេ។",
    )


def _must_fit(kind: Kind, area_code: str, code: str) -> None:
    try:
        kind.number_of(area_code, code)
    except ValueError:
        form = kind.unit_code(area_code, 1)
        ending = f" (the last number is 1 to {HIGHEST_NUMBER})" if kind.numbered else ""
        raise Invalid.field(
            "/code",
            "unit_code_unfit",
            en=f"The code of such a unit in {area_code} looks like {form}{ending}; or leave it out.",
            km=f"លេខកូដនៃអង្គភាពប្រភេទនេះក្នុង {area_code} មានទម្រង់ {form} ឬមិនចាំបាច់បំពេញ។",
        ) from None


def _not_found(code: str) -> NotFound:
    return NotFound(
        "unit_not_found",
        en=f"There is no service unit with the code {code}.",
        km=f"រកមិនឃើញអង្គភាពផ្តល់សេវាដែលមានលេខកូដ {code} ទេ។",
    )


def _renamed(code: str, present: str) -> Conflict:
    return Conflict(
        "unit_code_changed",
        en=f"{code} is an old code; the unit is {present} now. Use that code to change it.",
        km=f"{code} ជាលេខកូដចាស់; អង្គភាពនេះមានលេខកូដ {present} ហើយ។ សូមប្រើលេខកូដនោះដើម្បីកែប្រែ។",
    )
