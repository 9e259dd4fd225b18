"""Fiscal years, their dated rates, and the sources of funds."""

import asyncio

from tests.budget.conftest import API, YEAR, Budget

YEARS = f"{API}/fiscal-years"


async def test_only_ncdds_opens_a_fiscal_year(budget: Budget) -> None:
    body = {"year": 2028, "riel_per_usd": 4050, "rate_date": "2028-01-03"}
    as_ = budget.world.as_
    assert (await budget.http.post(YEARS, json=body)).status_code == 401
    for grant in ("province_officer@02", "operator@", "citizen@"):
        assert (await budget.http.post(YEARS, json=body, headers=as_(grant))).status_code == 403

    answer = await budget.http.post(YEARS, json=body, headers=as_("ncdds@"))

    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.json() == body | {"version": 1}
    assert (await budget.read("/fiscal-years/2028")) == body | {"version": 1}
    assert [item["year"] for item in (await budget.read("/fiscal-years"))["items"]] == [YEAR, 2028]


async def test_ncdds_of_one_province_does_not_decide_for_the_nation(budget: Budget) -> None:
    answer = await budget.http.post(
        YEARS, json={"year": 2028, "riel_per_usd": 4050}, headers=budget.world.as_("ncdds@02")
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "area_not_covered")


async def test_opened_twice_it_is_one_year(budget: Budget) -> None:
    headers = budget.world.as_("ncdds@")
    body = {"year": 2029, "riel_per_usd": 4100}

    answers = await asyncio.gather(*(budget.http.post(YEARS, json=body, headers=headers) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201]
    for other in (body | {"riel_per_usd": 4101}, body | {"rate_date": "2001-01-01"}):
        refused = await budget.http.post(YEARS, json=other, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "fiscal_year_exists")


async def test_a_rate_is_changed_by_who_has_seen_it(budget: Budget) -> None:
    headers = budget.world.as_("ncdds@")
    url, body = f"{YEARS}/{YEAR}", {"riel_per_usd": 4111, "rate_date": "2027-06-30"}
    assert (await budget.http.patch(url, json=body, headers=headers)).status_code == 428
    assert (await budget.http.patch(url, json=body, headers=headers | {"If-Match": '"7"'})).status_code == 412
    officer = budget.world.as_("district_officer@0203") | {"If-Match": '"1"'}
    assert (await budget.http.patch(url, json=body, headers=officer)).status_code == 403

    answer = await budget.http.patch(url, json=body, headers=headers | {"If-Match": '"1"'})

    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json() == {"year": YEAR, **body, "version": 2}


async def test_a_year_that_was_not_opened(budget: Budget) -> None:
    answer = await budget.http.get(f"{YEARS}/2050")
    assert (answer.status_code, answer.json()["code"]) == (404, "fiscal_year_not_found")


async def test_bad_input_names_the_field(budget: Budget) -> None:
    for field, value in [
        ("year", 1999),
        ("year", "next"),
        ("riel_per_usd", 0),
        ("riel_per_usd", 4000.5),
        ("riel_per_usd", None),
        ("rate_date", "2027-02-30"),
        ("currency", "USD"),
    ]:
        body = {"year": 2030, "riel_per_usd": 4000, field: value}
        answer = await budget.http.post(YEARS, json=body, headers=budget.world.as_("ncdds@"))
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]


async def test_the_nine_sources_of_funds_in_the_order_of_the_strategy(budget: Budget) -> None:
    sources = (await budget.read("/fund-sources"))["items"]
    assert [source["code"] for source in sources] == [
        "ministry_ncdds",
        "province",
        "line_department",
        "district_fund",
        "commune_fund",
        "health_centre",
        "primary_school",
        "development_partner",
        "ngo",
    ]
    commune = sources[4]
    assert (commune["name_km"], commune["name_en"]) == ("មូលនិធិឃុំ សង្កាត់", "Commune/sangkat fund")
    assert all(source["name_km"] and source["detail_km"] and source["detail_en"] for source in sources)
