"""Parameters that an address does not have are refused, each by its name."""

import pytest

from shared.routing import LONGEST_NAMED, MOST_NAMED
from tests.shared.conftest import API, Toy

REFUSED = [
    ("?limt=5", ["limt"], "This address has no parameter limt. Did you mean limit?"),
    ("?limit=x&page=2", ["page"], "This address has no parameter page. It takes: cursor, limit."),
    ("?page=", ["page"], "This address has no parameter page. It takes: cursor, limit."),
    ("?limit=5&b=1&a=1&b=2", ["a", "b"], "This address has no parameter a. It takes: cursor, limit."),
    ("?LIMIT=5", ["LIMIT"], "This address has no parameter LIMIT. It takes: cursor, limit."),
    ("/me?sxe=female", ["sxe"], "This address has no parameter sxe. It takes none."),
]


@pytest.mark.parametrize(("path", "names", "detail"), REFUSED)
async def test_an_unknown_parameter_is_named(toy: Toy, path: str, names: list[str], detail: str) -> None:
    answer = await toy.http.get(f"{API}/notes{path}", headers={"Accept-Language": "en"})
    body = answer.json()
    assert (answer.status_code, body["code"], body["detail"]) == (422, "unknown_parameter", detail)
    assert [error["pointer"] for error in body["errors"]] == [f"query/{name}" for name in names]


async def test_it_is_said_in_khmer_and_briefly(toy: Toy) -> None:
    answer = await toy.http.get(f"{API}/notes?limits=1", headers={"Accept-Language": "km"})
    assert answer.json()["detail"] == "អាសយដ្ឋាននេះគ្មានប៉ារ៉ាម៉ែត្រ limits ទេ។ តើអ្នកចង់សរសេរ limit ឬ?"
    many = "&".join(f"{'x' * 200}{number}=1" for number in range(200))
    errors = (await toy.http.get(f"{API}/notes?{many}")).json()["errors"]
    assert len(errors) == MOST_NAMED
    assert {len(error["pointer"]) for error in errors} == {len("query/") + LONGEST_NAMED}


async def test_what_is_known_or_in_no_document_passes(toy: Toy) -> None:
    for path in (f"{API}/notes?limit=1&limit=2", f"{API}/notes?", "/livez?probe=1"):
        assert (await toy.http.get(path)).status_code == 200
