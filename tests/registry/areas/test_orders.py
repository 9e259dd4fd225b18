"""Changing areas: who may, what fits, and what stands afterwards."""

import asyncio
from typing import Any

from tests.registry.areas.conftest import LAW, NAMES, WRITER, Areas
from tests.registry.conftest import Registry

OPENING = LAW | NAMES | {"code": "020203", "parent_code": "0202"}


async def test_who_may_change_areas(areas: Areas, registry: Registry) -> None:
    area, other = await areas.id_of("020201"), await areas.id_of("020202")
    orders: list[tuple[str, dict[str, Any]]] = [
        ("/areas", OPENING),
        (f"/areas/{area}:rename", LAW | NAMES),
        (f"/areas/{area}:move", LAW | {"new_code": "020209"}),
        (f"/areas/{area}:split", LAW | {"into": [NAMES | {"code": "020203"}], "remains": True}),
        ("/areas:merge", LAW | {"area_ids": [area, other], "survivor_id": area}),
        (f"/areas/{area}:close", LAW),
    ]
    for path, body in orders:
        assert (await registry.post(path, json=body)).status_code == 401
        for grant in ("citizen@", "caf@020201", "district_officer@0202", "province_officer@02"):
            answer = await registry.post(path, grant, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
        answer = await registry.post(path, "ncdds@03", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "area_not_covered")
        answer = await registry.post(path, WRITER, json=body | {"colour": "blue"})
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/colour"]
    assert await registry.rows("SELECT 1 FROM area_change") == []
    assert (await registry.post("/areas", "ncdds@02", json=OPENING)).status_code == 201


async def test_a_move_needs_both_places(areas: Areas, registry: Registry) -> None:
    path = f"/areas/{await areas.id_of('020201')}:move"
    body = LAW | {"new_code": "030102", "new_parent_code": "0301"}
    for grant in ("ncdds@02", "ncdds@03"):
        assert (await registry.post(path, grant, json=body)).status_code == 403
    answer = await registry.post(path, "ncdds@02", "ncdds@03", json=body)
    assert (answer.status_code, answer.json()["kind"]) == (201, "move")


async def test_an_area_is_opened_where_its_code_says(areas: Areas, registry: Registry) -> None:
    made = await areas.open("020203")
    assert (made["state"], made["kind"], made["legal_reference"]) == ("applied", "open", LAW["legal_reference"])
    [area] = made["areas"]
    assert (area["code"], area["level"], area["valid_from"], area["version"]) == ("020203", "commune", "2026-03-01", 1)
    assert (await registry.get("/areas/020203")).json() == area
    assert (await areas.open("04"))["areas"][0]["level"] == "province"
    taken = await areas.order("/areas", 409, **OPENING)
    assert (taken["code"], taken["errors"][0]["pointer"]) == ("area_code_taken", "/code")


BAD_OPENINGS: list[tuple[dict[str, Any], str]] = [
    ({"code": "020303"}, "/code"),
    ({"code": "0299"}, "/code"),
    ({"code": "2"}, "/code"),
    ({"code": 20203}, "/code"),
    ({"code": "02029901", "parent_code": "020299"}, "/parent_code"),
    ({"parent_code": None}, "/code"),
    ({"name_km": " "}, "/name_km"),
    ({"name_en": "x" * 201}, "/name_en"),
    ({"name_en": "a\x00b"}, "/name_en"),
    ({"effective_on": "soon"}, "/effective_on"),
    ({"effective_on": "2999-01-01"}, "/effective_on"),
    ({"effective_on": None}, "/effective_on"),
    ({"legal_reference": ""}, "/legal_reference"),
    ({"note": "x" * 4001}, "/note"),
]


async def test_bad_orders_are_named(areas: Areas, registry: Registry) -> None:
    for change, pointer in BAD_OPENINGS:
        answer = await registry.post("/areas", WRITER, json=OPENING | change)
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"][0]["pointer"] == pointer, answer.text
    garbage = await registry.post("/areas", WRITER, content=b"\xff{", headers={"Content-Type": "application/json"})
    assert garbage.status_code == 400
    unknown = "00000000-0000-4000-8000-000000000009"
    assert (await areas.order(f"/areas/{unknown}:rename", 404, **NAMES))["code"] == "area_not_found"
    assert (await areas.order("/areas/020201:rename", 422, **NAMES))["errors"][0]["pointer"] == "path/area_id"
    both = {"area_ids": [unknown, unknown], "survivor_id": unknown, "into": NAMES | {"code": "020209"}}
    assert (await areas.order("/areas:merge", 422, **both))["code"] == "invalid_request"
    assert await registry.rows("SELECT 1 FROM area_change") == []


async def test_a_renamed_area_is_the_same(areas: Areas, registry: Registry) -> None:
    before = (await registry.get("/areas/020201")).json()
    await areas.of("020201", "rename", **NAMES)
    after = (await registry.get("/areas/020201")).json()
    assert after == before | NAMES | {"valid_from": "2026-03-01", "version": 2}
    early = await areas.of("020201", "rename", 409, name_km="ក", name_en="Older", effective_on="2026-02-28")
    assert (early["code"], early["errors"][0]["pointer"]) == ("effective_too_early", "/effective_on")
    assert "2026-03-01" in early["detail"]
    same = await areas.of("020201", "rename", 409, **NAMES)
    assert same["code"] == "nothing_changes"
    await areas.of("020201", "rename", name_km="ក", name_en="The same day")
    assert (await registry.get("/areas/020201")).json()["version"] == 3


async def test_all_below_a_moved_area_follow(areas: Areas, registry: Registry) -> None:
    await areas.of("0202", "move", new_code="0302", new_parent_code="03")
    assert await areas.open_codes() == [
        "02", "0203", "020301", "03", "0301", "030101", "0302", "030201", "03020101", "030202",
    ]  # fmt: skip
    assert (await registry.get("/areas/03020101")).json()["parent_code"] == "030201"
    lines = (await registry.get("/crosswalk?since=2026-03-01")).json()["items"]
    assert [(line["old_code"], line["new_code"], line["kind"]) for line in lines] == [
        ("0202", "0302", "move"),
        ("020201", "030201", "renumber"),
        ("020202", "030202", "renumber"),
        ("02020101", "03020101", "renumber"),
    ]
    assert all(line["old_area_id"] == line["new_area_id"] for line in lines)
    kind = (await areas.of("030202", "move", new_code="030209"))["kind"]
    assert kind == "renumber"


async def test_a_split_gives_everything_away(areas: Areas, registry: Registry) -> None:
    village = await areas.id_of("02020101")
    second = (await areas.open("02020102", effective_on="2026-02-01"))["areas"][0]["id"]
    parts: list[dict[str, Any]] = [NAMES | {"code": "020201", "children": [{"area_id": village}]}]
    parts.append(NAMES | {"code": "020203"})
    refused = await areas.of("020201", "split", 409, into=parts)
    assert refused["code"] == "children_open"
    assert "02020102" in refused["detail"]
    parts[1]["children"] = [{"area_id": second}]
    old = await areas.id_of("020201")
    made = await areas.of("020201", "split", into=parts)
    assert sorted((area["code"], area["status"]) for area in made["areas"] if area["level"] == "commune") == [
        ("020201", "closed"), ("020201", "open"), ("020203", "open"),
    ]  # fmt: skip
    assert await areas.open_codes(level="village") == ["02020101", "02020301"]
    assert (await registry.get("/areas/02020301")).json()["id"] == second
    assert await areas.id_of("020201") != old
    assert await areas.became("020201") == ["020201", "020203"]
    assert await areas.became("02020102", since="2026-02-01") == ["02020301"]
    closed = await areas.order(f"/areas/{old}:close", 409)
    assert closed["code"] == "area_closed"


async def test_a_part_may_be_split_off(areas: Areas, registry: Registry) -> None:
    village = await areas.id_of("02020101")
    part = NAMES | {"code": "020203", "children": [{"area_id": village, "new_code": "02020307"}]}
    made = await areas.of("020201", "split", into=[part], remains=True)
    assert await areas.open_codes(parent="0202") == ["020201", "020202", "020203"]
    assert await areas.open_codes(level="village") == ["02020307"]
    assert await areas.became("020201") == ["020201", "020203"]
    assert await areas.became("020203", direction="backward", to="2026-03-01") == ["020201"]
    lines = await registry.all_pages("/crosswalk", level="commune", limit=1)
    assert sorted((line["old_code"], line["new_code"]) for line in lines) == [
        ("020201", "020201"), ("020201", "020203"),
    ]  # fmt: skip
    assert {line["change_id"] for line in lines} == {made["id"]}


async def test_a_merger_takes_in_what_lies_below(areas: Areas, registry: Registry) -> None:
    await areas.open("02020201", effective_on="2026-02-01")
    moved = await areas.id_of("02020201")
    await areas.merge(["020201", "020202"])
    assert await areas.open_codes(parent="0202") == ["020201"]
    assert await areas.open_codes(level="village") == ["02020101", "02020102"]
    assert await areas.id_of("02020102") == moved
    assert (await registry.get("/areas/020202")).json()["status"] == "closed"
    assert await areas.became("020202") == await areas.became("020201") == ["020201"]
    assert await areas.became("020201", direction="backward") == ["020201", "020202"]
    await areas.merge(["0202", "0203"], into=NAMES | {"code": "0205"})
    assert await areas.open_codes(parent="02") == ["0205"]
    assert await areas.open_codes(parent="0205") == ["020501", "020502"]
    assert await areas.became("020301") == ["020502"]


async def test_no_area_ends_over_the_heads_of_others(areas: Areas, registry: Registry) -> None:
    assert (await areas.of("020201", "close", 409))["code"] == "children_open"
    await registry.unit(area="020202")
    refused = await areas.of("020202", "close", 409)
    assert (refused["code"], "HC-020202-1" in refused["detail"]) == ("units_open", True)
    await areas.of("020202", "close", into=[await areas.id_of("020201")])
    assert (await registry.get("/units/HC-020202-1")).json()["area_code"] == "020201"
    assert await areas.became("020202") == ["020201"]
    await areas.of("02020101", "close", effective_on="2026-03-02")
    assert await areas.became("02020101") == []


async def test_two_at_once_wait_for_each_other(areas: Areas, registry: Registry) -> None:
    answers = await asyncio.gather(*(registry.post("/areas", WRITER, json=OPENING) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    path = f"/areas/{await areas.id_of('020202')}:close"
    unit = {"kind": "health_centre", "area_code": "020202"} | NAMES
    closed, opened = await asyncio.gather(
        registry.post(path, WRITER, json=LAW), registry.post("/units", WRITER, json=unit)
    )
    assert sorted((closed.status_code, opened.status_code)) in ([201, 409], [201, 422])


async def test_a_repeated_order_is_carried_out_once(areas: Areas, registry: Registry) -> None:
    key = {"Idempotency-Key": "area-1"}
    one = registry.world.as_(WRITER) | key
    answers = [await registry.client.http.post("/api/registry/v1/areas", json=OPENING, headers=one) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
