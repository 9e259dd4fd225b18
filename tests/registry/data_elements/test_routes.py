"""Which facts a kind of unit is asked for."""

from typing import Any

from httpx import Response

from tests.registry.conftest import API, Registry

PATH = "/data-elements/health_centre/beds"
BODY: dict[str, Any] = {
    "group": "performance", "value_type": "count", "position": 7, "name_km": "គ្រែ", "name_en": "Beds",
}  # fmt: skip


async def put(registry: Registry, path: str, *grants: str, etag: str | None = None, **body: Any) -> Response:
    headers = registry.world.as_(*grants) if grants else {}
    headers |= {"If-Match": etag} if etag else {}
    return await registry.client.http.put(f"{API}{path}", headers=headers, json=body)


async def test_ncdds_sets_what_is_asked_for(registry: Registry) -> None:
    assert (await put(registry, PATH, **BODY)).status_code == 401
    assert (await put(registry, PATH, "district_officer@0202", **BODY)).json()["code"] == "permission_missing"
    assert (await put(registry, PATH, "ncdds@02", **BODY)).json()["code"] == "area_not_covered"
    made = await put(registry, PATH, "ncdds@", **BODY)
    assert (made.status_code, made.json()["is_example"], made.headers["etag"]) == (200, False, '"1"')
    assert (await put(registry, PATH, "ncdds@", **BODY)).status_code == 428
    assert (await put(registry, PATH, "ncdds@", etag='"9"', **BODY)).status_code == 412
    assert (await put(registry, PATH, "ncdds@", etag='"1"', **BODY | {"value_type": "text"})).status_code == 200
    listed = await registry.all_pages("/data-elements", kind="health_centre", group="performance", limit=3)
    assert [one["code"] for one in listed][-2:] == ["midwives", "beds"]
    assert (await registry.get("/data-elements/health_centre/none")).status_code == 404
    for change, pointer in (
        ({"group": "money"}, "/group"), ({"value_type": "date"}, "/value_type"), ({"position": "1"}, "/position"),
        ({"name_en": ""}, "/name_en"), ({"unit": "x"}, "/unit"),
    ):  # fmt: skip
        answer = await put(registry, PATH, "ncdds@", etag='"2"', **BODY | change)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


async def test_the_type_stays_once_there_are_facts(registry: Registry) -> None:
    await registry.unit()
    assert (await put(registry, PATH, "ncdds@", **BODY)).status_code == 200
    facts = {"beds": {"value": 6}}
    clerk = "commune_clerk@020201"
    assert (await put(registry, "/units/HC-020201-1/facts/2026", clerk, facts=facts)).status_code == 200
    answer = await put(registry, PATH, "ncdds@", etag='"1"', **BODY | {"value_type": "text"})
    assert (answer.status_code, answer.json()["code"]) == (409, "data_element_in_use")
    assert (await put(registry, PATH, "ncdds@", etag='"1"', **BODY | {"active": False})).status_code == 200
    shown = (await registry.get("/units/HC-020201-1/facts/2026", clerk)).json()
    assert "beds" not in [fact["code"] for fact in shown["facts"]]
