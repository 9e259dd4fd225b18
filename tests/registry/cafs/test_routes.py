"""Facilitators' records: written by clerks and officers, seen by those who must, and by nobody else."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from tests.registry.areas.conftest import Areas
from tests.registry.cafs.conftest import CLERK, MOM, NCDDS, OFFICER, Cafs
from tests.registry.conftest import Registry


async def names(registry: Registry, query: str, *grants: str, user_id: UUID | None = None) -> list[str]:
    headers = registry.world.as_(*grants, user_id=user_id)
    answer = await registry.client.http.get(f"/api/registry/v1/cafs{query}", headers=headers)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return [caf["name"] for caf in answer.json()["items"]]


async def test_who_may_record(registry: Registry, cafs: Cafs) -> None:
    assert (await registry.post("/cafs", json=MOM)).status_code == 401
    for role in ("citizen@020201", "caf@020201", "partner@02", "jaapc@020201", "operator@"):
        assert (await registry.post("/cafs", role, json=MOM)).json()["code"] == "permission_missing"
    for role in ("commune_clerk@020202", "district_officer@0203"):
        assert (await registry.post("/cafs", role, json=MOM)).json()["code"] == "area_not_covered"
    made = await cafs.make(CLERK)
    assert (made["phone"], made["village_code"], made["findings"]) == ("+85512345678", "02020101", ["untrained"])
    assert [warning["code"] for warning in made["warnings"]] == ["too_few"]
    assert "020201 មានអ្នកសម្របសម្រួល ១ នាក់" in made["warnings"][0]["detail_km"]
    trail = await registry.rows("SELECT detail::text FROM audit_entry WHERE subject_kind = 'caf'")
    assert [row[0] for row in trail] == ['{"area": "020201"}']


async def test_a_record_is_seen_by_those_who_must(registry: Registry, cafs: Cafs) -> None:
    care = await cafs.organisation()
    partner, caf = await registry.system("partner@02"), await registry.person("caf@020201")
    mom = await cafs.make(account_id=caf["id"])
    dara = await cafs.elsewhere(name="Dara", sex="male", supporter_id=care)
    link = f"/api/registry/v1/organisations/{care}/accounts/{partner['id']}"
    await registry.client.http.put(link, headers=registry.world.as_(NCDDS))
    acting, own = UUID(partner["id"]), UUID(caf["id"])
    for role in ("citizen@", "provider@020201/HC-020201-1", "jaapc@020201", "operator@"):
        assert (await registry.get("/cafs", role)).json()["code"] == "permission_missing"
    assert (await registry.get("/cafs")).status_code == 401
    seen = [
        (CLERK, None, [MOM["name"]]), (OFFICER, None, [MOM["name"], "Dara"]), ("district_officer@0203", None, []),
        ("partner@02", None, []), ("partner@02", acting, ["Dara"]), ("partner@0203", acting, []),
        ("caf@020201", None, []), ("caf@020201", own, [MOM["name"]]), ("caf@0202", None, []),
    ]  # fmt: skip
    for role, user_id, expected in seen:
        assert await names(registry, "", role, user_id=user_id) == expected
        for record in (mom, dara):
            headers = registry.world.as_(role, user_id=user_id)
            one = await registry.client.http.get(f"/api/registry/v1/cafs/{record['id']}", headers=headers)
            assert one.status_code == (200 if record["name"] in expected else 403), (role, record["name"])
    mine = await registry.client.http.get(
        "/api/registry/v1/cafs/mine", headers=registry.world.as_("citizen@", user_id=own)
    )
    assert (mine.json()["name"], mine.headers["cache-control"]) == (MOM["name"], "no-store")
    assert (await registry.get("/cafs/mine")).status_code == 401
    assert (await registry.get("/cafs/mine", CLERK)).json()["code"] == "caf_not_found"
    assert (await registry.get(f"/cafs/{uuid4()}", NCDDS)).json()["code"] == "caf_not_found"


async def test_lists_are_narrowed_and_paged(registry: Registry, cafs: Cafs) -> None:
    care = await cafs.organisation()
    await cafs.make(name="A", village_official=True)
    await cafs.elsewhere(name="B", term_from="2020-01-01", term_until="2021-12-31", supporter_id=care)
    gone = await cafs.elsewhere(name="C", area_code="020301")
    await registry.post(f"/cafs/{gone['id']}:leave", NCDDS, json={"reason": "resigned"})
    assert await names(registry, "?area=0202", NCDDS) == ["A", "B"]
    assert await names(registry, "?serving=left", NCDDS) == ["C"]
    assert await names(registry, "?serving=all&limit=1", NCDDS) == ["A"]
    assert [caf["name"] for caf in await registry.all_pages("/cafs", NCDDS, serving="all", limit=1)] == ["A", "B", "C"]
    assert await names(registry, f"?supporter_id={care}", NCDDS) == ["B"]
    for finding, expected in (
        ("impartiality", ["A"]),
        ("term_over", ["B"]),
        ("untrained", ["A", "B"]),
        ("inactive", ["B"]),
    ):
        assert await names(registry, f"?finding={finding}", NCDDS) == expected
    for wrong in ("?serving=x", "?finding=old", "?supporter_id=x", "?area=2", "?cursor=abc", "?name=x"):
        assert (await registry.get(f"/cafs{wrong}", NCDDS)).status_code == 422


async def test_changes_follow_the_version(registry: Registry, cafs: Cafs) -> None:
    made = await cafs.make()
    path = f"/cafs/{made['id']}"
    assert (await registry.patch(path, json={})).status_code == 401
    assert (await registry.patch(path, "commune_clerk@020202", etag='"1"', json={})).status_code == 403
    assert (await registry.patch(path, CLERK, json={})).status_code == 428
    body = {"phone": None, "name": None, "last_seen_on": "2026-02-01", "commune_assistant": True}
    changed = await registry.patch(path, CLERK, etag='"1"', json=body)
    shown = changed.json()
    assert (changed.status_code, changed.headers["etag"], changed.headers["cache-control"]) == (200, '"2"', "no-store")
    assert (shown["phone"], shown["name"], shown["last_active_on"]) == (None, MOM["name"], "2026-02-01")
    assert [warning["code"] for warning in shown["warnings"]] == ["too_few", "impartiality"]
    answers = await asyncio.gather(*(registry.patch(path, CLERK, etag='"2"', json={"sex": "male"}) for _ in "ab"))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    moved = {"area_code": "020202"}
    assert (await registry.patch(path, CLERK, etag='"3"', json=moved)).json()["code"] == "area_not_covered"
    after = (await registry.patch(path, OFFICER, etag='"3"', json=moved)).json()
    assert (after["area_code"], after["village_code"]) == ("020202", None)
    trail = await registry.rows("SELECT detail::text FROM audit_entry WHERE subject_kind = 'caf' ORDER BY id")
    assert "last_seen_on" in trail[1][0]
    assert not any('sex": "male' in row[0] for row in trail)


async def test_leaving_and_coming_back(registry: Registry, cafs: Cafs) -> None:
    account = (await registry.person("caf@020201"))["id"]
    made = await cafs.make(account_id=account)
    leave, back = f"/cafs/{made['id']}:leave", f"/cafs/{made['id']}:return"
    reason = {"reason": "took_office", "left_on": "2026-03-01", "note": "Village chief now."}
    for path in (leave, back):
        assert (await registry.post(path, json=reason)).status_code == 401
        assert (await registry.post(path, "partner@02", json=reason)).json()["code"] == "permission_missing"
    assert (await registry.post(leave, "commune_clerk@020202", json=reason)).status_code == 403
    term = {"term_from": "2026-04-01", "term_until": None}
    assert (await registry.post(back, CLERK, json=term)).json()["code"] == "caf_current"
    for wrong in ({"left_on": "2026-01-04"}, {"left_on": "2999-01-01"}, {"reason": "x"}, {"why": "x"}):
        assert (await registry.post(leave, CLERK, json=reason | wrong)).status_code == 422
    both = await asyncio.gather(*(registry.post(leave, CLERK, json=reason) for _ in "ab"))
    assert sorted(answer.status_code for answer in both) == [200, 409]
    assert (await registry.patch(f"/cafs/{made['id']}", CLERK, etag="*", json={})).json()["code"] == "caf_left"
    other = await cafs.make(name="Another", account_id=account)
    assert (await registry.post(back, CLERK, json=term)).json()["code"] == "account_taken"
    await registry.post(f"/cafs/{other['id']}:leave", CLERK, json={"reason": "other"})
    assert (await registry.post(back, CLERK, json=term | {"term_until": "2026-03-01"})).status_code == 422
    returned = (await registry.post(back, CLERK, json=term)).json()
    assert (returned["left_on"], returned["left_note"], returned["term_from"]) == (None, None, "2026-04-01")


async def test_nobody_comes_back_to_a_commune_that_ended(registry: Registry, cafs: Cafs, areas: Areas) -> None:
    await areas.open("020204")
    made = await cafs.elsewhere("020204")
    await registry.post(f"/cafs/{made['id']}:leave", NCDDS, json={"reason": "moved_away", "left_on": "2026-02-01"})
    await areas.of("020204", "close")
    back = await registry.post(f"/cafs/{made['id']}:return", NCDDS, json={"term_from": "2026-04-01"})
    assert (back.status_code, back.json()["code"]) == (409, "area_closed")


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "/name"),
    ({"sex": "F"}, "/sex"),
    ({"birth_year": 1850}, "/birth_year"),
    ({"birth_year": "1988"}, "/birth_year"),
    ({"phone": "012"}, "/phone"),
    ({"area_code": "0202"}, "/area_code"),
    ({"area_code": "029999"}, "/area_code"),
    ({"village_code": "02020199"}, "/village_code"),
    ({"area_code": "020202"}, "/village_code"),
    ({"term_from": "5.1.2026"}, "/term_from"),
    ({"term_until": "2026-01-04"}, "/term_until"),
    ({"chosen_by": "lot"}, "/chosen_by"),
    ({"supporter_id": str(uuid4())}, "/supporter_id"),
    ({"account_id": str(uuid4())}, "/account_id"),
    ({"village_official": "yes"}, "/village_official"),
    ({"last_seen_on": "2999-01-01"}, "/last_seen_on"),
    ({"left_on": "2026-01-01"}, "/left_on"),
]


async def test_bad_input_is_named(registry: Registry, cafs: Cafs) -> None:
    for change, pointer in BAD:
        answer = await registry.post("/cafs", NCDDS, json=MOM | change)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
        assert not any(str(MOM[name]) in answer.text for name in ("name", "phone"))
    care = await cafs.organisation()
    await registry.patch(f"/organisations/{care}", NCDDS, etag='"1"', json={"active": False})
    inactive = await registry.post("/cafs", NCDDS, json=MOM | {"supporter_id": care})
    assert inactive.json()["errors"][0]["code"] == "organisation_inactive"


async def test_an_account_is_one_facilitators(registry: Registry, cafs: Cafs) -> None:
    caf, stranger = await registry.person("caf@020201"), await registry.person("caf@020202", username="other")
    assert (await registry.post("/cafs", NCDDS, json=MOM | {"account_id": stranger["id"]})).status_code == 422
    bodies = [MOM | {"account_id": caf["id"], "name": name} for name in ("A", "B", "C")]
    answers = await asyncio.gather(*(registry.post("/cafs", NCDDS, json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    await registry.post(f"/accounts/{caf['id']}:disable", "operator@", json={})
    made = await cafs.make(name="D")
    refused = await registry.patch(f"/cafs/{made['id']}", NCDDS, etag='"1"', json={"account_id": caf["id"]})
    assert refused.json()["code"] == "account_unfit"
