"""How published results open plans and fill their agendas."""

import asyncio
from typing import Any
from uuid import uuid4

from shared.events.jaap import PlanOpened
from shared.events.scorecard import GroupWorseOff
from tests.jaap.conftest import (
    API,
    COMMUNE,
    HEALTH_CENTRE,
    ROUND,
    Propose,
    Tell,
    Told,
    content,
    envelope,
    result,
    withdrawal,
)
from tests.world import Client, World


async def plans(jaap: Client) -> list[dict[str, Any]]:
    """All plans."""
    items: list[dict[str, Any]] = (await jaap.http.get(f"{API}/plans")).json()["items"]
    return items


async def agenda(jaap: Client) -> list[str]:
    """The indicators on the only plan's agenda."""
    (plan,) = await plans(jaap)
    return [item["indicator_code"] for item in plan["agenda"]]


async def test_a_plan_opens_once_however_results_arrive(jaap: Client, tell: Tell, told: Told) -> None:
    school = result("fees", unit_code="PS-020103-1", unit_kind="primary_school")
    village = result("respect", unit_code="PS-020103-2", area_code="02010304")
    repeated = envelope(result("waiting"))
    await asyncio.gather(tell(repeated), tell(school), tell(repeated), tell(village, school))
    (plan,) = await plans(jaap)
    assert (plan["area_code"], plan["year"]) == (COMMUNE, 2026)
    assert [(item["unit_code"], item["indicator_code"]) for item in plan["agenda"]] == [
        (HEALTH_CENTRE, "waiting"),
        ("PS-020103-1", "fees"),
        ("PS-020103-2", "respect"),
    ]
    (opened,) = await told(PlanOpened)
    assert opened.model_dump(mode="json") == {"plan_id": plan["id"], "year": 2026, "area_code": COMMUNE}


async def test_a_unit_of_a_district_opens_the_districts_own_plan(jaap: Client, tell: Tell, told: Told) -> None:
    window = {"unit_code": "OW-0201", "unit_kind": "one_window_service_office", "area_code": "0201"}
    await tell(result("waiting"), result("fees", **window), result("medicine", "fees", **window, version=2))
    first, second = await plans(jaap)
    assert (first["area_code"], second["area_code"]) == ("0201", COMMUNE)
    assert [item["indicator_code"] for item in first["agenda"]] == ["medicine", "fees"]
    assert [opened.area_code for opened in await told(PlanOpened)] == [COMMUNE, "0201"]
    listed = (await jaap.http.get(f"{API}/plans", params={"area": COMMUNE})).json()["items"]
    assert [plan["id"] for plan in listed] == [second["id"]]


async def test_each_year_has_its_plan(jaap: Client, tell: Tell) -> None:
    await tell(result("fees"), result("fees", year=2027, round_id=uuid4()))
    assert [plan["year"] for plan in await plans(jaap)] == [2026, 2027]


async def test_a_newer_version_replaces_and_an_older_one_is_left_out(jaap: Client, tell: Tell) -> None:
    await tell(result("waiting", "medicine"))
    (before,) = await plans(jaap)
    await tell(result("fees", "medicine", version=3))
    (after,) = await plans(jaap)
    assert [item["indicator_code"] for item in after["agenda"]] == ["fees", "medicine"]
    assert after["agenda"][1]["id"] == before["agenda"][1]["id"]
    assert after["version"] > before["version"]
    await tell(result("respect", version=2), result("waiting", version=3))
    assert (await plans(jaap)) == [after]


async def test_rounds_do_not_replace_each_other(jaap: Client, tell: Tell) -> None:
    await tell(result("waiting"), result("fees", round_id=uuid4()))
    assert sorted(await agenda(jaap)) == ["fees", "waiting"]


async def test_a_suppressed_result_opens_the_plan_with_nothing_to_read(jaap: Client, tell: Tell, told: Told) -> None:
    await tell(result("waiting", suppressed=True))
    assert await agenda(jaap) == []
    assert len(await told(PlanOpened)) == 1
    await tell(result("waiting", version=2))
    assert await agenda(jaap) == ["waiting"]
    await tell(result("waiting", version=3, suppressed=True))
    assert await agenda(jaap) == []


async def test_a_withdrawn_result_leaves_the_agenda_until_it_is_published_again(jaap: Client, tell: Tell) -> None:
    await tell(result("waiting"), result("fees", unit_code="PS-020103-1", unit_kind="primary_school"))
    await tell(withdrawal())
    (plan,) = await plans(jaap)
    assert (plan["state"], [item["indicator_code"] for item in plan["agenda"]]) == ("open", ["fees"])
    await tell(result("waiting", version=2))
    assert sorted(await agenda(jaap)) == ["fees", "waiting"]
    await tell(withdrawal())
    assert sorted(await agenda(jaap)) == ["fees", "waiting"], "an older version was withdrawn"


async def test_what_was_withdrawn_before_it_arrived_stays_off(jaap: Client, tell: Tell) -> None:
    await tell(withdrawal(version=2))
    await tell(result("waiting", version=2), result("fees"))
    assert await agenda(jaap) == []
    await tell(result("medicine", version=3))
    assert await agenda(jaap) == ["medicine"]


async def test_the_agenda_names_who_is_worse_off(jaap: Client, tell: Tell) -> None:
    group = {"dimension": "disability", "category": "yes", "share": 0.2, "others": 0.74}
    groups = [GroupWorseOff(indicator=code, **group) for code in ("waiting", "respect")]
    await tell(result("waiting", "fees", worse_off=groups))
    (plan,) = await plans(jaap)
    assert [item["worse_off"] for item in plan["agenda"]] == [[group], []]
    await tell(result("waiting", version=2))
    (plan,) = await plans(jaap)
    assert [item["worse_off"] for item in plan["agenda"]] == [[]]


async def test_an_item_off_the_agenda_stays_with_the_action_that_answers_it(
    world: World, jaap: Client, plan: dict[str, Any], propose: Propose, tell: Tell
) -> None:
    gone = plan["agenda"][0]["id"]
    action = await propose(agenda_item_id=gone)
    await tell(result("medicine", version=2))
    url = f"{API}/actions/{action['id']}"
    assert (await jaap.http.get(url)).json()["agenda_item_id"] == gone
    member = world.as_(f"jaapc@{COMMUNE}")
    edited = await jaap.http.patch(url, json={"cost": 7}, headers=member | {"If-Match": '"1"'})
    assert (edited.status_code, edited.json()["agenda_item_id"]) == (200, gone)
    new = await jaap.http.post(f"{API}/plans/{plan['id']}/actions", json=content(agenda_item_id=gone), headers=member)
    assert (new.status_code, new.json()["code"]) == (422, "agenda_item_unknown")


async def test_an_item_of_another_plan_is_not_on_this_agenda(
    world: World, jaap: Client, plan: dict[str, Any], tell: Tell
) -> None:
    await tell(result("fees", area_code="020104", unit_code="HC-020104-1"))
    other = (await jaap.http.get(f"{API}/plans?area=020104")).json()["items"][0]
    answer = await jaap.http.post(
        f"{API}/plans/{plan['id']}/actions",
        json=content(agenda_item_id=other["agenda"][0]["id"]),
        headers=world.as_(f"jaapc@{COMMUNE}"),
    )
    assert answer.json()["errors"][0]["pointer"] == "/agenda_item_id"


async def test_the_round_is_named(jaap: Client, plan: dict[str, Any]) -> None:
    assert {item["round_id"] for item in plan["agenda"]} == {str(ROUND)}
