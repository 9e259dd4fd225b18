"""Whoever follows the feed holds what a first load would give, whatever is changed, by however many at once."""

import asyncio
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text
from sqlmodel import col

from services.registry.areas.models import Area, today_in_cambodia
from services.registry.areas.telling import tell_areas
from services.registry.changes.models import Changed
from services.registry.changes.queries import record_changes
from services.registry.packs.publishing import publish_packs
from services.registry.packs.queries import find_pack
from services.registry.packs.telling import tell_packs
from services.registry.participation.models import Participation
from services.registry.participation.queries import ONE
from services.registry.participation.telling import tell_participations
from services.registry.units.models import Unit, UnitCatchment
from services.registry.units.telling import tell_units
from tests.registry.conftest import Registry

PLACES = ("020201", "020202", "020301", "030101")
READERS_AREAS = ("", "02", "0202", "0203", "020201", "02020101", "03")
KINDS = (None, "unit", "area,unit", "participation", "pack")
numbers = count(1)


class Copy:
    """A phone's or a partner's copy of an area, kept with the feed."""

    def __init__(self, registry: Registry, area: str, kinds: str | None, limit: int) -> None:
        self.registry, self.params = registry, {"area": area, "limit": limit} | ({"kinds": kinds} if kinds else {})
        self.items: dict[tuple[str, str], Any] = {}
        self.since: str | None = None

    async def visit(self) -> None:
        """Read on until there is no more."""
        more = True
        while more:
            asked = self.params | ({"since": self.since} if self.since else {})
            body = (await self.registry.get("/changes", params=asked)).json()
            for item in body["items"]:
                if item["gone"]:
                    self.items.pop((item["kind"], item["id"]), None)
                else:
                    self.items[item["kind"], item["id"]] = item["data"]
            self.since, more = body["since"], body["more"]


class Writer:
    """Somebody who changes the registry, each time in a transaction of its own."""

    def __init__(self, registry: Registry) -> None:
        self.database = registry.client.runtime.database

    async def create(self, _: int, place: str) -> None:
        code = f"HC-{place}-{next(numbers)}"
        async with self.database.transaction() as db:
            unit = Unit(code=code, kind="health_centre", area_code=place, name_km="មណ្ឌល", name_en="Centre")
            db.add(unit)
            await db.flush()
            await tell_units(db, [unit])

    async def rename(self, which: int, place: str) -> None:
        await self._change(which, name_en=f"Centre {next(numbers)}")

    async def move(self, which: int, place: str) -> None:
        await self._change(which, area_code=place)

    async def close(self, which: int, place: str) -> None:
        await self._change(which, status="closed")

    async def reopen(self, which: int, place: str) -> None:
        await self._change(which, status="open")

    async def serve(self, which: int, place: str) -> None:
        """The unit serves this place too, or no longer."""
        async with self.database.transaction() as db:
            unit = await self._unit(db, which)
            served = delete(UnitCatchment).where(
                col(UnitCatchment.unit_id) == unit.id, col(UnitCatchment.area_code) == place
            )
            if not (await db.execute(served)).rowcount:  # type: ignore[attr-defined]
                db.add(UnitCatchment(unit_id=unit.id, area_code=place))
            await tell_units(db, [unit])

    async def take_part(self, which: int, place: str) -> None:
        """The unit takes part in the year, or no longer."""
        async with self.database.transaction() as db:
            await db.execute(ONE)
            unit = await self._unit(db, which)
            part = await db.scalar(select(Participation).where(col(Participation.unit_id) == unit.id))
            if part is None:
                year, place = today_in_cambodia().year, unit.area_code
                part = Participation(
                    year=year, unit_id=unit.id, area_code=place, supply_side=False, demand_side=False, version=0
                )
                db.add(part)
            part.supply_side, part.version = not part.supply_side, part.version + 1
            await db.flush()
            await tell_participations(db, [part.id])

    async def publish(self, which: int, place: str) -> None:
        """What the unit says of a year, where that is news."""
        async with self.database.transaction() as db:
            unit = await self._unit(db, which)
            await publish_packs(db, [unit], 2025 + which % 2, by=unit.id)

    async def withdraw(self, which: int, place: str) -> None:
        """The unit's pack of a year is shown no more, where there is one."""
        async with self.database.transaction() as db:
            unit = await self._unit(db, which)
            pack = await find_pack(db, unit.id, 2025 + which % 2, None)
            if pack is not None:
                pack.withdraw("wrong", by=unit.id)
                await tell_packs(db, [unit.id])

    async def rename_area(self, _: int, place: str) -> None:
        async with self.database.transaction() as db:
            area: Area = (await db.scalars(select(Area).where(col(Area.code) == place).with_for_update())).one()
            area.name_en = f"Area {next(numbers)}"
            await tell_areas(db, [area])

    async def fail(self, which: int, place: str) -> None:
        """A change that is told and then undone leaves nothing but numbers that nobody gets."""
        async with self.database.sessions() as db, db.begin() as transaction:
            unit = await self._unit(db, which)
            unit.area_code = place
            await tell_units(db, [unit])
            await transaction.rollback()

    async def _change(self, which: int, **values: Any) -> None:
        async with self.database.transaction() as db:
            unit = await self._unit(db, which)
            for name, value in values.items():
                setattr(unit, name, value)
            unit.version += 1
            await tell_units(db, [unit])

    async def _unit(self, db: Any, which: int) -> Unit:
        ids: list[UUID] = list(await db.scalars(select(col(Unit.id)).order_by(col(Unit.id))))
        unit: Unit = await db.get(Unit, ids[which % len(ids)], with_for_update=True)
        return unit


OPERATIONS = (
    "create",
    "rename",
    "move",
    "close",
    "reopen",
    "serve",
    "take_part",
    "publish",
    "withdraw",
    "rename_area",
    "fail",
)
steps = st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 50), st.sampled_from(PLACES))
readers = st.tuples(st.sampled_from(READERS_AREAS), st.sampled_from(KINDS), st.integers(1, 7))


@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink what failed would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    work=st.lists(st.lists(steps, min_size=1, max_size=6), min_size=1, max_size=4),
    reading=st.lists(readers, min_size=1, max_size=4),
)
async def test_a_copy_that_follows_equals_a_first_load(
    registry: Registry, work: list[list[tuple[str, int, str]]], reading: list[tuple[str, str | None, int]]
) -> None:
    writer = Writer(registry)
    await writer.create(0, PLACES[0])
    copies = [Copy(registry, *one) for one in reading]
    await asyncio.gather(*(copy.visit() for copy in copies[::2]))

    async def write(tasks: list[tuple[str, int, str]]) -> None:
        for name, which, place in tasks:
            await getattr(writer, name)(which, place)

    await asyncio.gather(*(write(tasks) for tasks in work), *(copy.visit() for copy in copies))
    await asyncio.gather(*(copy.visit() for copy in copies))
    for copy, (area, kinds, _) in zip(copies, reading, strict=True):
        fresh = Copy(registry, area, kinds, 3)
        await fresh.visit()
        assert copy.items == fresh.items


WAITING = text("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")


async def test_a_change_that_commits_late_is_not_overtaken(registry: Registry) -> None:
    first, second = [await registry.unit() for _ in range(2)]
    copy = Copy(registry, "0202", "unit", 100)
    await copy.visit()
    database = registry.client.runtime.database

    async def record(unit: dict[str, Any]) -> None:
        async with database.transaction() as db:
            await record_changes(db, [Changed("unit", unit["id"], ["020201"], gone=True)])

    async with database.transaction() as db:
        await record_changes(db, [Changed("unit", first["id"], ["020201"], gone=True)])
        other = asyncio.create_task(record(second))
        while not other.done():
            async with database.transaction() as watching:
                if await watching.scalar(WAITING):
                    break
        await copy.visit()
    await other
    await copy.visit()
    assert copy.items == {}
