"""Results and scorecards as tables."""

import csv
import io

from openpyxl import load_workbook

from tests.scorecard.conftest import CAF, CENTRE, NCDDS, OFFICER, OTHER_OFFICER, PROVIDER, Scorecard
from tests.scorecard.exports.conftest import RISKY, SMALL, download


def read(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV as people get it."""
    assert content.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


async def test_a_row_for_each_indicator_of_each_unit(published: Scorecard) -> None:
    rows = read(await download(published, "/results.csv"))
    assert [row["code"] for row in rows] == [code for code in (SMALL, CENTRE, RISKY, "PS-020301-1") for _ in range(10)]
    small, first, last = rows[0], rows[10], rows[19]
    numbers = ("participants", "n", "median", "mean", "satisfied", "self_score", "gap", "n1", "n5")
    assert [small[name] for name in numbers] == [""] * 9, "three are too few"
    assert [first[name] for name in numbers] == ["13", "13", "2", "1.54", "0", "5", "-3", "6", "0"]
    assert [last[name] for name in numbers] == ["13", "0", "", "", "", "5", "", "0", "0"]
    assert (first["area_code"], first["area_name_km"], first["group"], first["own"]) == (
        "020301",
        "តំបន់ 020301",
        "all",
        "no",
    )
    assert first["label_km"]
    assert first["label_en"].isascii()
    risky = rows[20]
    assert (risky["name_en"], risky["name_km"]) == ("'=cmd|'/C calc'!A0", "'-មណ្ឌល")


async def test_groups_areas_and_levels(published: Scorecard) -> None:
    rows = read(await download(published, "/results.csv", groups=True))
    women = next(row for row in rows if (row["code"], row["group"]) == (CENTRE, "sex:female"))
    assert (women["n"], women["mean"], women["participants"], women["group_en"]) == ("6", "1", "6", "Sex: Female")
    assert not [row for row in rows if row["code"] == SMALL and row["group"] != "all"]
    for level, codes in (("nation", {""}), ("province", {"02"}), ("commune", {"020301", "020302"})):
        rows = read(await download(published, "/results.csv", level=level))
        assert {row["code"] for row in rows} == codes
    centres = [row for row in read(await download(published, "/results.csv", level="nation")) if row["n"] == "19"]
    assert centres[0]["name_km"] == "ថ្នាក់ជាតិ"
    assert {row["code"] for row in read(await download(published, "/results.csv", area="020302"))} == {RISKY}


async def test_a_spreadsheet_has_numbers_and_no_formula(published: Scorecard) -> None:
    content = await download(published, "/results.xlsx", groups=True)
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    rows = [dict(zip([cell.value for cell in sheet[1]], row, strict=True)) for row in sheet.iter_rows(min_row=2)]
    by_code = {row["លេខកូដ / Code"].value: row for row in rows if row["ក្រុម / Group"].value == "all"}
    assert by_code[CENTRE]["ពិន្ទុវាយតម្លៃខ្លួនឯង / Provider's own score"].value == 5
    name = by_code[RISKY]["ឈ្មោះ (អង់គ្លេស) / Name (English)"]
    assert (name.value, name.data_type) == ("=cmd|'/C calc'!A0", "s")


async def test_what_is_withdrawn_or_not_published_is_in_no_file(published: Scorecard) -> None:
    path = f"/rounds/{published.round_id}/units/{CENTRE}:withdraw"
    assert (await published.post(path, {"reason": "Wrong unit."}, NCDDS)).status_code == 200
    await published.cast(9, "HC-020401-1")
    for name in ("/results.csv", "/dhis2.json", "/open-data.zip"):
        content = await download(published, name, **({"level": "unit"} if "zip" not in name else {}))
        assert CENTRE.encode() not in content
        assert b"HC-020401-1" not in content


async def test_scorecards_for_those_who_facilitate_and_review(published: Scorecard) -> None:
    path = "/scorecards.csv"
    for nobody, status in (((), 401), ((PROVIDER,), 403)):
        assert (await published.get(f"/rounds/{published.round_id}{path}", *nobody)).status_code == status
    outside = await published.get(f"/rounds/{published.round_id}{path}", OTHER_OFFICER, area="0203")
    assert outside.json()["code"] == "area_not_covered"
    rows = read(await download(published, path, OFFICER))
    states = {row["unit_code"]: (row["state"], row["state_en"]) for row in rows}
    assert states[CENTRE] == ("completed", "Completed")
    assert states["HC-020302-1"] == ("running", "Running")
    assert {row["area_code"][:4] for row in rows} == {"0203"}
    assert next(row for row in rows if row["unit_code"] == CENTRE)["published_at"].startswith("20")
    assert {row["unit_code"] for row in read(await download(published, path, OFFICER, state="running"))} == {
        "HC-020302-1"
    }
    assert len(read(await download(published, path, CAF))) == 3
    assert (await download(published, "/scorecards.xlsx", OFFICER, area="020301")).startswith(b"PK")


async def test_bad_requests_are_named(published: Scorecard) -> None:
    for path in ("/results.csv", "/dhis2.json"):
        for params, pointer in (
            ({"area": "99"}, "query/area"),
            ({"area": "x"}, "query/area"),
            ({"level": "village"}, "query/level"),
            ({"level": "province", "area": "0203"}, "query/level"),
            ({"groups": "perhaps"}, "query/groups"),
        ):
            answer = await published.get(f"/rounds/{published.round_id}{path}", **params)
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), params
    assert (await published.get(f"/rounds/{published.round_id}/results.pdf")).status_code == 422
    assert (await published.get(f"/rounds/{published.round_id}/dhis2.json", nation="K H")).status_code == 422
