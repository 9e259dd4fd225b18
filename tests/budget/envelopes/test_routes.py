"""Opening, reading and resizing envelopes."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.budget.conftest import API, YEAR, Budget, area_changed, envelope_body

ENVELOPES = f"{API}/envelopes"


async def test_who_may_open_an_envelope_where(budget: Budget) -> None:
    body = envelope_body(5_000_000, "020301", fund_source="commune_fund")
    as_ = budget.world.as_
    assert (await budget.http.post(ENVELOPES, json=body)).status_code == 401
    for grant, code in {
        "commune_clerk@020301": "permission_missing",
        "partner@": "permission_missing",
        "district_officer@0204": "area_not_covered",
        "province_officer@03": "area_not_covered",
    }.items():
        refused = await budget.http.post(ENVELOPES, json=body, headers=as_(grant))
        assert (refused.status_code, refused.json()["code"]) == (403, code), grant
    for grant in ("district_officer@0203", "province_officer@02", "ncdds@"):
        answer = await budget.http.post(ENVELOPES, json=body, headers=as_(grant))
        assert answer.status_code == 201, grant


async def test_an_opened_envelope_is_read_by_everyone_and_told(budget: Budget) -> None:
    envelope = await budget.envelope(120_000_000, "0203")

    answer = await budget.http.get(f"{ENVELOPES}/{envelope['id']}")

    assert answer.headers["etag"] == '"1"'
    assert answer.json() == envelope == {
        "id": envelope["id"],
        "year": YEAR,
        "fund_source": "district_fund",
        "body": {
            "kind": "administration",
            "area_code": "0203",
            "name_km": "រដ្ឋបាល 0203",
            "name_en": "Administration of 0203",
        },
        "amount": 120_000_000,
        "allocated": 0,
        "available": 120_000_000,
        "version": 1,
    }  # fmt: skip
    [event] = await budget.events("envelope.opened")
    assert event == {
        "envelope_id": envelope["id"],
        "year": YEAR,
        "fund_source": "district_fund",
        "area_code": "0203",
        "amount": 120_000_000,
    }


async def test_only_the_nation_opens_a_nation_wide_envelope(budget: Budget) -> None:
    body = envelope_body(10, "", fund_source="development_partner")
    refused = await budget.http.post(ENVELOPES, json=body, headers=budget.world.as_("province_officer@02"))
    assert refused.status_code == 403
    assert (await budget.envelope(10, "", fund_source="development_partner"))["body"]["area_code"] == ""


async def test_an_id_of_the_client_is_honoured_once(budget: Budget) -> None:
    body = envelope_body(700, id=str(uuid4()))
    headers = budget.world.as_("district_officer@0203")

    answers = await asyncio.gather(*(budget.http.post(ENVELOPES, json=body, headers=headers) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201]
    assert {answer.json()["id"] for answer in answers} == {body["id"]}
    assert len(await budget.events("envelope.opened")) == 1
    await budget.http.patch(f"{ENVELOPES}/{body['id']}", json={"amount": 900}, headers=headers | {"If-Match": '"1"'})
    late = await budget.http.post(ENVELOPES, json=body, headers=headers)
    assert (late.status_code, late.json()["amount"]) == (200, 900)
    other = await budget.http.post(ENVELOPES, json=body | {"amount": 701}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "id_taken")


async def test_the_amount_follows_who_has_seen_it_and_never_falls_below_what_is_allocated(budget: Budget) -> None:
    envelope = await budget.envelope(1000)
    url, headers = f"{ENVELOPES}/{envelope['id']}", budget.world.as_("district_officer@0203")
    await budget.allocate(await budget.ask(400), envelope, 400)

    async def patch(amount: int, tag: str, who: dict[str, str] = headers) -> tuple[int, dict[str, Any]]:
        answer = await budget.http.patch(url, json={"amount": amount}, headers=who | {"If-Match": tag})
        return answer.status_code, answer.json()

    assert (await budget.http.patch(url, json={"amount": 2000})).status_code == 401
    assert (await budget.http.patch(url, json={"amount": 2000}, headers=headers)).status_code == 428
    assert (await patch(2000, '"2"', budget.world.as_("district_officer@0204")))[0] == 403
    assert (await patch(2000, '"1"'))[1]["code"] == "version_changed"
    status, refused = await patch(399, '"2"')
    assert (status, refused["code"]) == (409, "below_allocated")
    status, changed = await patch(400, '"2"')
    assert (status, changed["amount"], changed["available"], changed["version"]) == (200, 400, 0, 3)
    missing = await budget.http.patch(
        f"{ENVELOPES}/{uuid4()}", json={"amount": 1}, headers=headers | {"If-Match": '"1"'}
    )
    assert missing.json()["code"] == "envelope_not_found"
    assert (await budget.http.get(f"{ENVELOPES}/{uuid4()}")).status_code == 404


async def test_lists_by_area_and_year(budget: Budget) -> None:
    as_ncdds = budget.world.as_("ncdds@")
    await budget.http.post(f"{API}/fiscal-years", json={"year": 2028, "riel_per_usd": 4000}, headers=as_ncdds)
    for area in ("02", "0203", "020301", "0204", "03", ""):
        await budget.envelope(10, area)
    await budget.envelope(10, "0203", year=2028)

    async def areas(**params: Any) -> list[str]:
        answer = await budget.http.get(ENVELOPES, params=params)
        return sorted(item["body"]["area_code"] for item in answer.json()["items"])

    assert await areas() == ["", "02", "0203", "0203", "020301", "0204", "03"]
    assert await areas(area="0203") == ["0203", "0203", "020301"]
    assert await areas(area="0203", year=YEAR) == ["0203", "020301"]
    assert await areas(area="03") == ["03"]
    assert await areas(year=2026) == []


async def test_bad_input_names_the_field(budget: Budget) -> None:
    for field, value, code in [
        ("amount", 0, "greater_than"),
        ("amount", -5, "greater_than_equal"),
        ("amount", 10**16, "less_than_equal"),
        ("amount", 10.5, "int_type"),
        ("amount", "100", "int_type"),
        ("year", 2031, "fiscal_year_unknown"),
        ("fund_source", "lottery", "fund_source_unknown"),
        ("fund_source", "x" * 99, "string_pattern_mismatch"),
        ("id", "not-a-uuid", "uuid_parsing"),
        ("allocated", 5, "extra_forbidden"),
        ("body", None, "model_attributes_type"),
    ]:
        assert await refusal(budget, envelope_body(100) | {field: value}) == (f"/{field}", code)


async def test_a_bad_body_names_the_field(budget: Budget) -> None:
    for field, value, code in [
        ("kind", "bank", "literal_error"),
        ("area_code", "02030101", "string_pattern_mismatch"),
        ("area_code", "0299", "area_unknown"),
        ("name_km", "", "string_too_short"),
        ("name_en", "x" * 201, "string_too_long"),
        ("name_en", "a\x00b", "control_character"),
        ("phone", "012", "extra_forbidden"),
    ]:
        body = envelope_body(100)
        body["body"][field] = value
        assert await refusal(budget, body) == (f"/body/{field}", code)


async def refusal(budget: Budget, body: dict[str, Any]) -> tuple[str, str]:
    answer = await budget.http.post(ENVELOPES, json=body, headers=budget.world.as_("ncdds@"))
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    return error["pointer"], error["code"]


async def test_a_closed_area_gets_no_new_envelope(budget: Budget) -> None:
    await budget.hear(area_changed("0299", status="closed"))
    answer = await budget.http.post(ENVELOPES, json=envelope_body(1, "0299"), headers=budget.world.as_("ncdds@"))
    assert answer.json()["code"] == "area_unknown"
