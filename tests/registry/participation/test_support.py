"""Who supports a unit's year is an organisation that the registry knows, or a name that it does not know."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.conftest import Registry
from tests.registry.participation.test_files import counts, send
from tests.registry.participation.test_routes import BOTH, OFFICER, PATH, put

HEADING = "year,code,supporting_ngo\n2026,HC-020201-1,"


@pytest.fixture
async def care(registry: Registry) -> dict[str, Any]:
    await registry.unit()
    found: dict[str, Any] = (await registry.get("/organisations?q=CARE")).json()["items"][0]
    return found


async def test_support_is_said_by_id_or_by_name(registry: Registry, care: dict[str, Any]) -> None:
    said = [
        ({"supporting_ngo": "care "}, care["id"], "care"),
        ({"supporter_id": care["id"]}, care["id"], "CARE"),
        ({"supporting_ngo": "Our village's friends"}, None, "Our village's friends"),
        ({"supporter_id": care["id"], "supporting_ngo": care["name_km"]}, care["id"], care["name_km"]),
        ({}, None, None),
    ]
    for version, (support, supporter, name) in enumerate(said):
        etag = f'"{version}"' if version else None
        shown = await put(registry, PATH, OFFICER, etag=etag, **BOTH, **support)
        assert (shown.json()["supporter_id"], shown.json()["supporting_ngo"]) == (supporter, name), shown.text
    for wrong, pointer in (
        ({"supporter_id": str(uuid4())}, "/supporter_id"),
        ({"supporter_id": "x"}, "/supporter_id"),
        ({"supporter_id": care["id"], "supporting_ngo": "RACHA"}, "/supporting_ngo"),
    ):
        refused = await put(registry, PATH, OFFICER, etag='"5"', **BOTH, **wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_what_was_read_is_sent_back_also_of_one_inactive(registry: Registry, care: dict[str, Any]) -> None:
    first = (await put(registry, PATH, OFFICER, **BOTH, supporting_ngo="CARE")).json()
    await registry.patch(f"/organisations/{care['id']}", "ncdds@", etag='"1"', json={"active": False})
    as_read = {name: first[name] for name in ("supporter_id", "supporting_ngo")}
    again = (await put(registry, PATH, OFFICER, etag='"1"', **BOTH, **as_read)).json()
    assert (again["supporter_id"], again["version"]) == (care["id"], 2)
    assert counts(await send(registry, f"{HEADING}CARE\n", OFFICER)) == [1, 0, 0, 1, 0]


async def test_files_name_organisations_too(registry: Registry, care: dict[str, Any]) -> None:
    for cell, supporter, name in (
        ("Friends", None, "Friends"), ("care", care["id"], "care"), (care["id"], care["id"], "CARE"),
    ):  # fmt: skip
        assert counts(await send(registry, f"{HEADING}{cell}\n", OFFICER))[4] == 0
        shown = (await registry.get(PATH)).json()
        assert (shown["supporter_id"], shown["supporting_ngo"]) == (supporter, name)
    exported = await registry.get("/participations.csv?year=2026")
    assert counts(await send(registry, exported.content, OFFICER)) == [1, 0, 0, 1, 0]
    carried = {"from_year": 2026, "to_year": 2027, "area": "0202"}
    await put(registry, PATH, OFFICER, etag='"3"', **BOTH, supporter_id=care["id"])
    assert (await registry.post("/participations:carry-over", OFFICER, json=carried)).json()["created"] == 1
    assert (await registry.get("/participations/2027/HC-020201-1")).json()["supporter_id"] == care["id"]


async def test_a_partner_names_the_organisation_that_it_acts_for(registry: Registry, care: dict[str, Any]) -> None:
    partner = UUID((await registry.system("partner@02"))["id"])
    link = f"/api/registry/v1/organisations/{care['id']}/accounts/{partner}"
    await registry.client.http.put(link, headers=registry.world.as_("ncdds@"))
    other = await put(registry, PATH, "partner@02", user_id=partner, demand_side=True, supporting_ngo="RACHA")
    assert (other.status_code, other.json()["code"]) == (403, "support_not_yours")
    file = "year,code,demand_side,supporting_ngo\n2026,HC-020201-1,yes,"
    refused = await send(registry, f"{file}RACHA\n", "partner@02", user_id=partner, dry_run=True)
    assert refused.json()["problems"][0]["code"] == "support_not_yours"
    assert counts(await send(registry, f"{file}CARE\n", "partner@02", user_id=partner)) == [1, 1, 0, 0, 0]
    officer = await put(registry, PATH, OFFICER, etag='"1"', **BOTH, supporting_ngo="RACHA")
    assert officer.status_code == 200
