"""A walk over pages sees each row once; a cursor that is not ours is refused."""

import base64
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.shared.conftest import API, Toy


async def walk(toy: Toy, path: str, limit: int, **more: Any) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        params: dict[str, Any] = {"limit": limit} | more | ({"cursor": cursor} if cursor else {})
        answer = await toy.http.get(f"{API}{path}", params=params)
        assert answer.status_code == 200, answer.text
        pages.append([item["text"] for item in answer.json()["items"]])
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return pages


async def test_a_walk_sees_each_row_once(toy: Toy) -> None:
    await toy.rows("INSERT INTO note (text, version) SELECT 'note ' || n, 1 FROM generate_series(1, 10) AS n")
    expected = [f"note {n}" for n in range(1, 11)]
    for limit in (1, 3, 5, 9, 10, 11):
        pages = await walk(toy, "/notes", limit)
        assert [text for page in pages for text in page] == expected
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        assert len(pages) == -(-10 // limit)
    forwards = [text for page in await walk(toy, "/notes/by-text", 3) for text in page]
    assert forwards == sorted(expected)
    backwards = [text for page in await walk(toy, "/notes/by-text", 3, newest_first=True) for text in page]
    assert backwards == forwards[::-1]


async def test_rows_added_on_the_way_disturb_no_walk(toy: Toy) -> None:
    await toy.rows("INSERT INTO note (text, version) SELECT 'b' || n, 1 FROM generate_series(1, 4) AS n")
    first = (await toy.http.get(f"{API}/notes/by-text", params={"limit": 2})).json()
    await toy.rows("INSERT INTO note (text, version) VALUES ('a', 1), ('b2x', 1)")
    second = (await toy.http.get(f"{API}/notes/by-text", params={"cursor": first["next_cursor"]})).json()
    assert [item["text"] for item in first["items"] + second["items"]] == ["b1", "b2", "b2x", "b3", "b4"]


async def test_an_empty_list(toy: Toy) -> None:
    assert (await toy.http.get(f"{API}/notes")).json() == {"items": [], "next_cursor": None}


def cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def test_a_cursor_that_is_not_of_this_list(toy: Toy) -> None:
    await toy.write("one")
    for path, bad in [
        ("/notes", "!"),
        ("/notes", "%00"),
        ("/notes", "ស្វាយ"),
        ("/notes", cursor({"a": 1})),
        ("/notes", cursor([])),
        ("/notes", cursor(["text"])),
        ("/notes", cursor([1, 2])),
        ("/notes", cursor([None])),
        ("/notes", cursor([[1]])),
        ("/notes", cursor([10**30])),
        ("/notes", cursor([-(10**30)])),
        ("/notes", cursor([True])),
        ("/notes/by-text", cursor(["text", "no-uuid"])),
        ("/notes/by-text", cursor(["nul\x00", "0198c0de-0000-7000-8000-000000000000"])),
        ("/notes/by-text", cursor(["\ud800", "0198c0de-0000-7000-8000-000000000000"])),
        ("/notes", base64.urlsafe_b64encode(b"[" * 300).decode()),
    ]:
        answer = await toy.http.get(f"{API}{path}", params={"cursor": bad})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor"), bad
        assert answer.json()["errors"][0]["pointer"] == "query/cursor"


PARTS = st.one_of(st.integers(), st.text(max_size=8), st.none(), st.floats(), st.booleans())


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(st.one_of(st.integers(), st.text(max_size=8), st.none(), st.floats(), st.booleans()), max_size=3).map(
            cursor
        ),
    )
)
async def test_no_cursor_is_our_mistake(toy: Toy, garbage: str) -> None:
    for path in ("/notes", "/notes/by-text"):
        answer = await toy.http.get(f"{API}{path}", params={"cursor": garbage})
        assert answer.status_code in (200, 422), answer.text
