"""What the duty report says of bodies, as their meetings, their time and their duties change."""

import csv
import io
from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from services.registry.duties import missing
from services.registry.duties.windows import DAY, Duty, Window, fulfilled, windows
from tests.registry.bodies.making import TODAY, meet, meeting, on_that_day, recognise
from tests.registry.conftest import Registry

__all__ = ["on_that_day"]
pytestmark = pytest.mark.usefixtures("on_that_day")
HALF = {"from": "2026-01-01", "until": "2026-06-30"}
NUMBERS = ("bodies", "due", "held", "late", "missed", "not_yet_due")


async def report(registry: Registry, **params: Any) -> dict[str, Any]:
    answer = await registry.get("/duty-report", params=HALF | params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def numbers(count: dict[str, Any]) -> tuple[int, ...]:
    return tuple(count[name] for name in NUMBERS)


async def test_a_half_year_of_a_commune(registry: Registry) -> None:
    body = await recognise(registry)
    await meet(registry, body, "2026-01-05", "2026-03-07", "2026-03-20", "2026-03-21", "2026-06-30")
    shown = await report(registry, area="020201")
    assert (shown["level"], shown["as_of"], len(shown["rows"])) == ("commune", "2026-07-20", 1)
    assert numbers(shown["total"]) == (1, 6, 3, 1, 2, 0), "February late; April and May missed"
    assert shown["total"]["percent"] == 67
    missed = (await registry.get("/duty-report/missed", params=HALF)).json()["items"]
    assert [(one["window_start"], one["last_met_on"]) for one in missed] == [
        ("2026-04-01", "2026-06-30"), ("2026-05-01", "2026-06-30")
    ]  # fmt: skip
    year = await report(registry, area="020201", until="2026-12-31")
    assert numbers(year["total"]) == (1, 6, 3, 1, 2, 6), "July runs yet"
    await meet(registry, body, "2026-07-19")
    year = await report(registry, area="020201", until="2026-12-31")
    assert numbers(year["total"]) == (1, 7, 4, 1, 2, 5)


async def test_sums_by_area_kind_and_level(registry: Registry) -> None:
    here = await recognise(registry)
    await recognise(registry, area="020202")
    group = await recognise(registry, "working_group", "0202")
    await recognise(registry, "working_group", "02")
    await recognise(registry, "meid", "")
    await recognise(registry, "council", "020201")
    council = await recognise(registry, "council", "020202")
    await meet(registry, council, "2026-01-05", "2026-01-06", "2026-06-30", "2026-07-01")
    await meet(registry, here, "2026-01-05", "2026-02-05")
    await meet(registry, group, "2026-02-10", "2026-07-15")
    nation = await report(registry)
    assert numbers(nation["total"]) == (5, 6 + 6 + 3 + 2 + 2, 3, 1, 15, 0), "councils meet as they see fit"
    by_kind = {(one["kind"], one["level"]): numbers(one) for one in nation["total"]["kinds"]}
    assert list(by_kind) == sorted(by_kind)
    assert by_kind == {
        ("council", "commune"): (2, None, 3, 0, 0, 0),
        ("jaapc", "commune"): (2, 12, 2, 0, 10, 0),
        ("working_group", "district"): (1, 3, 1, 1, 1, 0),
        ("working_group", "province"): (1, 2, 0, 0, 2, 0),
        ("meid", "nation"): (1, 2, 0, 0, 2, 0),
    }
    rows = {row["area_code"]: numbers(row) for row in nation["rows"]}
    assert rows == {"02": (4, 17, 3, 1, 13, 0), "03": (0, 0, 0, 0, 0, 0)}
    communes = await report(registry, area="02", level="commune")
    assert {row["area_code"]: row["due"] for row in communes["rows"]} == {"020201": 6, "020202": 6, "020301": 0}
    assert communes["total"]["due"] == 17, "bodies above the rows are in the total alone"
    councils = await report(registry, area="0202", kind="council")
    assert [numbers(row) for row in (councils["total"], *councils["rows"])] == [(0, 0, 0, 0, 0, 0)] * 3
    assert [[one["held"] for one in row["kinds"]] for row in councils["rows"]] == [[0], [3]]
    exported = await registry.get("/duty-report.csv", params=HALF | {"area": "020202", "kind": "council"})
    listed = list(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"))))
    assert [(row["kind"], row["bodies"], row["due"], row["held"], row["percent"]) for row in listed] == [
        ("", "0", "0", "0", ""), ("council", "1", "", "3", ""), ("", "0", "0", "0", ""), ("council", "1", "", "3", ""),
    ]  # fmt: skip
    groups = await report(registry, kind="working_group")
    assert numbers(groups["total"]) == (2, 5, 1, 1, 3, 0)


async def test_a_bodys_time_bounds_its_duty(registry: Registry) -> None:
    body = await recognise(registry, recognised_on="2026-01-02")
    await meet(registry, body, "2026-01-20", "2026-02-03", "2026-04-05")
    assert numbers((await report(registry))["total"]) == (1, 5, 1, 1, 3, 0), "January was not whole"
    gone = {"dissolved_on": "2026-04-30", "reason": "Elected anew."}
    assert (await registry.post(f"/bodies/{body['id']}:dissolve", "ncdds@", json=gone)).status_code == 200
    assert numbers((await report(registry))["total"]) == (1, 2, 1, 1, 0, 0), "April's first days make up for March"
    await recognise(registry, recognised_on="2026-04-30")
    assert numbers((await report(registry))["total"]) == (2, 4, 1, 1, 2, 0)


async def test_corrections_and_withdrawals_are_counted_at_once(registry: Registry) -> None:
    body = await recognise(registry)
    (sent,) = await meet(registry, body, "2026-01-20")
    await meet(registry, body, "2026-02-05")
    assert numbers((await report(registry))["total"])[2:4] == (2, 0)
    change = {name: value for name, value in sent.items() if name not in ("id", "body_id")}
    moved = await registry.client.http.put(
        f"/api/registry/v1/body-meetings/{sent['id']}", json=change | {"held_on": "2026-03-20"},
        headers=registry.world.as_("caf@020201") | {"If-Match": '"1"'},
    )  # fmt: skip
    assert moved.status_code == 200, moved.text
    assert numbers((await report(registry))["total"])[2:4] == (1, 1), "February's makes up for January"
    withdrawn = await registry.post(
        f"/body-meetings/{sent['id']}:withdraw", "jaapc@020201", json={"reason": "Not held."}
    )
    assert withdrawn.status_code == 200
    assert numbers((await report(registry))["total"])[2:4] == (0, 1)


async def test_a_changed_duty_leaves_the_past_alone(registry: Registry) -> None:
    body = await recognise(registry)
    await meet(registry, body, "2026-01-20", "2026-02-09")
    before = await report(registry)
    duty = {"level": "commune", "every_months": 3, "grace_days": 20}
    changed = await registry.patch("/body-kinds/jaapc", "ncdds@", etag='"1"', json={"duties": [duty]})
    assert [one["since"] for one in changed.json()["duties"]] == ["2000-01-01", "2026-10-01"]
    assert await report(registry) == before
    year = await report(registry, until="2026-12-31")
    assert numbers(year["total"]) == (1, 6, 2, 0, 4, 4), "July to September monthly, then one quarter"


async def test_files_and_pages(registry: Registry) -> None:
    await recognise(registry)
    await recognise(registry, area="020202", name_en="=SUM(1)")
    exported = await registry.get("/duty-report.csv", params=HALF | {"area": "0202"})
    rows = list(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"))))
    assert [(row["area_level"], row["area_code"], row["kind"], row["missed"]) for row in rows] == [
        ("total", "0202", "", "12"), ("total", "0202", "jaapc", "12"), ("commune", "020201", "", "6"),
        ("commune", "020201", "jaapc", "6"), ("commune", "020202", "", "6"), ("commune", "020202", "jaapc", "6"),
    ]  # fmt: skip
    assert (await registry.get("/duty-report.xlsx", params=HALF)).content.startswith(b"PK")
    missed = await registry.get("/duty-report/missed.csv", params=HALF)
    assert missed.content.count(b"jaapc") == 12
    assert b"'=SUM(1)" in missed.content
    paged = await registry.all_pages("/duty-report/missed", **HALF, limit=5)
    assert [(one["area_code"], one["window_end"]) for one in paged] == [
        (area, f"2026-0{month}-{day}")
        for area in ("020201", "020202")
        for month, day in zip(range(1, 7), (31, 28, 31, 30, 31, 30), strict=True)
    ]


async def test_the_report_says_what_the_rule_says(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies that come and go on any day, meeting as they like, over periods of any length."""
    monkeypatch.setattr(missing, "AT_ONCE", 2)
    rng = Random(4)
    places = [("jaapc", "020201"), ("jaapc", "020202"), ("working_group", "0202"), ("caf_network", "02"), ("meid", "")]
    months = {"jaapc": (1, 7), "working_group": (2, 15), "caf_network": (3, 15), "meid": (3, 15)}
    expected: dict[str, list[Window]] = {}
    held: set[tuple[str, date]] = set()
    for kind, area in places:
        since = date(2024, 1, 1) + timedelta(days=rng.randint(0, 300))
        end = since + timedelta(days=rng.randint(300, 600)) if rng.random() < 0.5 else None
        body = await recognise(registry, kind, area, recognised_on=str(since))
        days = sorted({since + timedelta(days=rng.randint(0, 299)) for _ in range(rng.randint(2, 14))})
        await meet(registry, body, *map(str, days))
        if end:
            gone = {"dissolved_on": str(end), "reason": "Over."}
            assert (await registry.post(f"/bodies/{body['id']}:dissolve", "ncdds@", json=gone)).status_code == 200
        due = windows([Duty(date(2000, 1, 1), *months[kind])], since, end - DAY if end else date(2027, 12, 31))
        expected[body["id"]] = due
        held |= {(body["id"], window.end) for window in fulfilled(due, days)}
    for _ in range(6):
        first = date(2024, 1, 1) + timedelta(days=rng.randint(0, 600))
        asked = {"from": str(first), "until": str(first + timedelta(days=rng.randint(0, 500)))}
        counts: Counter[str] = Counter()
        unmet = []
        for body_id, due in expected.items():
            for window in due:
                if asked["from"] <= str(window.end) <= asked["until"]:
                    settled = "missed" if window.grace_until < TODAY else "not_yet_due"
                    counts["kept" if (body_id, window.end) in held else settled] += 1
                    unmet += [(body_id, str(window.end))] * ((body_id, window.end) not in held and settled == "missed")
        total = (await report(registry, **asked))["total"]
        assert (total["held"] + total["late"], total["missed"], total["not_yet_due"]) == (
            counts["kept"], counts["missed"], counts["not_yet_due"]
        )  # fmt: skip
        listed = await registry.all_pages("/duty-report/missed", **asked, limit=3)
        assert sorted((one["body_id"], one["window_end"]) for one in listed) == sorted(unmet)


WRONG = (
    ("area=9", "query/area"),
    ("area=99", "query/area"),
    ("area=02&level=village", "query/level"),
    ("area=0202&level=province", "query/level"),
    ("from=2026-02-30", "query/from"),
    ("from=2026-06-01&until=2026-05-01", "query/from"),
    ("from=2001-01-01", "query/from"),
    ("from=0001-01-01", "query/from"),
    ("until=9999-12-31", "query/until"),
    ("since=2026-01-01", "query/since"),
)


async def test_bad_questions(registry: Registry) -> None:
    for query, pointer in WRONG:
        answer = await registry.get(f"/duty-report?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    for cursor in ("WzFd", "WyJhIiwiYiIsImMiXQ", "!"):
        assert (await registry.get(f"/duty-report/missed?cursor={cursor}")).json()["code"] == "invalid_cursor"


async def test_a_kind_that_there_is_not_finds_nothing_and_says_so(registry: Registry) -> None:
    for path in ("/duty-report", "/duty-report.csv", "/duty-report/missed", "/duty-report/missed.csv", "/bodies",
                 "/bodies.csv", "/body-meetings", "/body-members.csv"):  # fmt: skip
        refused = await registry.get(path, "ncdds@", params={"kind": "ghost"})
        assert (refused.status_code, refused.json()["code"]) == (422, "body_kind_unknown"), path
        assert refused.json()["errors"][0]["pointer"] == "query/kind"
    assert (await registry.get("/body-meetings", params={"kind": "ghost"})).status_code == 401


async def test_a_body_goes_with_its_area_and_ends_with_it(registry: Registry) -> None:
    body, other = await recognise(registry), await recognise(registry, area="020202")
    sent = meeting(body, "2026-02-20")
    assert (await registry.post("/body-meetings", "caf@020201", json=sent)).status_code == 201
    ids = {area["code"]: area["id"] for area in (await registry.get("/areas?limit=500")).json()["items"]}
    law = {"effective_on": "2026-07-01", "legal_reference": "Sub-decree 5"}
    move = {"new_code": "0302", "new_parent_code": "03"}
    assert (await registry.post(f"/areas/{ids['0202']}:move", "ncdds@", json=law | move)).status_code == 201
    moved = (await registry.get(f"/bodies/{body['id']}")).json()
    assert (moved["area_code"], moved["version"]) == ("030201", 2)
    assert {row["area_code"]: row["due"] for row in (await report(registry))["rows"]} == {"02": 0, "03": 12}
    merger = {"area_ids": [ids["020201"], ids["020202"]], "survivor_id": ids["020201"]} | law
    merged = await registry.post("/areas:merge", "ncdds@", json=merger | {"effective_on": "2026-07-10"})
    assert merged.status_code == 201, merged.text
    ended = (await registry.get(f"/bodies/{other['id']}")).json()
    assert (ended["area_code"], ended["dissolved_on"]) == ("030202", "2026-07-10")
    assert (await registry.get(f"/bodies/{body['id']}")).json()["dissolved_on"] is None
    communes = await report(registry, area="0302", until="2026-07-31")
    assert {row["area_code"]: row["due"] + row["not_yet_due"] for row in communes["rows"]} == {"030201": 7, "030202": 6}
