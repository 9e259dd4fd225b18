"""Reviewing and applying the next list over HTTP."""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from httpx import Response

from services.registry.gazetteer import imports
from services.registry.gazetteer.rows import Row
from shared.events import decode
from shared.events.registry import AreaChanged, AreaSucceeded
from tests.registry.conftest import Registry
from tests.registry.gazetteer.lists import Changed, ministry_file, package_files, three_provinces, zipped
from tests.registry.gazetteer.lists import next_year as a_year
from tests.world import World

HEADER = {"edition": "2026", "effective_on": "2026-01-01", "legal_reference": "ប្រកាសលេខ ១២៣"}
SMALL = [
    Row("province", "02", None, "បាត់ដំបង", "Battambang"),
    Row("district", "0202", "02", "ថ្មគោល", "Thma Koul"),
    Row("commune", "020201", "0202", "តាពូង", "Ta Pung"),
    Row("village", "02020101", "020201", "តាពូង", "Ta Pung"),
    Row("village", "02020102", "020201", "គោកព្នៅ", "Kouk Phnov"),
    Row("village", "02020103", "020201", "ថ្មី", "Thmei"),
    Row("commune", "020202", "0202", "តាម៉ឺន", "Ta Meun"),
    Row("village", "02020201", "020202", "ក្រូចសើច", "Krouch Saeuch"),
]


@pytest.fixture
async def loaded(world: World) -> Registry:
    """A registry that holds a small list, which came in by an import."""
    registry = Registry(world, await world.start("registry"))
    applied = await apply(registry, SMALL, edition="2025", effective_on="2025-01-01")
    assert applied.status_code == 200, applied.text
    return registry


def packed(rows: Sequence[Row]) -> bytes:
    return zipped(package_files(rows))


async def send(
    registry: Registry, content: bytes, *grants: str, said: Sequence[tuple[str, str]] = (), **params: Any
) -> Response:
    given = [
        *(
            HEADER | {name: str(value).lower() if isinstance(value, bool) else value for name, value in params.items()}
        ).items(),
        *said,
    ]
    return await registry.post("/gazetteer:import", *(grants or ("ncdds@",)), content=content, params=given)


async def apply(registry: Registry, rows: Sequence[Row], **params: Any) -> Response:
    """Review, then apply."""
    report = await send(registry, packed(rows), **params)
    assert report.status_code == 200, report.text
    return await send(registry, packed(rows), **params, dry_run=False, digest=report.json()["digest"])


def next_year() -> Changed:
    """A commune split off with two villages, a rename, a village gone, a commune renumbered with its village."""
    new = Changed(SMALL)
    new.add("commune", "020203", "ឃុំថ្មី", "New Commune")
    new.recode("02020102", "02020301")
    new.recode("02020103", "02020302")
    new.rename("020201", "តាពូងចាស់", "Ta Pung Chas")
    new.recode("020202", "020204")
    return new


async def open_areas(registry: Registry) -> set[tuple[str, str | None, str]]:
    rows = await registry.rows("SELECT code, parent_code, name_en FROM area WHERE status = 'open'")
    return {tuple(row) for row in rows}


async def test_only_those_who_keep_the_areas_of_the_whole_country_may(loaded: Registry) -> None:
    content = packed(SMALL)
    anonymous = await loaded.post("/gazetteer:import", content=content, params=HEADER)
    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "sign_in_required")
    officer = await send(loaded, content, "province_officer@02")
    assert (officer.status_code, officer.json()["code"]) == (403, "permission_missing")
    narrow = await send(loaded, content, "ncdds@02")
    assert (narrow.status_code, narrow.json()["code"]) == (403, "area_not_covered")
    for path in ("", "/{id}", "/{id}/items", "/{id}/items.csv"):
        review = (await send(loaded, content, "operator@")).json()
        address = f"/gazetteer/imports{path.format(id=review['id'])}"
        assert (await loaded.get(address)).status_code == 401
        assert (await loaded.get(address, "ncdds@02")).status_code == 403
        assert (await loaded.get(address, "ncdds@")).status_code == 200


async def test_a_review_tells_and_changes_nothing(loaded: Registry) -> None:
    before = await open_areas(loaded)
    report = (await send(loaded, packed(next_year().rows), source="list-2026.zip")).json()
    assert await open_areas(loaded) == before
    assert (report["dry_run"], report["state"], report["applicable"], report["problems"]) == (
        True,
        "reviewed",
        True,
        [],
    )
    assert (report["source"], report["edition"]) == ("list-2026.zip", "2026")
    assert report["counts"]["village"] == {
        "listed": 4, "unchanged": 1, "respelled": 0, "gone": 0, "added": 0,
        "moved": 2, "renumbered": 1, "following": 1, "renamed": 0,
    }  # fmt: skip
    assert [(item["action"], item["old_code"], item["new_code"]) for item in report["items"]] == [
        ("added", None, "020203"),
        ("moved", "02020102", "02020301"),
        ("moved", "02020103", "02020302"),
        ("renumbered", "020202", "020204"),
        ("renamed", "020201", "020201"),
    ]
    assert report["items"][0]["origin"] == "020201"
    assert "same district" in report["items"][1]["detail_en"]
    assert (await loaded.get("/gazetteer")).json()["edition"] == "2025"


async def test_a_reviewed_list_is_applied_whole(loaded: Registry) -> None:
    unit = await loaded.unit("health_centre", "020202")
    await loaded.person("commune_clerk@020202")
    new = next_year()
    answer = await apply(loaded, new.rows)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["dry_run"], body["state"]) == (False, "applied")
    assert await open_areas(loaded) == {(row.code, row.parent_code, row.name_en) for row in new.rows}
    gazetteer = (await loaded.get("/gazetteer")).json()
    assert gazetteer | {"counts": None} == {
        "edition": "2026",
        "source": "list",
        "effective_on": "2026-01-01",
        "legal_reference": "ប្រកាសលេខ ១២៣",
        "counts": None,
        "findings_count": 0,
    }
    assert (await loaded.get(f"/units/{unit['code']}")).json()["area_code"] == "020204"
    assert [row.area_code for row in await loaded.rows("SELECT area_code FROM account_grant")] == ["020204"]
    events = [decode(row.body).event for row in await loaded.rows("SELECT body FROM outbox ORDER BY seq")]
    lines = {(event.kind, event.old_code, event.new_code) for event in events if isinstance(event, AreaSucceeded)}
    assert lines >= {
        ("split", "020201", "020203"), ("split", "020201", "020201"), ("renumber", "020202", "020204"),
        ("move", "02020102", "02020301"), ("renumber", "02020201", "02020401"),
    }  # fmt: skip
    told = {event.code: event.name_en for event in events if isinstance(event, AreaChanged)}
    assert told["020201"] == "Ta Pung Chas"
    (kept,) = await loaded.rows("SELECT detail FROM audit_entry WHERE subject_kind = 'gazetteer' AND subject = '2026'")
    assert kept.detail["legal_reference"] == "ប្រកាសលេខ ១២៣"
    history = (await loaded.get("/gazetteer/imports", "ncdds@")).json()["items"]
    assert [(entry["edition"], entry["counts"]["commune"]["added"]) for entry in history] == [("2026", 1), ("2025", 2)]
    assert history[0]["change_id"] == body["change_id"]
    again = (await send(loaded, packed(new.rows))).json()
    assert again["items"] == []


async def test_a_real_year_is_applied_to_real_areas(world: World) -> None:
    registry = Registry(world, await world.start("registry"))
    districts = ("0201", "0202", "0203", "0214", "1209", "2501", "2503")
    rows = [row for row in three_provinces() if row.level == "province" or row.code[:4] in districts]
    assert (await apply(registry, rows, edition="2025", effective_on="2025-01-01")).status_code == 200
    unit = await registry.unit("health_centre", "020105")
    far = await registry.unit("primary_school", "250101")
    await registry.person("commune_clerk@020105", "caf@250101")
    new = Changed(rows)
    _, merged = a_year(new)
    answer = await apply(registry, new.rows)
    assert answer.status_code == 200, answer.text
    assert answer.json()["counts"]["village"]["moved"] == 3 + len(merged)
    held = Counter(
        tuple(row)
        for row in await registry.rows(
            "SELECT level, code, parent_code, name_km, name_en FROM area WHERE status = 'open'"
        )
    )
    listed = [row for row in new.rows if row.parent_code != "120913"]
    assert held == Counter((row.level, row.code, row.parent_code, row.name_km, row.name_en) for row in listed)
    assert (await registry.get(f"/units/{unit['code']}")).json()["area_code"] == "020104"
    assert (await registry.get(f"/units/{far['code']}")).json()["area_code"] == "260101"
    grants = await registry.rows("SELECT role, area_code FROM account_grant ORDER BY role")
    assert [tuple(row) for row in grants] == [("caf", "260101"), ("commune_clerk", "020104")]
    findings = (await registry.get("/gazetteer/findings")).json()["items"]
    assert {finding["kind"] for finding in findings} == {
        "missing_commune", "repeated_village_code", "village_off_commune",
    }  # fmt: skip
    again = (await send(registry, packed(new.rows))).json()
    assert (again["items"], again["problems"]) == ([], [])


async def test_a_commune_whose_unit_would_vanish_stands_in_the_way(loaded: Registry) -> None:
    unit = await loaded.unit("health_centre", "020202")
    rows = [row for row in SMALL if "020202" not in (row.code, row.parent_code)]
    report = (await send(loaded, packed(rows))).json()
    assert report["applicable"] is False
    (problem,) = report["problems"]
    assert (problem["code"], problem["area_code"]) == ("units_would_vanish", "020202")
    assert unit["code"] in problem["detail_en"]
    refused = await send(loaded, packed(rows), dry_run=False, digest=report["digest"])
    assert (refused.status_code, refused.json()["code"]) == (422, "import_refused")
    assert refused.json()["errors"][0]["code"] == "units_would_vanish"
    said = [("successor", "020202:020201")]
    settled = (await send(loaded, packed(rows), said=said)).json()
    assert settled["applicable"] is True, settled["problems"]
    applied = await send(loaded, packed(rows), said=said, dry_run=False, digest=settled["digest"])
    assert applied.status_code == 200, applied.text
    assert (await loaded.get(f"/units/{unit['code']}")).json()["area_code"] == "020201"


async def test_what_was_not_reviewed_is_not_applied(loaded: Registry) -> None:
    content = packed(next_year().rows)
    missing = await send(loaded, content, dry_run=False)
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (422, "query/digest")
    digest = (await send(loaded, content)).json()["digest"]
    others: list[dict[str, Any]] = [
        {"content": packed(SMALL)},
        {"content": content, "legal_reference": "another"},
        {"content": content, "said": [("keep_apart", "02020102:02020301")]},
    ]
    for other in others:
        changed = await send(loaded, **other, dry_run=False, digest=digest)
        assert (changed.status_code, changed.json()["code"]) == (409, "plan_changed")
    await loaded.execute("UPDATE area SET name_en = 'Meanwhile' WHERE code = '02020201'")
    changed = await send(loaded, content, dry_run=False, digest=digest)
    assert (changed.status_code, changed.json()["code"]) == (409, "plan_changed")


async def test_of_two_who_apply_at_once_one_wins(loaded: Registry) -> None:
    content = packed(next_year().rows)
    digest = (await send(loaded, content)).json()["digest"]
    answers = await asyncio.gather(*(send(loaded, content, dry_run=False, digest=digest) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await loaded.rows("SELECT 1 FROM area_change WHERE kind = 'import'")) == 2


async def test_all_changes_are_paged_and_fit_a_spreadsheet(loaded: Registry) -> None:
    new = next_year()
    new.rename("02020101", "=HYPERLINK(1)", "@cmd")
    report = (await send(loaded, packed(new.rows))).json()
    address = f"/gazetteer/imports/{report['id']}/items"
    items = await loaded.all_pages(address, "ncdds@", limit=2)
    assert len(items) == 7
    own = await loaded.all_pages(address, "ncdds@", following="false")
    assert [item["new_code"] for item in items if not item["follows"]] == [item["new_code"] for item in own]
    moved = await loaded.all_pages(address, "ncdds@", action="moved", level="village")
    assert len(moved) == 2
    sheet = await loaded.get(f"{address}.csv", "ncdds@")
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert sheet.text.startswith("\ufeff")
    lines = list(csv.DictReader(io.StringIO(sheet.text.removeprefix("\ufeff"))))
    assert len(lines) == 7
    renamed = next(line for line in lines if line["new_code"] == "02020101")
    assert (renamed["name_km"], renamed["name_en"]) == ("'=HYPERLINK(1)", "'@cmd")
    unknown = await loaded.get("/gazetteer/imports/00000000-0000-4000-8000-000000000000", "ncdds@")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "import_not_found")


async def test_the_last_reviews_are_kept(loaded: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "REVIEWS_KEPT", 2)
    sent = [(await send(loaded, packed(next_year().rows))).json()["id"] for _ in range(3)]
    kept = (await loaded.get("/gazetteer/imports", "ncdds@", params={"state": "reviewed"})).json()["items"]
    assert [entry["id"] for entry in kept] == [sent[2], sent[1]]
    assert len((await loaded.get("/gazetteer/imports", "ncdds@")).json()["items"]) == 1


async def test_one_province_of_the_ministry_s_files(loaded: Registry) -> None:
    new = next_year()
    report = (await send(loaded, ministry_file(new.rows, "02"))).json()
    assert (report["left_out"], report["applicable"]) == ([], True)
    assert [item["new_code"] for item in report["items"]] == ["020203", "02020301", "02020302", "020204", "020201"]


async def test_changes_that_wait_for_their_day_are_noted(loaded: Registry) -> None:
    await loaded.execute(
        "INSERT INTO area_change (kind, effective_on, legal_reference, state, operations)"
        " VALUES ('rename', '2099-01-01', 'Prakas', 'scheduled', '[]')"
    )
    report = (await send(loaded, packed(next_year().rows))).json()
    assert [(problem["code"], problem["blocks"]) for problem in report["problems"]] == [("changes_scheduled", False)]
    assert report["applicable"] is True


BAD: list[tuple[dict[str, Any], str]] = [
    ({"edition": "next"}, "query/edition"),
    ({"effective_on": "soon"}, "query/effective_on"),
    ({"legal_reference": ""}, "query/legal_reference"),
    ({"keep_apart": "02020101"}, "query/keep_apart/0"),
    ({"legal_reference": "a\x01b"}, "query/legal_reference"),
    ({"source": "\x00"}, "query/source"),
    ({"dry_run": "perhaps"}, "query/dry_run"),
]


async def test_a_wrong_parameter_is_named(loaded: Registry) -> None:
    for params, pointer in BAD:
        refused = await send(loaded, packed(SMALL), **params)
        assert refused.status_code == 422, params
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


async def test_what_is_no_list_is_refused_in_both_languages(loaded: Registry) -> None:
    for content, code in ((b"\0\1\2", "not_text"), (b"", "file_empty"), (b"PK\x03\x04", "zip_damaged")):
        refused = await send(loaded, content)
        assert (refused.status_code, refused.json()["code"]) == (422, "list_unreadable")
        assert [error["code"] for error in refused.json()["errors"]] == [code]


async def test_lines_that_cannot_be_are_named_and_stand_in_the_way(loaded: Registry) -> None:
    files = package_files(SMALL)
    files["CambodiaVillagesList2026.csv"] = (
        files.pop("CambodiaVillageList2026.csv") + "02,0202,020201,020201,ក,A\n".encode()
    )
    report = (await send(loaded, zipped(files))).json()
    (problem,) = report["problems"]
    assert (problem["code"], problem["file"], problem["row"]) == ("code_unfit", "CambodiaVillagesList2026.csv", 6)
    refused = await send(loaded, zipped(files), dry_run=False, digest=report["digest"])
    assert refused.json()["errors"][0]["pointer"] == "CambodiaVillagesList2026.csv:6:code"


async def test_a_day_that_has_not_come_or_is_long_past(loaded: Registry) -> None:
    for day, code in (("2099-01-01", "effective_in_future"), ("2024-06-01", "effective_too_early")):
        report = (await send(loaded, packed(next_year().rows), effective_on=day)).json()
        assert code in {problem["code"] for problem in report["problems"]}
        refused = await send(loaded, packed(next_year().rows), effective_on=day, dry_run=False, digest=report["digest"])
        assert (refused.status_code, refused.json()["code"]) == (422, "import_refused")


async def test_findings_belong_to_their_edition(loaded: Registry) -> None:
    new = Changed(SMALL)
    new.rows.append(Row("village", "02020201", "020201", "ពីរ", "Two"))
    assert (await apply(loaded, new.rows)).status_code == 200
    newest = (await loaded.get("/gazetteer/findings")).json()["items"]
    assert {finding["kind"] for finding in newest} == {"repeated_village_code", "village_off_commune"}
    assert (await loaded.get("/gazetteer/findings", params={"edition": "2025"})).json()["items"] == []
    assert (await apply(loaded, SMALL, effective_on="2026-06-01")).status_code == 200
    assert (await loaded.get("/gazetteer/findings", params={"edition": "2026"})).json()["items"] == []
