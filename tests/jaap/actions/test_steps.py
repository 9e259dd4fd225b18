"""The steps of an action over the API."""

import asyncio
from typing import Any
from uuid import uuid4

from shared.events.jaap import ActionChanged
from tests.jaap.conftest import API, COMMUNE, Propose, Told
from tests.world import Client, World

BODIES: dict[str, dict[str, Any] | None] = {
    ":agree": None,
    ":start": None,
    ":finish": None,
    ":drop": {"reason": "no longer needed"},
    "/progress": {"percent": 40, "note": "half way"},
    ":request-funds": {"amount": 1_000_000},
}


async def test_who_may_take_a_step(world: World, jaap: Client, propose: Propose) -> None:
    for step, body in BODIES.items():
        action = await propose()
        url = f"{API}/actions/{action['id']}{step}"
        assert (await jaap.http.post(url, json=body)).status_code == 401
        for grant in ("caf@020103", "district_officer@0201", "citizen@", "provider@020103/HC-020103-1"):
            refused = await jaap.http.post(url, json=body, headers=world.as_(grant))
            assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
        elsewhere = await jaap.http.post(url, json=body, headers=world.as_("jaapc@020104"))
        assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "area_not_covered")
        clerk = await jaap.http.post(url, json=body, headers=world.as_(f"commune_clerk@{COMMUNE}"))
        assert (clerk.status_code == 403) == (step == ":agree")
        nowhere = url.replace(action["id"], str(uuid4()))
        unknown = await jaap.http.post(nowhere, json=body, headers=world.as_(f"jaapc@{COMMUNE}"))
        assert (unknown.status_code, unknown.json()["code"]) == (404, "action_not_found")


async def test_from_proposed_to_done(world: World, jaap: Client, propose: Propose, told: Told) -> None:
    action = await propose(resources="own")
    url, member = f"{API}/actions/{action['id']}", world.as_(f"jaapc@{COMMUNE}")
    for step in (":agree", ":start"):
        assert (await jaap.http.post(url + step, headers=member)).status_code == 200
    reports = [
        {"percent": 60, "note": "walls stand", "reported_on": "2026-06-01"},
        {"percent": 90, "note": "roof on", "reported_on": "2026-07-01"},
        {"percent": 40, "note": "found a crack in June", "reported_on": "2026-06-15"},
    ]
    for report in reports:
        answer = await jaap.http.post(f"{url}/progress", json=report, headers=member)
        assert answer.status_code == 201, answer.text
    done = await jaap.http.post(f"{url}:finish", headers=member)
    assert done.json()["status"] == "done"
    assert done.json()["progress"] == sorted(reports, key=lambda report: str(report["reported_on"]))
    assert done.headers["etag"] == f'"{done.json()["version"]}"'
    assert (await jaap.http.get(url)).json() == done.json()
    changes = await told(ActionChanged)
    assert [(change.previous_status, change.status) for change in changes] == [
        (None, "proposed"),
        ("proposed", "agreed"),
        ("agreed", "in_progress"),
        ("in_progress", "done"),
    ]


async def test_a_dropped_action_says_why(world: World, jaap: Client, propose: Propose, told: Told) -> None:
    action = await propose("agree")
    url, member = f"{API}/actions/{action['id']}:drop", world.as_(f"jaapc@{COMMUNE}")
    for body, pointer in (({}, "/reason"), ({"reason": " "}, "/reason"), ({"reason": "x", "by": "me"}, "/by")):
        answer = await jaap.http.post(url, json=body, headers=member)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
    answer = await jaap.http.post(url, json={"reason": "the province built it"}, headers=member)
    assert (answer.json()["status"], answer.json()["drop_reason"]) == ("dropped", "the province built it")
    (*_, last) = await told(ActionChanged)
    assert (last.previous_status, last.status, last.drop_reason) == ("agreed", "dropped", "the province built it")
    again = await jaap.http.post(url, json={"reason": "again"}, headers=member)
    assert (again.status_code, again.json()["code"]) == (409, "step_not_allowed")
    assert "closed" in again.json()["detail"]


async def test_a_step_the_path_does_not_have(world: World, jaap: Client, propose: Propose, told: Told) -> None:
    action = await propose("agree")
    headers = world.as_(f"jaapc@{COMMUNE}")
    answer = await jaap.http.post(f"{API}/actions/{action['id']}:start", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "step_not_allowed")
    assert answer.json()["detail"].endswith(
        "Next can be: dropped. It becomes funded when all that it asks for is allocated."
    )
    khmer = await jaap.http.post(f"{API}/actions/{action['id']}:start", headers=headers | {"Accept-Language": "km"})
    assert "ជំហានបន្ទាប់ដែលអាចធ្វើបាន៖ បានបោះបង់។ វានឹងមានថវិកា" in khmer.json()["detail"]
    assert len(await told(ActionChanged)) == 2


async def test_two_who_agree_at_once(world: World, jaap: Client, propose: Propose, told: Told) -> None:
    action = await propose()
    answers = await asyncio.gather(
        *(
            jaap.http.post(f"{API}/actions/{action['id']}:agree", headers=world.as_(f"jaapc@{COMMUNE}"))
            for _ in range(4)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert [change.status for change in await told(ActionChanged)] == ["proposed", "agreed"]


async def test_bad_reports(world: World, jaap: Client, propose: Propose) -> None:
    action = await propose("agree", "start", resources="own")
    for changes, pointer in (
        ({"percent": 101}, "/percent"),
        ({"percent": -1}, "/percent"),
        ({"percent": "40"}, "/percent"),
        ({"percent": 40.5}, "/percent"),
        ({"note": ""}, "/note"),
        ({"reported_on": "2099-01-01"}, "/reported_on"),
        ({"reported_on": "yesterday"}, "/reported_on"),
        ({"done": True}, "/done"),
    ):
        answer = await jaap.http.post(
            f"{API}/actions/{action['id']}/progress",
            json={"percent": 40, "note": "half way"} | changes,
            headers=world.as_(f"jaapc@{COMMUNE}"),
        )
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await jaap.http.get(f"{API}/actions/{action['id']}")).json() == action
