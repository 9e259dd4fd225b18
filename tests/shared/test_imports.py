"""Rows of tables checked one by one, without a database."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from shared.errors import Invalid
from shared.imports import MOST_LISTED, AreaDigits, Problems, YesNo, digest, pad_area_code
from shared.spreadsheets import Line

COUNTS = {"rows": 3, "created": 1, "changed": 0, "unchanged": 0}


class Row(BaseModel):
    """A row of a made-up table."""

    code: Annotated[str, AreaDigits, Field(min_length=6)]
    covered: YesNo | None = None


def test_rows_become_models_and_wrong_cells_problems() -> None:
    problems = Problems()
    lines = [
        Line(2, {"code": "20201", "covered": "បាទ"}),
        Line(3, {"code": "០២០២០១", "covered": ""}),
        Line(4, {"code": "", "covered": "perhaps"}),
    ]
    assert [(number, row.code, row.covered) for number, row in problems.check(lines, Row)] == [
        (2, "020201", True),
        (3, "020201", None),
    ]
    assert [(one.row, one.column, one.code) for one in problems.listed] == [
        (4, "code", "missing"),
        (4, "covered", "yes_or_no"),
    ]


@pytest.mark.parametrize(("code", "padded"), [("20201", "020201"), ("020201", "020201"), ("2", "02"), ("x", "x")])
def test_a_lost_zero_is_put_back(code: str, padded: str) -> None:
    assert pad_area_code(code) == padded


def test_errors_are_never_hidden_behind_warnings() -> None:
    problems = Problems()
    for row in range(MOST_LISTED + 50):
        problems.warning(row, "name", "similar", en="Similar.", km="ស្រដៀងគ្នា។")
    problems.error(999, None, "wrong", en="Wrong.", km="ខុស។")
    result = problems.result(b"file", dry_run=True, counts=COUNTS)
    assert (result.errors, result.warnings, len(result.problems)) == (1, MOST_LISTED + 50, MOST_LISTED)
    assert [one.row for one in result.problems if one.severity == "error"] == [999]


def test_problems_come_by_row_as_the_file_is_read() -> None:
    problems = Problems()
    problems.error(12, "opened_on", "malformed", en="No day.", km="មិនមែនថ្ងៃ។")
    problems.error(5, "kind", "unknown", en="No such kind.", km="គ្មានប្រភេទនេះទេ។")
    problems.warning(9, "name", "similar", en="Similar.", km="ស្រដៀងគ្នា។")
    assert [one.row for one in problems.result(b"file", dry_run=True, counts=COUNTS).problems] == [5, 9, 12]
    with pytest.raises(Invalid) as refusal:
        problems.result(b"file", dry_run=False, counts=COUNTS)
    assert [one.pointer for one in refusal.value.errors] == ["/rows/5/kind", "/rows/12/opened_on"]


def test_errors_forbid_what_is_no_dry_run() -> None:
    problems = Problems()
    problems.warning(2, "name", "similar", en="Similar.", km="ស្រដៀងគ្នា។")
    assert problems.result(b"file", dry_run=False, counts=COUNTS).digest == digest(b"file")
    problems.error(3, "name", "wrong", en="Wrong.", km="ខុស។")
    with pytest.raises(Invalid) as refusal:
        problems.result(b"file", dry_run=False, counts=COUNTS)
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [("/rows/3/name", "wrong")]
