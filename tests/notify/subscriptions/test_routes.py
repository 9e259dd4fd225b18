"""Ordering events: who may, what is refused, whose it is."""

import asyncio
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from services.notify.inbox.audience import ROLES
from services.notify.inbox.texts import TEXTS
from services.notify.subscriptions.event_types import KHMER, SUBSCRIBABLE
from services.notify.subscriptions.models import MAXIMUM_PER_ACCOUNT
from shared.events.jaap import PlanOpened
from shared.events.registry import UnitChanged
from shared.events.scorecard import ResultPublished
from tests.notify.conftest import API, Notify
from tests.notify.happenings import area, result_published
from tests.world import World

BODY = {"url": "https://partner.example/isaf", "event_types": [ResultPublished.TYPE], "area_code": "0203"}
SUBSCRIPTIONS = f"{API}/subscriptions"


async def test_the_event_types_are_public_and_each_has_its_words(notify: Notify) -> None:
    types = await notify.items("/event-types", {})
    assert {entry["type"] for entry in types} == {event.TYPE for event in SUBSCRIBABLE}
    assert all(entry["description_km"] and entry["description_en"] for entry in types)
    assert UnitChanged.TYPE not in {entry["type"] for entry in types}
    assert set(KHMER) == set(TEXTS) == set(ROLES) == set(SUBSCRIBABLE)


async def test_who_may_subscribe_where(notify: Notify) -> None:
    assert (await notify.http.post(SUBSCRIPTIONS, json=BODY)).status_code == 401
    for grant, status in (
        ("caf@0203", 403),
        ("district_officer@0203", 403),
        ("partner@0204", 403),
        ("partner@020301", 403),
        ("partner@0203", 201),
        ("province_officer@02", 201),
        ("ncdds@", 201),
        ("operator@", 201),
    ):
        answer = await notify.http.post(SUBSCRIPTIONS, json=BODY, headers=notify.world.as_(grant))
        assert answer.status_code == status, (grant, answer.text)
    answer = await notify.http.post(SUBSCRIPTIONS, json=BODY | {"area_code": ""}, headers=notify.world.as_("ncdds@"))
    assert answer.status_code == 201


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"event_types": [ResultPublished.TYPE, "isaf.nothing.v1"]}, "/event_types/1", "event_type_unknown"),
    ({"event_types": [UnitChanged.TYPE]}, "/event_types/0", "event_type_unknown"),
    ({"event_types": []}, "/event_types", "too_short"),
    ({"event_types": ResultPublished.TYPE}, "/event_types", "list_type"),
    ({"area_code": "0299"}, "/area_code", "area_unknown"),
    ({"area_code": "2"}, "/area_code", "string_pattern_mismatch"),
    ({"url": "ftp://partner.example"}, "/url", "url_malformed"),
    ({"url": ""}, "/url", "string_too_short"),
    ({"url": None}, "/url", "string_type"),
    ({"url": "https://partner.example/" + "x" * 2000}, "/url", "string_too_long"),
    ({"description": "a\u0000b"}, "/description", "control_character"),
    ({"secret": "mine"}, "/secret", "extra_forbidden"),
]


async def test_bad_fields_are_named(notify: Notify) -> None:
    for changes, pointer, code in BAD:
        answer = await notify.http.post(SUBSCRIPTIONS, json=BODY | changes, headers=notify.partner)
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert await notify.items("/subscriptions", notify.partner) == []
    in_khmer = notify.partner | {"Accept-Language": "km"}
    answer = await notify.http.post(SUBSCRIPTIONS, json=BODY | {"event_types": ["x"]}, headers=in_khmer)
    assert "ព្រឹត្តិការណ៍" in answer.json()["detail"]


async def test_the_secret_is_shown_once_and_stored_sealed(notify: Notify) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = await notify.http.post(SUBSCRIPTIONS, json=BODY, headers=notify.partner | key)
    secret = first.json()["secret"]
    assert secret.startswith("whsec_")
    assert first.headers["etag"] == '"1"'
    assert first.headers["cache-control"] == "no-store"
    again = await notify.http.post(SUBSCRIPTIONS, json=BODY, headers=notify.partner | key)
    assert again.status_code == 201
    assert again.json() == first.json() | {"secret": None}
    shown = await notify.http.get(f"{SUBSCRIPTIONS}/{first.json()['id']}", headers=notify.partner)
    assert "secret" not in shown.json()
    assert len(await notify.items("/subscriptions", notify.partner)) == 1
    async with notify.client.runtime.database.transaction() as db:
        stored = (await db.execute(text("SELECT row_to_json(s)::text FROM subscription AS s"))).scalar_one()
        kept = (await db.execute(text("SELECT convert_from(body, 'UTF8') FROM idempotency_key"))).scalar_one()
        sealed = (await db.execute(text("SELECT secret FROM subscription"))).scalar_one()
    assert secret.encode() not in sealed
    assert secret not in stored + kept


async def test_an_account_sees_its_own_and_an_operator_those_of_the_area(notify: Notify) -> None:
    mine = await notify.subscribe("https://partner.example/isaf")
    path = f"{SUBSCRIPTIONS}/{mine['id']}"
    change = {"If-Match": "*"}
    for stranger, status in (("partner@02", 404), ("ncdds@", 404), ("operator@03", 404), ("caf@02", 403)):
        headers = notify.world.as_(stranger) | change
        assert (await notify.http.get(path, headers=headers)).status_code == status
        assert (await notify.http.patch(path, json={"active": False}, headers=headers)).status_code == status
        assert (await notify.http.delete(path, headers=headers)).status_code == status
        assert (await notify.http.post(f"{path}:rotate-secret", headers=headers)).status_code == status
        if status == 404:
            assert await notify.items("/subscriptions", headers) == []
    for method in ("GET", "PATCH", "DELETE"):
        assert (await notify.http.request(method, path)).status_code == 401
    operator = notify.world.as_("operator@")
    assert [item["id"] for item in await notify.items("/subscriptions", operator)] == [mine["id"]]
    assert (await notify.http.delete(path, headers=operator)).status_code == 204
    answer = await notify.http.get(path, headers=notify.partner)
    assert (answer.status_code, answer.json()["code"]) == (404, "subscription_not_found")


async def test_changes_need_the_version_they_are_based_on(notify: Notify) -> None:
    mine = await notify.subscribe("https://partner.example/isaf", description="ours")
    path = f"{SUBSCRIPTIONS}/{mine['id']}"

    async def change(version: str | None, **fields: Any) -> tuple[int, dict[str, Any]]:
        headers = notify.partner | ({} if version is None else {"If-Match": version})
        answer = await notify.http.patch(path, json=fields, headers=headers)
        return answer.status_code, answer.json()

    assert (await change(None, active=False))[0] == 428
    assert (await change('"7"', active=False))[0] == 412
    status, body = await change('"1"', url="https://partner.example/new", event_types=[PlanOpened.TYPE] * 2)
    assert (status, body["version"], body["url"]) == (200, 2, "https://partner.example/new")
    assert (body["event_types"], body["description"], body["active"]) == ([PlanOpened.TYPE], "ours", True)
    status, body = await change('"2"', active=False)
    assert (body["active"], body["deactivated_reason"]) == (False, "owner")
    status, body = await change('"3"', active=True)
    assert (body["active"], body["deactivated_reason"]) == (True, None)
    status, body = await change('"4"', event_types=["x"])
    assert (status, body["errors"][0]["pointer"]) == (422, "/event_types/0")
    status, body = await change('"4"', url="https://a:b@partner.example/")
    assert (status, body["errors"][0]["code"]) == (422, "url_credentials")
    status, body = await change('"4"', area_code="02")
    assert (status, body["errors"][0]["pointer"]) == (422, "/area_code")
    at_once = await asyncio.gather(*(change('"4"', description=words) for words in ("one", "two", "three")))
    assert sorted(status for status, _ in at_once) == [200, 412, 412]


async def test_an_account_has_only_so_many_even_when_asked_for_at_once(notify: Notify) -> None:
    for _ in range(MAXIMUM_PER_ACCOUNT - 1):
        await notify.subscribe("https://partner.example/isaf")
    answers = await asyncio.gather(*(notify.order("https://partner.example/isaf") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "too_many_subscriptions"
    other = await notify.http.post(SUBSCRIPTIONS, json=BODY, headers=notify.world.as_("partner@0203"))
    assert other.status_code == 201


async def test_an_ended_subscription_takes_its_deliveries_along(notify: Notify) -> None:
    mine = await notify.subscribe("https://partner.example/isaf")
    await notify.hear(result_published())
    assert len(await notify.deliveries(mine)) == 1
    assert (await notify.http.delete(f"{SUBSCRIPTIONS}/{mine['id']}", headers=notify.partner)).status_code == 204
    assert await notify.deliver() == 0
    answer = await notify.http.get(f"{SUBSCRIPTIONS}/{mine['id']}/deliveries", headers=notify.partner)
    assert answer.status_code == 404


async def test_production_takes_public_https_receivers_alone(world: World) -> None:
    notify = Notify(world, await world.start("notify", environment="production"))
    await notify.hear(area("02"))
    for url, code in (("http://partner.example/", "url_not_https"), ("https://10.0.0.1/", "url_private")):
        answer = await notify.order(url)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    mine = await notify.subscribe("https://localtest.invalid/")
    await notify.sql("UPDATE subscription SET url = 'https://127.0.0.1:1/'")
    await notify.hear(result_published())
    await notify.deliver()
    (delivery,) = await notify.deliveries(mine)
    assert delivery["last_error"] == "ForbiddenAddress: the host has an address that is not public"
