"""Issuing and reading indicator sets."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.scorecard.conftest import CAF, NCDDS, PROVINCE, Scorecard

WAITING = {"code": "waiting", "label_km": "រយៈពេលរង់ចាំ", "label_en": "Waiting time"}
FEES = {"code": "fees", "label_km": "តម្លៃសេវា", "label_en": "Fees"}


def body(**changes: Any) -> dict[str, Any]:
    values = {"unit_kind": "health_centre", "title_km": "សំណុំ", "title_en": "Set", "indicators": [WAITING, FEES]}
    return values | changes


async def test_only_ncdds_issues_sets(scorecard: Scorecard) -> None:
    assert (await scorecard.post("/indicator-sets", body())).status_code == 401
    for role in (CAF, PROVINCE):
        assert (await scorecard.post("/indicator-sets", body(), role)).json()["code"] == "permission_missing"
    partial = await scorecard.post("/indicator-sets", body(), "ncdds@02")
    assert (partial.status_code, partial.json()["code"]) == (403, "area_not_covered")


async def test_a_set_becomes_the_next_version_and_the_one_before_stays(scorecard: Scorecard) -> None:
    before = (await scorecard.get("/indicator-sets", unit_kind="health_centre")).json()["items"]
    made = await scorecard.post("/indicator-sets", body(), NCDDS)
    assert made.status_code == 201
    new = made.json()
    assert (new["version"], new["is_example"], new["scale_min"], new["scale_max"]) == (2, False, 1, 5)
    assert (await scorecard.get("/indicator-sets", unit_kind="health_centre")).json()["items"] == [*before, new]
    assert (await scorecard.get(f"/indicator-sets/{new['id']}")).json() == new


async def test_a_round_keeps_the_set_it_was_planned_with(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.post("/indicator-sets", body(), NCDDS)
    form = (await scorecard.get(f"/ballot-forms/{await scorecard.token()}")).json()
    assert len(form["indicators"]) == 10
    later = await scorecard.plan()
    assert {entry["unit_kind"]: entry["version"] for entry in later["indicator_sets"]} == {
        "commune_administration": 1,
        "health_centre": 2,
        "primary_school": 1,
    }


async def test_sets_issued_at_once_get_versions_of_their_own(scorecard: Scorecard) -> None:
    answers = await asyncio.gather(*(scorecard.post("/indicator-sets", body(), NCDDS) for _ in range(4)))
    assert sorted(answer.json()["version"] for answer in answers) == [2, 3, 4, 5]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"unit_kind": "Health Centre"}, "/unit_kind"),
    ({"scale_max": 10}, "/scale_max"),
    ({"indicators": []}, "/indicators"),
    ({"indicators": [WAITING | {"code": "Not A Code"}]}, "/indicators/0/code"),
    ({"indicators": [FEES, WAITING, FEES]}, "/indicators/2/code"),
    ({"indicators": [FEES | {"weight": 2}]}, "/indicators/0/weight"),
    ({"title_km": " "}, "/title_km"),
    ({"version": 7}, "/version"),
]


async def test_what_is_wrong_is_named(scorecard: Scorecard) -> None:
    for changes, pointer in WRONG:
        answer = await scorecard.post("/indicator-sets", body(**changes), NCDDS)
        assert answer.status_code == 422, changes
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await scorecard.get(f"/indicator-sets/{uuid4()}")).json()["code"] == "indicator_set_not_found"
    assert (await scorecard.get("/indicator-sets/7")).status_code == 422
