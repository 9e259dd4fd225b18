"""Beginning a year as another one was."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.queries import record
from services.registry.participation.schemas import CarriedOver, CarryOver
from services.registry.participation.telling import tell_participations
from shared.areas import prefix_range
from shared.errors import Forbidden

SOURCE = """
    SELECT p.*, coalesce(u.area_code, a.code) AS place, coalesce(u.status, a.status) = 'open' AS is_open
    FROM participation p LEFT JOIN unit u ON u.id = p.unit_id LEFT JOIN area a ON a.id = p.area_id
    WHERE p.year = :from_year AND (p.supply_side OR p.demand_side)
      AND coalesce(u.area_code, a.code) >= :low AND coalesce(u.area_code, a.code) < :high
"""
COUNT = text(f"SELECT count(*) AS taking_part, count(*) FILTER (WHERE NOT is_open) AS closed FROM ({SOURCE}) s")  # noqa: S608 - our own text
CARRY = text(
    f"""
    INSERT INTO participation
        (year, unit_id, area_id, area_code, supply_side, demand_side, supporter_id, supporting_ngo, support_stated_by,
         version)
    SELECT :to_year, unit_id, area_id, place, supply_side, demand_side, supporter_id, supporting_ngo,
           support_stated_by, 1
    FROM ({SOURCE}) s WHERE is_open
    ON CONFLICT DO NOTHING
    RETURNING id
    """  # noqa: S608 - our own text
)


async def carry_over(db: AsyncSession, wanted: CarryOver, *, by: UUID) -> CarriedOver:
    """Copy what is missing in the new year; notes stay with their year."""
    low, high = prefix_range(wanted.area)
    values = {"from_year": wanted.from_year, "low": low, "high": high}
    counts = (await db.execute(COUNT, values)).one()
    created = (await db.scalars(CARRY, values | {"to_year": wanted.to_year})).all()
    if created:
        record(
            db, "participation", wanted.to_year, "carried_over", by=by,
            area=wanted.area, from_year=wanted.from_year, created=len(created),
        )  # fmt: skip
        await db.flush()
    await tell_participations(db, created)
    return CarriedOver(
        created=len(created),
        there_already=counts.taking_part - counts.closed - len(created),
        closed=counts.closed,
    )


def not_for_partners() -> Forbidden:
    """The refusal of a partner who wants to speak for the supply side of many."""
    return Forbidden(
        "officers_only",
        en="Only the officers of the area carry a year over. Set the demand side of each unit that you support.",
        km="មានតែមន្ត្រីរដ្ឋបាលនៃតំបន់ប៉ុណ្ណោះដែលអាចចម្លងទិន្នន័យពីឆ្នាំមុន។ សូមកំណត់ផ្នែកតម្រូវការតាមអង្គភាពនីមួយៗដែលអ្នកគាំទ្រ។",
    )
