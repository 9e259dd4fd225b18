"""What the official list holds, counted from its own files."""

from collections import Counter

from services.registry.gazetteer.checking import check_list
from services.registry.gazetteer.rows import Row
from services.registry.gazetteer.source import read_package
from tests.registry.gazetteer.lists import packaged


def test_the_list_is_read_whole() -> None:
    read = read_package()
    assert read.problems == []
    assert Counter(row.level for row in read.rows) == {
        "province": 25,
        "district": 210,
        "commune": 1661,
        "village": 14576,
    }
    checked = check_list(read.rows, [])
    assert checked.problems == []
    assert Counter(row.level for row in checked.rows) == {
        "province": 25,
        "district": 210,
        "commune": 1661,
        "village": 14563,
    }
    assert len({(row.code, row.parent_code, row.name_km) for row in checked.rows}) == len(checked.rows)


def test_every_oddity_of_the_list_is_found() -> None:
    checked = check_list(packaged(), [])
    assert Counter(odd.kind for odd in checked.oddities) == {
        "missing_commune": 1,
        "repeated_village_code": 25,
        "village_off_commune": 43,
    }
    villages = Counter(row.code for row in checked.rows if row.level == "village")
    repeated = {code for code, count in villages.items() if count > 1}
    assert {odd.code for odd in checked.oddities if odd.kind == "repeated_village_code"} == repeated
    off = [row for row in checked.rows if row.level == "village" and row.code[:6] != row.parent_code]
    assert [odd.code for odd in checked.oddities if odd.kind == "village_off_commune"] == [row.code for row in off]
    (missing,) = (odd for odd in checked.oddities if odd.kind == "missing_commune")
    assert missing.code == "120913"
    assert "13 villages" in missing.detail_en
    assert all(odd.detail_en and odd.detail_km for odd in checked.oddities)


def test_a_code_that_is_no_number_is_said_so() -> None:
    (malformed,) = (odd for odd in check_list(packaged(), []).oddities if not odd.code.isdigit())
    assert malformed.code == "0506140-"
    assert "9 villages" in malformed.detail_en
    assert "not made of digits" in malformed.detail_en


def test_a_list_in_order_has_no_oddities() -> None:
    rows = [
        Row("province", "02", None, "ក", "A"),
        Row("district", "0202", "02", "ខ", "B"),
        Row("commune", "020201", "0202", "គ", "C"),
        Row("village", "02020101", "020201", "ឃ", "D"),
    ]
    checked = check_list(rows, [])
    assert (checked.rows, checked.oddities, checked.problems) == (rows, [], [])
