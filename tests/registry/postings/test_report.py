"""Where posters hang, by area."""

from typing import Any

from tests.registry.conftest import Registry
from tests.registry.packs.examples import publish
from tests.registry.postings.test_postings import posting

NAMES = ("units", "packs", "posted", "posted_with_photo", "not_posted", "outdated", "to_take_down")


async def fill(registry: Registry) -> dict[str, str]:
    """One unit of every status, all but the first in one commune; the codes by status."""
    codes = dict[str, str]()
    for number, status in enumerate(("posted", "not_posted", "outdated", "to_take_down", "no_pack"), 1):
        code = (await registry.unit(area="020202" if status == "posted" else "020201"))["code"]
        codes[status] = code
        if status != "no_pack":
            await publish(registry, code)
        if status not in ("no_pack", "not_posted"):
            answer = await registry.post("/postings", "ncdds@", json=posting(number, unit_code=code))
            assert answer.status_code == 201, answer.text
    await publish(registry, codes["outdated"])
    withdraw = f"/units/{codes['to_take_down']}/packs/2026/1:withdraw"
    assert (await registry.post(withdraw, "ncdds@", json={"reason": "wrong"})).status_code == 200
    await registry.execute("UPDATE posting SET has_photo = true WHERE pack_version = 1 AND id::text LIKE '%1'")
    return codes


def counts(row: dict[str, Any]) -> list[int]:
    return [row[name] for name in NAMES]


async def test_the_report_counts_every_status_and_lists_its_units(registry: Registry) -> None:
    codes = await fill(registry)
    report = (await registry.get("/posting-report", params={"year": 2026, "area": "0202"})).json()
    assert counts(report["total"]) == [5, 3, 2, 1, 1, 1, 1]
    assert {row["area_code"]: counts(row) for row in report["rows"]} == {
        "020201": [4, 2, 1, 0, 1, 1, 1],
        "020202": [1, 1, 1, 1, 0, 0, 0],
    }
    nation = (await registry.get("/posting-report", params={"year": 2026})).json()
    assert (nation["level"], counts(nation["total"])) == ("province", counts(report["total"]))
    assert counts((await registry.get("/posting-report", params={"year": 2025})).json()["total"]) == [5] + [0] * 6
    listed = await registry.all_pages("/posting-report/units", year=2026, limit=1)
    assert {item["unit_code"]: item["status"] for item in listed} == {
        code: status for status, code in codes.items() if status != "no_pack"
    }
    missing = await registry.all_pages("/posting-report/units", year=2026, area="020201", status="not_posted")
    assert [item["unit_code"] for item in missing] == [codes["not_posted"]]
    lines = (await registry.get("/posting-report.csv", params={"year": 2026, "area": "0202"})).text.splitlines()
    assert lines[1] == "2026,total,0202,តំបន់ 0202,Area 0202,all,5,3,2,1,1,1,1"
    walk = await registry.get("/posting-report/units.csv", params={"year": 2026, "status": "outdated"})
    assert walk.text.splitlines()[1].startswith(f"{codes['outdated']},020201,")
    sheet = await registry.get("/posting-report/units.xlsx", params={"year": 2026})
    assert sheet.content.startswith(b"PK")


async def test_the_report_is_split_by_kind(registry: Registry) -> None:
    await fill(registry)
    school = await registry.unit("primary_school", "020202")
    await publish(registry, school["code"])
    asked: dict[str, str | int] = {"year": 2026, "area": "0202"}
    report = (await registry.get("/posting-report", params=asked)).json()
    assert {one["kind"]: counts(one) for one in report["total"]["kinds"]} == {
        "health_centre": [5, 3, 2, 1, 1, 1, 1],
        "primary_school": [1, 1, 0, 0, 1, 0, 0],
    }
    assert counts(report["total"]) == [6, 4, 2, 1, 2, 1, 1]
    schools = (await registry.get("/posting-report", params=asked | {"kind": "primary_school"})).json()
    assert [counts(row) for row in schools["rows"]] == [[0] * 7, [1, 1, 0, 0, 1, 0, 0]]
    lines = (await registry.get("/posting-report.csv", params=asked | {"kind": "primary_school"})).text.splitlines()
    assert [line.split(",")[5:7] for line in lines[1:3]] == [["all", "1"], ["primary_school", "1"]]
    listed = await registry.all_pages("/posting-report/units", **asked, kind="primary_school")
    assert [one["unit_code"] for one in listed] == [school["code"]]
    walk = await registry.get("/posting-report/units.csv", params=asked | {"kind": "primary_school"})
    assert len(walk.text.splitlines()) == 2
    for path in ("", ".csv", "/units", "/units.csv"):
        refused = await registry.get(f"/posting-report{path}", params=asked | {"kind": "ghost"})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "query/kind")


async def test_a_withdrawn_posting_counts_no_more_and_units_take_theirs_along(registry: Registry) -> None:
    codes = await fill(registry)
    await registry.execute("UPDATE unit SET area_code = '020301' WHERE code = :code", code=codes["posted"])
    there = (await registry.get("/posting-report", params={"year": 2026, "area": "0203"})).json()
    assert counts(there["total"]) == [1, 1, 1, 1, 0, 0, 0]
    await registry.execute("UPDATE posting SET withdrawn_at = now()")
    there = (await registry.get("/posting-report", params={"year": 2026, "area": "0203"})).json()
    assert counts(there["total"]) == [1, 1, 0, 0, 1, 0, 0]


async def test_bad_parameters_are_named(registry: Registry) -> None:
    for params, name in (({}, "year"), ({"year": 2026, "area": "99"}, "area"), ({"year": 2026, "level": "x"}, "level")):
        answer = await registry.get("/posting-report", params=params)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == f"query/{name}"
    for cursor in ("x", "WzFd"):
        answer = await registry.get("/posting-report/units", params={"year": 2026, "cursor": cursor})
        assert answer.json()["code"] == "invalid_cursor"
