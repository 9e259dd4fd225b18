"""The trail: written with each change, read by operators of the whole installation."""

from tests.registry.conftest import OPERATOR, Registry


async def test_the_trail_is_for_operators(registry: Registry) -> None:
    assert (await registry.get("/audit")).status_code == 401
    assert (await registry.get("/audit", "ncdds@")).status_code == 403
    assert (await registry.get("/audit", "operator@02")).json()["code"] == "area_not_covered"


async def test_who_did_what_is_found(registry: Registry) -> None:
    made = await registry.person("caf@020201", "caf@020202")
    await registry.person("caf@020201", username="other")
    entries = (await registry.get("/audit", "operator@", params={"subject": made["id"]})).json()["items"]
    assert [entry["action"] for entry in entries] == ["grant_given", "grant_given", "created"]
    assert entries[0]["detail"] == {"grant": "caf@020202"}
    assert entries[0]["by_account_id"] == str(OPERATOR)
    mine = await registry.all_pages("/audit", "operator@", by=str(OPERATOR), limit=2)
    assert len(mine) == 5
    later = await registry.get("/audit", "operator@", params={"since": entries[0]["at"], "subject_kind": "area"})
    assert later.json()["items"] == []
