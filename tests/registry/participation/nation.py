"""A nation of the strategy's size: 25 provinces, 210 districts, 1,652 communes and all their units."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

AREAS = text(
    """
    INSERT INTO area (code, level, parent_code, name_km, name_en, status, valid_from, version)
    SELECT code, CASE length(code) WHEN 2 THEN 'province' WHEN 4 THEN 'district' ELSE 'commune' END,
           nullif(left(code, -2), ''), 'តំបន់ ' || code, 'Area ' || code, 'open', '2024-01-01', 1
    FROM unnest(CAST(:codes AS text[])) AS code
    """
)
PERIODS = text(
    """
    INSERT INTO area_period (area_id, code, level, parent_code, name_km, name_en, valid_from, version)
    SELECT id, code, level, parent_code, name_km, name_en, valid_from, version FROM area
    """
)
UNITS = text(
    """
    WITH made AS (
        INSERT INTO unit (code, kind, area_code, name_km, name_en, status, version)
        SELECT code, :kind, split_part(code, '-', 2), 'អង្គភាព ' || code, 'Unit ' || code, 'open', 1
        FROM unnest(CAST(:codes AS text[])) AS code
        RETURNING id, code, area_code
    )
    INSERT INTO participation (year, unit_id, area_code, supply_side, demand_side, version)
    SELECT :year, made.id, made.area_code, supply, demand, 1
    FROM unnest(CAST(:taking_part AS text[]), CAST(:supply AS boolean[]), CAST(:demand AS boolean[]))
        AS part (code, supply, demand)
    JOIN made USING (code)
    """
)
DISTRICTS = text(
    """
    INSERT INTO participation (year, area_id, area_code, supply_side, demand_side, version)
    SELECT :year, area.id, code, true, number <= 37, 1
    FROM unnest(CAST(:codes AS text[])) WITH ORDINALITY AS own (code, number) JOIN area USING (code)
    """
)
YEAR = 2025
PROVINCES = [f"{number:02}" for number in range(1, 26)]
DISTRICT_CODES = [f"{number % 25 + 1:02}{number // 25 + 1:02}" for number in range(210)]
"""The last 20 have five communes each and are not covered; the others have 1,552, all but two of them covered."""
COMMUNES = [
    f"{district}{number:02}"
    for position, district in enumerate(DISTRICT_CODES)
    for number in range(1, (9 if position < 32 else 8 if position < 190 else 5) + 1)
]


async def add_nation(db: AsyncSession) -> None:
    """Write it, with the participation of the year 2025 as the strategy prints it."""
    await db.execute(AREAS, {"codes": [*PROVINCES, *DISTRICT_CODES, *COMMUNES]})
    await db.execute(PERIODS)
    await _units(db, "commune_administration", [f"CA-{commune}" for commune in COMMUNES], 1550)
    await _units(db, "health_centre", [f"HC-{COMMUNES[number]}-1" for number in range(1308)], 1256)
    schools = sorted(
        range(10_236), key=lambda number: (number % len(COMMUNES) >= 1550, number)
    )  # those in covered communes first
    codes = [f"PS-{COMMUNES[number % len(COMMUNES)]}-{number // len(COMMUNES) + 1}" for number in schools]
    await _units(db, "primary_school", codes, 9622)
    await db.execute(DISTRICTS, {"year": YEAR, "codes": DISTRICT_CODES[:54]})
    await db.execute(text("ANALYZE area, area_period, unit, participation"))


async def _units(db: AsyncSession, kind: str, codes: list[str], covered: int) -> None:
    taking_part = codes[:covered]
    sides = [_sides(COMMUNES.index(code.split("-")[1])) for code in taking_part]
    values: dict[str, Any] = {"kind": kind, "codes": codes, "year": YEAR, "taking_part": taking_part}
    values["supply"], values["demand"] = [list(side) for side in zip(*sides, strict=True)]
    await db.execute(UNITS, values)


def _sides(commune: int) -> tuple[bool, bool]:
    """Both sides in the first 1,071 communes, the supply side alone in 400, the demand side alone in 79."""
    return commune < 1471, commune < 1071 or commune >= 1471
