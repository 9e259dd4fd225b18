"""Proposing, changing and reading actions."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.jaap.conftest import API, COMMUNE, HEALTH_CENTRE, Propose, Tell, content, result, unit
from tests.world import Client, World


async def test_the_committee_and_the_clerk_of_the_commune_propose(
    world: World, jaap: Client, plan: dict[str, Any]
) -> None:
    url = f"{API}/plans/{plan['id']}/actions"
    anonymous = await jaap.http.post(url, json=content())
    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "sign_in_required")
    elsewhere = await jaap.http.post(url, json=content(), headers=world.as_("jaapc@020104"))
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "area_not_covered")
    other_role = await jaap.http.post(url, json=content(), headers=world.as_(f"caf@{COMMUNE}", "district_officer@0201"))
    assert (other_role.status_code, other_role.json()["code"]) == (403, "permission_missing")
    item = plan["agenda"][0]["id"]
    for number, role in enumerate(("jaapc", "commune_clerk"), start=1):
        answer = await jaap.http.post(url, json=content(agenda_item_id=item), headers=world.as_(f"{role}@{COMMUNE}"))
        assert answer.status_code == 201, answer.text
        assert answer.headers["etag"] == '"1"'
        body = answer.json()
        assert (body["number"], body["status"], body["agenda_item_id"]) == (number, "proposed", item)
        assert body["unit_code"] == HEALTH_CENTRE
        assert (await jaap.http.get(f"{API}/actions/{body['id']}")).json() == body


async def test_an_action_names_its_unit_by_todays_code(
    world: World, jaap: Client, plan: dict[str, Any], tell: Tell
) -> None:
    old = "HC-020103-2"
    await tell(unit("HC-020103-3").model_copy(update={"aliases": (old,)}))
    member, url = world.as_(f"jaapc@{COMMUNE}"), f"{API}/plans/{plan['id']}/actions"
    body = content(id=str(uuid4()), unit_code=old)
    answer = await jaap.http.post(url, json=body, headers=member)
    assert (answer.status_code, answer.json()["unit_code"]) == (201, "HC-020103-3")
    assert (await jaap.http.post(url, json=body, headers=member)).status_code == 200
    path, tag = f"{API}/actions/{answer.json()['id']}", {"If-Match": '"1"'}
    changed = await jaap.http.patch(path, json={"unit_code": old}, headers=member | tag)
    assert changed.json()["unit_code"] == "HC-020103-3"


BAD_CONTENT: list[tuple[dict[str, Any], str, str]] = [
    ({"ends_on": "2026-04-30"}, "/ends_on", "ends_before_start"),
    ({"beneficiaries_female": 2401}, "/beneficiaries_female", "more_than_total"),
    ({"beneficiaries_total": -1}, "/beneficiaries_total", "greater_than_equal"),
    ({"beneficiaries_total": "40"}, "/beneficiaries_total", "int_type"),
    ({"cost": -1}, "/cost", "greater_than_equal"),
    ({"cost": 0.5}, "/cost", "int_type"),
    ({"cost": 0}, "/cost", "cost_required"),
    ({"cost": 10**18}, "/cost", "less_than_equal"),
    ({"title_km": "  "}, "/title_km", "string_too_short"),
    ({"title_km": "\x00"}, "/title_km", "control_character"),
    ({"starts_on": "soon"}, "/starts_on", "date_from_datetime_parsing"),
    ({"starts_on": "0226-05-01"}, "/starts_on", "greater_than_equal"),
    ({"quantity": "many"}, "/quantity", "float_type"),
    ({"resources": "loan"}, "/resources", "literal_error"),
    ({"unit_code": "HC-020103-9"}, "/unit_code", "unit_unknown"),
    ({"unit_code": "HC-020104-1"}, "/unit_code", "unit_outside_plan"),
    ({"unit_code": "health centre"}, "/unit_code", "string_pattern_mismatch"),
    ({"agenda_item_id": str(uuid4())}, "/agenda_item_id", "agenda_item_unknown"),
    ({"id": "7"}, "/id", "uuid_parsing"),
    ({"status": "done"}, "/status", "extra_forbidden"),
    ({"number": 1}, "/number", "extra_forbidden"),
]


async def test_bad_content_is_refused_by_field(world: World, jaap: Client, plan: dict[str, Any], tell: Tell) -> None:
    await tell(unit("HC-020104-1", "020104"))
    for changes, pointer, code in BAD_CONTENT:
        answer = await jaap.http.post(
            f"{API}/plans/{plan['id']}/actions", json=content(**changes), headers=world.as_(f"jaapc@{COMMUNE}")
        )
        assert answer.status_code == 422, changes
        assert answer.headers["content-type"] == "application/problem+json"
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert (await jaap.http.get(f"{API}/actions")).json()["items"] == []


async def test_every_contradiction_is_named_at_once_in_khmer(world: World, jaap: Client, plan: dict[str, Any]) -> None:
    bad = content(ends_on="2026-01-01", beneficiaries_female=9999, cost=0)
    headers = world.as_(f"jaapc@{COMMUNE}") | {"Accept-Language": "km"}
    body = (await jaap.http.post(f"{API}/plans/{plan['id']}/actions", json=bad, headers=headers)).json()
    assert [error["pointer"] for error in body["errors"]] == ["/ends_on", "/beneficiaries_female", "/cost"]
    assert body["errors"][1]["detail"] == "ចំនួនស្រីច្រើនជាងចំនួនអ្នកទទួលផលសរុប។"


async def test_an_unknown_plan(world: World, jaap: Client) -> None:
    answer = await jaap.http.post(
        f"{API}/plans/{uuid4()}/actions", json=content(), headers=world.as_(f"jaapc@{COMMUNE}")
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "plan_not_found")


async def test_an_id_made_offline_counts_once(world: World, jaap: Client, plan: dict[str, Any]) -> None:
    url, member = f"{API}/plans/{plan['id']}/actions", world.as_(f"jaapc@{COMMUNE}")
    mine = content(id=str(uuid4()))
    first = await jaap.http.post(url, json=mine, headers=member)
    assert (first.status_code, first.json()["id"]) == (201, mine["id"])
    changed = await jaap.http.patch(
        f"{API}/actions/{mine['id']}", json={"cost": 5_000_000}, headers=member | {"If-Match": '"1"'}
    )
    assert changed.json()["cost"] == 5_000_000
    again = await jaap.http.post(url, json=mine, headers=member)
    assert (again.status_code, again.json()) == (200, changed.json())
    other = await jaap.http.post(url, json=mine | {"cost": 1}, headers=member)
    assert (other.status_code, other.json()["code"]) == (409, "id_taken")
    assert len((await jaap.http.get(f"{API}/actions")).json()["items"]) == 1


async def test_an_id_taken_in_another_plan(world: World, jaap: Client, plan: dict[str, Any], tell: Tell) -> None:
    await tell(result("fees", year=2027, round_id=uuid4()))
    other = (await jaap.http.get(f"{API}/plans?year=2027")).json()["items"][0]
    member, mine = world.as_(f"jaapc@{COMMUNE}"), content(id=str(uuid4()))
    answers = [
        await jaap.http.post(f"{API}/plans/{into['id']}/actions", json=mine, headers=member) for into in (plan, other)
    ]
    assert [answer.status_code for answer in answers] == [201, 409]


async def test_numbers_have_no_gaps_and_no_repeats(world: World, jaap: Client, plan: dict[str, Any]) -> None:
    url, member = f"{API}/plans/{plan['id']}/actions", world.as_(f"jaapc@{COMMUNE}")
    twice = content(id=str(uuid4()))
    bodies = [content() if index % 3 else content(unit_code="HC-020103-9") for index in range(12)] + [twice, twice]
    answers = await asyncio.gather(*(jaap.http.post(url, json=body, headers=member) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200] + [201] * 9 + [422] * 4
    listed = (await jaap.http.get(f"{API}/actions?plan_id={plan['id']}")).json()["items"]
    assert [action["number"] for action in listed] == list(range(1, 10))


async def test_an_idempotency_key_counts_once(world: World, jaap: Client, plan: dict[str, Any]) -> None:
    url, member = f"{API}/plans/{plan['id']}/actions", world.as_(f"jaapc@{COMMUNE}") | {"Idempotency-Key": "k-1"}
    first, again = [await jaap.http.post(url, json=content(), headers=member) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len((await jaap.http.get(f"{API}/actions")).json()["items"]) == 1


async def test_a_proposed_action_can_be_changed(world: World, jaap: Client, propose: Propose) -> None:
    action = await propose()
    url, member = f"{API}/actions/{action['id']}", world.as_(f"commune_clerk@{COMMUNE}")
    assert (await jaap.http.patch(url, json={"cost": 1})).status_code == 401
    assert (await jaap.http.patch(url, json={"cost": 1}, headers=member)).status_code == 428
    tag = {"If-Match": '"1"'}
    elsewhere = await jaap.http.patch(url, json={"cost": 1}, headers=world.as_("jaapc@020104") | tag)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "area_not_covered")
    answer = await jaap.http.patch(
        url, json={"title_en": None, "unit_code": None, "ends_on": "2027-01-31"}, headers=member | tag
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"2"'
    assert answer.json() == action | {"title_en": None, "unit_code": None, "ends_on": "2027-01-31", "version": 2}
    stale = await jaap.http.patch(url, json={"cost": 1}, headers=member | tag)
    assert (stale.status_code, stale.json()["code"]) == (412, "version_changed")


BAD_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"title_km": None}, "/title_km"),
    ({"starts_on": "2026-10-01"}, "/ends_on"),
    ({"beneficiaries_total": 10}, "/beneficiaries_female"),
    ({"cost": 0}, "/cost"),
    ({"unit_code": "HC-020103-9"}, "/unit_code"),
    ({"agenda_item_id": str(uuid4())}, "/agenda_item_id"),
    ({"funded_amount": 1}, "/funded_amount"),
]


async def test_bad_changes_are_refused_by_field(world: World, jaap: Client, propose: Propose) -> None:
    action = await propose()
    url = f"{API}/actions/{action['id']}"
    for changes, pointer in BAD_CHANGES:
        answer = await jaap.http.patch(url, json=changes, headers=world.as_(f"jaapc@{COMMUNE}") | {"If-Match": '"1"'})
        assert answer.status_code == 422, changes
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await jaap.http.get(url)).json() == action


async def test_two_who_change_the_same_action(world: World, jaap: Client, propose: Propose) -> None:
    action = await propose()
    headers = world.as_(f"jaapc@{COMMUNE}") | {"If-Match": '"1"'}
    answers = await asyncio.gather(
        *(jaap.http.patch(f"{API}/actions/{action['id']}", json={"cost": n}, headers=headers) for n in (1, 2, 3))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]


async def test_what_was_agreed_on_is_not_rewritten(world: World, jaap: Client, propose: Propose) -> None:
    action = await propose("agree")
    answer = await jaap.http.patch(
        f"{API}/actions/{action['id']}", json={"cost": 1}, headers=world.as_(f"jaapc@{COMMUNE}") | {"If-Match": "*"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "action_not_proposed")


async def test_lists_by_plan_area_year_and_status(jaap: Client, plan: dict[str, Any], propose: Propose) -> None:
    await propose()
    await propose("agree")
    await propose("agree", "start", resources="own")

    async def numbers(query: str) -> list[int]:
        answer = await jaap.http.get(f"{API}/actions?{query}")
        assert answer.status_code == 200, answer.text
        return [item["number"] for item in answer.json()["items"]]

    assert await numbers("") == [1, 2, 3]
    assert await numbers("status=agreed") == [2]
    assert await numbers("area=0201&year=2026") == [1, 2, 3]
    assert await numbers("area=0202") == []
    assert await numbers(f"plan_id={plan['id']}&status=in_progress") == [3]
    assert await numbers(f"plan_id={uuid4()}") == []
    first = (await jaap.http.get(f"{API}/actions?limit=2")).json()
    assert await numbers(f"cursor={first['next_cursor']}") == [3]


async def test_bad_questions(jaap: Client) -> None:
    unknown = await jaap.http.get(f"{API}/actions/{uuid4()}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "action_not_found")
    assert (await jaap.http.get(f"{API}/actions/7")).status_code == 422
    for query, pointer in (
        ("status=closed", "query/status"),
        ("plan_id=7", "query/plan_id"),
        ("limit=501", "query/limit"),
    ):
        answer = await jaap.http.get(f"{API}/actions?{query}")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
