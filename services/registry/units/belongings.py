"""What hangs on a unit, written: its catchment, the ids of other systems, the codes it was known by."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, exists, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import Area
from services.registry.unit_kinds.models import Kind
from services.registry.units.models import Unit, UnitAlias, UnitCatchment, UnitExternalId
from services.registry.units.queries import wrong_level
from shared.errors import Conflict, Invalid

CLAIM = text(
    "INSERT INTO unit_external_id (system, value, unit_id)"
    " SELECT system, value, :unit_id"
    " FROM unnest(CAST(:systems AS text[]), CAST(:values AS text[])) AS id (system, value)"
    " ORDER BY system ON CONFLICT (system, value) DO NOTHING RETURNING system"
)


async def set_catchment(db: AsyncSession, unit: Unit, kind: Kind, area_codes: Sequence[str]) -> None:
    """Let a unit serve these areas beside its own. Raises Invalid naming the one that it cannot serve."""
    if area_codes and not kind.has_catchment:
        raise Invalid.field(
            "/catchment",
            "catchment_not_allowed",
            en=f"A unit of the kind {kind.code} serves its own area alone.",
            km=f"អង្គភាពប្រភេទ «{kind.name_km}» បម្រើតែតំបន់របស់ខ្លួនប៉ុណ្ណោះ។",
        )
    known = select(col(Area.code), col(Area.level)).where(col(Area.code).in_(area_codes), col(Area.status) == "open")
    held = known.order_by(col(Area.id)).with_for_update(read=True)
    levels = {area.code: area.level for area in await db.execute(held)}
    for position, code in enumerate(area_codes):
        _must_be_servable(
            unit, kind, code, levels.get(code), f"/catchment/{position}", repeated=code in area_codes[:position]
        )
    await db.execute(delete(UnitCatchment).where(col(UnitCatchment.unit_id) == unit.id))
    if area_codes:
        await db.execute(insert(UnitCatchment), [{"unit_id": unit.id, "area_code": code} for code in area_codes])


def _must_be_servable(unit: Unit, kind: Kind, code: str, level: str | None, pointer: str, *, repeated: bool) -> None:
    if level is None:
        raise Invalid.field(
            pointer,
            "area_unknown",
            en=f"There is no area with the code {code} in the gazetteer.",
            km=f"គ្មានតំបន់ដែលមានលេខកូដ {code} ក្នុងបញ្ជីរដ្ឋបាលទេ។",
        )
    if level != kind.level:
        raise wrong_level(kind, code, pointer)
    if repeated or code == unit.area_code:
        raise Invalid.field(
            pointer,
            "catchment_repeated",
            en=f"{code} is named twice or is the unit's own area; name only the others that it serves, once each.",
            km=f"{code} ត្រូវបានរាយពីរដង ឬជាតំបន់របស់អង្គភាពផ្ទាល់; សូមរាយតែតំបន់ផ្សេងទៀត ម្ដងប៉ុណ្ណោះ។",
        )


async def leave_catchment(db: AsyncSession, unit: Unit) -> None:
    """Take the unit's own area out of its catchment, which holds the others."""
    own = (col(UnitCatchment.unit_id) == unit.id) & (col(UnitCatchment.area_code) == unit.area_code)
    await db.execute(delete(UnitCatchment).where(own))


async def must_keep_catchment(db: AsyncSession, unit: Unit, kind: Kind) -> None:
    """Raise Conflict when a unit that serves other areas is to be of a kind that does not."""
    served = exists().where(col(UnitCatchment.unit_id) == unit.id)
    if not kind.has_catchment and await db.scalar(select(served)):
        raise Conflict(
            "unit_has_catchment",
            en=f"{unit.code} serves other areas, which a {kind.name_en} does not. Take its catchment away first.",
            km=f"{unit.code} បម្រើតំបន់ផ្សេងទៀត ប៉ុន្តែ{kind.name_km}មិនបម្រើតំបន់ផ្សេងទេ។ សូមដកតំបន់ទាំងនោះចេញជាមុនសិន។",
        )


async def set_external_ids(db: AsyncSession, unit: Unit, ids: Mapping[str, str]) -> None:
    """Let these be the ids by which other systems know a unit. Raises Conflict when another unit has one of them."""
    await db.execute(delete(UnitExternalId).where(col(UnitExternalId.unit_id) == unit.id))
    if not ids:
        return
    claimed = await db.scalars(CLAIM, {"unit_id": unit.id, "systems": list(ids), "values": list(ids.values())})
    for system in sorted(set(ids) - set(claimed)):
        raise Conflict(
            "external_id_taken",
            en=f"Another service unit has the {system} id {ids[system]}.",
            km=f"អង្គភាពផ្តល់សេវាផ្សេងមានលេខសម្គាល់ {system} {ids[system]} រួចហើយ។",
        )


def add_alias(db: AsyncSession, unit: Unit, code: str, reason: str) -> None:
    """Let a unit be found by a code that it no longer bears."""
    db.add(UnitAlias(code=code, unit_id=unit.id, reason=reason))
