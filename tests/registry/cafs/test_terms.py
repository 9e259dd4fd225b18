"""A facilitator's earlier terms and communes stay on record, and the account's role goes along."""

import asyncio
import csv
import io
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.registry.areas.conftest import NAMES, Areas
from tests.registry.cafs.conftest import CLERK, MOM, NCDDS, OFFICER, Cafs
from tests.registry.cafs.test_files import counts, problems, send
from tests.registry.conftest import Registry, until_waiting

TERM = {"term_from": "2028-01-05", "term_until": "2029-12-31"}
HEADING = "area_code,name,sex,birth_year,phone,term_from,term_until\n"


async def grants_of(registry: Registry, account: str) -> list[str]:
    held = (await registry.get(f"/accounts/{account}", "operator@")).json()["grants"]
    return sorted(f"{one['role']}@{one['area_code']}" for one in held)


async def test_a_term_that_was_left_stays_beside_the_next(registry: Registry, cafs: Cafs) -> None:
    made = await cafs.make(term_until="2027-12-31")
    path = f"/cafs/{made['id']}"
    left = {"reason": "resigned", "left_on": "2026-03-01", "note": "Moved."}
    await registry.post(f"{path}:leave", CLERK, json=left)
    by_mistake = {"term_from": made["term_from"], "term_until": "2027-12-31"}
    assert (await registry.post(f"{path}:return", CLERK, json=by_mistake)).json()["earlier_terms"] == []
    await registry.post(f"{path}:leave", CLERK, json=left)
    returned = (await registry.post(f"{path}:return", CLERK, json=TERM)).json()
    assert returned["earlier_terms"] == [
        {"area_code": "020201", "term_from": "2026-01-05", "term_until": "2027-12-31", "chosen_by": "election",
         "left_on": "2026-03-01", "left_reason": "resigned", "left_note": "Moved."},
    ]  # fmt: skip
    assert (returned["term_from"], returned["left_on"]) == (TERM["term_from"], None)
    shown = await registry.all_pages("/cafs", OFFICER)
    assert [len(one["earlier_terms"]) for one in shown] == [1]
    report = (await registry.get("/caf-report?area=0202")).json()
    assert report["total"]["cafs"] == 1


async def test_another_term_said_by_patch_or_file_keeps_the_one_before(registry: Registry, cafs: Cafs) -> None:
    made = await cafs.make(name="Mom", term_until="2027-12-31")
    path = f"/cafs/{made['id']}"
    corrected = await registry.patch(path, CLERK, etag='"1"', json={"term_from": "2026-02-01"})
    assert corrected.json()["earlier_terms"] == []
    renewed = (await registry.patch(path, CLERK, etag='"2"', json=TERM)).json()
    assert [(one["term_from"], one["left_on"], one["left_reason"]) for one in renewed["earlier_terms"]] == [
        ("2026-02-01", "2027-12-31", "term_ended")
    ]
    file = HEADING + "020201,Mom,f,,,2030-01-05,2031-12-31\n"
    assert counts(await send(registry, file, CLERK)) == [1, 0, 1, 0, 0]
    assert counts(await send(registry, file, CLERK)) == [1, 0, 0, 1, 0]
    kept = (await registry.get(path, CLERK)).json()["earlier_terms"]
    assert [one["left_on"] for one in kept] == ["2029-12-31", "2027-12-31"]
    of_before = await send(registry, HEADING + "020201,Mom,f,,,2028-01-05,2029-12-31\n", CLERK)
    assert (counts(of_before), problems(of_before)[0][2]) == ([1, 0, 0, 1, 0], "earlier_term")


async def test_a_file_of_before_a_move_makes_nobody_twice(registry: Registry, cafs: Cafs) -> None:
    file = HEADING + "020201,Chan Dara,m,1990,012 999 888,2026-01-05,\n020201,Keo Bopha,f,1991,,2026-01-05,\n"
    await send(registry, file, CLERK)
    chan = next(one for one in await registry.all_pages("/cafs", CLERK) if one["name"] == "Chan Dara")
    moved = await registry.patch(f"/cafs/{chan['id']}", OFFICER, etag='"1"', json={"area_code": "020202"})
    assert [(one["area_code"], one["left_reason"]) for one in moved.json()["earlier_terms"]] == [
        ("020201", "transferred")
    ]
    for role, place in ((CLERK, "is on record in another commune"), (OFFICER, "is on record in 020202")):
        again = await send(registry, file, role)
        assert (counts(again), problems(again)[0]) == ([2, 0, 0, 2, 0], (2, "area_code", "caf_elsewhere"))
        assert place in again.json()["problems"][0]["detail_en"]
    exported = "id," + HEADING + f"{chan['id']},020201,Chan Dara,m,1990,,2026-01-05,\n"
    assert problems(await send(registry, exported, CLERK))[0] == (2, "area_code", "caf_elsewhere")
    by_phone = await send(registry, HEADING + "020301,Chan Dara,m,,012 999 888,2026-05-05,\n", NCDDS)
    assert (counts(by_phone), problems(by_phone)[0][2]) == ([1, 0, 0, 1, 0], "caf_elsewhere")
    namesake = await send(registry, HEADING + "020301,Chan Dara,m,1990,012 777 666,2026-05-05,\n", NCDDS)
    assert counts(namesake) == [1, 1, 0, 0, 0]
    unseen = await send(registry, HEADING + "020201,Chan Dara,m,,012 777 666,2999-05-05,\n", CLERK)
    assert counts(unseen) == [1, 1, 0, 0, 0]


async def test_a_village_that_goes_to_another_commune_makes_nobody_twice(
    registry: Registry, cafs: Cafs, areas: Areas
) -> None:
    account = (await registry.person("caf@020201"))["id"]
    await cafs.make(name="Mom", account_id=account)
    await areas.of("02020101", "move", new_code="02020201", new_parent_code="020202")
    again = await send(registry, HEADING + "020201,Mom,f,1988,,2026-01-05,\n", OFFICER)
    assert (counts(again), problems(again)[0][2]) == ([1, 0, 0, 1, 0], "caf_elsewhere")
    assert await grants_of(registry, account) == ["caf@020202"]


async def test_a_part_of_a_commune_goes_on_with_its_facilitators(registry: Registry, cafs: Cafs, areas: Areas) -> None:
    """Who lives in the second part never served the first, which inherits what knows no village."""
    account = (await registry.person("caf@020201"))["id"]
    made = await cafs.make(account_id=account)
    village = await areas.id_of("02020101")
    parts = [NAMES | {"code": "020203"}, NAMES | {"code": "020204", "children": [{"area_id": village}]}]
    await areas.of("020201", "split", into=parts)
    shown = (await registry.get(f"/cafs/{made['id']}", NCDDS)).json()
    assert (shown["area_code"], shown["village_code"], shown["earlier_terms"]) == ("020204", "02020401", [])
    assert await grants_of(registry, account) == ["caf@020204"]


async def test_areas_are_taken_by_id(registry: Registry, cafs: Cafs, areas: Areas) -> None:
    """As whoever changes areas takes them: a village may be older than its commune."""
    made, village = await cafs.make(), await areas.id_of("02020101")
    part = NAMES | {"code": "020204", "children": [{"area_id": village}]}
    await areas.of("020201", "split", into=[part], remains=True)
    for send_one in (
        partial(registry.post, "/cafs", NCDDS, json=MOM | {"area_code": "020204", "village_code": "02020401"}),
        partial(registry.patch, f"/cafs/{made['id']}", NCDDS, etag="*", json={"village_code": "02020401"}),
    ):
        async with registry.client.runtime.database.transaction() as db:
            await db.execute(text("SELECT FROM area WHERE id = :id FOR UPDATE"), {"id": UUID(village)})
            sending = asyncio.create_task(send_one())
            await until_waiting(registry, sending)
            await db.execute(text("SELECT FROM area WHERE code = '020204' FOR UPDATE NOWAIT"))
        assert (await sending).status_code in (200, 201)


async def test_the_accounts_role_follows_a_move(registry: Registry, cafs: Cafs) -> None:
    account = (await registry.person("caf@020201", "jaapc@020201"))["id"]
    made = await cafs.make(account_id=account)
    path, there = f"/cafs/{made['id']}", {"area_code": "020202", "account_id": account}
    both = ("commune_clerk@020201", "commune_clerk@020202")
    unable = (await registry.patch(path, *both, etag='"1"', json=there)).json()
    assert unable["warnings"][0]["code"] == "role_stays"
    assert "caf@020201" in unable["warnings"][0]["detail_km"]
    assert await grants_of(registry, account) == ["caf@020201", "jaapc@020201"]
    await registry.patch(path, OFFICER, etag='"2"', json={"area_code": "020201"})
    followed = (await registry.patch(path, OFFICER, etag='"3"', json={"area_code": "020202"})).json()
    assert "role_stays" not in [one["code"] for one in followed["warnings"]]
    assert await grants_of(registry, account) == ["caf@020202", "jaapc@020201"]
    trail = await registry.rows(
        "SELECT action, detail->>'grant' FROM audit_entry WHERE subject_kind = 'account' AND subject = :id "
        "ORDER BY id DESC LIMIT 2",
        id=account,
    )
    assert sorted(map(tuple, trail)) == [("grant_given", "caf@020202"), ("grant_taken", "caf@020201")]
    left = (await registry.post(f"{path}:leave", OFFICER, json={"reason": "resigned"})).json()
    assert left["warnings"][0]["code"] == "role_stays"


async def test_accounts_are_taken_before_records(registry: Registry, cafs: Cafs) -> None:
    """As whoever changes areas takes them: the other way round, the two would wait in a circle."""
    account = (await registry.person("caf@020201"))["id"]
    made = await cafs.make(account_id=account)
    async with registry.client.runtime.database.transaction() as db:
        await db.execute(text("SELECT FROM account WHERE id = :id FOR UPDATE"), {"id": UUID(account)})
        there = {"area_code": "020202"}
        moving = asyncio.create_task(registry.patch(f"/cafs/{made['id']}", OFFICER, etag='"1"', json=there))
        await until_waiting(registry, moving)
        await db.execute(text("SELECT FROM caf FOR UPDATE NOWAIT"))
    assert (await moving).status_code == 200
    assert await grants_of(registry, account) == ["caf@020202"]


async def test_what_is_sensitive_is_for_the_person_and_the_officers(registry: Registry, cafs: Cafs) -> None:
    care, partner = await cafs.organisation(), UUID((await registry.system("partner@02"))["id"])
    caf = UUID((await registry.person("caf@020201"))["id"])
    link = f"/api/registry/v1/organisations/{care}/accounts/{partner}"
    await registry.client.http.put(link, headers=registry.world.as_(NCDDS))
    made = await cafs.make(supporter_id=care, account_id=str(caf), disability=True, ethnic_minority=False)
    training = {
        "topic": "facilitation", "organiser_id": care, "area_code": "0202", "held_from": "2026-02-10",
        "held_until": "2026-02-11", "participants": [{"kind": "caf", "sex": "female", "number": 1}],
        "caf_ids": [made["id"]],
    }  # fmt: skip
    held = (await registry.post("/trainings", NCDDS, json=training)).json()["id"]
    asked: list[tuple[str, UUID | None, Any]] = [
        ("partner@02", partner, (None, None)), (CLERK, None, (True, False)), ("caf@020201", caf, (True, False)),
    ]  # fmt: skip
    for role, user_id, expected in asked:
        headers = registry.world.as_(role, user_id=user_id)
        get = registry.client.http.get
        one = (await get(f"/api/registry/v1/cafs/{made['id']}", headers=headers)).json()
        listed = (await get("/api/registry/v1/cafs", headers=headers)).json()["items"][0]
        trained = (await get(f"/api/registry/v1/trainings/{held}/cafs", headers=headers)).json()["items"][0]
        for shown in (one, listed, trained):
            assert (shown["disability"], shown["ethnic_minority"]) == expected, role
        exported = (await get("/api/registry/v1/cafs.csv", headers=headers)).text
        row = next(csv.DictReader(io.StringIO(exported.removeprefix("\ufeff"))))
        assert (bool(row["disability"]), bool(row["ethnic_minority"])) == (expected[0] is not None,) * 2


@pytest.mark.parametrize("role", [CLERK, OFFICER])
async def test_a_shared_number_is_told_within_the_callers_reach_alone(
    registry: Registry, cafs: Cafs, role: str
) -> None:
    await cafs.elsewhere(name="Dara", sex="male")
    await cafs.elsewhere("030101", name="Sok", sex="male")
    made = await cafs.make(role)
    told = "phone_shared" in [one["code"] for one in made["warnings"]]
    assert told == (role == OFFICER)
