"""The change feed: all of an area at first, then what changed, and what has gone."""

from importlib import import_module
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from services.registry.areas.models import Area
from services.registry.areas.telling import tell_areas
from services.registry.changes.models import Changed
from services.registry.changes.queries import record_changes, restart_feed
from tests.registry.conftest import Registry
from tests.registry.packs.examples import publish

KINDS = [
    "commune_administration", "health_centre", "health_post", "primary_school", "one_window_service_office",
]  # fmt: skip
"""Everybody gets them, first of all."""


async def read(registry: Registry, **params: Any) -> dict[str, Any]:
    answer = await registry.get("/changes", params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def names(body: dict[str, Any]) -> list[str]:
    return [f"-{item['kind']}" if item["gone"] else item["data"]["code"] for item in body["items"]]


async def tell_all_areas(registry: Registry) -> None:
    async with registry.client.runtime.database.transaction() as db:
        await tell_areas(db, (await db.scalars(select(Area).order_by(col(Area.id)))).all())


async def test_the_first_load_holds_an_area_and_what_stands_above_it(registry: Registry) -> None:
    await tell_all_areas(registry)
    await registry.unit()
    await registry.unit(area="020202")
    await registry.unit(area="020301")
    body = await read(registry, area="0202")
    assert names(body)[:5] == KINDS
    assert names(body)[5:] == ["02", "0202", "020201", "020202", "02020101", "HC-020201-1", "HC-020202-1"]
    assert body["more"] is False
    assert names(await read(registry, area="0202", kinds="unit")) == ["HC-020201-1", "HC-020202-1"]
    assert len((await read(registry))["items"]) == 5 + 10 + 3


async def test_later_visits_read_what_has_changed(registry: Registry) -> None:
    first = await registry.unit()
    since = (await read(registry, area="0202"))["since"]
    assert (await read(registry, area="0202", since=since))["items"] == []
    second = await registry.unit(area="020202")
    await registry.unit(area="030101")
    await registry.post(f"/units/{first['code']}:close", "operator@", json={"reason": "Shut for good."})
    body = await read(registry, area="0202", since=since)
    assert [(item["id"], item["gone"]) for item in body["items"]] == [(second["id"], False), (first["id"], True)]
    assert (await read(registry, area="0202", since=body["since"]))["items"] == []
    assert names(await read(registry, area="0202")) == [*KINDS, second["code"]]


async def test_pages_lose_and_repeat_nothing(registry: Registry) -> None:
    await tell_all_areas(registry)
    seen: list[str] = []
    body = await read(registry, limit=3)
    seen += names(body)
    while body["more"]:
        body = await read(registry, limit=3, since=body["since"])
        seen += names(body)
    assert sorted(seen) == sorted(set(seen))
    assert len(seen) == 5 + 10


async def test_what_leaves_an_area_is_gone_there_and_present_where_it_went(registry: Registry) -> None:
    unit = await registry.unit()
    here, above = (await read(registry, area="020201"))["since"], (await read(registry, area="02"))["since"]
    async with registry.client.runtime.database.transaction() as db:
        await record_changes(db, [Changed("unit", unit["id"], ["020301"])])
    assert names(await read(registry, area="020201", since=here)) == ["-unit"]
    assert names(await read(registry, area="0203", kinds="unit")) == [unit["code"]]
    assert names(await read(registry, area="02", since=above)) == [unit["code"]]


async def test_positions_of_another_feed_are_refused(registry: Registry) -> None:
    await registry.unit()
    since = (await read(registry))["since"]
    epoch, seq = since.split("-")
    answer = await registry.get("/changes", params={"since": f"{epoch}-{int(seq) + 1}"})
    assert (answer.status_code, answer.json()["code"]) == (410, "feed_restarted")
    for wrong, code in ({"since": "1"}, "invalid_since"), ({"kinds": "unit,ghost"}, "kind_unknown"):
        refused = await registry.get("/changes", params=wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    async with registry.client.runtime.database.transaction() as db:
        await restart_feed(db)
    assert (await registry.get("/changes", params={"since": since})).status_code == 410


async def test_a_phone_learns_which_packs_there_are(registry: Registry) -> None:
    unit, other = await registry.unit(), await registry.unit(area="020202")
    officer = "district_officer@0202"
    served = await registry.patch(f"/units/{unit['code']}", officer, etag='"1"', json={"catchment": ["020301"]})
    assert served.status_code == 200, served.text
    path = f"/units/{unit['code']}/packs"
    assert (await read(registry, kinds="pack"))["items"] == []
    for year in (2025, 2026):
        assert (await registry.post(f"{path}/{year}:publish", officer)).status_code == 201
    body = await read(registry, area="0203", kinds="pack")
    [item] = body["items"]
    assert item["id"] == unit["id"]
    assert [(pack["year"], pack["version"], pack["facts"]) for pack in item["data"]["packs"]] == [
        (2026, 1, 0), (2025, 1, 0),
    ]  # fmt: skip
    assert (await registry.client.http.get(item["data"]["pack"])).json()["year"] == 2026
    assert (await registry.client.http.get(item["data"]["page"])).status_code == 200
    for year, left in ((2026, [2025]), (2025, [])):
        assert (await registry.post(f"{path}/{year}/1:withdraw", officer, json={"reason": "x"})).status_code == 200
        body = await read(registry, area="0203", kinds="pack", since=body["since"])
        told = [[pack["year"] for pack in one["data"]["packs"]] if one["data"] else [] for one in body["items"]]
        assert (told, body["items"][0]["gone"]) == ([left], not left)
    await registry.post(f"{path}/2026:publish", officer)
    since = (await read(registry, kinds="pack"))["since"]
    await registry.post(f"/units/{unit['code']}:merge", officer, json={"into": other["code"], "reason": "x"})
    merged = (await read(registry, kinds="pack", since=since))["items"]
    assert {one["id"]: one["gone"] for one in merged} == {unit["id"]: True, other["id"]: False}
    assert merged[1]["data"]["unit_code"] == other["code"]


async def test_packs_of_the_version_before_are_told_when_it_is_left(registry: Registry) -> None:
    unit, closed = await registry.unit(), await registry.unit()
    served = {"catchment": ["020301"]}
    await registry.patch(f"/units/{unit['code']}", "operator@", etag='"1"', json=served)
    for one in (unit, closed):
        await publish(registry, one["code"])
    await registry.execute("UPDATE unit SET status = 'closed' WHERE code = :code", code=closed["code"])
    since = (await read(registry))["since"]
    await registry.execute(import_module("services.registry.migrations.versions.0017_i4c").TELL_PACKS)
    for area in ("020201", "0203", ""):
        [item] = (await read(registry, area=area, since=since, kinds="pack"))["items"]
        assert (item["id"], item["data"]["packs"][0]["year"]) == (unit["id"], 2026)


async def test_what_was_deleted_meanwhile_is_gone(registry: Registry) -> None:
    async with registry.client.runtime.database.transaction() as db:
        await record_changes(db, [Changed("unit", "00000000-0000-4000-8000-00000000000f", ["020201"])])
    assert [item["gone"] for item in (await read(registry, kinds="unit"))["items"]] == [True]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"since": "x" * 31}, "query/since"),
    ({"since": "00000000-"}, "query/since"),
    ({"since": "0000000g-1"}, "query/since"),
    ({"since": "a\0b"}, "query/since"),
    ({"area": "2"}, "query/area"),
    ({"area": "02 OR 1=1"}, "query/area"),
    ({"kinds": ""}, "query/kinds"),
    ({"kinds": "unit,"}, "query/kinds"),
    ({"limit": 0}, "query/limit"),
    ({"limit": 5_001}, "query/limit"),
    ({"limit": "many"}, "query/limit"),
]


async def test_bad_questions_are_named(registry: Registry) -> None:
    for asked, pointer in BAD:
        answer = await registry.get("/changes", params=asked)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), asked
    far = await registry.get("/changes", params={"since": f"00000000-{'9' * 18}"})
    assert far.status_code == 410


async def test_a_first_load_of_a_mistyped_area_is_refused(registry: Registry) -> None:
    refused = await registry.get("/changes", params={"area": "9999"})
    assert (refused.status_code, refused.json()["code"]) == (422, "area_unknown")
    assert refused.json()["errors"][0]["pointer"] == "query/area"
    since = (await read(registry, area="0202"))["since"]
    assert names(await read(registry, area="9999", since=since)) == []
