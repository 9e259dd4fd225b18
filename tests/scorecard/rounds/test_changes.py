"""Changing and dropping rounds, and finding them by area."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response
from sqlalchemy import text

from services.scorecard.rounds.changes import changed_fields, must_be_changeable
from services.scorecard.rounds.models import Round
from shared.errors import Conflict
from tests.scorecard.conftest import API, CAF, CENTRE, NCDDS, OFFICER, PROVINCE, SCHOOL, Scorecard

NOW = datetime.now(UTC).replace(microsecond=0)
SOON, LATER, PAST = ((NOW + timedelta(days=days)).isoformat().replace("+00:00", "Z") for days in (1, 2, -1))
RULES: dict[str, Any] = {
    "suppression_threshold": 8,
    "minimum_participation": 30,
    "scoring_opens_at": SOON,
    "scoring_closes_at": LATER,
    "self_assessment_opens_at": SOON,
    "self_assessment_closes_at": LATER,
    "review_days": None,
    "phone_repeat": "replace",
    "village_rule": "median_of_medians",
    "planning": "listed",
    "publisher_roles": ["ncdds"],
}


async def change(scorecard: Scorecard, fields: Any, *grants: str, tag: str = "*") -> Response:
    """PATCH the round."""
    headers = (scorecard.as_(*grants) if grants else {}) | ({"If-Match": tag} if tag else {})
    return await scorecard.client.http.patch(f"{API}/rounds/{scorecard.round_id}", json=fields, headers=headers)


async def drop(scorecard: Scorecard, *grants: str) -> Response:
    """DELETE the round."""
    headers = scorecard.as_(*grants) if grants else {}
    return await scorecard.client.http.delete(f"{API}/rounds/{scorecard.round_id}", headers=headers)


def test_only_what_differs_is_a_change() -> None:
    row = Round(year=2026, title_km="ជុំ", title_en="Round", area_codes=["02"], review_days=14)
    assert changed_fields(row, {"year": 2026, "title_en": "Other", "review_days": None}) == {"title_en", "review_days"}


def test_every_field_that_is_fixed_is_named() -> None:
    row = Round(year=2026, title_km="ជុំ", title_en="Round", area_codes=["02"], state="open")
    with pytest.raises(Conflict) as refused:
        must_be_changeable(row, {"year", "title_en", "village_rule"}, NOW)
    assert [error.pointer for error in refused.value.errors] == ["/village_rule", "/year"]


async def test_a_round_says_all_its_rules(scorecard: Scorecard) -> None:
    planned = await scorecard.plan(**RULES)
    assert {name: planned[name] for name in RULES} == RULES
    usual = await scorecard.plan()
    assert (usual["review_days"], usual["phone_repeat"], usual["planning"]) == (14, "refuse", "all_units")
    assert usual["publisher_roles"] == ["district_officer", "province_officer", "ncdds"]
    assert usual["scoring_opens_at"] is usual["scoring_began_at"] is None


async def test_who_manages_the_areas_before_and_after_changes_a_round(scorecard: Scorecard) -> None:
    await scorecard.plan(area_codes=["0203"])
    assert (await change(scorecard, {"title_en": "New"})).status_code == 401
    for role in (CAF, OFFICER):
        assert (await change(scorecard, {"title_en": "New"}, role)).json()["code"] == "permission_missing"
    for fields, role in (({"title_en": "New"}, "province_officer@12"), ({"area_codes": ["12"]}, PROVINCE)):
        assert (await change(scorecard, fields, role)).json()["code"] == "area_not_covered"
    assert (await change(scorecard, {"title_en": "New"}, PROVINCE, tag="")).status_code == 428
    changed = await change(scorecard, {"title_en": "New", "area_codes": ["020401", "0204"]}, PROVINCE, tag='"1"')
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (changed.json()["title_en"], changed.json()["area_codes"]) == ("New", ["0204"])
    assert changed.json() == (await scorecard.get(f"/rounds/{scorecard.round_id}")).json()
    assert (await change(scorecard, {"title_en": "Newer"}, PROVINCE, tag='"1"')).json()["code"] == "version_changed"
    assert (await change(scorecard, {"title_en": "New"}, PROVINCE)).headers["etag"] == '"2"', "nothing was changed"
    scorecard.round_id = str(uuid4())
    assert (await change(scorecard, {"title_en": "New"}, NCDDS)).json()["code"] == "round_not_found"


async def test_while_planned_everything_may_change(scorecard: Scorecard) -> None:
    before = await scorecard.plan()
    school = next(entry for entry in before["indicator_sets"] if entry["unit_kind"] == "primary_school")
    fields = RULES | {"year": 2027, "indicator_set_ids": [school["id"]]}
    changed = (await change(scorecard, fields, NCDDS)).json()
    assert {name: changed[name] for name in RULES} == RULES
    assert (changed["year"], changed["indicator_sets"]) == (2027, [school])


async def test_once_open_only_what_harms_nobody_may_change(scorecard: Scorecard) -> None:
    await scorecard.open(scoring_opens_at=SOON)
    fixed = {
        "year": 2027,
        "area_codes": ["0203"],
        "indicator_set_ids": [(await scorecard.get("/indicator-sets")).json()["items"][0]["id"]],
        "suppression_threshold": 9,
        "minimum_participation": 1,
        "phone_repeat": "replace",
        "village_rule": "median_of_medians",
        "planning": "listed",
    }
    refused = await change(scorecard, fixed | {"title_en": "New"}, NCDDS)
    assert (refused.status_code, refused.json()["code"]) == (409, "round_field_fixed")
    named = {error["pointer"].removeprefix("/") for error in refused.json()["errors"]}
    assert named == fixed.keys()
    assert (await scorecard.get(f"/rounds/{scorecard.round_id}")).json()["title_en"] == "First round"
    allowed = {"title_en": "New", "review_days": 3, "publisher_roles": ["ncdds"], "scoring_opens_at": LATER}
    assert (await change(scorecard, allowed, NCDDS)).status_code == 200
    for name in ("scoring_closes_at", "self_assessment_closes_at", "scoring_opens_at"):
        passed = await change(scorecard, {name: PAST}, NCDDS)
        assert (passed.status_code, passed.json()["errors"][0]["pointer"]) == (422, f"/{name}")
    assert (await change(scorecard, {"scoring_opens_at": None}, NCDDS)).status_code == 200
    begun = await change(scorecard, {"scoring_opens_at": LATER}, NCDDS)
    assert begun.json()["errors"][0]["pointer"] == "/scoring_opens_at"
    await scorecard.close()
    assert (await change(scorecard, {"review_days": 5}, NCDDS)).status_code == 200
    assert (await change(scorecard, {"scoring_closes_at": LATER}, NCDDS)).json()["code"] == "round_field_fixed"


async def test_two_who_change_a_round_at_once_do_not_overwrite_each_other(scorecard: Scorecard) -> None:
    await scorecard.plan()
    answers = await asyncio.gather(*(change(scorecard, {"title_en": f"{n}"}, NCDDS, tag='"1"') for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"scoring_opens_at": LATER, "scoring_closes_at": SOON}, "/scoring_closes_at", "closes_before_opening"),
    ({"scoring_opens_at": SOON, "scoring_closes_at": SOON}, "/scoring_closes_at", "closes_before_opening"),
    (
        {"self_assessment_opens_at": LATER, "self_assessment_closes_at": SOON},
        "/self_assessment_closes_at",
        "closes_before_opening",
    ),
    ({"scoring_opens_at": "2026-03-01T08:00:00"}, "/scoring_opens_at", "timezone_aware"),
    ({"scoring_opens_at": "0001-01-01T00:00:00+14:00"}, "/scoring_opens_at", "greater_than_equal"),
    ({"scoring_closes_at": "9999-12-31T23:59:59-12:00"}, "/scoring_closes_at", "less_than"),
    ({"publisher_roles": []}, "/publisher_roles", "too_short"),
    ({"publisher_roles": ["caf"]}, "/publisher_roles/0", "literal_error"),
    ({"review_days": 0}, "/review_days", "greater_than_equal"),
    ({"review_days": "3"}, "/review_days", "int_type"),
    ({"minimum_participation": -1}, "/minimum_participation", "greater_than_equal"),
    ({"phone_repeat": "count"}, "/phone_repeat", "literal_error"),
    ({"village_rule": None}, "/village_rule", "literal_error"),
    ({"planning": "some"}, "/planning", "literal_error"),
    ({"title_en": None}, "/title_en", "string_type"),
    ({"closed_at": SOON}, "/closed_at", "extra_forbidden"),
]


async def test_what_is_wrong_is_named_in_plans_and_in_changes(scorecard: Scorecard) -> None:
    body = {"year": 2026, "title_km": "ជុំ", "title_en": "Round", "area_codes": ["0203"]}
    await scorecard.plan()
    for fields, pointer, code in WRONG:
        for answer in (await scorecard.post("/rounds", body | fields, NCDDS), await change(scorecard, fields, NCDDS)):
            assert answer.status_code == 422, (fields, answer.text)
            assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert await scorecard.count("round") == 1


async def test_a_round_that_was_never_opened_can_be_dropped(scorecard: Scorecard) -> None:
    await scorecard.plan(area_codes=["0203"])
    assert (await drop(scorecard)).status_code == 401
    assert (await drop(scorecard, OFFICER)).json()["code"] == "permission_missing"
    assert (await drop(scorecard, "province_officer@12")).json()["code"] == "area_not_covered"
    assert (await drop(scorecard, PROVINCE)).status_code == 204
    assert (await drop(scorecard, PROVINCE)).json()["code"] == "round_not_found"
    assert await scorecard.count("round") == await scorecard.count("round_indicator_set") == 0
    await scorecard.open()
    assert (await drop(scorecard, NCDDS)).json()["code"] == "round_not_planned"


async def test_opened_and_dropped_at_once_it_is_one_of_the_two(scorecard: Scorecard) -> None:
    await scorecard.plan()
    opened, dropped = await asyncio.gather(
        scorecard.post(f"/rounds/{scorecard.round_id}:open", None, NCDDS), drop(scorecard, NCDDS)
    )
    assert (opened.status_code, dropped.status_code) in ((200, 409), (404, 204))


async def test_rounds_are_found_by_area(scorecard: Scorecard) -> None:
    nation = (await scorecard.plan(area_codes=[""]))["id"]
    district = (await scorecard.plan(area_codes=["0203", "12"]))["id"]

    async def found(area: str) -> list[str]:
        return [entry["id"] for entry in (await scorecard.get("/rounds", area=area)).json()["items"]]

    assert await found("") == await found("02") == await found("02030101") == await found("1201") == [nation, district]
    assert await found("0204") == [nation]
    assert (await scorecard.get("/rounds", area="2")).status_code == 422


async def test_a_listed_round_takes_the_units_that_its_plan_names(scorecard: Scorecard) -> None:
    """The plan's import writes planned scorecards; what changed until the opening is taken up then."""
    await scorecard.plan(planning="listed", area_codes=["0203"])
    question = {"code": "only", "label_km": "តែមួយ", "label_en": "Only one"}
    three = [{"value": value, "label_km": f"{value}", "label_en": f"{value}"} for value in (1, 2, 3)]
    body = {"unit_kind": "health_centre", "title_km": "ថ្មី", "title_en": "New", "indicators": [question]}
    new = (await scorecard.post("/indicator-sets", body | {"scale": three, "satisfied_from": 3}, NCDDS)).json()
    await import_plan(scorecard, CENTRE, "HC-020401-1")
    await change(scorecard, {"indicator_set_ids": [new["id"]]}, NCDDS)
    assert (await scorecard.post(f"/rounds/{scorecard.round_id}:open", None, NCDDS)).status_code == 200
    assert await scorecard.count("scorecard") == 1, "no other unit, and none outside the round's areas"
    same = f"indicator_set_id = '{new['id']}' AND indicator_count = 1 AND steps = 3 AND planned_on = '2026-03-05'"
    assert await scorecard.count(f"scorecard WHERE state = 'running' AND accepts_scores AND {same}") == 1
    assert (await scorecard.post("/ballots", scorecard.ballot(SCHOOL), CAF)).json()["code"] == "unit_not_in_round"
    await scorecard.cast(1, scores=[3])


async def test_a_planned_round_is_dropped_with_its_plan(scorecard: Scorecard) -> None:
    await scorecard.plan(planning="listed")
    await import_plan(scorecard, CENTRE)
    assert (await drop(scorecard, NCDDS)).status_code == 204
    assert await scorecard.count("scorecard") == 0


async def test_a_planned_round_on_which_people_have_worked_stays(scorecard: Scorecard) -> None:
    await scorecard.plan(planning="listed")
    await import_plan(scorecard, CENTRE)
    proposal = {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "text_en": "The road to the health centre",
    }
    assert (await scorecard.post("/proposals", proposal, CAF)).status_code == 201
    assert (await drop(scorecard, NCDDS)).json()["code"] == "round_in_use"
    assert await scorecard.count("scorecard") == 1


async def import_plan(scorecard: Scorecard, *unit_codes: str) -> None:
    """Planned scorecards of health centres, as the import of a plan leaves them."""
    insert = text(
        """
        INSERT INTO scorecard (round_id, unit_code, unit_kind, area_code, indicator_set_id, indicator_count, steps,
                               state, accepts_scores, planned_on)
        SELECT :round_id, unit.code, unit.kind, unit.area_code, i.id, 10, 5, 'planned', false, '2026-03-05'
        FROM unit JOIN indicator_set AS i ON i.unit_kind = unit.kind AND i.version = 1 WHERE unit.code = ANY(:codes)
        """
    )
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(insert, {"round_id": scorecard.round_id, "codes": list(unit_codes)})
