"""Planning which units are scored, when and in which villages: from tables, as JSON, and one by one."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from services.scorecard.plans.files import COLUMNS
from shared.spreadsheets import write_csv, write_xlsx
from tests.scorecard.conftest import (
    API,
    CAF,
    CENTRE,
    FAR_CENTRE,
    NCDDS,
    OFFICE,
    OFFICER,
    OTHER_OFFICER,
    SCHOOL,
    Scorecard,
    unit,
)
from tests.scorecard.scorecards.doing import FAR_VILLAGE, VILLAGE, card_of, history_of, put_plan

ROWS = [
    {"unit_code": CENTRE, "planned_on": "2026-03-10"},
    {"unit_code": CENTRE, "village_code": VILLAGE, "planned_on": "2026-03-11"},
    {"unit_code": SCHOOL, "village_code": VILLAGE, "planned_on": "2026-03-12"},
    {"unit_code": OFFICE},
]


async def send(
    scorecard: Scorecard, content: Any, grant: str = OFFICER, *, dry_run: bool = False, kind: str = "json"
) -> Response:
    path = f"{API}/rounds/{scorecard.round_id}/scorecards:import"
    params = {"dry_run": str(dry_run).lower()}
    headers = scorecard.as_(grant)
    if kind == "json":
        return await scorecard.client.http.post(path, params=params, json={"rows": content}, headers=headers)
    return await scorecard.client.http.post(
        path, params=params, content=content, headers=headers | {"Content-Type": "text/csv"}
    )


async def planned(scorecard: Scorecard) -> dict[str, tuple[str, str | None]]:
    items = (await scorecard.get(f"/rounds/{scorecard.round_id}/scorecards", NCDDS)).json()["items"]
    return {card["unit_code"]: (card["state"], card["planned_on"]) for card in items}


async def test_a_listed_round_is_scored_by_the_units_of_its_plan(scorecard: Scorecard) -> None:
    await scorecard.plan(planning="listed")
    said = await send(scorecard, ROWS, dry_run=True)
    assert (said.status_code, said.json()["created"], said.json()["problems"]) == (200, 4, [])
    assert await planned(scorecard) == {}
    assert (await send(scorecard, ROWS)).json()["created"] == 4
    assert await planned(scorecard) == {
        OFFICE: ("planned", None),
        CENTRE: ("planned", "2026-03-10"),
        SCHOOL: ("planned", "2026-03-12"),
    }
    ballot = await scorecard.post("/ballots", scorecard.ballot(), CAF)
    assert ballot.json()["code"] == "round_not_open"
    again = await send(scorecard, ROWS)
    assert (again.json()["created"], again.json()["unchanged"]) == (0, 4)
    await scorecard.post(f"/rounds/{scorecard.round_id}:open", None, NCDDS)
    assert {state for state, _ in (await planned(scorecard)).values()} == {"running"}
    assert len(await planned(scorecard)) == 3
    assert await history_of(scorecard) == [("planned", None, "planned"), ("opened", "planned", "running")]
    assert (await scorecard.post("/ballots", scorecard.ballot(), CAF)).status_code == 201
    refused = await scorecard.post("/ballots", scorecard.ballot("HC-020302-1"), "caf@020302")
    assert refused.json()["code"] == "unit_not_in_round"
    later = await send(scorecard, [{"unit_code": "HC-020302-1", "planned_on": "2026-04-01"}])
    assert later.json()["created"] == 1
    assert (await scorecard.post("/ballots", scorecard.ballot("HC-020302-1"), "caf@020302")).status_code == 201
    assert await history_of(scorecard, CENTRE) == [("planned", None, "planned"), ("opened", "planned", "running")]


async def test_in_other_rounds_a_plan_says_when_and_where(scorecard: Scorecard) -> None:
    await scorecard.open()
    assert (await send(scorecard, ROWS)).json()["created"] == 2
    everybody = await planned(scorecard)
    assert len(everybody) == 5
    assert everybody[CENTRE] == ("running", "2026-03-10")
    card = await card_of(scorecard)
    assert card["villages"] == [
        {
            "village_code": VILLAGE,
            "name_km": f"តំបន់ {VILLAGE}",
            "name_en": f"Area {VILLAGE}",
            "planned_on": "2026-03-11",
            "state": "planned",
            "skipped_reason": None,
        }
    ]
    moved = await send(scorecard, [ROWS[1] | {"planned_on": "2026-03-25"}, ROWS[0] | {"planned_on": "2026-03-24"}])
    assert (moved.json()["changed"], moved.json()["created"]) == (2, 0)
    card = await card_of(scorecard)
    assert (card["planned_on"], card["villages"][0]["planned_on"], card["version"]) == ("2026-03-24", "2026-03-25", 3)
    assert (await history_of(scorecard))[1:] == [("planned", "running", "running")] * 2


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
async def test_a_table_comes_as_people_save_it(scorecard: Scorecard, write: Any) -> None:
    await scorecard.open()
    rows = [
        ("hc-020301-1", "A centre", "", "", "១០/០៣/២០២៦"),
        ("PS-020301-1", "", VILLAGE.lstrip("0"), "", "2026-03-12"),
        (OFFICE, "", "", "", ""),
    ]
    table = b"".join(write(COLUMNS, rows))
    assert (await send(scorecard, table, kind="table")).json() | {"digest": ""} == {
        "dry_run": False,
        "digest": "",
        "rows": 3,
        "created": 1,
        "changed": 1,
        "unchanged": 1,
        "errors": 0,
        "warnings": 0,
        "problems": [],
    }
    assert (await card_of(scorecard))["planned_on"] == "2026-03-10"
    assert [village["village_code"] for village in (await card_of(scorecard, SCHOOL))["villages"]] == [VILLAGE]


async def test_each_wrong_row_is_named_and_nothing_is_taken_then(scorecard: Scorecard) -> None:
    await scorecard.plan()
    wrong = [
        ({"unit_code": "HC-999999-9"}, "unit_code", "unit_unknown"),
        ({"unit_code": "HC-020401-1"}, None, "area_not_covered"),
        ({"unit_code": CENTRE, "village_code": FAR_VILLAGE}, "village_code", "village_not_in_commune"),
        ({"unit_code": CENTRE, "village_code": "0203"}, "village_code", "string_pattern_mismatch"),
        ({"unit_code": CENTRE, "planned_on": "soon"}, "planned_on", "date_from_datetime_parsing"),
        ({"unit_code": SCHOOL, "who": "me"}, "who", "extra_forbidden"),
        ({"planned_on": "2026-03-01"}, "unit_code", "missing"),
        ({"unit_code": OFFICE}, None, ""),
        ({"unit_code": OFFICE, "planned_on": "2026-03-01"}, "unit_code", "row_repeated"),
    ]
    rows = [row for row, _, _ in wrong]
    said = (await send(scorecard, rows, dry_run=True)).json()
    assert [(one["row"], one["column"], one["code"]) for one in said["problems"]] == [
        (number, column, code) for number, (_, column, code) in enumerate(wrong, start=1) if code
    ]
    assert all(one["detail_en"] and max(one["detail_km"]) >= "ក" for one in said["problems"])
    refused = await send(scorecard, rows)
    assert (refused.status_code, refused.json()["code"]) == (422, "import_refused")
    assert "/rows/1/unit_code" in {entry["pointer"] for entry in refused.json()["errors"]}
    assert await scorecard.count("scorecard") == 0
    outside = await send(scorecard, [{"unit_code": FAR_CENTRE}], NCDDS)
    assert outside.json()["errors"][0]["code"] == "unit_not_in_round"
    odd = (await send(scorecard, [ROWS[0] | {"planned_on": "2016-03-10"}], dry_run=True)).json()
    assert (odd["errors"], odd["warnings"], odd["problems"][0]["code"]) == (0, 1, "day_outside_round")


async def test_who_plans_and_what_is_no_plan(scorecard: Scorecard) -> None:
    await scorecard.plan()
    path = f"/rounds/{scorecard.round_id}/scorecards:import"
    assert (await scorecard.post(path, {"rows": ROWS})).status_code == 401
    assert (await send(scorecard, ROWS, CAF)).json()["code"] == "permission_missing"
    assert (await send(scorecard, ROWS, OTHER_OFFICER)).json()["errors"][0]["code"] == "area_not_covered"
    for body, pointer in (
        ({}, "/rows"),
        ({"rows": []}, "/rows"),
        ({"rows": [{"unit_code": 7}]}, "/rows/0/unit_code"),
        ({"rows": ROWS, "then": 1}, "/then"),
    ):
        answer = await scorecard.post(path, body, OFFICER)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    broken = await scorecard.client.http.post(
        API + path, content=b"{", headers=scorecard.as_(OFFICER) | {"Content-Type": "application/json"}
    )
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_json")
    assert (await send(scorecard, b"\xff\x00", kind="table")).json()["code"] == "file_unreadable"
    assert (await send(scorecard, b"unit_code,mood\n", kind="table")).json()["code"] == "columns_unfit"


async def test_what_was_submitted_or_is_closed_is_planned_no_more(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.submit()
    refused = await send(scorecard, [ROWS[0]])
    assert refused.json()["errors"][0]["code"] == "scorecard_not_running"
    assert (await put_plan(scorecard, {}, OFFICER)).json()["code"] == "scorecard_not_running"
    await scorecard.close()
    assert (await send(scorecard, [{"unit_code": SCHOOL}])).json()["code"] == "round_closed"


async def test_an_old_code_plans_the_unit_of_today(scorecard: Scorecard) -> None:
    await scorecard.tell(unit("HC-020301-7", "health_centre", aliases=("HC-020301-5",)))
    await scorecard.plan(planning="listed")
    await send(scorecard, [{"unit_code": "HC-020301-5"}])
    assert list(await planned(scorecard)) == ["HC-020301-7"]


async def test_a_unit_serves_villages_of_its_catchment(scorecard: Scorecard) -> None:
    await scorecard.tell(unit("HC-020301-8", "health_centre", catchment=("020302",)))
    await scorecard.open()
    rows = [{"unit_code": "HC-020301-8", "village_code": village} for village in (VILLAGE, FAR_VILLAGE)]
    assert (await send(scorecard, rows)).json()["created"] == 2


async def test_one_unit_is_planned_by_itself(scorecard: Scorecard) -> None:
    await scorecard.plan(planning="listed")
    body = {"planned_on": "2026-03-10", "villages": [{"village_code": VILLAGE, "planned_on": "2026-03-11"}]}
    path = f"/rounds/{scorecard.round_id}/units/{CENTRE}/plan"
    assert (await scorecard.client.http.put(API + path, json=body)).status_code == 401
    assert (await put_plan(scorecard, body, CAF)).json()["code"] == "permission_missing"
    assert (await put_plan(scorecard, body, OTHER_OFFICER)).json()["code"] == "area_not_covered"
    assert (await put_plan(scorecard, body, OFFICER, "")).status_code == 428
    assert (await put_plan(scorecard, body, OFFICER, '"3"')).status_code == 412
    made = await put_plan(scorecard, body, OFFICER)
    assert (made.status_code, made.json()["state"], made.headers["etag"]) == (200, "planned", '"1"')
    answers = await asyncio.gather(
        *(put_plan(scorecard, {"planned_on": f"2026-04-0{day}"}, OFFICER, '"1"') for day in (1, 2))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    card = await card_of(scorecard)
    assert (card["villages"], card["version"]) == ([], 2)
    wrong: list[tuple[Any, str, str]] = [
        ({"villages": [{"village_code": FAR_VILLAGE}]}, "/villages/0/village_code", "village_not_in_commune"),
        ({"villages": [{"village_code": VILLAGE}] * 2}, "/villages/1/village_code", "village_repeated"),
        ({"villages": [{"village_code": "1"}]}, "/villages/0/village_code", "string_pattern_mismatch"),
        ({"planned_on": "10/03/2026"}, "/planned_on", "date_from_datetime_parsing"),
        ({"day": "2026-03-10"}, "/day", "extra_forbidden"),
    ]
    for sent, pointer, code in wrong:
        answer = await put_plan(scorecard, sent, OFFICER)
        error = answer.json()["errors"][0]
        assert (answer.status_code, error["pointer"], error["code"]) == (422, pointer, code)
    assert (await put_plan(scorecard, {}, NCDDS, unit=FAR_CENTRE)).json()["code"] == "unit_not_in_round"
    assert (await put_plan(scorecard, {}, NCDDS, unit="HC-999999-1")).json()["code"] == "unit_not_found"


async def test_a_unit_is_taken_out_of_a_plan_until_the_round_opens(scorecard: Scorecard) -> None:
    await scorecard.plan(planning="listed")
    await send(scorecard, ROWS)

    async def drop(grant: str | None) -> Response:
        headers = scorecard.as_(grant) if grant else {}
        return await scorecard.client.http.delete(
            f"{API}/rounds/{scorecard.round_id}/units/{CENTRE}/plan", headers=headers
        )

    assert (await drop(None)).status_code == 401
    assert (await drop(OTHER_OFFICER)).json()["code"] == "area_not_covered"
    assert (await drop(OFFICER)).status_code == 204
    assert (await drop(OFFICER)).json()["code"] == "scorecard_not_found"
    assert sorted(await planned(scorecard)) == [OFFICE, SCHOOL]
    await send(scorecard, ROWS)
    proposal = {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "text_km": "ទឹកស្អាត",
        "text_en": "Clean water",
    }
    assert (await scorecard.post("/proposals", proposal, CAF)).status_code == 201
    assert (await drop(OFFICER)).json()["code"] == "unit_in_use"
    await scorecard.post(f"/rounds/{scorecard.round_id}:open", None, NCDDS)
    assert (await drop(OFFICER)).json()["code"] == "round_not_planned"


async def test_plans_that_meet_the_opening_or_each_other_lose_nothing(scorecard: Scorecard) -> None:
    await scorecard.plan(planning="listed")
    opening = scorecard.post(f"/rounds/{scorecard.round_id}:open", None, NCDDS)
    answers = await asyncio.gather(send(scorecard, ROWS), opening, send(scorecard, ROWS), send(scorecard, ROWS[2:]))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert {state for state, _ in (await planned(scorecard)).values()} == {"running"}
    assert len(await planned(scorecard)) == 3
    assert sum(answer.json().get("created", 0) for answer in answers) == len(ROWS)
    for unit_code in (CENTRE, SCHOOL, OFFICE):
        assert await history_of(scorecard, unit_code) == [
            ("planned", None, "planned"),
            ("opened", "planned", "running"),
        ]


async def test_a_plan_goes_out_as_it_comes_in(scorecard: Scorecard) -> None:
    await scorecard.plan(planning="listed")
    await send(scorecard, ROWS)
    path = f"/rounds/{scorecard.round_id}/plan"
    assert (await scorecard.get(f"{path}.csv")).status_code == 401
    assert (await scorecard.get(f"{path}.csv", "partner@02")).json()["code"] == "permission_missing"
    assert (await scorecard.get(f"{path}.pdf", OFFICER)).status_code == 422
    table = (await scorecard.get(f"{path}.csv", OFFICER)).content
    assert table.decode("utf-8-sig").splitlines() == [
        "unit_code,unit_name,village_code,village_name,planned_on",
        f"{OFFICE},អង្គភាព {OFFICE},,,",
        f"{CENTRE},អង្គភាព {CENTRE},,,2026-03-10",
        f"{CENTRE},អង្គភាព {CENTRE},{VILLAGE},តំបន់ {VILLAGE},2026-03-11",
        f"{SCHOOL},អង្គភាព {SCHOOL},,,2026-03-12",
        f"{SCHOOL},អង្គភាព {SCHOOL},{VILLAGE},តំបន់ {VILLAGE},2026-03-12",
    ]
    for file_format in ("csv", "xlsx"):
        again = (await scorecard.get(f"{path}.{file_format}", OFFICER)).content
        answer = await send(scorecard, again, kind="table")
        assert (answer.json()["created"], answer.json()["changed"], answer.json()["unchanged"]) == (0, 0, 5)

    async def units(grant: str, **params: str) -> list[str]:
        lines = (await scorecard.get(f"{path}.csv", grant, **params)).text.splitlines()[1:]
        return [line.split(",")[0] for line in lines if ",,," in line]

    assert await units(OFFICER, form="true") == [OFFICE, CENTRE, "HC-020302-1", SCHOOL]
    assert await units(OFFICER, form="true", area="020302") == ["HC-020302-1"]
    assert await units(OTHER_OFFICER) == []
    assert await units(OTHER_OFFICER, form="true") == ["HC-020401-1"]
