"""Areas as they were on any day, and codes that lead from one day to another."""

from typing import Any

from tests.registry.areas.conftest import NAMES, Areas
from tests.registry.conftest import AREAS, Registry, add_areas


async def codes_on(registry: Registry, day: str, **params: str) -> list[str]:
    return [area["code"] for area in await registry.all_pages("/areas", as_of=day, limit=3, **params)]


async def test_the_list_is_read_as_of_any_day(areas: Areas, registry: Registry) -> None:
    await areas.of("0202", "move", new_code="0302", new_parent_code="03")
    await areas.of("030202", "rename", **NAMES, effective_on="2026-04-01")
    assert await codes_on(registry, "2024-12-31") == []
    assert await codes_on(registry, "2025-01-01") == await codes_on(registry, "2026-02-28") == sorted(AREAS)
    assert await codes_on(registry, "2026-03-01") == await areas.open_codes()
    assert await codes_on(registry, "2026-02-28", parent="0202") == ["020201", "020202"]
    assert await codes_on(registry, "2026-03-01", parent="0202") == []
    assert await codes_on(registry, "2026-03-01", level="district") == ["0203", "0301", "0302"]
    was = (await registry.get("/areas/030202?as_of=2026-03-31")).json()
    assert (was["name_en"], was["valid_from"], was["version"]) == ("Area 020202", "2026-03-01", 2)
    now = (await registry.get("/areas/030202?as_of=2026-11-01")).json()
    assert now == (await registry.get("/areas/030202")).json()
    for code, day in (("0202", "2026-03-01"), ("0302", "2026-02-28"), ("0299", "2026-03-01")):
        answer = await registry.get(f"/areas/{code}?as_of={day}")
        assert (answer.status_code, answer.json()["code"]) == (404, "area_not_found")
    for query in ("as_of=yesterday", "as_of=2026-02-30", "as_of="):
        answer = await registry.get(f"/areas?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/as_of")


async def test_the_history_of_a_code_names_everyone_who_bore_it(areas: Areas, registry: Registry) -> None:
    await areas.of("020202", "rename", **NAMES, legal_reference="Prakas 7", note="As the council asked")
    await areas.of("020202", "move", new_code="020209", effective_on="2026-04-01")
    again = (await areas.open("020202", effective_on="2026-05-01"))["areas"][0]
    history = (await registry.get("/areas/020202/history")).json()
    first, second = history["areas"]
    assert [(one["code"], one["name_en"], one["valid_from"], one["valid_to"]) for one in first["periods"]] == [
        ("020202", "Area 020202", "2025-01-01", "2026-03-01"),
        ("020202", "New", "2026-03-01", "2026-04-01"),
        ("020209", "New", "2026-04-01", None),
    ]
    rename = first["periods"][1]["made_by"]
    assert first["periods"][0]["made_by"] is None
    assert first["periods"][0]["ended_by"] == rename
    assert (rename["kind"], rename["legal_reference"], rename["note"]) == ("rename", "Prakas 7", "As the council asked")
    assert (first["area"]["code"], second["area"]["id"], len(second["periods"])) == ("020209", again["id"], 1)
    missing = await registry.get("/areas/020299/history")
    assert (missing.status_code, missing.json()["code"]) == (404, "area_not_found")


async def test_a_state_of_less_than_a_day_stays_in_the_history(areas: Areas, registry: Registry) -> None:
    await areas.of("020202", "rename", name_km="ក", name_en="Slip of the pen")
    await areas.of("020202", "rename", **NAMES)
    [area] = (await registry.get("/areas/020202/history")).json()["areas"]
    assert [(one["name_en"], one["valid_from"], one["valid_to"]) for one in area["periods"]] == [
        ("Area 020202", "2025-01-01", "2026-03-01"),
        ("Slip of the pen", "2026-03-01", "2026-03-01"),
        ("New", "2026-03-01", None),
    ]
    assert (await registry.get("/areas/020202?as_of=2026-03-01")).json()["name_en"] == "New"


async def test_the_day_decides_whose_code_it_is(areas: Areas, registry: Registry) -> None:
    """020201 is renumbered to 020209; later 020202 gets its code."""
    await areas.of("020201", "move", new_code="020209")
    await areas.of("020202", "move", new_code="020201", effective_on="2026-04-01")
    assert await areas.became("020201", since="2025-06-30") == ["020209"]
    assert await areas.became("020201", since="2025-06-30", to="2026-02-28") == ["020201"]
    assert await areas.became("020201", since="2026-04-01") == ["020201"]
    assert await areas.became("020202", since="2025-06-30") == ["020201"]
    assert await areas.became("020201", since="2025-06-30", direction="backward") == ["020202"]
    assert await areas.became("020209", since="2025-06-30", direction="backward") == ["020201"]
    nobody = await registry.get("/crosswalk/020201?from=2026-03-15")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "area_not_found")


async def test_codes_are_resolved_through_many_changes(areas: Areas, registry: Registry) -> None:
    parts = [NAMES | {"code": "020301"}, NAMES | {"code": "020302"}]
    await areas.of("020301", "split", into=parts)
    await areas.of("020302", "move", new_code="030102", new_parent_code="0301", effective_on="2026-04-01")
    await areas.merge(["030102", "030101"], effective_on="2026-05-01")
    await areas.of("03", "move", new_code="05", effective_on="2026-06-01")
    assert await areas.became("020301") == ["020301", "050102"]
    assert await areas.became("030101") == ["050102"]
    assert await areas.became("020301", to="2026-04-30") == ["020301", "030102"]
    assert await areas.became("050102", direction="backward") == ["020301", "030101"]
    assert await areas.became("050102", direction="backward", since="2026-05-15") == ["030102"]


async def test_villages_that_shared_a_code_are_told_apart(areas: Areas, registry: Registry) -> None:
    async with registry.client.runtime.database.transaction() as db:
        await add_areas(db, "02020101")
    twins = sorted(area["id"] for area in await registry.all_pages("/areas", parent="020201"))
    await areas.order(f"/areas/{twins[1]}:move", new_code="02020109")
    body = (await registry.get("/crosswalk/02020101?from=2025-06-30")).json()
    assert [(one["area_id"], [item["code"] for item in one["items"]]) for one in body["crossings"]] == [
        (twins[0], ["02020101"]),
        (twins[1], ["02020109"]),
    ]


BAD_CROSSINGS: list[tuple[str, str]] = [
    ("/crosswalk/020201", "query/from"),
    ("/crosswalk/020201?from=2026-01-01&to=2025-01-01", "query/from"),
    ("/crosswalk/020201?from=x", "query/from"),
    ("/crosswalk/020201?from=2025-01-01&to=x", "query/to"),
    ("/crosswalk/020201?from=2025-01-01&direction=up", "query/direction"),
    ("/crosswalk/123456789?from=2025-01-01", "path/code"),
    ("/crosswalk?since=x", "query/since"),
    ("/crosswalk?level=town", "query/level"),
    ("/crosswalk?cursor=x", "query/cursor"),
]


async def test_bad_crossings_are_named(registry: Registry) -> None:
    for path, pointer in BAD_CROSSINGS:
        answer = await registry.get(path)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer


async def test_the_lines_of_a_year_are_listed(areas: Areas, registry: Registry) -> None:
    await areas.of("020201", "move", new_code="020209", effective_on="2025-12-31")
    await areas.of("0203", "move", new_code="0209")

    async def lines(**params: Any) -> list[tuple[str, str]]:
        found = await registry.all_pages("/crosswalk", limit=1, **params)
        return [(line["old_code"], line["new_code"]) for line in found]

    year = [("0203", "0209"), ("020301", "020901")]
    assert await lines() == [("020201", "020209"), ("02020101", "02020901"), *year]
    assert await lines(since="2026-01-01", until="2026-12-31") == year
    assert await lines(since="2026-01-01", level="commune") == year[1:]


async def test_no_area_loses_its_parent_in_the_past(areas: Areas) -> None:
    """A village that left on the first of April was below its commune until then, however late that is recorded."""
    move: dict[str, Any] = {"new_code": "02020201", "new_parent_code": "020202", "effective_on": "2026-04-01"}
    await areas.of("02020101", "move", **move)
    for verb, body in (("close", {}), ("move", {"new_code": "020209"})):
        refused = await areas.of("020201", verb, 409, **body)
        assert (refused["code"], "2026-04-01" in refused["detail"]) == ("effective_too_early", True)
    await areas.of("020201", "close", effective_on="2026-04-01")


async def test_no_two_areas_share_a_code_in_the_past(areas: Areas) -> None:
    await areas.of("02020101", "move", new_code="02020102", effective_on="2026-04-01")
    await areas.of("020202", "move", new_code="020209", effective_on="2026-04-01")
    for code in ("020202", "02020101"):
        opening = NAMES | {"code": code, "parent_code": code[:-2]}
        refused = await areas.order("/areas", 409, **opening)
        assert (refused["code"], "2026-04-01" in refused["detail"]) == ("area_code_borne_then", True)
        await areas.order("/areas", **opening, effective_on="2026-04-01")
