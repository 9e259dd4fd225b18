"""A service's own copy of areas and units, and what is asked of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlmodel import col

from shared.consumers import Consumers
from shared.errors import Invalid
from shared.events import Envelope, Event, decode, encode, new_identity
from shared.events.registry import AreaChanged, UnitChanged
from shared.registry_copy import find_area, get_unit, keep_areas, keep_units, must_be_areas, under
from tests.shared.conftest import Toy
from tests.shared.toy import Area, Unit

copies = Consumers()
keep_areas(copies, Area)
keep_units(copies, Unit)


def area(code: str, **changes: Any) -> AreaChanged:
    facts = {"id": uuid4(), "code": code, "level": "commune", "parent_code": code[:-2] or None, "name_km": "ក"}
    return AreaChanged.model_validate(facts | {"name_en": f"Area {code}", "status": "open", "version": 1} | changes)


def unit(code: str, **changes: Any) -> UnitChanged:
    facts = {"id": uuid4(), "code": code, "kind": "health_centre", "area_code": "020301", "name_km": "ខ"}
    return UnitChanged.model_validate(facts | {"name_en": "Unit", "status": "open", "version": 1} | changes)


def arrived(event: Event) -> Envelope:
    event_id, time = new_identity()
    return decode(encode(event, event_id=event_id, time=time, traceparent=""))


async def hear(toy: Toy, *events: Event) -> None:
    async with toy.runtime.database.transaction() as db:
        await copies.handle(db, [arrived(event) for event in events])


async def test_the_copy_holds_the_newest_version_of_each(toy: Toy) -> None:
    first = area("020301")
    await hear(
        toy, first, unit("HC-020301-1"), area("020302"), first.model_copy(update={"version": 3, "code": "020399"})
    )
    await hear(toy, first.model_copy(update={"version": 2, "name_en": "Late"}))
    assert await toy.rows("SELECT code, version::int, name_en FROM area ORDER BY code") == [
        ("020302", 1, "Area 020302"),
        ("020399", 3, "Area 020301"),
    ]
    assert await toy.count("inbox") == 0


async def test_the_whole_gazetteer_in_one_go(toy: Toy) -> None:
    await hear(toy, *(area(f"{n:06}") for n in range(2000)))
    assert await toy.count("area") == 2000


async def test_open_areas_are_found_before_closed_ones_of_the_same_code(toy: Toy) -> None:
    for _ in range(3):
        await hear(toy, area("020301", status="closed"))
    wanted = area("020301")
    await hear(toy, wanted, area("020399", status="closed"))
    async with toy.runtime.database.transaction() as db:
        found, closed = await find_area(db, Area, "020301"), await find_area(db, Area, "020399")
        assert found is not None
        assert found.id == wanted.id
        assert closed is not None
        assert await find_area(db, Area, "99") is None


async def test_unknown_and_closed_areas_are_refused_by_name(toy: Toy) -> None:
    await hear(toy, area("020301"), area("020302", status="closed"))
    async with toy.runtime.database.transaction() as db:
        await must_be_areas(db, Area, ["020301", "", "020301"], pointer="/areas")
        await must_be_areas(db, Area, [], pointer="/areas")
        for codes in (["020301", "020302"], ["99"]):
            with pytest.raises(Invalid, match="area_unknown") as refused:
                await must_be_areas(db, Area, codes, pointer="/areas")
            assert refused.value.errors[0].pointer == "/areas"
            assert codes[-1] in refused.value.km


async def test_a_unit_that_is_closed_is_no_unit(toy: Toy) -> None:
    await hear(toy, unit("HC-020301-1"), unit("HC-020301-2", status="closed"))
    async with toy.runtime.database.transaction() as db:
        assert (await get_unit(db, Unit, "HC-020301-1")).kind == "health_centre"
        for code in ("HC-020301-2", "HC-020301-3"):
            with pytest.raises(Invalid, match="unit_unknown"):
                await get_unit(db, Unit, code)


async def test_an_old_code_leads_to_the_unit_of_today(toy: Toy) -> None:
    duplicate = unit("HC-020301-2", status="closed", merged_into="HC-020301-1", version=2)
    await hear(toy, unit("HC-020301-1", aliases=["HP-020301-1", "HC-020301-2"]), duplicate)
    async with toy.runtime.database.transaction() as db:
        for code in ("HC-020301-1", "HP-020301-1", "HC-020301-2"):
            assert (await get_unit(db, Unit, code)).code == "HC-020301-1"


async def test_an_area_and_all_below_it_is_a_range_that_the_index_serves(toy: Toy) -> None:
    codes = ["02", "0203", "020301", "02030101", "0204", "03", "020", "1"]
    await hear(toy, *(area(code) for code in codes))

    async def found(scope: str) -> Sequence[str]:
        async with toy.runtime.database.transaction() as db:
            statement = under(select(col(Area.code)), col(Area.code), scope).order_by(col(Area.code))
            return (await db.scalars(statement)).all()

    assert await found("0203") == ["0203", "020301", "02030101"]
    assert await found("02030101") == ["02030101"]
    assert await found("04") == []
    assert await found("") == sorted(codes)
    [collation] = await toy.rows(
        "SELECT collname::text FROM pg_attribute JOIN pg_collation c ON c.oid = attcollation"
        " WHERE attrelid = 'area'::regclass AND attname = 'code'"
    )
    assert collation == "C"


def test_ids_are_what_counts_not_codes() -> None:
    assert isinstance(area("02").id, UUID)
    assert area("02").subject != area("02").subject
