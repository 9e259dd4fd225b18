"""Whatever happens to areas, in whatever order: on every day the country hangs together, and no code is lost."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.applying import apply_operations, read_country
from services.registry.areas.codes import MARK
from services.registry.areas.crosswalk import resolve
from services.registry.areas.models import Area, AreaPeriod, today_in_cambodia
from services.registry.areas.operations import ChangeHeader, ChangeKind
from services.registry.areas.queries import periods_on
from services.registry.bodies.models import Body
from services.registry.organisations.models import Organisation
from shared.areas import LEVELS
from shared.errors import Problem
from tests.registry.areas.chance import CODES, FIRST_DAY, Chance
from tests.registry.conftest import add_areas
from tests.world import World

STEPS = 50
KEEP = tuple(
    text(statement)
    for statement in (
        "INSERT INTO organisation (kind, name_km, area_id, area_code, active, version)"
        " SELECT 'other', 'x', id, code, true, 1 FROM area WHERE status = 'open'"
        " AND NOT EXISTS (SELECT FROM organisation WHERE area_id = area.id)",
        "INSERT INTO body (kind, level, area_id, area_code, recognised_by, recognised_on, version)"
        " SELECT 'council', level, id, code, 'Decision', DATE '2025-01-01', 1 FROM area"
        " WHERE status = 'open' AND level = 'commune' AND NOT EXISTS (SELECT FROM body WHERE area_id = area.id)",
    )
)
"""Something that is kept of every area."""
KINDS: dict[str, ChangeKind] = {"move": "move", "open": "open", "rename": "rename", "close": "close"}


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_any_sequence_the_past_and_the_present_hold_together(world: World, seed: int) -> None:
    database = (await world.start("registry")).runtime.database
    async with database.transaction() as db:
        await add_areas(db, *CODES)
    chance, made = Chance(Random(seed)), 0
    for _ in range(STEPS):
        try:
            async with database.transaction() as db:
                for statement in KEEP:
                    await db.execute(statement)
                operation = chance.operation(await read_country(db))
                kind = KINDS.get(operation.op, "split")
                header = ChangeHeader(kind, chance.next_day(), "Sub-decree", None, None)
                await apply_operations(db, [operation], change=header)
            made += 1
        except Problem:
            continue
    assert made > STEPS // 4
    async with database.transaction() as db:
        periods = list(await db.scalars(select(AreaPeriod).order_by(col(AreaPeriod.area_id), col(AreaPeriod.seq))))
        areas = list(await db.scalars(select(Area)))
        without_holes(periods, areas)
        days = sorted({day for period in periods for day in (period.valid_from, period.valid_to) if day})
        for day in days:
            hangs_together([period for period in periods if is_on(period, day)])
        await today_is_the_present(db, areas)
        await what_is_kept_is_in_reach(db, areas)
        for first, second in zip(days[:-3:4], days[3::4], strict=False):
            await leads_there_and_back(db, first, second)
        await leads_there_and_back(db, FIRST_DAY, today_in_cambodia())


def is_on(period: AreaPeriod, day: date) -> bool:
    return period.valid_from <= day and (period.valid_to is None or period.valid_to > day)


def without_holes(periods: list[AreaPeriod], areas: list[Area]) -> None:
    by_area: dict[Any, list[AreaPeriod]] = defaultdict(list)
    for period in periods:
        by_area[period.area_id].append(period)
    assert len(by_area) == len(areas)
    for area in areas:
        own = by_area[area.id]
        assert [one.valid_to for one in own[:-1]] == [one.valid_from for one in own[1:]]
        assert [one.version for one in own] == list(range(1, len(own) + 1))
        assert (own[-1].valid_to is None) == (area.status == "open")
        assert area.valid_from == (own[-1].valid_from if area.status == "open" else own[-1].valid_to)


def hangs_together(there: list[AreaPeriod]) -> None:
    bearers: dict[tuple[str, str], int] = defaultdict(int)
    for period in there:
        bearers[period.level, period.code] += 1
    for period in there:
        level = LEVELS.index(period.level)
        assert len(period.code) == 2 * (level + 1)
        assert bearers[period.level, period.code] == 1
        if level:
            assert bearers[LEVELS[level - 1], str(period.parent_code)] == 1
            assert period.code.startswith(str(period.parent_code))


async def today_is_the_present(db: AsyncSession, areas: list[Area]) -> None:
    def shown(one: Any, area_id: Any) -> tuple[object, ...]:
        return area_id, one.code, one.level, one.parent_code, one.name_km, one.name_en, one.valid_from, one.version

    past = {shown(one, one.area_id) for one in await db.scalars(periods_on(today_in_cambodia()))}
    assert past == {shown(area, area.id) for area in areas if area.status == "open"}


async def what_is_kept_is_in_reach(db: AsyncSession, areas: list[Area]) -> None:
    """By its area's code while that stands; then from an area above, and from no later bearer of the code."""
    by_id: dict[UUID | None, Area] = {area.id: area for area in areas}
    standing = {area.code for area in areas if area.status == "open"}
    for table in (Organisation, Body):
        rows = await db.execute(select(col(table.area_id), col(table.area_code)).where(col(table.area_id).is_not(None)))
        for area_id, code in rows:
            area = by_id[area_id]
            above, mark, last = code.partition(MARK)
            if area.status == "open":
                assert code == area.code
            else:
                assert (mark, last) == (MARK, area.code)
                assert above in standing | {""}
                assert len(above) < len(area.code)


async def leads_there_and_back(db: AsyncSession, first: date, second: date) -> None:
    earlier = {one.code: one.area_id for one in await db.scalars(periods_on(first))}
    later = {one.code: one.area_id for one in await db.scalars(periods_on(second))}
    there = {code: {r.code for r in await resolve(db, code, "forward", first, second) if r.code} for code in earlier}
    back = {code: {r.code for r in await resolve(db, code, "backward", first, second) if r.code} for code in later}
    for code, area_id in earlier.items():
        assert there[code] == {new for new, old in back.items() if code in old}
        assert area_id not in later.values() or any(later[new] == area_id for new in there[code])


def test_days_are_cambodias() -> None:
    assert today_in_cambodia() - date.today() in (timedelta(0), timedelta(days=1))  # noqa: DTZ011 - what is tested
