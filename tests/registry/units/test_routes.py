"""Registering and keeping units."""

import asyncio
from typing import Any

import nats

from shared.events import decode
from shared.events.registry import UnitChanged
from tests.registry.conftest import Registry

HEALTH_CENTRE = {"kind": "health_centre", "area_code": "020201", "name_km": "មណ្ឌល", "name_en": "Centre"}


async def test_who_may_register_a_unit(registry: Registry) -> None:
    assert (await registry.post("/units", json=HEALTH_CENTRE)).status_code == 401
    for grants in (["citizen@"], ["caf@020201"], ["provider@020201/HC-020201-1"], ["jaapc@020201"], ["partner@"]):
        answer = await registry.post("/units", *grants, json=HEALTH_CENTRE)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
    for grants in (["district_officer@0203"], ["province_officer@03"], ["district_officer@0203", "caf@020201"]):
        answer = await registry.post("/units", *grants, json=HEALTH_CENTRE)
        assert (answer.status_code, answer.json()["code"]) == (403, "area_not_covered")
    for grants in (["district_officer@0202"], ["province_officer@02"], ["ncdds@"], ["operator@"]):
        assert (await registry.post("/units", *grants, json=HEALTH_CENTRE)).status_code == 201


async def test_codes_are_made_and_may_be_chosen(registry: Registry) -> None:
    assert (await registry.unit())["code"] == "HC-020201-1"
    assert (await registry.unit(code="HC-020201-7"))["code"] == "HC-020201-7"
    assert (await registry.unit())["code"] == "HC-020201-8"
    assert (await registry.unit("primary_school"))["code"] == "PS-020201-1"
    assert (await registry.unit(area="020202"))["code"] == "HC-020202-1"
    assert (await registry.unit("commune_administration"))["code"] == "CA-020201"
    again = await registry.post("/units", "ncdds@", json=HEALTH_CENTRE | {"kind": "commune_administration"})
    assert (again.status_code, again.json()["code"]) == (409, "unit_exists")
    taken = await registry.post("/units", "ncdds@", json=HEALTH_CENTRE | {"code": "HC-020201-7"})
    assert (taken.status_code, taken.json()["code"]) == (409, "unit_exists")
    unfit = await registry.post("/units", "ncdds@", json=HEALTH_CENTRE | {"code": "HC-020202-9"})
    assert (unfit.status_code, unfit.json()["errors"][0]["pointer"]) == (422, "/code")


async def test_a_code_is_not_given_again_when_its_area_got_another_code(registry: Registry) -> None:
    for kind in ("commune_administration", "health_centre"):
        await registry.unit(kind)
    await registry.execute("UPDATE unit SET area_code = '020202'")
    assert (await registry.unit("commune_administration"))["code"] == "CA-020201-2"
    assert (await registry.unit())["code"] == "HC-020201-2"
    assert (await registry.unit(area="020202"))["code"] == "HC-020202-1"


async def test_a_commune_has_at_most_999_of_a_kind(registry: Registry) -> None:
    await registry.unit(code="HC-020201-999")
    answer = await registry.post("/units", "ncdds@", json=HEALTH_CENTRE)
    assert (answer.status_code, answer.json()["code"]) == (422, "unit_code_unfit")


BAD_UNITS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "hospital"}, "/kind"),
    ({"area_code": "0202"}, "/area_code"),
    ({"area_code": "02020101"}, "/area_code"),
    ({"area_code": "020299"}, "/area_code"),
    ({"area_code": 20201}, "/area_code"),
    ({"name_km": "  "}, "/name_km"),
    ({"name_en": "x" * 201}, "/name_en"),
    ({"name_en": "a\x00b"}, "/name_en"),
    ({"name_en": None}, "/name_en"),
    ({"code": "HC 1"}, "/code"),
    ({"colour": "blue"}, "/colour"),
]


async def test_bad_units_are_named(registry: Registry) -> None:
    for change, pointer in BAD_UNITS:
        answer = await registry.post("/units", "operator@", json=HEALTH_CENTRE | change)
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await registry.rows("SELECT 1 FROM unit") == []
    assert await registry.rows("SELECT 1 FROM outbox") == []


async def test_ten_at_once_get_ten_codes(registry: Registry) -> None:
    answers = await asyncio.gather(*(registry.post("/units", "ncdds@", json=HEALTH_CENTRE) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["code"] for answer in answers} == {f"HC-020201-{n}" for n in range(1, 11)}
    one = HEALTH_CENTRE | {"kind": "commune_administration"}
    answers = await asyncio.gather(*(registry.post("/units", "ncdds@", json=one) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_anybody_lists_the_units_of_an_area(registry: Registry) -> None:
    for kind, area in (("health_centre", "020201"), ("primary_school", "020201"), ("health_centre", "030101")):
        await registry.unit(kind, area)

    async def codes(query: str) -> list[str]:
        return [unit["code"] for unit in (await registry.get(f"/units?{query}")).json()["items"]]

    assert await codes("") == ["HC-020201-1", "HC-030101-1", "PS-020201-1"]
    assert await codes("area=02") == ["HC-020201-1", "PS-020201-1"]
    assert await codes("area=020201&kind=primary_school") == ["PS-020201-1"]
    assert await codes("area=0203") == []
    first = (await registry.get("/units?limit=2")).json()
    assert [unit["code"] for unit in first["items"]] == ["HC-020201-1", "HC-030101-1"]
    assert await codes(f"limit=2&cursor={first['next_cursor']}") == ["PS-020201-1"]
    for query in ("area=2", "area=xx", "kind=hospital"):
        assert (await registry.get(f"/units?{query}")).status_code == 422


async def test_a_unit_is_renamed_by_who_has_seen_it(registry: Registry) -> None:
    await registry.unit()
    path, new = "/units/HC-020201-1", {"name_en": "New name"}
    etag = (await registry.get(path)).headers["etag"]
    assert (await registry.patch(path, etag=etag, json=new)).status_code == 401
    assert (await registry.patch(path, "caf@020201", etag=etag, json=new)).status_code == 403
    assert (await registry.patch(path, "district_officer@0203", etag=etag, json=new)).status_code == 403
    assert (await registry.patch(path, "district_officer@0202", json=new)).status_code == 428
    renamed = await registry.patch(path, "district_officer@0202", etag=etag, json=new)
    assert (renamed.status_code, renamed.headers["etag"]) == (200, '"2"')
    assert (renamed.json()["name_en"], renamed.json()["name_km"]) == ("New name", "មណ្ឌលសុខភាព")
    assert (await registry.patch(path, "district_officer@0202", etag=etag, json=new)).status_code == 412
    for bad in ({"name_en": ""}, {"kind": "primary_school"}, {"status": "closed"}):
        assert (await registry.patch(path, "district_officer@0202", etag='"2"', json=bad)).status_code == 422
    assert (await registry.patch("/units/HC-020201-9", "ncdds@", etag='"1"', json=new)).status_code == 404
    assert (await registry.get("/units/hc-1")).status_code == 422


async def test_two_who_rename_at_once_do_not_overwrite_each_other(registry: Registry) -> None:
    await registry.unit()
    answers = await asyncio.gather(
        *(registry.patch("/units/HC-020201-1", "ncdds@", etag='"1"', json={"name_en": f"N{n}"}) for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_a_closed_unit_stays_readable_and_its_code_its_own(registry: Registry) -> None:
    await registry.unit()
    path, reason = "/units/HC-020201-1:close", {"reason": "Merged."}
    assert (await registry.post(path, json=reason)).status_code == 401
    assert (await registry.post(path, "provider@020201/HC-020201-1", json=reason)).status_code == 403
    assert (await registry.post(path, "province_officer@03", json=reason)).status_code == 403
    assert (await registry.post(path, "province_officer@02", json={})).status_code == 422
    closed = await registry.post(path, "province_officer@02", json=reason)
    assert (closed.status_code, closed.json()["status"], closed.json()["version"]) == (200, "closed", 2)
    again = await registry.post(path, "province_officer@02", json=reason)
    assert (again.status_code, again.json()["code"]) == (409, "unit_closed")
    assert (await registry.get("/units/HC-020201-1")).json()["status"] == "closed"
    assert (await registry.unit())["code"] == "HC-020201-2"
    assert (await registry.post("/units/HC-020201-5:close", "ncdds@", json=reason)).status_code == 404


async def test_a_repeated_post_registers_once(registry: Registry) -> None:
    key, who = {"Idempotency-Key": "unit-1"}, registry.world.as_("ncdds@")
    answers = [
        await registry.client.http.post("/api/registry/v1/units", json=HEALTH_CENTRE, headers=who | key)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(await registry.rows("SELECT 1 FROM unit")) == 1


async def test_the_stream_keeps_each_units_last_state(registry: Registry) -> None:
    unit = await registry.unit()
    await registry.patch("/units/HC-020201-1", "ncdds@", etag='"1"', json={"name_en": "New name"})
    await registry.post("/units/HC-020201-1:close", "ncdds@", json={"reason": "Merged."})
    await registry.world.drain()
    parts = registry.world.parts
    reader = await nats.connect(parts.nats.url, user="admin", password=parts.passwords["admin"])
    try:
        kept = await reader.jetstream().get_last_msg("REGISTRY", f"isaf.registry.unit.changed.v1.{unit['id']}")
        state = await reader.jetstream().stream_info("REGISTRY")
    finally:
        await reader.close()
    assert state.state.messages == 1
    assert kept.data is not None
    event = decode(kept.data).event
    assert isinstance(event, UnitChanged)
    assert (event.code, event.name_en, event.status, event.version) == ("HC-020201-1", "New name", "closed", 3)
